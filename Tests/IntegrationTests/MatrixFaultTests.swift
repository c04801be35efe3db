import Foundation
import TestSupport
import Testing

/// Faults of one Prometheus: refused before a byte is written where they can be known, otherwise found in what the process
/// serves, and taken back.
@Suite("Matrix of false successes")
struct MatrixFaultTests {
    @Test("what can be known before writing is refused or held", arguments: allVersions)
    func refused(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version, .matrix()) { world in
            let main = MatrixMain(port: world.prometheus.port)
            let text = main.text
            func upTo(_ mark: String) -> String { String(text[..<(text.range(of: mark)?.upperBound ?? text.endIndex)]) }
            try await world.run([
                .fault(
                    "main file truncated after its global section",
                    ["prometheus.yml": upTo("evaluation_interval: 1s\n")],
                    .refused, "ValidationFailed", saying: "production/prometheus.yml",
                    "nothing but global settings is left"),
                .fault(
                    "main file truncated before its first job", ["prometheus.yml": upTo("scrape_configs:\n")],
                    .refused, "ValidationFailed", saying: "production/prometheus.yml", "scrape_configs"),
                .fault(
                    "main file truncated within a job", ["prometheus.yml": upTo("file_sd_configs: [")],
                    .refused, "ValidationFailed", saying: "production/prometheus.yml:"),
                .fault(
                    "rule file truncated after its first line", ["rules/base.yml": "groups:\n"], .refused,
                    "ValidationFailed", saying: "production/rules/base.yml"),
                .fault(
                    "file_sd file truncated", ["sd/nodes.json": "[{\"targets\":[\"127.0"], .refused,
                    "ValidationFailed", saying: "checking SD file", "unexpected end of JSON input"),
                .fault(
                    "file_sd pattern that finds none of its files any more",
                    ["prometheus.yml": text.replacing("sd/*.json", with: "sd/*.jsn")], .refused, "ValidationFailed",
                    saying: "file_sd of scrape job \"found\"", "\"sd/*.jsn\", which no file matches"),
                .fault(
                    "password_file that is missing on the host",
                    ["prometheus.yml": main.with { $0.own = "basic_auth: { username: a, password_file: /nowhere/p }" }],
                    .held, "MissingFile", saying: "password_file", "/nowhere/p"),
                .fault(
                    "client certificate that is missing on the host",
                    [
                        "prometheus.yml": main.with {
                            $0.own = "tls_config: { cert_file: /nowhere/c.pem, key_file: /nowhere/k.pem }"
                        }
                    ], .held, "MissingFile", saying: "cert_file", "/nowhere/c.pem"),
            ])
        }
    }

    @Test("what only the process can tell is found there and taken back", arguments: allVersions)
    func live(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version, .matrix()) { world in
            let main = MatrixMain(port: world.prometheus.port)
            let hidden = world.directory("hidden")
            let bad = world.directory("bad.pem")
            func secure(_ authority: String) -> String {
                Sample.job("secure", port: 1, extra: ", scheme: https, tls_config: { ca_file: \(authority) }")
            }
            let lookup = "{ url: \"https://127.0.0.1:1/sd\", tls_config: { ca_file: \(bad) } }"
            try await eventually("the Alertmanager being known", within: .seconds(20)) {
                try world.prometheus.metric("prometheus_notifications_alertmanagers_discovered") == "1"
            }
            // The list follows a reload by seconds, and is empty until then: what is lost must not be compared with that.
            let reload = try LoopbackHTTP.request("POST", port: world.prometheus.port, path: "/-/reload")
            try #require(reload.status == 200)
            try await world.run([
                .fault(
                    "all Alertmanagers lost to relabelling",
                    ["prometheus.yml": main.with { $0.dropsAlertmanagers = true }], .rolledBack, "CheckFailed",
                    saying: "alerts are sent to 0 Alertmanagers, before the change to 1")
            ])
            try await world.run([
                .fault(
                    "CA that only the process cannot see: the job is silently absent",
                    ["prometheus.yml": main.with { $0.jobs.append(secure("\(hidden)/ca.pem")) }], .rolledBack,
                    "NotServed", saying: "for job \"secure\"", "certificate or CA"),
                .fault(
                    "CA file without a certificate in it",
                    ["prometheus.yml": main.with { $0.jobs.append(secure(bad)) }], .rolledBack,
                    "NotServed", saying: "for job \"secure\"", "certificate or CA"),
                .fault(
                    "discovery that cannot start",
                    [
                        "prometheus.yml": main.with {
                            $0.jobs.append("{ job_name: looked, http_sd_configs: [ \(lookup) ] }")
                        }
                    ], .rolledBack, "NotServed", saying: "discovery"),
                .fault(
                    "password_file that only the process cannot see: the job is down",
                    [
                        "prometheus.yml": main.with {
                            $0.own = "basic_auth: { username: a, password_file: \(hidden)/password }"
                        }
                    ], .rolledBack, "CheckFailed", saying: "\"self\" 0 of 1 targets are up", "verify.compare.up"),
            ])
            // Two versions would tell the same.
            guard version == .installed else { return }
            let drop = ", relabel_configs: [ { action: drop, regex: '.*' } ]"
            try await world.run([
                .fault(
                    "relabelling that drops every target of a new job",
                    ["prometheus.yml": main.with { $0.jobs.append(Sample.job("new", port: 1, extra: drop)) }],
                    .rolledBack, "CheckFailed", saying: "drops all 1 targets of the new job \"new\""),
                .fault(
                    "a bad change right after another was taken back",
                    ["prometheus.yml": main.with { $0.own = "metrics_path: /nowhere" }], .rolledBack, "CheckFailed",
                    saying: "\"self\" 0 of 1 targets are up"),
                .fault(
                    "a bad change right after another was taken back",
                    ["prometheus.yml": main.with { $0.own = "sample_limit: 1" }], .rolledBack, "CheckFailed",
                    saying: "\"self\" 0 of 1 targets are up"),
            ])
        }
    }

    @Test("a reload command that succeeds and does nothing", arguments: versions)
    func nothingReloaded(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.with {
            $0.target = { _ in
                ["reload: { method: command, command: [\"true\"], timeout: 2s }", "ready_timeout: 5s"]
            }
        }
        try await World.run(version, setup) { world in
            try await world.run([
                .fault(
                    "reload command that reloads nothing", ["rules/new.yml": Sample.alerts("NewAlert")], .rolledBack,
                    "ReloadUnconfirmed", saying: "time of the last successful reload has not moved")
            ])
        }
    }

    @Test("a process that restarts twice since the change", arguments: versions)
    func restartsTwice(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.with {
            $0.prometheus = { options, _ in options.supervised = true }
            $0.verify = "{ for: 30s, interval: 250ms }"
        }
        try await World.run(version, setup) { world in
            let start = ContinuousClock.now
            let tree = world.tree
            try world.stoker.start()
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            try await world.stoker.wait(for: "verifying") { $0["phase"].string == "verifying" }
            try await world.killAndLetBeSeen()
            try await world.killAndLetBeSeen()
            try await world.stoker.wait(outcome: "rolled_back", revision: commit)
            let turn = try await world.now()
            try #require(turn.reason == "TargetUnreachable", "\(turn)")
            try #require(turn.said.contains("restarted twice since the change"), "\(turn)")
            try #require(world.tree == tree)
            try #require(try world.prometheus.ruleNames() == ["BaseDown"])
            try MatrixTally.shared.passed(
                "process that restarts twice", .fault, on: "\(version)", after: ContinuousClock.now - start)
        }
    }

    @Test("a rollback that the process does not survive: it comes back with the old files", arguments: allVersions)
    func deadlyRollback(_ version: Programs.PrometheusVersion) async throws {
        let kept = "{ url: \"http://127.0.0.1:1/w\" }"
        let setup = World.Setup.with {
            $0.prometheus = { options, _ in options.supervised = true }
            $0.target = { _ in ["ready_timeout: 10s"] }
            $0.before = { try Files.write("no certificate\n", to: "\($0)/bad.pem") }
            $0.files = {
                ["prometheus.yml": Sample.main(port: $0, rules: [], extra: ["remote_write: [ \(kept) ]"])]
            }
        }
        try await World.run(version, setup) { world in
            let bad = "{ url: \"https://127.0.0.1:2/w\", tls_config: { ca_file: \(world.directory("bad.pem")) } }"
            let main = Sample.main(
                port: world.prometheus.port, rules: [], extra: ["remote_write: [ \(kept), \(bad) ]"])
            try await world.run([
                .fault(
                    "rollback that kills the process: a queue kept before one whose CA is bad",
                    ["prometheus.yml": main], .rolledBack, "ReloadFailed", saying: "500")
            ])
            try #require(try !world.prometheus.statusConfig().contains("127.0.0.1:2"))
        }
    }
}

extension World {
    /// Kills the process, and returns when Stoker has asked the one that was started in its place.
    fileprivate func killAndLetBeSeen() async throws {
        let pid = prometheus.pid
        prometheus.kill()
        try await eventually("another process") { prometheus.pid != pid && prometheus.isRunning }
        let asked = #"prometheus_http_requests_total{code="200",handler="/api/v1/status/runtimeinfo"}"#
        try await eventually("Stoker seeing it") { try (Double(prometheus.metric(asked) ?? "") ?? 0) >= 2 }
    }
}
