import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

@Suite struct HostileServerTests {
    @Test func aSilentServerIsGivenUpAtTheTimeout() async throws {
        try await SourceFixture.with { test in
            let server = try SilentServer()
            defer { server.stop() }
            let url = "http://127.0.0.1:\(server.port)/x.git"
            let start = ContinuousClock.now
            let failure = try await test.failed(test.source(url: url, timeout: .milliseconds(1500)))
            #expect(failure.kind == .timeout)
            // Whoever notices first says it, the child or its parent.
            #expect(failure.message.hasPrefix("the git server at \(url) "), "\(failure)")
            #expect(failure.message.hasSuffix(" within 1s500ms (source.timeout)"), "\(failure)")
            let elapsed = ContinuousClock.now - start
            #expect(elapsed >= .milliseconds(1500) && elapsed < .seconds(50))
        }
    }

    @Test func oneByteASecondIsGivenUpAtTheTimeout() async throws {
        try await SourceFixture.with { test in
            let server = try ScriptedServer(pause: .milliseconds(200)) { _ in
                Array(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\nContent-Length: 100000\r\n\r\n"
                        .utf8)
            }
            defer { server.stop() }
            let failure = try await test.failed(
                test.source(url: "http://127.0.0.1:\(server.port)/x.git", timeout: .seconds(1)))
            #expect(failure.kind == .timeout)
        }
    }

    @Test func aTruncatedPackLeavesTheCacheAsItWas() async throws {
        try await SourceFixture.with { test in
            try await test.git.push(["a": "1"])
            let body = try await Self.responses(test)
            let server = try ScriptedServer { head in head.hasPrefix("GET") ? body.advertisement : body.truncatedPack }
            defer { server.stop() }
            let source = try test.source(url: "http://127.0.0.1:\(server.port)/x.git")
            let failure = try await test.failed(source)
            #expect(failure.kind == .protocolError)
            #expect(throws: SourceFailure.self) { try SnapshotReader(source).revision(of: .branch("main")) }
            let packs = try FileManager.default.subpathsOfDirectory(atPath: test.directory("storage")).filter {
                $0.hasSuffix(".pack")
            }
            #expect(packs.isEmpty)
        }
    }

    @Test func whatIsNoGitServerIsSaidToBeNone() async throws {
        try await SourceFixture.with { test in
            let server = try ScriptedServer { _ in
                Array("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello".utf8)
            }
            defer { server.stop() }
            let failure = try await test.failed(test.source(url: "http://127.0.0.1:\(server.port)/x.git"))
            #expect(failure.kind == .protocolError)
        }
    }

    @Test func tooManyBytesAreGivenUp() async throws {
        try await SourceFixture.with { test in
            try await test.git.push(["big": (0..<4000).map { _ in UUID().uuidString }.joined(separator: "\n")])
            let failure = try await test.failed(test.source(limits: SourceLimits(receivedBytes: 1000)))
            #expect(failure.kind == .tooLarge)
            #expect(
                failure.message.hasSuffix(
                    "was given up: the server sent more than 1000B: raise source.limits.max_received if the repository is that large"
                ))
        }
    }

    @Test func tooManyReferencesAreGivenUp() async throws {
        try await SourceFixture.with { test in
            try await test.git.push(["a": "1"])
            for name in ["b", "c", "d"] { try await test.git.git("push", "-q", "origin", "HEAD:\(name)") }
            let failure = try await test.failed(test.source(limits: SourceLimits(references: 3)))
            #expect(failure.kind == .tooLarge)
        }
    }

    @Test func tooLittleMemoryIsAValueAndNotACrash() async throws {
        try await SourceFixture.with { test in
            try await test.git.push(["a": "1"])
            let failure = try await test.failed(test.source(limits: SourceLimits(memoryBytes: 8 << 20)))
            // Where it runs out first differs, but it is said.
            #expect(failure.message.contains("memory"), "\(failure)")
        }
    }

    @Test func theSecretIsInNoArgumentAndNoEnvironment() async throws {
        try await SourceFixture.with { test in
            let server = try SilentServer()
            defer { server.stop() }
            let access = HTTPAccess(basicAuth: HTTPAccess.BasicAuth(username: "stoker", password: .inline("hunter2")))
            let source = try test.source(
                url: "http://127.0.0.1:\(server.port)/x.git", timeout: .seconds(300), http: access)
            let (stages, continuation) = AsyncStream.makeStream(of: FetchStage.self)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    _ = await source.poll { continuation.yield($0) }
                    continuation.finish()
                }
                defer { group.cancelAll() }
                for await stage in stages where stage == .connecting { break }
                let children = try Self.fetchChildren()
                #expect(!children.isEmpty)
                for pid in children {
                    for file in ["cmdline", "environ"] {
                        let text = Files.read("/proc/\(pid)/\(file)") ?? ""
                        #expect(!text.contains("hunter2"))
                    }
                }
            }
        }
    }

    @Test func aCancelledPollKillsItsChild() async throws {
        try await SourceFixture.with { test in
            let server = try SilentServer()
            defer { server.stop() }
            let source = try test.source(url: "http://127.0.0.1:\(server.port)/x.git", timeout: .seconds(60))
            let (stages, continuation) = AsyncStream.makeStream(of: FetchStage.self)
            let outcome = await withTaskGroup(of: FetchOutcome?.self) { group in
                group.addTask {
                    defer { continuation.finish() }
                    return await source.poll { continuation.yield($0) }
                }
                for await stage in stages where stage == .connecting { break }
                group.cancelAll()
                return await group.next() ?? nil
            }
            guard case .failed(let failure) = outcome else { throw TestFailure("\(String(describing: outcome))") }
            #expect(failure.kind == .cancelled)
        }
    }

    @Test func theChildEndsWhenItsParentIsGone() async throws {
        try await SourceFixture.with { test in
            let server = try SilentServer()
            defer { server.stop() }
            let child = try await ChildUnderTest(try test.source(url: "http://127.0.0.1:\(server.port)/x.git"))
            defer { child.stop() }
            _ = try child.output(until: "connecting")
            #expect(child.process.isRunning)
            try child.closeInput()
            try await eventually("the end of the child", within: .seconds(20)) { !child.process.isRunning }
            #expect(child.process.terminationStatus == 3)
        }
    }

    /// Fetch children of this process.
    private static func fetchChildren() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { name in
            Int32(name) != nil && Files.read("/proc/\(name)/cmdline")?.contains(FetchChild.argument) == true
                && Self.parent(ofProcess: name) == getpid()
        }
    }

    /// The process that started this one: the second field after the name in parentheses, whatever it is doing.
    private static func parent(ofProcess pid: String) -> Int32? {
        let fields = Files.read("/proc/\(pid)/stat")?.split(separator: ")").last?.split(separator: " ")
        return fields.flatMap { $0.count > 1 ? Int32($0[1]) : nil }
    }

    /// What a git server would say over http, the pack cut in the middle.
    private static func responses(_ test: SourceFixture) async throws -> (
        advertisement: [UInt8], truncatedPack: [UInt8]
    ) {
        let script = """
            cd "$0" && printf '001e# service=git-upload-pack\\n0000' > adv && git upload-pack --stateless-rpc --advertise-refs . >> adv
            git pack-objects --all --stdout -q < /dev/null > pack
            """
        try await Shell.succeed(["sh", "-c", script, test.git.bare])
        func response(_ kind: String, _ body: Data) -> [UInt8] {
            Array(
                "HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-\(kind)\r\nContent-Length: \(body.count)\r\n\r\n"
                    .utf8)
                + Array(body)
        }
        let advertisement = try Data(contentsOf: URL(fileURLWithPath: "\(test.git.bare)/adv"))
        let pack = try Data(contentsOf: URL(fileURLWithPath: "\(test.git.bare)/pack"))
        let half = pack.prefix(pack.count / 2)
        let header = String(half.count + 5, radix: 16)
        let line = Data((String(repeating: "0", count: 4 - header.count) + header).utf8) + [1] + half
        return (
            response("advertisement", advertisement),
            response("result", Data("0008NAK\n".utf8) + line + Data("0000".utf8))
        )
    }
}
