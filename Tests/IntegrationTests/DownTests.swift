import Foundation
import TestSupport
import Testing

/// A Prometheus that is down, dies, is slow, or does not let itself be reloaded.
@Suite("Downs")
struct DownTests {
    @Test("stopped, then back: deployed anyway, judged when it returns", arguments: versions)
    func stoppedThenBack(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            try world.stoker.start()
            try await world.stoker.wait(outcome: "verified", revision: world.firstCommit)
            world.prometheus.stop()
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            try await eventually("the new file on disk") { world.tree["rules/new.yml"] != nil }
            let waiting = try await world.stoker.wait(for: "TargetUnreachable") {
                $0["reason"].string == "TargetUnreachable"
            }
            try #require(waiting["verified_revision"].string == "main@sha1:\(world.firstCommit)", "\(waiting)")
            try await world.prometheus.start()
            try await world.stoker.wait(outcome: "verified", revision: commit)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
        }
    }

    @Test("when_down: wait leaves the disk alone until it is back", arguments: versions)
    func waits(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version, .with { $0.target = { _ in ["when_down: wait"] } }) { world in
            let tree = world.tree
            world.prometheus.stop()
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            try world.stoker.start()
            try await world.stoker.wait(for: "TargetUnreachable on the new commit") {
                $0["reason"].string == "TargetUnreachable" && $0["desired_revision"].string == "main@sha1:\(commit)"
            }
            try #require(world.tree == tree)
            try await world.prometheus.start()
            try await world.stoker.wait(outcome: "verified", revision: commit)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
        }
    }

    @Test("killed while verifying and back with the new files: the window starts again, verified", arguments: versions)
    func killedAndBack(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version, .with { $0.verify = "{ for: 3s, interval: 500ms }" }) { world in
            try world.stoker.start()
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            try await world.stoker.wait(for: "verifying") { $0["phase"].string == "verifying" }
            world.prometheus.kill()
            try await world.prometheus.start()
            try await world.stoker.wait(outcome: "verified", revision: commit)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
            try #require(world.tree["rules/new.yml"] == Sample.alerts("NewAlert"))
        }
    }

    @Test(
        "killed while verifying and gone: the old files are put back, and proved when it returns", arguments: versions)
    func killedAndGone(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.with {
            $0.verify = "{ for: 5s, interval: 500ms }"
            $0.target = { _ in ["ready_timeout: 3s"] }
        }
        try await World.run(version, setup) { world in
            let tree = world.tree
            try world.stoker.start()
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            try await world.stoker.wait(for: "verifying") { $0["phase"].string == "verifying" }
            world.prometheus.kill()
            try await eventually("the old tree being back") { world.tree == tree }
            try await world.stoker.wait(for: "a verdict") {
                ["rolled_back", "degraded"].contains($0["outcome"].string ?? "")
            }
            try await world.prometheus.start()
            try #require(try world.prometheus.ruleNames() == ["BaseDown"])
            let status = try await world.stoker.wait(for: "healthy again") { $0["health"].string == "healthy" }
            try #require(status["sync"].string == "out_of_sync", "\(status)")
            try #require(status["running_revision"].string == "main@sha1:\(world.firstCommit)", "\(status)")
            try #require(status["desired_revision"].string == "main@sha1:\(commit)", "\(status)")
            try #require(world.tree == tree)
        }
    }

    @Test("a reload that takes longer than its time-out is looked at again, not given up", arguments: allVersions)
    func slowReload(_ version: Programs.PrometheusVersion) async throws {
        let silent = try SilentServer()
        defer { silent.stop() }
        let silentPort = silent.port
        let setup = World.Setup.with {
            $0.prometheus = { options, _ in options.flags = ["--storage.remote.flush-deadline=5s"] }
            $0.target = { _ in ["reload: { method: http, timeout: 1s }"] }
            $0.files = { port in
                let queue = "{ max_samples_per_send: 5, capacity: 5, max_shards: 1, batch_send_deadline: 1s }"
                let write = "remote_write: [ { url: \"http://127.0.0.1:\(silentPort)/w\", queue_config: \(queue) } ]"
                return Sample.files(port: port).merging(["prometheus.yml": Sample.main(port: port, extra: [write])]) {
                    $1
                }
            }
        }
        try await World.run(version, setup) { world in
            try await eventually("samples waiting for a silent receiver", within: .seconds(60)) {
                try world.prometheus.metricSum("prometheus_remote_storage_samples_pending") > 0
            }
            let start = ContinuousClock.now
            let commit = try await world.push(["prometheus.yml": Sample.main(port: world.prometheus.port)])
            let turn = try await world.once()
            try requireVerified(turn, commit)
            try #require(ContinuousClock.now - start > .seconds(4), "the reload was not slow: the test proves nothing")
            try #require(try !world.prometheus.statusConfig().contains("remote_write"))
        }
    }

    @Test("403 without the lifecycle flag is explained; with signal it works", arguments: versions)
    func lifecycleDisabled(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.with { $0.prometheus = { options, _ in options.lifecycle = false } }
        try await World.run(version, setup) { world in
            let tree = world.tree
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            let refused = try await world.once()
            try #require([1, 3].contains(refused.code), "\(refused)")
            try #require(refused.reason == "ReloadFailed", "\(refused)")
            try #require(refused.said.contains("--web.enable-lifecycle"), "\(refused)")
            try #require(refused.said.contains("signal"), "\(refused)")
            try #require(world.tree == tree)
            try #require(try world.prometheus.ruleNames() == ["BaseDown"])
            try world.reconfigure { file in
                file.environments[0].targets[0].extra = [
                    "reload: { method: signal, pid_file: \(world.prometheus.pidFile) }"
                ]
            }
            let turn = try await world.once("--environment", "production")
            try requireVerified(turn, commit)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
        }
    }

    @Test("a Prometheus behind basic auth: the wrong password is explained, the right one works", arguments: versions)
    func behindPassword(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.with {
            $0.adopted = false
            $0.prometheus = { options, directory in
                options.flags = ["--web.config.file=\(directory)/web.yml"]
                options.headers = ["Authorization": "Basic c2NyYXBlcjp0ZXN0"]
            }
            $0.target = { ["basic_auth: { username: scraper, password_file: \($0)/scraper.password }"] }
            // The documentation's own example: the bcrypt digest of `test`.
            $0.before = { directory in
                let digest = "$2b$12$hNf2lSsxfm0.i4a.1kVpSOVyBCfIB51VRjgBUyv6kdnyTlgWj81Ay"
                try Files.write("basic_auth_users: { scraper: \(digest) }\n", to: "\(directory)/web.yml")
                try Files.write("test\n", to: "\(directory)/scraper.password")
            }
        }
        try await World.run(version, setup) { world in
            try await world.adopt()
            let tree = world.tree
            try Files.write("guess\n", to: world.directory("scraper.password"))
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            let refused = try await world.once()
            try #require(refused.code != 0, "\(refused)")
            try #require(refused.said.contains("401"), "\(refused)")
            try #require(!refused.description.contains("guess"), "the password leaked")
            try #require(world.tree == tree)
            try Files.write("test\n", to: world.directory("scraper.password"))
            try requireVerified(try await world.once(), commit)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
        }
    }

    @Test("a path prefix, and a wrong one", arguments: versions)
    func pathPrefix(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.with {
            $0.prometheus = { options, _ in
                options.flags = ["--web.external-url=http://localhost/prom", "--web.route-prefix=/"]
            }
        }
        try await World.run(version, setup) { world in
            try world.reconfigure { $0.environments[0].targets[0].url += "/wrong" }
            let tree = world.tree
            try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            let turn = try await world.once()
            try #require(turn.code != 0, "\(turn)")
            try #require(turn.said.contains("404"), "\(turn)")
            try #require(try world.prometheus.ruleNames() == ["BaseDown"])
            try #require(world.tree == tree)
        }
    }
}
