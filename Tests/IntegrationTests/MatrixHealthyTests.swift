import Foundation
import TestSupport
import Testing

/// Changes that look odd and are fine: each is verified, none is taken back, with the vital signs watched.
@Suite("Matrix of healthy changes")
struct MatrixHealthyTests {
    private static func rule(_ index: Int) -> String {
        "      - { record: 'many:\(index)', expr: 'sum by (job) (up) + \(index)' }"
    }

    private static let many: String =
        (["groups:"]
        + (0..<20).flatMap { group in
            ["  - name: many\(group)", "    rules:"] + (0..<100).map { rule(group * 100 + $0) }
        }).joined(separator: "\n") + "\n"

    @Test("changes of rules", arguments: allVersions)
    func rules(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version, .matrix()) { world in
            let alerts = Sample.alerts("Disk", "Memory", group: "hosts")
            try await world.run([
                .healthy("slow reload: two thousand rules", ["rules/many.yml": Self.many, "rules/hosts.yml": alerts]),
                .healthy("comments and blank lines only", ["rules/hosts.yml": "# hosts\n\n\(alerts)\n\n# end\n"]),
                .healthy("a group is renamed", ["rules/hosts.yml": Sample.alerts("Disk", "Memory", group: "machines")]),
                .healthy(
                    "a rule file is moved",
                    [
                        "rules/hosts.yml": nil,
                        "rules/machines.yml": Sample.alerts("Disk", "Memory", group: "machines"),
                    ]),
                .healthy(
                    "all alerts of a file become records",
                    [
                        "rules/machines.yml":
                            "groups: [ { name: machines, rules: [ { record: 'a:b', expr: 'vector(1)' } ] } ]\n"
                    ]),
                .healthy("a rule file is removed", ["rules/many.yml": nil]),
            ])
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "a:b"])
        }
    }

    @Test("changes of what is scraped", arguments: allVersions, [0, 1])
    func scraping(_ version: Programs.PrometheusVersion, _ half: Int) async throws {
        try await World.run(version, .matrix()) { world in
            let port = world.prometheus.port
            var main = MatrixMain(port: port)
            let base = main.jobs
            var cases: [MatrixCase] = []
            func change(_ name: String, _ edit: (inout MatrixMain) -> Void) {
                edit(&main)
                cases.append(.healthy(name, ["prometheus.yml": main.text]))
            }
            if half == 0 {
                change("a job is added") { $0.jobs = base + [Sample.job("second", port: port)] }
                change("a job is renamed") { $0.jobs = base + [Sample.job("third", port: port)] }
                change("a job is removed") { $0.jobs = base }
                change("a job is added whose target is down") { $0.jobs = base + [Sample.job("down", port: 1)] }
                cases += [
                    .healthy(
                        "file_sd only",
                        ["sd/nodes.json": "[{\"targets\":[\"127.0.0.1:\(port)\",\"localhost:\(port)\"]}]\n"]),
                    .healthy("all targets of a file_sd emptied on purpose", ["sd/nodes.json": "[]\n"]),
                ]
            } else {
                func secret(_ text: String) -> String { "basic_auth: { username: scraper, password: \(text) }" }
                change("password only") { $0.own = secret("first") }
                change("scrape interval") { $0.interval = "2s" }
                change("global label") { $0.label = "two" }
                change("all Alertmanagers taken out on purpose") { $0.namesAlertmanagers = false }
                change("remote_write added whose receiver is dead") { $0.remoteWrite = "{ url: http://127.0.0.1:1/w }" }
                change("relabelling that drops some targets") {
                    let targets = "[ { targets: [\"127.0.0.1:\(port)\", \"localhost:\(port)\"] } ]"
                    let drop = "[ { source_labels: [__address__], regex: 'localhost:.*', action: drop } ]"
                    $0.jobs = base + ["{ job_name: some, static_configs: \(targets), relabel_configs: \(drop) }"]
                }
                // Nothing but the secret differs from what the first of these deployed.
                let first = cases[0]
                cases[0] = .healthy(
                    "password only", ["prometheus.yml": MatrixMain(port: port).with { $0.own = secret("second") }])
                let commit = try await world.push(first.change)
                try requireVerified(try await world.once(), commit)
            }
            try await world.run(cases)
        }
    }

    @Test("a target that fails every other scrape", arguments: allVersions)
    func flapping(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version, .matrix("{ for: 4s, interval: 500ms, compare: {} }")) { world in
            let flapping = try FlappingTarget(directory: world.directory.path)
            world.deferred.add { flapping.stop() }
            let main = MatrixMain(port: world.prometheus.port)
            func flaps(_ label: String) -> String {
                let labels = "labels: { kind: \(label) }"
                return
                    "{ job_name: flaps, static_configs: [ { targets: [\"127.0.0.1:\(flapping.port)\"], \(labels) } ] }"
            }
            let added = try await world.push(["prometheus.yml": main.with { $0.jobs.append(flaps("a")) }])
            try requireVerified(try await world.once(), added)
            for (expression, what) in [("max", "up"), ("min", "down")] {
                try await eventually("the target being \(what) at times", within: .seconds(20)) {
                    let query = "\(expression)_over_time(up{job=\"flaps\"}[10s]) == \(what == "up" ? 1 : 0)"
                    return try !world.prometheus.query(query).isEmpty
                }
            }
            try await world.run([
                .healthy("flapping target, and a change of rules", ["rules/new.yml": Sample.alerts("NewAlert")]),
                .healthy(
                    "flapping target, and a change of its job",
                    ["prometheus.yml": main.with { $0.jobs.append(flaps("b")) }]),
            ])
        }
    }

    @Test("a web configuration, which is live without a reload", arguments: allVersions)
    func webConfig(_ version: Programs.PrometheusVersion) async throws {
        // The documentation's own example: the bcrypt digest of `test`.
        let digest = "$2b$12$hNf2lSsxfm0.i4a.1kVpSOVyBCfIB51VRjgBUyv6kdnyTlgWj81Ay"
        let setup = World.Setup.with {
            $0.prometheus = { options, directory in
                options.flags = ["--web.config.file=\(directory)/etc/web.yml"]
                options.headers = ["Authorization": "Basic c2NyYXBlcjp0ZXN0"]
            }
            $0.settled = false
            $0.files = {
                Sample.files(port: $0).merging(["web.yml": "basic_auth_users: { scraper: \(digest) }\n"]) { $1 }
            }
            $0.target = { ["basic_auth: { username: scraper, password_file: \($0)/scraper.password }"] }
            $0.before = { try Files.write("test\n", to: "\($0)/scraper.password") }
        }
        try await World.run(version, setup) { world in
            let reload = try world.prometheus.lastReload()
            try await world.run([
                .healthy(
                    "web configuration", ["web.yml": "basic_auth_users: { scraper: \(digest), other: \(digest) }\n"])
            ])
            try #require(try world.prometheus.lastReload() == reload)
        }
    }

    @Test("file_sd of a release that is flipped in is read again at once", arguments: allVersions)
    func flipped(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.matrix("{ interval: 500ms }").with {
            $0.target = { _ in ["layout: linked"] }
            $0.deployed = false
            $0.adopted = false
            $0.deployTo = { "\($0)/live" }
            $0.prometheus = { options, directory in options.configSeenAt = "\(directory)/live/prometheus.yml" }
            $0.files = { port in
                [
                    "prometheus.yml": Self.found(port), "rules/base.yml": Sample.alerts("BaseDown", group: "base"),
                    "sd/nodes.json": "[{\"targets\":[\"127.0.0.1:\(port)\"]}]\n",
                ]
            }
        }
        try await World.run(version, setup) { world in
            try world.stoker.start()
            try await eventually("the first release") { Files.exists(world.directory("live/prometheus.yml")) }
            try await world.prometheus.start()
            try await world.stoker.wait(outcome: "verified", revision: world.firstCommit)
            let start = ContinuousClock.now
            let port = world.prometheus.port
            func found() throws -> [String] { try world.prometheus.targets().filter { $0.hasPrefix("found ") } }
            func list(_ host: String) -> String { "[{\"targets\":[\"\(host):\(port)\"]}]\n" }
            let both = try await world.push(["sd/nodes.json": list("localhost"), "rules/new.yml": Sample.alerts("New")])
            try await world.stoker.wait(outcome: "verified", revision: both)
            try #require(try found() == ["found localhost:\(port)"])
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "New"])
            let reload = try world.prometheus.lastReload()
            let only = try await world.push(["sd/nodes.json": list("127.0.0.2")])
            try await world.stoker.wait(outcome: "verified", revision: only)
            try #require(try found() == ["found 127.0.0.2:\(port)"])
            try #require(try world.prometheus.lastReload() == reload)
            // The way back is a flip, too.
            let drop = "{ source_labels: [job], regex: self, action: drop }"
            let harmful = try await world.push([
                "prometheus.yml": Self.found(port, relabel: drop), "sd/nodes.json": list("127.0.0.3"),
            ])
            try await world.stoker.wait(outcome: "rolled_back", revision: harmful)
            try await eventually("the targets of before", within: .seconds(20)) {
                try found() == ["found 127.0.0.2:\(port)"]
            }
            try MatrixTally.shared.passed(
                "file_sd in a release that is flipped in", .healthy, on: "\(version)",
                after: ContinuousClock.now - start)
        }
    }

    /// Discovery with its usual refresh of five minutes: within a test only the watches tell of new files.
    private static func found(_ port: UInt16, relabel: String? = nil) -> String {
        Sample.main(
            port: port, jobs: ["{ job_name: found, file_sd_configs: [ { files: [\"sd/*.json\"] } ] }"], relabel: relabel
        )
    }

    @Test("a process that is busy with questions", arguments: versions)
    func underLoad(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version, .matrix()) { world in
            let url = "\(world.prometheus.url)/api/v1/query_range?query=sum(rate({job=~%22.%2B%22}[5m]))&step=1"
            let script = "while :; do e=$(date +%s); curl -s -o /dev/null \"$1&start=$((e-3000))&end=$e\"; done"
            for index in 0..<4 {
                let asker = try Child(
                    ["sh", "-c", script, "sh", url], output: world.directory("asker\(index).log"))
                world.deferred.add { asker.stop(patience: .zero) }
            }
            try await world.run([
                .healthy("Prometheus under load", ["rules/new.yml": Sample.alerts("NewAlert")])
            ])
        }
    }
}

/// A metrics page that fails every other time.
struct FlappingTarget {
    let port: UInt16
    private let child: Child

    init(directory: String) throws {
        port = try FreePort.next()
        let script = """
            import itertools, sys
            from http.server import BaseHTTPRequestHandler, HTTPServer
            turn = itertools.cycle([200, 500])
            class Handler(BaseHTTPRequestHandler):
                def do_GET(self):
                    self.send_response(next(turn)); self.send_header('Content-Type', 'text/plain; version=0.0.4')
                    self.end_headers(); self.wfile.write(b'flaps 1\\n')
                def log_message(self, *words): pass
            HTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()
            """
        child = try Child(["python3", "-c", script, "\(port)"], output: "\(directory)/flapping.log")
    }

    func stop() { child.stop(patience: .zero) }
}
