import Foundation
import TestSupport
import Testing

/// Reloads that succeed and change nothing: what stands between the files and the process is named, and where it can be
/// known before, nothing is written.
@Suite("False successes", .serialized)
struct SightTests {
    private static let signal = "{ method: docker, container: prometheus, socket: SOCKET }"

    @Test("a container that mounts another folder: nothing is written", arguments: versions)
    func otherFolder(_ version: Programs.PrometheusVersion) async throws {
        try await World.runInContainer(
            version, reload: Self.signal,
            binds: { world in
                for (path, text) in Sample.files(port: world.prometheus.port) {
                    try Files.write(text, to: world.directory("other/\(path)"))
                }
                return ["\(world.directory("other")):/etc/prometheus"]
            }
        ) { world, _ in
            let turn = try await requireUntouched(world, ["rules/new.yml": Sample.alerts("NewAlert")])
            try #require(turn.said.contains("container prometheus has \(world.directory("other")) mounted"), "\(turn)")
            try #require(turn.said.contains("correct deploy_to, or what the container mounts"), "\(turn)")
        }
    }

    @Test("a file mounted by itself would be replaced under its mount: nothing is written", arguments: versions)
    func pinned(_ version: Programs.PrometheusVersion) async throws {
        let binds: @Sendable (World) -> [String] = { world in
            [
                "\(world.etc)/prometheus.yml:/etc/prometheus/prometheus.yml",
                "\(world.etc)/rules:/etc/prometheus/rules",
            ]
        }
        try await World.runInContainer(
            version, reload: Self.signal, target: ["seen_at: /etc/prometheus"], binds: binds
        ) { world, _ in
            let port = world.prometheus.port
            let main = Sample.main(port: port, jobs: [Sample.job("second", port: port)])
            let turn = try await requireUntouched(world, ["prometheus.yml": main])
            try #require(turn.said.contains("/etc/prometheus/prometheus.yml bind-mounted by itself"), "\(turn)")
            try #require(turn.said.contains("list prometheus.yml under keep_inode"), "\(turn)")
        }
        try await World.runInContainer(
            version, reload: Self.signal, target: ["seen_at: /etc/prometheus", "keep_inode: [prometheus.yml]"],
            binds: binds
        ) { world, _ in
            let port = world.prometheus.port
            let commit = try await world.push([
                "prometheus.yml": Sample.main(port: port, jobs: [Sample.job("second", port: port)])
            ])
            try requireVerified(try await world.once(), commit)
        }
    }

    @Test("a mounted folder that was replaced on the host: nothing is written")
    func staleFolder() async throws {
        try await World.runInContainer(.installed, reload: Self.signal) { world, docker in
            let files = world.tree
            try Files.remove(world.etc)
            for (path, text) in files { try Files.write(text, to: "\(world.etc)/\(path)") }
            let turn = try await requireUntouched(world, ["rules/new.yml": Sample.alerts("NewAlert")])
            try #require(
                turn.said.contains("container prometheus has mounted at /etc/prometheus was replaced"), "\(turn)")
            try #require(turn.said.contains("restart it"), "\(turn)")
            try #require(try await docker.ask("POST", "/containers/prometheus/restart?t=5").code == 204)
            try await eventually("the restarted container") {
                try LoopbackHTTP.request(port: world.prometheus.port, path: "/-/ready").status == 200
            }
            try #require(try await world.once().outcome == "verified")
        }
    }

    @Test("a url that another process answers: nothing is written")
    func wrongPort() async throws {
        try await World.run(
            .installed, .with { $0.target = { ["reload: { method: signal, pid_file: \($0)/other/prometheus.pid }"] } }
        ) { world in
            let began = Date()
            let other = try world.anotherPrometheus("other", folder: world.etc)
            // Two that began within two seconds are not told apart.
            try await eventually("three seconds later") { Date().timeIntervalSince(began) > 3 }
            try await other.start()
            let turn = try await requireUntouched(world, ["rules/new.yml": Sample.alerts("NewAlert")])
            try #require(turn.said.contains("is not process \(other.pid ?? 0)"), "\(turn)")
        }
    }

    @Test("two processes behind one url: nothing is written, and nothing rolled back")
    func twoInstances() async throws {
        try await World.run(.installed) { world in
            let other = try world.anotherPrometheus("other", folder: world.etc)
            try await other.start()
            let balancer = try Balancer(ports: [world.prometheus.port, other.port], directory: world.directory.path)
            world.deferred.add { balancer.stop() }
            try await balancer.waitUntilReady()
            try world.reconfigure { $0.environments[0].targets[0].url = balancer.url }
            let turn = try await requireUntouched(world, ["rules/new.yml": Sample.alerts("NewAlert")])
            try #require(turn.said.contains("several processes answer"), "\(turn)")
            try #require(turn.said.contains("give each a target of its own"), "\(turn)")
        }
    }

    @Test("a second writer is named, and what it wrote is taken back")
    func secondWriter() async throws {
        let setup = World.Setup.with {
            $0.target = { directory in
                let deed =
                    "printf 'groups: []\\n' > \(directory)/etc/rules/new.yml; kill -HUP $(cat \(directory)/prometheus/prometheus.pid)"
                return ["reload: { method: command, command: [sh, -c, \"\(deed.replacing("\\", with: "\\\\"))\"] }"]
            }
        }
        try await World.run(.installed, setup) { world in
            let turn = try await world.onceAfterPush(["rules/new.yml": Sample.alerts("NewAlert")])
            try #require(turn.code == 3 && turn.reason == "NotServed", "\(turn)")
            try #require(turn.said.contains("somebody else writes there"), "\(turn)")
        }
    }

    @Test("seen_at is found by the container's mounts where no flag tells it", arguments: versions)
    func seenAt(_ version: Programs.PrometheusVersion) async throws {
        try await World.runInContainer(
            version, reload: Self.signal, target: ["config_file: none"],
            change: {
                $0.files = { _ in ["base.yml": Sample.alerts("BaseDown", group: "base")] }
                $0.deployTo = { "\($0)/etc/rules" }
            }
        ) { world, _ in
            let commit = try await world.push(["new.yml": Sample.alerts("NewAlert")])
            try requireVerified(try await world.once(), commit)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
        }
    }

    @Test("the cause of a half-applied reload is quoted from the log, without secrets", arguments: allVersions)
    func quotedLog(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.with {
            $0.target = { ["log: { file: \($0)/prometheus/prometheus.log }"] }
        }
        try await World.run(version, setup) { world in
            try Files.write("hunter-22\n", to: world.directory("password"))
            let main = Sample.main(port: world.prometheus.port)
                .replacing(
                    "  scrape_interval: 1s",
                    with: "  scrape_interval: 1s\n  query_log_file: /nonexistent/hunter-22/q.log"
                )
                .replacing(
                    "job_name: self",
                    with:
                        "job_name: self\n    basic_auth: { username: a, password_file: \(world.directory("password")) }"
                )
            let turn = try await world.onceAfterPush(["prometheus.yml": main])
            try #require(turn.outcome == "rolled_back" && turn.reason == "ReloadFailed", "\(turn)")
            try #require(turn.said.contains("its log says: "), "\(turn)")
            try #require(turn.said.contains("open /nonexistent/<secret>/q.log: no such file or directory"), "\(turn)")
        }
    }

    /// The change was not written, the process serves what it did, and the reason is `NotServed`.
    private func requireUntouched(_ world: World, _ change: [String: String?]) async throws -> Turn {
        let tree = world.tree
        let rules = try world.prometheus.ruleNames()
        try await world.push(change)
        let turn = try await world.once()
        try #require(turn.code == 1 && turn.reason == "NotServed", "\(turn)")
        try #require(turn.said.contains("nothing was written"), "\(turn)")
        try #require(world.tree == tree)
        try #require(try world.prometheus.ruleNames() == rules)
        return turn
    }
}
