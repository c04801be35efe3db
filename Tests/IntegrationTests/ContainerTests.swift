import TestSupport
import Testing

/// Prometheus in a container, with its folder bind-mounted, reloaded over the engine's socket.
@Suite("Containers", .serialized)
struct ContainerTests {
    @Test("a change reaches a container by signal, and a bad one is taken back", arguments: versions)
    func signal(_ version: Programs.PrometheusVersion) async throws {
        try await World.runInContainer(version, reload: "{ method: docker, container: prometheus, socket: SOCKET }") {
            world, docker in
            let started = try await docker.inspect("prometheus")["State"]["StartedAt"]
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            try requireVerified(try await world.once(), commit)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
            try #require(try await docker.inspect("prometheus")["State"]["StartedAt"] == started)
            // promtool accepts a query log that cannot be opened; the reload does not.
            let main = Sample.main(port: world.prometheus.port)
                .replacing("  scrape_interval: 1s", with: "  scrape_interval: 1s\n  query_log_file: /nonexistent/q.log")
            let turn = try await world.onceAfterPush(["prometheus.yml": main])
            try #require(turn.code == 3 && turn.outcome == "rolled_back" && turn.reason == "ReloadFailed", "\(turn)")
            try #require(turn.said.contains("open /nonexistent/q.log: no such file or directory"), "\(turn)")
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
        }
    }

    @Test("a restart is waited for, and another start time is no failure", arguments: versions)
    func restart(_ version: Programs.PrometheusVersion) async throws {
        let reload =
            "[ { method: http }, { method: docker, service: prom, project: mon, socket: SOCKET, action: restart } ]"
        try await World.runInContainer(version, reload: reload) { world, docker in
            let started = try await docker.inspect("prometheus")["State"]["StartedAt"]
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            try requireVerified(try await world.once(), commit)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
            try #require(try await docker.inspect("prometheus")["State"]["StartedAt"] != started)
            // What the next start dies of is taken back, and the container that stayed down is started again.
            let main = Sample.main(port: world.prometheus.port)
                .replacing("  scrape_interval: 1s", with: "  scrape_interval: 1s\n  query_log_file: /nonexistent/q.log")
            let turn = try await world.onceAfterPush(["prometheus.yml": main])
            try #require(turn.code == 3 && turn.outcome == "rolled_back", "\(turn)")
            try #require(turn.said.contains("container prometheus is exited with exit code 1"), "\(turn)")
            try #require(turn.said.contains("its log says: "), "\(turn)")
            try #require(turn.said.contains("no such file or directory"), "\(turn)")
            try #require(try await docker.status("prometheus") == "running")
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
        }
    }

    @Test("a restart of another container is not taken for one of ours")
    func wrongContainer() async throws {
        let reload = "{ method: docker, container: other, socket: SOCKET, action: restart, timeout: 4s }"
        try await World.runInContainer(.installed, reload: reload) { world, docker in
            try await docker.run(.init("other", ["/bin/sleep", "600"]))
            let tree = world.tree
            let turn = try await world.onceAfterPush(["rules/new.yml": Sample.alerts("NewAlert")])
            try #require(turn.code == 1 && turn.reason == "NotServed", "\(turn)")
            try #require(turn.said.contains("is not container other"), "\(turn)")
            try #require(turn.said.contains("nothing was written"), "\(turn)")
            try #require(world.tree == tree)
            try #require(try world.prometheus.ruleNames() == ["BaseDown"])
        }
    }
}
