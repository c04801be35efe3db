import TestSupport
import Testing

/// Changes that load, are served as declared, and do harm: found by comparing the process with what it was before. And
/// changes beside which something goes wrong that they did not cause.
@Suite("Before against after")
struct ComparisonTests {
    private static let watched = World.Setup.with { $0.verify = "{ for: 2s, interval: 1s, compare: {} }" }

    @Test("relabelling that drops every target is rolled back without any check", arguments: allVersions)
    func droppedTargets(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version, Self.watched) { world in
            let tree = world.tree
            let turn = try await world.onceAfterPush(world.harmful)
            try requireRolledBack(world, turn, tree: tree, reason: "CheckFailed", saying: "relabelling drops")
            try #require(turn.said.contains("verify.compare.targets"), "\(turn)")
        }
    }

    @Test("a password file that is missing takes a job down: rolled back", arguments: allVersions)
    func jobDown(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version, Self.watched) { world in
            let tree = world.tree
            let main = Sample.main(port: world.prometheus.port)
                .replacing("job_name: self", with: "job_name: self\n    scheme: https")
            let turn = try await world.onceAfterPush(["prometheus.yml": main])
            try requireRolledBack(world, turn, tree: tree, reason: "CheckFailed", saying: "0 of 1 targets are up")
        }
    }

    @Test("a rule that cannot be evaluated is rolled back, with its error", arguments: allVersions)
    func brokenRule(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version, Self.watched) { world in
            let tree = world.tree
            let join = """
                groups:
                  - name: join
                    interval: 1s
                    rules:
                      - record: a:join
                        expr: label_replace(vector(1), "x", "1", "", "") * on() group_left() (up or vector(1))

                """
            let turn = try await world.onceAfterPush(["rules/join.yml": join])
            try requireRolledBack(world, turn, tree: tree, reason: "CheckFailed", saying: "many-to-many")
        }
    }

    @Test("a storm of new alerts is rolled back, a few are not", arguments: allVersions)
    func storm(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.with {
            $0.verify = "{ for: 2s, interval: 1s, compare: { firing_alerts: { threshold: 3 } } }"
        }
        try await World.run(version, setup) { world in
            let tree = world.tree
            let turn = try await world.onceAfterPush(["rules/storm.yml": Self.alert("Storm", count: 9)])
            try requireRolledBack(world, turn, tree: tree, reason: "CheckFailed", saying: "Storm 9")
            let few = try await world.push([
                "rules/storm.yml": nil, "rules/few.yml": Self.alert("Few", count: 2),
            ])
            try requireVerified(try await world.once(), few)
        }
    }

    @Test("a job that goes down beside a change of rules is a warning", arguments: versions)
    func besides(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version, Self.watched) { world in
            let folder = world.directory("other")
            try Files.write(Sample.main(port: 1), to: "\(folder)/prometheus.yml")
            let other = try world.anotherPrometheus("other", folder: folder)
            try other.launch()
            let job = Sample.job("other", port: other.port)
            let main = Sample.main(port: world.prometheus.port, jobs: [job])
            let added = try await world.push(["prometheus.yml": main])
            try requireVerified(try await world.once(), added)
            try await eventually("the other job being up", within: .seconds(20)) {
                try world.prometheus.query("up{job=\"other\"} == 1").isEmpty == false
            }
            other.stop()
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            try requireVerified(try await world.once(), commit)
        }
    }

    private static func alert(_ name: String, count: Int) -> String {
        let series = (1...count).map { "label_replace(vector(1), \"n\", \"\($0)\", \"\", \"\")" }
        return """
            groups:
              - name: \(name)
                interval: 1s
                rules:
                  - alert: \(name)
                    expr: \(series.joined(separator: " or "))

            """
    }
}
