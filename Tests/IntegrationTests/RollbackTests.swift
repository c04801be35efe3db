import TestSupport
import Testing

/// Changes that were live and were taken back, and changes that must not be.
@Suite("Rollbacks")
struct RollbackTests {
    @Test("relabelling that drops all targets is caught by a check and rolled back", arguments: allVersions)
    func droppedTargets(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version, .withCheck) { world in
            let tree = world.tree
            let turn = try await world.onceAfterPush(world.harmful)
            try requireRolledBack(world, turn, tree: tree, reason: "CheckFailed", saying: #"up{job="self"} == 1"#)
            try #require(try !world.prometheus.statusConfig().contains("action: drop"))
            try await eventually("the target being back", within: .seconds(20)) {
                try world.prometheus.targets() == ["self 127.0.0.1:\(world.prometheus.port)"]
            }
            // Remembered: the next turn neither tries it nor forgets to say so.
            let served = try world.prometheus.served()
            let again = try await world.once()
            try #require(again.code == 3, "\(again)")
            try #require(try world.prometheus.served() == served)
            // The next push is taken at once.
            let commit = try await world.push([
                "prometheus.yml": Sample.main(port: world.prometheus.port), "rules/new.yml": Sample.alerts("NewAlert"),
            ])
            try requireVerified(try await world.once(), commit)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
        }
    }

    @Test("without a check, the scrape pools tell of the same push, unless it is meant", arguments: allVersions)
    func noCheck(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            let turn = try await world.onceAfterPush(world.harmful)
            try requireRolledBack(
                world, turn, tree: Sample.files(port: world.prometheus.port), reason: "CheckFailed",
                saying: "relabelling drops")
        }
        let meant = World.Setup.with { $0.verify = "{ compare: { targets: off } }" }
        try await World.run(version, meant) { world in
            let commit = try await world.push(world.harmful)
            try requireVerified(try await world.once(), commit)
            try #require(try world.prometheus.statusConfig().contains("action: drop"))
        }
    }

    @Test("of a process that has just started the scrape pools are waited for, or nothing could be compared")
    func justStarted() async throws {
        try await World.run(.installed) { world in
            let commit = try await world.push(world.harmful)
            world.prometheus.stop()
            try await world.prometheus.start()
            let turn = try await world.once()
            try requireRolledBack(
                world, turn, tree: Sample.files(port: world.prometheus.port), reason: "CheckFailed",
                saying: "relabelling drops")
            try #require(turn.attempt["revision"].string == "main@sha1:\(commit)", "\(turn)")
        }
    }

    @Test("what could not be proved is not verified by trying again without a change")
    func unprovenTwice() async throws {
        try await World.run(.installed, .with { $0.verify = "{ timeout: 2s }" }) { world in
            let dead = "http_sd_configs: [ { url: 'http://127.0.0.1:1/' } ]"
            let main = Sample.main(port: world.prometheus.port).replacing(
                "static_configs:\n      - targets: [\"127.0.0.1:\(world.prometheus.port)\"]", with: dead)
            try #require(main.contains(dead))
            let first = try await world.onceAfterPush(["prometheus.yml": main])
            try #require(first.outcome == "degraded" && first.reason == "Unproven", "\(first)")
            let second = try await world.once()
            try #require(second.outcome == "degraded" && second.reason == "Unproven", "\(second)")
        }
    }

    @Test("a check that was red before does not condemn the change, and the message says so", arguments: versions)
    func redBefore(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.with {
            $0.verify = #"{ for: 1s, interval: 1s, checks: [ { expr: 'up{job="nowhere"} == 1' } ] }"#
        }
        try await World.run(version, setup) { world in
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            let turn = try await world.once()
            try requireVerified(turn, commit)
            try #require(turn.said.contains("nowhere"), "\(turn)")
            try #require(turn.said.contains("before"), "\(turn)")
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
        }
    }

    @Test("a check that passes when empty is turned round", arguments: versions)
    func passWhenEmpty(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.with {
            $0.verify =
                "{ for: 1s, interval: 1s, checks: [ { expr: 'ALERTS{alertname=\"Storm\"}', pass_when: empty } ] }"
        }
        try await World.run(version, setup) { world in
            let tree = world.tree
            let storm = "groups: [ { name: storm, rules: [ { alert: Storm, expr: vector(1) } ] } ]\n"
            let turn = try await world.onceAfterPush(["rules/storm.yml": storm])
            try requireRolledBack(world, turn, tree: tree, reason: "CheckFailed", saying: "Storm")
            try #require(try world.prometheus.ruleNames() == ["BaseDown"])
        }
    }

    @Test(
        "a reload that fails half way is rolled back, and the process serves the old rules and jobs",
        arguments: allVersions)
    func failedReload(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            let port = world.prometheus.port
            let tree = world.tree
            let config = try world.prometheus.statusConfig()
            let main = Sample.main(port: port, jobs: [Sample.job("second", port: port)])
                .replacing("  scrape_interval: 1s", with: "  scrape_interval: 1s\n  query_log_file: /nonexistent/q.log")
            let turn = try await world.onceAfterPush(["prometheus.yml": main])
            try requireRolledBack(world, turn, tree: tree, reason: "ReloadFailed", saying: "500")
            try #require(try world.prometheus.statusConfig() == config)
            try #require(try world.prometheus.metric("prometheus_config_last_reload_successful") == "1")
            try await eventually("the pools following", within: .seconds(15)) {
                try world.prometheus.jobs() == ["self"]
            }
        }
    }

    @Test("a config that makes the process die is taken back, and the process lives again", arguments: allVersions)
    func deadlyConfig(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.with {
            $0.prometheus = { options, _ in options.supervised = true }
            $0.target = { _ in ["ready_timeout: 10s"] }
        }
        try await World.run(version, setup) { world in
            let tree = world.tree
            let write = "remote_write: [ { url: http://127.0.0.1:9/w, queue_config: { capacity: -100000 } } ]"
            let turn = try await world.onceAfterPush([
                "prometheus.yml": Sample.main(port: world.prometheus.port, extra: [write])
            ])
            try #require(turn.code == 3, "\(turn)")
            try #require(world.tree == tree)
            try await world.prometheus.waitUntilReady()
            try #require(try !world.prometheus.statusConfig().contains("remote_write"))
            try #require(try world.prometheus.ruleNames() == ["BaseDown"])
            try #require(["rolled_back", "degraded"].contains(turn.outcome ?? ""), "\(turn)")
        }
    }

    @Test("rollback by hand goes to the release before, and suspends", arguments: versions)
    func byHand(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            let tree = world.tree
            _ = try await world.onceAfterPush(["rules/new.yml": Sample.alerts("NewAlert")])
            let result = try await world.stoker.run("rollback", "production")
            try #require([0, 4].contains(result.code), "\(result)")
            try #require((result.output + result.error).contains("resume"), "\(result)")
            try #require(world.tree == tree)
            try #require(try world.prometheus.ruleNames() == ["BaseDown"])
            let suspended = try await world.once()
            try #require(suspended.code == 4, "\(suspended)")
            try #require(suspended.reason == "Suspended", "\(suspended)")
            try #require(world.tree == tree)
            try #require(try await world.stoker.run("resume", "production").code == 0)
            try #require(try await world.once().code == 0)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
        }
    }
}
