import StokerCore
import Testing

@testable import StokerHost

/// `verify`: checks of every kind, and which vital signs are compared.
struct VerifyReaderTests {
    @Test func checksOfEveryKind() throws {
        let verify = try read(
            """
                checks:
                  - { expr: up, pass_when: empty, url: "http://other:9090/", basic_auth: { username: a, password: b } }
                  - { http: { url: "http://localhost:3000/health?x=1", status: [200, 204], body: ok }, interval: 30s }
                  - { command: [/bin/check, --now], timeout: 5s, failures: 3, for: 10m }
            """)
        let access = HTTPAccess(basicAuth: .init(username: "a", password: .inline("b")))
        #expect(
            verify.checks == [
                CheckConfiguration(.query("up", .empty, .init(url: "http://other:9090", http: access))),
                CheckConfiguration(
                    .http(.init(url: "http://localhost:3000/health?x=1"), statuses: [200, 204], body: "ok"),
                    interval: .seconds(30)),
                CheckConfiguration(
                    .command(["/bin/check", "--now"], timeout: .seconds(5)), failures: 3, forDuration: .seconds(600)),
            ])
        // Nothing that authenticates, and no query, is in a message.
        #expect(verify.checks.map(\.name) == ["up", "GET http://localhost:3000/health", "/bin/check"])
    }

    @Test func comparisons() throws {
        let verify = try read(
            "    compare: { up: off, memory: { action: fail, threshold: 50% }, firing_alerts: { threshold: 7 } }")
        #expect(verify.compare.isWritten)
        #expect(verify.compare[.up] == .init(.off, .share(0.5)))
        #expect(verify.compare[.memory] == .init(.fail, .share(0.5)))
        #expect(verify.compare[.firingAlerts] == .init(.fail, .count(7)))
        #expect(verify.compare[.targets] == ComparisonPolicy.standard(.targets))
        #expect(try read("    for: 1m").compare == ComparisonPolicy())
    }

    @Test(arguments: [
        ("    checks: [ { expr: up, command: [a] } ]", "expr and command exclude each other"),
        ("    checks: [ { } ]", "expr is required"),
        ("    checks: [ { expr: up, basic_auth: { username: a, password: b } } ]", "is for the url of a check"),
        ("    checks: [ { http: { url: 'ftp://x' } } ]", "must be an http or https URL"),
        ("    checks: [ { http: { url: 'http://x', status: [99] } } ]", "a number such as 200"),
        ("    checks: [ { command: [] } ]", "must name a program"),
        ("    checks: [ { expr: up, failures: 0 } ]", "failures"),
        ("    compare: { upp: off }", "did you mean \"up\""),
        ("    compare: { up: of }", "off or warn or fail"),
        ("    compare: { up: { threshold: half } }", "a percentage such as 50%"),
        ("    compare: { up: { limit: 3 } }", "unknown key \"limit\""),
    ])
    func mistakes(_ text: String, _ message: String) throws {
        do {
            _ = try read(text)
            Issue.record("read without a complaint")
        } catch let error as ConfigFileError {
            #expect("\(error)".contains(message), "\(error)")
            #expect("\(error)".contains("stoker.yml:"), "\(error)")
        }
    }

    @Test func aQueryNeedsSomebodyWhoAnswers() throws {
        do {
            _ = try read("    checks: [ { expr: up } ]", target: "name: p, kind: alertmanager, deploy_to: /etc/a")
            Issue.record("read without a complaint")
        } catch let error as ConfigFileError {
            #expect("\(error)".contains("give the check the url of a Prometheus"), "\(error)")
        }
        _ = try read(
            "    checks: [ { expr: up, url: 'http://other:9090' } ]",
            target: "name: p, kind: alertmanager, deploy_to: /etc/a")
    }

    private func read(
        _ verify: String, target: String = "name: p, deploy_to: /etc/prometheus"
    ) throws -> VerifyConfiguration {
        let text = """
            source: { url: /srv/git }
            environments:
              - name: a
                path: .
                verify:
            \(verify.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n"))
                targets: [ { \(target) } ]

            """
        let file = try ConfigFile.read(Array(text.utf8), name: "stoker.yml")
        return try #require(file.configuration.environments[0].verify)
    }
}
