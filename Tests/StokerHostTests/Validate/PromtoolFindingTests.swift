import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// What the real promtool says about broken configurations, as findings in terms of the repository.
@Suite struct PromtoolFindingTests {
    static let versions = Programs.PrometheusVersion.allCases

    private static let good = """
        global: {scrape_interval: 1m}
        rule_files: ["rules/*.yml"]
        scrape_configs:
        - job_name: a
          static_configs: [{targets: ["x:1"]}]

        """
    private static let rules = "groups:\n- name: g\n  rules:\n  - {alert: A, expr: up == 0}\n"

    @Test func `good configuration is accepted with the version of promtool`() async throws {
        let bench = try ValidationBench()
        let outcome = await bench.outcome(
            try bench.request(["prometheus.yml": Self.good, "rules/a.yml": Self.rules]))
        guard case .accepted(let warnings, let validator) = outcome else { return #expect(Bool(false), "\(outcome)") }
        #expect(warnings.isEmpty)
        #expect(validator.hasPrefix("promtool 2.") || validator.hasPrefix("promtool 3."))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        var main: String = PromtoolFindingTests.good
        var rules: String = PromtoolFindingTests.rules
        /// Each must be the beginning of one finding, in this order; nothing else may be found.
        let expected: [String]
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(
            name: "yaml of the main file", main: "scrape_configs:\n  - job_name: a\n   bad: x\n",
            expected: ["production/prometheus.yml:3: yaml: did not find expected"]),
        Case(
            name: "tab", main: "global:\n\tx: 1\n",
            expected: ["production/prometheus.yml:2: yaml: found character that cannot start any token"]),
        Case(
            name: "unknown keys, one finding each",
            main: "foo: bar\nglobal:\n  baz: 1\nscrape_configs:\n  - job: x\n",
            expected: [
                "production/prometheus.yml:1: field foo not found", "production/prometheus.yml:3: field baz not found",
                "production/prometheus.yml:5: field job not found",
            ]),
        Case(
            name: "duration without a line", main: "global:\n  scrape_interval: 5x\n",
            expected: ["production/prometheus.yml:2: "]),
        Case(
            name: "job twice", main: "scrape_configs:\n- job_name: a\n- job_name: a\n",
            expected: ["production/prometheus.yml:3: found multiple scrape configs with job name \"a\""]),
        Case(
            name: "relabel expression",
            main: "scrape_configs:\n- job_name: a\n  relabel_configs:\n  - action: replace\n    regex: \"(\"\n",
            expected: ["production/prometheus.yml:5: error parsing regexp"]),
        Case(
            name: "PromQL, several in one file",
            rules: """
                groups:
                - name: x
                  rules:
                  - alert: y
                    expr: up ==
                  - alert: z
                    expr: sum(
                      rate(foo[5m])
                """,
            expected: [
                "production/rules/a.yml:5: group \"x\", rule 1, \"y\": could not parse expression",
                "production/rules/a.yml:7: group \"x\", rule 2, \"z\": could not parse expression",
            ]),
        Case(
            name: "yaml of a rule file, said once", rules: "groups:\n- name: x\n rules:\n  - alert: y\n",
            expected: ["production/rules/a.yml:3: yaml: did not find expected"]),
        Case(
            name: "unknown key in a rule", rules: "groups:\n- name: x\n  rulez: 1\n",
            expected: ["production/rules/a.yml:3: field rulez not found in type rulefmt.RuleGroup"]),
        Case(
            name: "template",
            rules: """
                groups:
                - name: x
                  rules:
                  - alert: ok
                    expr: up
                  - alert: B
                    expr: up
                    annotations:
                      x: "{{ .Foo "
                """,
            expected: ["production/rules/a.yml:6: group \"x\", rule 2, \"B\": annotation \"x\": template"]),
        Case(
            name: "group twice", rules: "groups:\n- name: x\n- name: x\n",
            expected: ["production/rules/a.yml:3: groupname: \"x\" is repeated in the same file"]),
        Case(
            name: "rule duration", rules: "groups:\n- name: x\n  rules:\n  - {alert: y, expr: up, for: 5x}\n",
            expected: ["production/rules/a.yml:4: "]),
    ]

    @Test(arguments: cases, versions)
    func `each cause is one finding with its line`(
        _ test: Case, _ version: Programs.PrometheusVersion
    ) async throws {
        let bench = try ValidationBench(version)
        let outcome = await bench.outcome(
            try bench.request(["prometheus.yml": test.main, "rules/a.yml": test.rules]))
        let found = try #require(outcome.rejections, "\(outcome)")
        #expect(found.count == test.expected.count, "\(found)")
        for (text, expected) in zip(found, test.expected) { #expect(text.hasPrefix(expected), "\(text)") }
    }

    @Test(arguments: versions)
    func `duplicate rules are a warning`(_ version: Programs.PrometheusVersion) async throws {
        let bench = try ValidationBench(version)
        let rules = "groups:\n- name: g\n  rules:\n  - {record: a:b, expr: up}\n  - {record: a:b, expr: up}\n"
        let outcome = await bench.outcome(try bench.request(["prometheus.yml": Self.good, "rules/a.yml": rules]))
        let warnings = try #require(outcome.warnings, "\(outcome)")
        #expect(warnings.count == 1 && warnings[0].contains("1 duplicate rule(s) found"), "\(warnings)")
        #expect(warnings[0].hasPrefix("production/rules/a.yml"))
    }

    @Test(arguments: versions)
    func `a broken file_sd file of ours is refused in its own name`(
        _ version: Programs.PrometheusVersion
    ) async throws {
        let bench = try ValidationBench(version)
        let main = "scrape_configs:\n- job_name: a\n  file_sd_configs: [{files: [sd/a.json]}]\n"
        let outcome = await bench.outcome(try bench.request(["prometheus.yml": main, "sd/a.json": "{"]))
        let found = try #require(outcome.rejections, "\(outcome)")
        #expect(found.count == 1 && found[0].hasPrefix("production/sd/a.json: unexpected end of JSON"), "\(found)")
    }

    @Test func `an inline secret is not repeated`() async throws {
        let bench = try ValidationBench()
        let main = """
            scrape_configs:
            - job_name: a
              basic_auth: {username: u, password: [hunter22-and-more]}
              bearer_token: {x: hunter23-and-more}
            remote_write:
            - url: "http://me:hunter24@ho st/x"
            """
        let outcome = await bench.outcome(try bench.request(["prometheus.yml": main]))
        let found = try #require(outcome.rejections, "\(outcome)")
        #expect(!found.joined().contains("hunter2"), "\(found)")
    }

    @Test func `findings of one layer deeper carry the target's path`() async throws {
        let bench = try ValidationBench()
        let outcome = await bench.outcome(
            try bench.request(["prometheus.yml": "foo: 1\n"], path: "prometheus"))
        #expect(outcome.rejections?.first?.hasPrefix("production/prometheus/prometheus.yml:1: field foo") == true)
    }

    @Test(arguments: versions)
    func `a folder of rules only is checked file by file`(_ version: Programs.PrometheusVersion) async throws {
        let bench = try ValidationBench(version)
        let good = try bench.request(["a.yml": Self.rules, "README": "no rules"], configFile: nil)
        #expect(await bench.outcome(good).warnings == [])
        let bad = try bench.request(
            ["a.yml": Self.rules, "b/c.yml": "groups: [{name: x, rules: [{alert: y, expr: up ==}]}]\n"], configFile: nil
        )
        let found = try #require(await bench.outcome(bad).rejections)
        #expect(found.count == 1 && found[0].hasPrefix("production/b/c.yml:1: group \"x\", rule 1"), "\(found)")
    }
}
