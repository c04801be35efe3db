import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// The user's questions, asked of real processes: good, bad, or no answer.
struct CheckAskerTests {
    @Test func pagesAndCommands() async throws {
        let fixture = try await ProverFixture.start()
        defer { fixture.end() }
        let url = fixture.process.url
        let nobody = "http://127.0.0.1:\(try FreePort.next())"
        let checks = [
            page("\(url)/-/ready"), page("\(url)/-/ready", body: "Ready"), page("\(url)/-/ready", body: "nonsense"),
            page("\(url)/nowhere"), page("\(url)/nowhere", statuses: [404]), page("\(nobody)/"),
            command(["true"]), command(["false"]), command(["sh", "-c", "exit 2"]), command(["sh", "-c", "exit 3"]),
            command(["sh", "-c", "kill -9 $$"]), command(["/nowhere/check"]),
            command(["sleep", "60"], timeout: .milliseconds(300)),
            CheckConfiguration(.query("vector(1)", .nonEmpty, .init(url: url))),
            CheckConfiguration(.query("vector(1)", .nonEmpty, .init(url: nobody))),
        ]
        let asker = CheckAsker(target: fixture.client(url: nobody))
        let results = await asker.results(of: checks)
        #expect(
            results == [
                .pass, .pass, .fail, .fail, .pass, .inconclusive, .pass, .fail, .fail, .inconclusive, .inconclusive,
                .inconclusive, .inconclusive, .pass, .inconclusive,
            ])
        #expect(await asker.results(of: Array(checks.prefix(3)), due: [2]) == [.notAsked, .notAsked, .fail])
    }

    private func page(_ url: String, statuses: [Int] = [200], body: String? = nil) -> CheckConfiguration {
        CheckConfiguration(.http(.init(url: url), statuses: statuses, body: body))
    }

    private func command(_ words: [String], timeout: Duration = .seconds(30)) -> CheckConfiguration {
        CheckConfiguration(.command(words, timeout: timeout))
    }
}
