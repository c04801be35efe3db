import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// The way to another Stoker: silent, slow, huge, elsewhere, with and without proof; and what stays on the board.
@HostActor
@Suite struct RemoteStandingsTests {
    @Test func aSilentServerIsGivenUp() async throws {
        let server = try SilentServer()
        defer { server.stop() }
        let fixture = RemoteFixture("http://127.0.0.1:\(server.port)", timeout: .milliseconds(300))
        defer { fixture.standings.close() }
        let trouble = try #require(await fixture.ask())
        #expect(trouble.contains("gave no whole answer within 300ms: check its load, or raise timeout of remote"))
    }

    @Test func aSlowServerIsGivenUp() async throws {
        let answer = RemoteFixture.http(RemoteFixture.good)
        try await RemoteFixture.with(answer, pause: .milliseconds(50), timeout: .milliseconds(600)) { fixture, _ in
            let trouble = try #require(await fixture.ask())
            #expect(trouble.contains("gave no whole answer within 600ms"))
        }
    }

    @Test func aHugeAnswerIsNotRead() async throws {
        let answer = RemoteFixture.http(RemoteFixture.good + String(repeating: " ", count: 1 << 20))
        try await RemoteFixture.with(answer) { fixture, _ in
            let trouble = try #require(await fixture.ask())
            #expect(trouble.contains("is larger than 1 MB: check url of remote"))
        }
    }

    @Test func halfAnAnswerIsNone() async throws {
        let answer = Array(RemoteFixture.http(RemoteFixture.good).dropLast(1))
        try await RemoteFixture.with(answer) { fixture, _ in
            let trouble = try #require(await fixture.ask())
            #expect(trouble.contains("gave no whole HTTP answer: check what listens there"))
        }
    }

    @Test func nobodyListens() async throws {
        let fixture = RemoteFixture("http://127.0.0.1:\(try FreePort.next())")
        defer { fixture.standings.close() }
        let trouble = try #require(await fixture.ask())
        #expect(trouble.contains("refuses connections: check that Stoker runs there with this --web.listen-address"))
    }

    @Test func aRedirectIsNotFollowed() async throws {
        let elsewhere = try ScriptedServer { _ in RemoteFixture.http(RemoteFixture.good) }
        defer { elsewhere.stop() }
        let answer = RemoteFixture.http(
            "", status: "302 Found",
            fields: "Location: http://127.0.0.1:\(elsewhere.port)/api/v1/environments/staging\r\n")
        try await RemoteFixture.with(answer) { fixture, _ in
            let trouble = try #require(await fixture.ask())
            #expect(trouble.contains("answers 302, and redirects are not followed: give the final address"))
            #expect(elsewhere.heads == [])
        }
    }

    @Test func credentialsAreSentAsTheyAreNow() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let file = directory("token")
        let bearer = HTTPAccess(authorization: .init(type: "Bearer", credentials: .file(file)))
        try await RemoteFixture.with(RemoteFixture.http(RemoteFixture.good), access: bearer) { fixture, server in
            let missing = try #require(await fixture.ask())
            #expect(missing.contains("the file of authorization cannot be read: \(file)"))
            #expect(server.heads == [])
            for token in ["one", "two"] {
                try Files.write("\(token)\n", to: file)
                #expect(await fixture.ask() == nil)
                #expect(server.heads.last?.contains("\r\nAuthorization: Bearer \(token)\r\n") == true)
            }
        }
        let basic = HTTPAccess(basicAuth: .init(username: "ann", password: .inline("secret")))
        try await RemoteFixture.with(RemoteFixture.http("", status: "401 No"), access: basic) { fixture, server in
            let trouble = try #require(await fixture.ask())
            #expect(!trouble.contains("secret"))
            #expect(server.heads.last?.contains("\r\nAuthorization: Basic YW5uOnNlY3JldA==\r\n") == true)
        }
    }

    @Test func tlsIsProved() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let authority = try await TestAuthority(in: directory("ca"))
        let stranger = try await TestAuthority(in: directory("other"))
        let certificate = try await authority.certificate("server", names: "IP:127.0.0.1")
        let server = try ScriptedServer { _ in RemoteFixture.http(RemoteFixture.good) }
        defer { server.stop() }
        let front = try await TLSFront(certificate, to: server.port, directory: directory("front"))
        defer { front.stop() }
        for (file, isTrusted) in [(stranger.file, false), (nil, false), (authority.file, true)] {
            let fixture = RemoteFixture(
                "https://127.0.0.1:\(front.port)", access: HTTPAccess(tls: HTTPAccess.TLS(caFile: file)))
            defer { fixture.standings.close() }
            let trouble = await fixture.ask()
            if isTrusted {
                #expect(trouble == nil)
                #expect(fixture.staging?.verified(RemoteFixture.content) != nil)
            } else {
                #expect(trouble?.contains("check tls_config of remote and the server's certificate") == true)
                #expect(server.heads == [])
            }
        }
    }

    @Test func troubleKeepsItsBeginningAndWhatWasKnown() async throws {
        let mood = Mood()
        let server = try ScriptedServer { _ in mood.answer }
        defer { server.stop() }
        let fixture = RemoteFixture("http://127.0.0.1:\(server.port)")
        defer { fixture.standings.close() }
        #expect(await fixture.ask() == nil)
        mood.answer = RemoteFixture.http("", status: "401 No")
        #expect(await fixture.standings.ask().first?.isNews == true)
        let first = try #require(fixture.staging?.trouble)
        let beginning = try #require(first.since)
        // The wall clock is read in milliseconds: until it has moved, the next failure would have the same beginning.
        try await eventually("a later millisecond") { Clock.wall() > beginning }
        #expect(await fixture.standings.ask().first?.isNews == false)
        #expect(fixture.staging?.trouble == first)
        mood.answer = RemoteFixture.http("", status: "403 No")
        #expect(await fixture.standings.ask().first?.isNews == true)
        let second = try #require(fixture.staging)
        #expect(second.trouble?.since == first.since)
        #expect(second.trouble?.message != first.message)
        #expect(second.verified.map(\.content) == [RemoteFixture.content])
        #expect(second.verified(RemoteFixture.content) == nil)
        mood.answer = RemoteFixture.http(RemoteFixture.good)
        #expect(await fixture.standings.ask().first?.isNews == true)
        #expect(fixture.staging?.trouble == nil)
    }

    @Test func whoAsksOnceDoesNotKnowSinceWhen() async throws {
        let url = "http://127.0.0.1:\(try FreePort.next())"
        let noted = WallTime(milliseconds: 1_700_000_000_000)
        let fixture = RemoteFixture(url, names: ["staging", "canary"], troubleSince: ["staging": noted])
        defer { fixture.standings.close() }
        for isAsked in [false, true] {
            if isAsked { await fixture.standings.ask() }
            #expect(fixture.staging?.trouble?.since == noted)
            let canary = try #require(fixture.board.standing(of: "canary", at: Clock.instant())?.trouble)
            #expect(canary.since == nil && canary.message.contains(isAsked ? "refuses connections" : "not asked yet"))
        }
    }

    @Test func timeThatPassesIsNoNews() async throws {
        let mood = Mood()
        let server = try ScriptedServer { _ in mood.answer }
        defer { server.stop() }
        let fixture = RemoteFixture("http://127.0.0.1:\(server.port)")
        defer { fixture.standings.close() }
        #expect(await fixture.standings.ask().first?.isNews == true)
        mood.answer = RemoteFixture.http(RemoteFixture.good.replacing("7.5", with: "9"))
        #expect(await fixture.standings.ask().first?.isNews == false)
        #expect(fixture.staging?.verified(RemoteFixture.content)?.soaked == .seconds(9))
        mood.answer = RemoteFixture.http(RemoteFixture.good.replacing("\"running\":\"aa\"", with: "\"running\":\"bb\""))
        #expect(await fixture.standings.ask().first?.isNews == true)
    }

    @Test func anOldAnswerDoesNotCount() async throws {
        try await RemoteFixture.with(RemoteFixture.http(RemoteFixture.good)) { fixture, _ in
            #expect(await fixture.ask() == nil)
            // Asked each minute within ten seconds: an answer counts for twice that and a minute more.
            let asked = Clock.instant()
            let soon = try #require(fixture.board.standing(of: "staging", at: asked + .seconds(190)))
            #expect(soon.verified(RemoteFixture.content) != nil)
            let late = try #require(fixture.board.standing(of: "staging", at: asked + .seconds(201)))
            #expect(late.verified(RemoteFixture.content) == nil)
            #expect(late.trouble?.message == "its last answer is too old to count; it is asked again")
        }
    }

    @Test func manyAreAskedAFewAtATime() async throws {
        let server = try ScriptedServer { head in
            let name = head.split(separator: " ").dropFirst().first?.split(separator: "/").last ?? ""
            return RemoteFixture.http(RemoteFixture.good.replacing("\"staging\"", with: "\"\(name)\""))
        }
        defer { server.stop() }
        let names = (0..<30).map { "e\($0)" }
        let fixture = RemoteFixture("http://127.0.0.1:\(server.port)", names: names)
        defer { fixture.standings.close() }
        let answered = await fixture.standings.ask()
        #expect(Set(answered.map(\.name.rawValue)) == Set(names))
        #expect(answered.allSatisfy { $0.trouble == nil && $0.isNews })
        #expect(await fixture.standings.ask([EnvironmentName("e7")]).map(\.name.rawValue) == ["e7"])
        #expect(server.heads.count == 31)
    }

    @Test func whatRanHereOnceDoesNotCountForWhatRunsElsewhere() throws {
        try JournalFixture.with { fixture in
            let journal = try Journal(storage: fixture.storage)
            defer { journal.close() }
            var record = EnvironmentRecord(bootID: Clock.bootID())
            var ledger = SoakLedger()
            let goal = Goal(revision: Revision(ref: "main", commit: CommitID("aa")), content: RemoteFixture.content)
            let then = Clock.instant() + .seconds(-3600)
            ledger.runs(goal, at: Now(instant: then, wall: Clock.wall()))
            ledger.sees(then + .seconds(60))
            record.soak = ledger
            try journal.note("staging", record: record, status: Self.status, consumed: [])
            let board = StandingBoard(journal: journal)
            // Nobody has watched for an hour: only the first minute counts.
            let noted = try #require(board.standing(of: "staging", at: Clock.instant()))
            #expect(noted.verified(RemoteFixture.content)?.soaked == .seconds(60))
            let remote = RemoteFixture("http://127.0.0.1:1", board: board)
            defer { remote.standings.close() }
            #expect(remote.staging?.verified(RemoteFixture.content) == nil)
            #expect(remote.staging?.trouble?.message == "it was not asked yet")
        }
    }

    private static var status: EnvironmentStatus {
        .unknown(
            EnvironmentConfiguration(
                name: "staging", layers: ["."], ref: nil, exclude: [], ruleTests: [], drift: .report, verify: nil,
                targets: []))
    }

    /// An answer that changes.
    private final class Mood: @unchecked Sendable {
        private let lock = NSLock()
        private var bytes = RemoteFixture.http(RemoteFixture.good)
        var answer: [UInt8] {
            get { lock.withLock { bytes } }
            set { lock.withLock { bytes = newValue } }
        }
    }
}
