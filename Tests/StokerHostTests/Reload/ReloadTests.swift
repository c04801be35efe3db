import Foundation
import HTTP
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

@Suite struct ReloadTests {
    @Test func a403IsExplainedAndASignalWorks() async throws {
        let fixture = try await ProverFixture.start(lifecycle: false)
        defer { fixture.end() }
        guard case .notPossible(let message) = await fixture.client().reload(timeout: .seconds(10)) else {
            Issue.record("possible")
            return
        }
        #expect(message.contains("--web.enable-lifecycle"))
        #expect(message.contains("pid_file"))
        let before = try fixture.process.lastReload()
        #expect(await SignalReload(.pidFile(fixture.process.pidFile)).reload() == .accepted(answered: false))
        try await eventually("the reload by signal") { try fixture.process.lastReload() != before }
    }

    @Test func credentialsFromFilesAreReadAtUseAndNamedWhenMissing() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        // bcrypt of "secret", cost 4.
        let hash = "$2y$04$5uGhKn.nD2yNoDpkuVtVfe6kQNZ4Fnr7ESlbiMYBAvzHJyPnDY9uq"
        try Files.write("basic_auth_users: {stoker: '\(hash)'}\n", to: directory("web.yml"))
        let http = HTTPClient(userAgent: "stoker-tests")
        defer { http.close() }
        let access = HTTPAccess(basicAuth: .init(username: "stoker", password: .file(directory("password"))))
        let client = PrometheusClient(url: "http://127.0.0.1:1", access: access, http: http)
        guard case .refused(let message) = await client.look() else {
            Issue.record("not refused")
            return
        }
        #expect(message.contains(directory("password")))
        #expect(message.contains("No such file"))
        try Files.write("  secret\n", to: directory("password"))
        guard case .unreachable = await client.look() else {
            Issue.record("not unreachable")
            return
        }
    }

    @Test func aWrongPathIsExplained() async throws {
        let fixture = try await ProverFixture.start(flags: ["--web.route-prefix=/prom"], prefix: "/prom")
        defer { fixture.end() }
        guard case .refused(let message) = await fixture.client().look() else {
            Issue.record("not refused")
            return
        }
        #expect(message.contains("--web.route-prefix"))
        let client = fixture.client(url: fixture.process.url + "/prom")
        guard case .up = await client.look() else {
            Issue.record("not up")
            return
        }
        #expect(await client.reload(timeout: .seconds(10)) == .accepted(answered: true))
    }

    @Test func aSilentServerIsUnreachableAndAReloadOfItUnknown() async throws {
        let server = try SilentServer()
        defer { server.stop() }
        let http = HTTPClient(userAgent: "stoker-tests")
        defer { http.close() }
        let client = PrometheusClient(
            url: "http://127.0.0.1:\(server.port)", access: HTTPAccess(), http: http, timeout: .milliseconds(200))
        guard case .unreachable = await client.look() else {
            Issue.record("not unreachable")
            return
        }
        guard case .unknown = await client.reload(timeout: .milliseconds(200)) else {
            Issue.record("not unknown")
            return
        }
        guard case .inconclusive = await client.query("up") else {
            Issue.record("not inconclusive")
            return
        }
    }

    @Test func pidFilesThatHelpNobodyAreExplained() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        func message(_ text: String?) async throws -> String {
            if let text { try Files.write(text, to: directory("pid")) }
            switch await SignalReload(.pidFile(directory("pid"))).reload() {
            case .notPossible(let message), .down(let message): return message
            case .accepted, .refused, .failed, .died, .unknown: return "accepted"
            }
        }
        #expect(try await message(nil).contains("cannot be read"))
        #expect(try await message("").contains("does not hold a process id"))
        #expect(try await message("-5\n").contains("does not hold a process id"))
        #expect(try await message("abc").contains("does not hold a process id"))
        // Above the largest id Linux gives out.
        #expect(try await message("4194305\n").contains("no process 4194305"))
        let sleeper = try Child(["sleep", "60"], output: directory("log"))
        defer { sleeper.stop() }
        #expect(try await message("\(sleeper.pid)").contains("does not handle SIGHUP"))
        #expect(sleeper.isRunning)
    }
}
