import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// Servers that never end, that are silent, or that send little and mean much: over http and over ssh, in the real fetch child.
/// One after the other: what they cost is measured, and two of them at once would take the machine from each other.
@Suite(.serialized) struct HostilePackTests {
    typealias Ground = HostileGround
    private static let margin = Duration.seconds(30)

    /// A repository that is as it should be, so that the others fail for what they do and not for how they are served.
    @Test(arguments: HostileTransport.allCases)
    func theServerItselfWorks(_ transport: HostileTransport) async throws {
        let script: [String: [Ground.Step]] = [
            "advertisement": [.file("plain.references")], "answer": [.file("plain.answer")],
        ]
        try await Ground.with(transport, ["plain"], script) { ground in
            let result = try await ground.fetch()
            guard case .fetched(let report) = result.outcome else { throw TestFailure("\(result.outcome)") }
            #expect(report.receivedObjects == 3)
            #expect(try #require(result.peakMemory) < 100)
        }
    }

    @Test(arguments: [
        (HostileTransport.http, "accept", [String]()), (.http, "head", []), (.http, "advertisement", []),
        (.http, "answer", []), (.http, "answer", ["half.answer"]), (.ssh, "advertisement", []), (.ssh, "answer", []),
        (.ssh, "answer", ["half.answer"]),
    ])
    func silenceAtAnyStage(_ transport: HostileTransport, _ part: String, _ before: [String]) async throws {
        var script: [String: [Ground.Step]] = ["advertisement": [.file("plain.references")]]
        script[part] = before.map { .file($0) } + [.stall]
        try await Ground.with(transport, ["plain"], script) { ground in
            let limits = SourceLimits(connectTimeout: .seconds(2), idleTimeout: .seconds(2))
            let result = try await ground.fetch(timeout: .seconds(60), limits: limits)
            let failure = try result.failure()
            #expect(failure.kind == .timeout, "\(failure)")
            #expect(failure.message.contains("idle_timeout"), "\(failure)")
            #expect(result.elapsed < .seconds(60), "it was the idle limit, not the timeout")
            #expect(result.disk < 100 << 10)
        }
    }

    @Test(arguments: HostileTransport.allCases, ["advertisement", "answer"])
    func oneByteAtATime(_ transport: HostileTransport, _ part: String) async throws {
        var script: [String: [Ground.Step]] = ["advertisement": [.file("plain.references")]]
        script[part] = [.trickle(part == "answer" ? "plain.answer" : "plain.references")]
        try await Ground.with(transport, ["plain"], script) { ground in
            // Never silent for long: the limit of the whole is what ends it.
            let result = try await ground.fetch(timeout: .seconds(3))
            let failure = try result.failure()
            #expect(failure.kind == .timeout, "\(failure)")
            #expect(failure.message.contains("source.timeout"), "\(failure)")
            #expect(result.elapsed < .seconds(3) + Self.margin)
        }
    }

    @Test(arguments: HostileTransport.allCases)
    func anEndlessListOfReferences(_ transport: HostileTransport) async throws {
        let script: [String: [Ground.Step]] = [
            "advertisement": [.file("references.start"), .endless("references.more")]
        ]
        try await Ground.with(transport, ["references"], script) { ground in
            let result = try await ground.fetch(limits: SourceLimits(references: 10_000))
            let failure = try result.failure()
            #expect(failure.kind == .tooLarge, "\(failure)")
            #expect(failure.message.contains("10000"), "\(failure)")
            #expect(failure.message.contains("source.limits.max_references"), "\(failure)")
            #expect(try #require(result.peakMemory) < 150)
            #expect(result.elapsed < .seconds(60))
        }
    }

    @Test(arguments: HostileTransport.allCases)
    func aHundredThousandReferences(_ transport: HostileTransport) async throws {
        let most: [String: [Ground.Step]] = [
            "advertisement": [.file("references.most")], "answer": [.file("plain.answer")],
        ]
        try await Ground.with(transport, ["plain", "references"], most) { ground in
            let result = try await ground.fetch()
            guard case .fetched = result.outcome else { throw TestFailure("\(result.outcome)") }
            #expect(try #require(result.peakMemory) < 200)
        }
        try await Ground.with(transport, ["references"], ["advertisement": [.file("references.toomany")]]) { ground in
            let failure = try await ground.fetch().failure()
            #expect(failure.kind == .tooLarge)
            #expect(failure.message.contains("source.limits.max_references"), "\(failure)")
        }
    }

    @Test(arguments: HostileTransport.allCases, ["more", "progress", "empty"])
    func anEndlessAnswer(_ transport: HostileTransport, _ what: String) async throws {
        let script: [String: [Ground.Step]] = [
            "advertisement": [.file("endless.references")],
            "answer": [.file("endless.start"), .endless("endless.\(what)")],
        ]
        try await Ground.with(transport, ["endless"], script) { ground in
            let limit = 8 << 20
            let result = try await ground.fetch(limits: SourceLimits(receivedBytes: limit))
            let failure = try result.failure()
            #expect(failure.kind == .tooLarge, "\(failure)")
            #expect(failure.message.contains("source.limits.max_received"), "\(failure)")
            #expect(try #require(result.peakMemory) < 300)
            #expect(result.disk < 2 * limit)
            #expect(result.elapsed < .seconds(60))
        }
    }

    /// A megabyte that becomes a gigabyte: as a file of its own it is never held as a whole.
    @Test(arguments: HostileTransport.allCases)
    func aFileThatInflates(_ transport: HostileTransport) async throws {
        let script: [String: [Ground.Step]] = [
            "advertisement": [.file("inflating.references")], "answer": [.file("inflating.answer")],
        ]
        try await Ground.with(transport, ["inflating"], script) { ground in
            let result = try await ground.fetch(timeout: .seconds(120))
            guard case .fetched = result.outcome else { throw TestFailure("\(result.outcome)") }
            #expect(try #require(result.peakMemory) < 200)
            #expect(result.disk < 16 << 20)
        }
    }

    /// As a difference to another file it would have to be held, and the child's limit ends that.
    @Test(arguments: HostileTransport.allCases)
    func aDifferenceThatInflates(_ transport: HostileTransport) async throws {
        let script: [String: [Ground.Step]] = [
            "advertisement": [.file("delta.references")], "answer": [.file("delta.answer")],
        ]
        try await Ground.with(transport, ["delta"], script) { ground in
            let result = try await ground.fetch()
            let failure = try result.failure()
            #expect(failure.kind == .tooLarge, "\(failure)")
            #expect(failure.message.contains("source.limits.max_memory"), "\(failure)")
            #expect(result.disk < 1 << 20)
        }
    }

    @Test(arguments: HostileTransport.allCases)
    func manyDifferencesThatInflate(_ transport: HostileTransport) async throws {
        let script: [String: [Ground.Step]] = [
            "advertisement": [.file("slow.references")], "answer": [.file("slow.answer")],
        ]
        try await Ground.with(transport, ["slow"], script) { ground in
            let result = try await ground.fetch(timeout: .seconds(5))
            let failure = try result.failure()
            #expect(failure.kind == .timeout, "\(failure)")
            #expect(failure.message.contains("source.timeout"), "\(failure)")
            #expect(result.elapsed < .seconds(5) + Self.margin)
            #expect(result.disk < 2 << 20)
        }
    }

    @Test(arguments: HostileTransport.allCases)
    func aPackThatClaimsBillionsOfObjects(_ transport: HostileTransport) async throws {
        let script: [String: [Ground.Step]] = [
            "advertisement": [.file("claims.references")], "answer": [.file("claims.answer")],
        ]
        try await Ground.with(transport, ["claims"], script) { ground in
            let result = try await ground.fetch()
            let failure = try result.failure()
            #expect(failure.kind == .tooLarge, "\(failure)")
            #expect(failure.message.contains("source.limits.max_memory"), "\(failure)")
            #expect(result.elapsed < .seconds(30))
        }
    }
}
