import Glibc
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// The validator end to end with the real promtool: what it refuses beyond promtool, what it stages, how it gives up.
@Suite struct ValidatorTests {
    private static let good = "rule_files: [\"rules/*.yml\"]\nscrape_configs:\n- job_name: a\n"
    private static let rules = "groups:\n- name: g\n  rules:\n  - {alert: A, expr: up == 0}\n"

    @Test(arguments: ["", "# nothing\n", "---\n", "{}\n"])
    func `an empty main file is refused although promtool accepts it`(_ text: String) async throws {
        let bench = try ValidationBench()
        let outcome = await bench.outcome(
            try bench.request(["prometheus.yml": text], previous: ["prometheus.yml": Self.good]))
        #expect(
            outcome.rejections == [
                "production/prometheus.yml:1: the main file has nothing in it: "
                    + "Prometheus would drop everything it was configured with"
            ])
    }

    @Test func `a glob that matched before and matches nothing now is refused`() async throws {
        let bench = try ValidationBench()
        let before = ["prometheus.yml": Self.good, "rules/a.yml": Self.rules]
        let outcome = await bench.outcome(try bench.request(["prometheus.yml": Self.good], previous: before))
        #expect(outcome.rejections?.first?.hasPrefix("production/prometheus.yml:1: the rule_files pattern") == true)
    }

    @Test func `a new glob with a typo is refused and an old idle one is not`() async throws {
        let bench = try ValidationBench()
        let before = ["prometheus.yml": "rule_files: [\"idle/*.yml\"]\n"]
        let typo = ["prometheus.yml": "rule_files: [\"idle/*.yml\", \"rulez/*.yml\"]\n", "rules/a.yml": Self.rules]
        let refused = await bench.outcome(try bench.request(typo, previous: before))
        #expect(refused.rejections?.count == 1 && refused.rejections?[0].contains("rulez/*.yml") == true, "\(refused)")
        let same = await bench.outcome(
            try bench.request(["prometheus.yml": "rule_files: [\"idle/*.yml\"]\nglobal: {}\n"], previous: before))
        #expect(same.warnings == [], "\(same)")
    }

    @Test func `a missing rule file, an empty one and promtool's errors are said together`() async throws {
        let bench = try ValidationBench()
        let main = "rule_files:\n- rules/gone.yml\n- rules/empty.yml\n- rules/bad.yml\n"
        let files = ["prometheus.yml": main, "rules/empty.yml": "", "rules/bad.yml": "groups: [{nam: x}]\n"]
        let found = try #require(await bench.outcome(try bench.request(files)).rejections)
        #expect(
            found.contains { $0.hasPrefix("production/prometheus.yml:2: rule_files names \"rules/gone.yml\"") },
            "\(found)")
        #expect(found.contains("production/rules/empty.yml:1: the rule file has no groups"), "\(found)")
        #expect(found.contains { $0.hasPrefix("production/rules/bad.yml:1: field nam not found") }, "\(found)")
        #expect(found.count == 3, "\(found)")
    }

    @Test func `a missing CA on the host is a hold until it comes`() async throws {
        let bench = try ValidationBench()
        let main = """
            scrape_configs:
            - job_name: a
              tls_config: {ca_file: secrets/ca.pem}
              basic_auth: {username: u, password_file: \(bench.root)/outside/password}
            """
        let request = try bench.request(["prometheus.yml": main])
        let held = try #require(await bench.outcome(request).missing)
        #expect(
            held.count == 2 && held[0].hasPrefix("production/prometheus.yml:3: ca_file of scrape job \"a\""), "\(held)")
        try bench.put("deployed/secrets/ca.pem", "x")
        try bench.put("outside/password", "x")
        #expect(await bench.outcome(request).warnings == [])
    }

    @Test func `bad content is said before missing files`() async throws {
        let bench = try ValidationBench()
        let main = "scrape_configs:\n- job_name: a\n  authorization: {credentials_file: gone}\n- job_name: a\n"
        let found = try #require(await bench.outcome(try bench.request(["prometheus.yml": main])).rejections)
        #expect(found.count == 1 && found[0].contains("multiple scrape configs"), "\(found)")
    }

    @Test func `a secret of ours that is deleted while referred to is refused`() async throws {
        let bench = try ValidationBench()
        let main = "scrape_configs:\n- job_name: a\n  authorization: {credentials_file: token}\n"
        try bench.put("deployed/token", "x")
        let outcome = await bench.outcome(
            try bench.request(["prometheus.yml": main], previous: ["prometheus.yml": main, "token": "x"]))
        #expect(outcome.rejections?.first?.contains("which this change deletes") == true, "\(outcome)")
    }

    @Test func `remote_write twice and a limit of nought are refused`() async throws {
        let bench = try ValidationBench()
        let main = """
            remote_write:
            - url: http://a/write
              queue_config: {max_samples_per_send: 0}
            - {queue_config: {max_samples_per_send: 0}, url: http://a/write}
            """
        let found = try #require(await bench.outcome(try bench.request(["prometheus.yml": main])).rejections)
        #expect(found.count == 3, "\(found)")
        #expect(
            found[0].hasPrefix("production/prometheus.yml:4: remote_write has the same entry twice, first at line 2"))
        #expect(found[1].hasPrefix("production/prometheus.yml:3: max_samples_per_send: 0"))
    }

    @Test func `absolute paths of a container are mapped to the staged tree`() async throws {
        let bench = try ValidationBench()
        let main = """
            rule_files: [/etc/prometheus/rules/*.yml, "/etc/prometheus/one.yml", ../prometheus/rules/a.yml]
            scrape_configs:
            - job_name: a
              authorization: {credentials_file: /run/secrets/token}
              file_sd_configs: [{files: [/etc/prometheus/sd/*.json, /other/sd.yml]}]
            - job_name: b
              foo: 1
            """
        let bad = "groups: [{name: x, rules: [{alert: y, expr: up ==}]}]\n"
        let files = ["prometheus.yml": main, "rules/a.yml": bad, "one.yml": Self.rules, "sd/a.json": "[]"]
        let request = try bench.request(files, seenAt: "/etc/prometheus")
        let unknown = try #require(await bench.outcome(request).rejections)
        #expect(
            unknown == ["production/prometheus.yml:7: field foo not found in type config.ScrapeConfig"], "\(unknown)")
        var better = files
        better["prometheus.yml"] = main.replacing("  foo: 1", with: "")
        let found = try #require(await bench.outcome(try bench.request(better, seenAt: "/etc/prometheus")).rejections)
        #expect(found.count == 1 && found[0].hasPrefix("production/rules/a.yml:1: group \"x\""), "\(found)")
        better["rules/a.yml"] = Self.rules
        #expect(await bench.outcome(try bench.request(better, seenAt: "/etc/prometheus")).warnings == [])
    }

    @Test func `an unmanaged neighbour that the glob loads is validated too`() async throws {
        let bench = try ValidationBench()
        let files = ["prometheus.yml": Self.good, "rules/a.yml": Self.rules]
        try bench.put("deployed/rules/foreign.yml", "groups: [{nam: x}]\n")
        try bench.put("deployed/rules/doomed.yml", "not even yaml: [")
        var before = files
        before["rules/doomed.yml"] = "not even yaml: ["
        let found = try #require(await bench.outcome(try bench.request(files, previous: before)).rejections)
        #expect(found == ["\(bench.deployTo)/rules/foreign.yml:1: field nam not found in type rulefmt.RuleGroup"])
        try bench.put("deployed/rules/foreign.yml", Self.rules)
        #expect(await bench.outcome(try bench.request(files, previous: before)).warnings == [])
    }

    @Test func `a glob that only an unmanaged file satisfies is fine`() async throws {
        let bench = try ValidationBench()
        try bench.put("deployed/rules/foreign.yml", Self.rules)
        #expect(await bench.outcome(try bench.request(["prometheus.yml": Self.good])).warnings == [])
    }

    @Test func `the copy follows files, folders and what is deleted`() async throws {
        let bench = try ValidationBench()
        let first = ["prometheus.yml": "rule_files: [\"r/*.yml\"]\n", "r/a.yml": Self.rules]
        #expect(await bench.outcome(try bench.request(first)).warnings == [])
        let second = ["prometheus.yml": "rule_files: [r]\n", "r": Self.rules]
        #expect(await bench.outcome(try bench.request(second)).warnings == [])
        #expect(HostFiles.names(in: bench.staging + "/target") == ["prometheus.yml", "r"])
        #expect(await bench.outcome(try bench.request(first)).warnings == [])
        #expect(HostFiles.names(in: bench.staging + "/target/r") == ["a.yml"])
        var status = stat()
        #expect(stat(bench.staging, &status) == 0 && status.st_mode & 0o777 == 0o700)
    }

    @Test func `rule tests pass and fail in their own place`() async throws {
        let bench = try ValidationBench()
        func tests(_ label: String) -> String {
            """
            rule_files: [../rules/a.yml]
            tests:
            - interval: 1m
              input_series: [{series: 'up{a="b"}', values: '0 0 0'}]
              alert_rule_test:
              - eval_time: 2m
                alertname: A
                exp_alerts: [{exp_labels: {a: \(label)}}]
            """
        }
        let files = ["prometheus.yml": Self.good, "rules/a.yml": Self.rules]
        #expect(await bench.outcome(try bench.request(files, tests: ["tests/a.yml": tests("b")])).warnings == [])
        let failed = await bench.outcome(
            try bench.request(files, tests: ["tests/a.yml": tests("b"), "tests/b.yml": tests("c")]))
        guard case .rejected(.ruleTestsFailed, let found, _) = failed else { return #expect(Bool(false), "\(failed)") }
        #expect(
            found.count == 1 && found[0].description.hasPrefix("production/tests/b.yml:6: alertname: A, time: 2m"),
            "\(found)")
    }

    @Test func `the web configuration is checked where it is ours`() async throws {
        let bench = try ValidationBench()
        var files = ["prometheus.yml": Self.good, "rules/a.yml": Self.rules, "web.yml": "basic_auth_users: {a: b}\n"]
        let web = "\(bench.deployTo)/web.yml"
        let found = try #require(await bench.outcome(try bench.request(files, web: web)).rejections)
        #expect(found.count == 1 && found[0].hasPrefix("production/web.yml: crypto/bcrypt"), "\(found)")
        files["web.yml"] = "tls_server_config: {cert_file: /run/c, key_file: /run/k}\n"
        let seen = try bench.request(files, seenAt: "/etc/prometheus", web: "/etc/prometheus/web.yml")
        let warnings = try #require(await bench.outcome(seen).warnings)
        #expect(warnings.count == 1 && warnings[0].contains("were not checked"), "\(warnings)")
    }

    @Test func `a missing promtool is environmental and says what to install`() async throws {
        let bench = try ValidationBench()
        let request = try bench.request(
            ["prometheus.yml": Self.good], validate: .program("/nonexistent/promtool"))
        guard case .environmental(let failure) = await bench.outcome(request) else { return #expect(Bool(false)) }
        #expect(failure.message.contains("install prometheus") && failure.kind == .environmental)
    }

    @Test func `a blob that is gone is environmental`() async throws {
        let bench = try ValidationBench()
        let request = try bench.request(["prometheus.yml": Self.good])
        bench.blobs.gone = Set(request.files.files.values.map(\.blob))
        guard case .environmental(let failure) = await bench.outcome(request) else { return #expect(Bool(false)) }
        #expect(failure.message.contains("prometheus.yml"))
    }

    @Test func `a command gets the main file last and its words become findings`() async throws {
        let bench = try ValidationBench()
        try await Files.writeProgram(
            "#!/bin/sh\necho \"$1:3:7: too loud\"\necho other\nexit 1\n", to: bench.root + "/judge")
        let command = TargetConfiguration.Validator.command([bench.root + "/judge"])
        let outcome = await bench.outcome(
            try bench.request(["prometheus.yml": Self.good, "rules/a.yml": Self.rules], validate: command))
        #expect(outcome.rejections == ["production/prometheus.yml:3: too loud"], "\(outcome)")
    }

    @Test func `a validator that hangs is killed at the limit`() async throws {
        let bench = try ValidationBench()
        #expect(mkfifo(bench.root + "/never", 0o600) == 0)
        try await Files.writeProgram(
            "#!/bin/sh\nread line < \"\(bench.root)/never\"\n", to: bench.root + "/judge")
        let request = try bench.request(
            ["prometheus.yml": Self.good, "rules/a.yml": Self.rules], limit: .milliseconds(300),
            validate: .command([bench.root + "/judge"]))
        guard case .environmental(let failure) = await bench.outcome(request) else { return #expect(Bool(false)) }
        #expect(failure.message.contains("was not done after 300ms and was killed"))
    }

    @Test func `the fingerprint follows what the verdict depends on`() async throws {
        let bench = try ValidationBench()
        let first = try await bench.validator.identity(for: try bench.request(["prometheus.yml": ""])).get()
        let again = try await bench.validator.identity(for: try bench.request(["prometheus.yml": "x"])).get()
        let elsewhere = try await bench.validator.identity(
            for: try bench.request(["prometheus.yml": ""], seenAt: "/etc/prometheus")
        ).get()
        #expect(first == again && first.fingerprint != elsewhere.fingerprint)
    }
}
