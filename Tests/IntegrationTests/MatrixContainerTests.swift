import TestSupport
import Testing

/// A container that is started again and again: nothing about it is verified until it stays.
@Suite("Matrix of containers")
struct MatrixContainerTests {
    @Test("a crash-looping container is not verified, is named with its exit code, and is judged when it stays")
    func crashLoop() async throws {
        let reload = "{ method: docker, container: prometheus, socket: SOCKET }"
        let setup: (inout World.Setup) -> Void = {
            $0.files = { port in
                Sample.files(port: port).merging([
                    "prometheus.yml": Sample.main(port: port, rules: ["rules/*.yml", "/extra/*.yml"])
                ]) { $1 }
            }
        }
        let binds: @Sendable (World) throws -> [String] = { world in
            try Files.write(Sample.alerts("Extra", group: "extra"), to: world.directory("extra/extra.yml"))
            return ["\(world.etc):/etc/prometheus", "\(world.directory("extra")):/extra"]
        }
        try await World.runInContainer(
            .installed, reload: reload, adopted: false, binds: binds, restart: "always", change: setup
        ) { world, docker in
            let start = ContinuousClock.now
            try await world.adopt()
            // Not ours, and not to be seen from here under the container's path: the next start fails of it.
            try Files.write(
                "groups: [ { name: a, rules: [ { alert: B, expr: 'up ==' } ] } ]\n",
                to: world.directory("extra/extra.yml"))
            try await docker.ask("POST", "/containers/prometheus/restart?t=5")
            try await eventually("the crash loop") { try await docker.status("prometheus") == "restarting" }
            try world.stoker.start()
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            // Between two starts it runs for a moment, and may be sent its signal in just that one.
            try await world.stoker.wait(for: "TargetUnreachable, and why") {
                $0["reason"].string == "TargetUnreachable" && ($0["desired_revision"].string ?? "").hasSuffix(commit)
                    && ($0["message"].string ?? "").contains("container prometheus is restarting with exit code 1")
            }
            let turn = try await world.now()
            try #require(turn.outcome != "verified", "\(turn)")
            try Files.write(Sample.alerts("Extra", group: "extra"), to: world.directory("extra/extra.yml"))
            try await world.stoker.wait(outcome: "verified", revision: commit)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "Extra", "NewAlert"])
            try MatrixTally.shared.passed(
                "crash-looping container", .fault, on: "dockerd", after: ContinuousClock.now - start)
        }
    }
}
