import TestSupport
import Testing

/// Pushes that are refused before anything is written.
@Suite("Refusals")
struct RefusalTests {
    @Test("a YAML error is refused with its file and line", arguments: versions)
    func yamlError(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            let main = "global:\n  scrape_interval: 1s\n bad: [\n"
            try await requireRefused(world, ["prometheus.yml": main], saying: "prometheus.yml:")
        }
    }

    @Test("bad PromQL is refused with its file and line", arguments: allVersions)
    func badPromQL(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            let rules = Sample.alerts("Broken", expr: "sum by (job) (up")
            try await requireRefused(world, ["rules/broken.yml": rules], saying: "rules/broken.yml:5", "parse error")
        }
    }

    @Test("a rule file that is named and missing is refused", arguments: versions)
    func missingRuleFile(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            let main = Sample.main(port: world.prometheus.port, rules: ["rules/*.yml", "rules/absent.yaml"])
            try await requireRefused(world, ["prometheus.yml": main], saying: "prometheus.yml:6", "rules/absent.yaml")
        }
    }

    @Test(
        "a main file with nothing in it is refused", arguments: versions, ["", "# all gone\n", "---\n", "{}\n"])
    func emptyMainFile(_ version: Programs.PrometheusVersion, _ text: String) async throws {
        try await World.run(version) { world in
            try await requireRefused(world, ["prometheus.yml": text], saying: "prometheus.yml")
        }
    }

    @Test("what one promtool refused is judged again when its program is another, without a commit")
    func anotherPromtool() async throws {
        try await World.run(.installed) { world in
            let promtool = world.directory("promtool")
            let real = try Programs.prometheus("promtool", version: .installed)
            func install(_ script: String) async throws {
                try await Files.writeProgram("#!/bin/sh\n\(script)\n", to: promtool + ".new")
                try await Shell.succeed(["mv", promtool + ".new", promtool])
            }
            let other = "--version) echo 'promtool, version 2.41.0 (branch: other)'; exit;;"
            try await install("case $1 in \(other) check) echo 'too strict'; exit 1;; esac\nexec \(real) \"$@\"")
            try world.reconfigure { $0.environments[0].targets[0].promtool = promtool }
            try world.stoker.start()
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            try await world.stoker.wait(outcome: "rejected", revision: commit)
            try await install("exec \(real) \"$@\"")
            try await world.stoker.wait(outcome: "verified", revision: commit)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
        }
    }

    @Test("a main file that is gone is refused", arguments: versions)
    func mainFileGone(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            let tree = world.tree
            let served = try world.prometheus.served()
            try await world.push(["prometheus.yml": nil])
            let turn = try await world.once()
            try #require(turn.code == 3 || turn.code == 1, "\(turn)")
            try #require(turn.reason == "SourceInvalid", "\(turn)")
            try #require(turn.said.contains("prometheus.yml"), "\(turn)")
            try #require(world.tree == tree)
            try #require(try world.prometheus.served() == served)
        }
    }

    @Test("a rule glob with a typo is refused", arguments: allVersions)
    func globTypo(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            let main = Sample.main(port: world.prometheus.port, rules: ["rule/*.yml"])
            try await requireRefused(world, ["prometheus.yml": main], saying: "prometheus.yml:5", "rule/*.yml")
        }
    }

    @Test("an empty rule file is refused", arguments: versions)
    func emptyRuleFile(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            try await requireRefused(world, ["rules/base.yml": "# moved\n"], saying: "rules/base.yml")
        }
    }

    @Test("a queue that makes the process panic is refused, though promtool accepts it", arguments: versions)
    func panickingQueue(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            let write = "remote_write: [ { url: http://127.0.0.1:9/w, queue_config: { max_samples_per_send: 0 } } ]"
            let main = Sample.main(port: world.prometheus.port, extra: [write])
            try await requireRefused(world, ["prometheus.yml": main], saying: "prometheus.yml:", "max_samples_per_send")
        }
    }

    @Test("a remote_write entry that is there twice is refused", arguments: versions)
    func duplicateRemoteWrite(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            let entry = "{ url: http://127.0.0.1:9/w }"
            let main = Sample.main(port: world.prometheus.port, extra: ["remote_write: [ \(entry), \(entry) ]"])
            try await requireRefused(world, ["prometheus.yml": main], saying: "prometheus.yml:", "remote_write")
        }
    }

    @Test("rule tests that fail refuse the push, and are never deployed", arguments: allVersions)
    func ruleTests(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.with { $0.environment = [#"rule_tests: ["tests/*.yml"]"#] }
        try await World.run(version, setup) { world in
            let test = """
                rule_files: [../rules/base.yml]
                tests:
                  - interval: 1m
                    input_series: [ { series: 'up{job="a"}', values: '0 0 0 0' } ]
                    alert_rule_test:
                      - eval_time: 3m
                        alertname: BaseDown
                        exp_alerts: []

                """
            try await requireRefused(
                world, ["tests/base.yml": test], saying: "tests/base.yml", reason: "RuleTestsFailed")
            let good = test.replacing("exp_alerts: []", with: "exp_alerts: [ { exp_labels: { job: a } } ]")
            let commit = try await world.push(["tests/base.yml": good])
            try requireVerified(try await world.once(), commit)
            try #require(world.tree["tests/base.yml"] == nil)
        }
    }

    @Test("what was refused is not tried again by itself, only when asked or changed", arguments: versions)
    func notTwice(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            try await requireRefused(world, ["rules/broken.yml": Sample.alerts("Broken", expr: "up ==")])
            let attempts = try await world.stoker.history().count
            let again = try await world.once()
            try #require(again.code == 3, "\(again)")
            try #require(try await world.stoker.history().count == attempts)
            // A commit with the same content is no attempt either.
            try await world.repository.push(["README.md": "elsewhere\n"])
            try #require(try await world.once().code == 3)
            try #require(try await world.stoker.history().count == attempts)
            let retried = try await world.stoker.run("reconcile", "production", "--retry")
            try #require(retried.code == 3, "\(retried)")
            try #require(try await world.stoker.history().count == attempts + 1)
            let commit = try await world.push(["rules/broken.yml": Sample.alerts("Repaired")])
            try requireVerified(try await world.once(), commit)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "Repaired"])
        }
    }

    @Test(
        "a new job whose CA is missing on the host is held, and goes live when the file is there",
        arguments: allVersions)
    func missingCA(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            let port = world.prometheus.port
            let authority = world.directory("tls/ca.pem")
            let job = Sample.job("secure", port: port, extra: ", scheme: https, tls_config: { ca_file: \(authority) }")
            let served = try world.prometheus.served()
            let tree = world.tree
            let commit = try await world.push(["prometheus.yml": Sample.main(port: port, jobs: [job])])
            let held = try await world.once()
            try #require(held.code == 4, "\(held)")
            try #require(held.reason == "MissingFile", "\(held)")
            try #require(held.said.contains(authority), "\(held)")
            try #require(world.tree == tree)
            try #require(try world.prometheus.served() == served)
            try Files.makeDirectory(world.directory("tls"))
            try await Shell.succeed([
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test",
                "-keyout", world.directory("tls/key.pem"), "-out", authority,
            ])
            try requireVerified(try await world.once(), commit)
            try #require(try world.prometheus.jobs() == ["secure", "self"])
        }
    }
}
