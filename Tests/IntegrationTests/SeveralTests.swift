import TestSupport
import Testing

/// More than one target, more than one environment.
@Suite("Several")
struct SeveralTests {
    @Test("two targets of which one fails: both are taken back", arguments: versions)
    func twoTargets(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version, .with { $0.adopted = false }) { world in
            let (second, folder) = try await Self.addSecondTarget(world)
            try await world.adopt()
            let before = (world.tree, Files.tree(folder))
            let broken = Sample.main(port: second.port).replacing(
                "  scrape_interval: 1s", with: "  scrape_interval: 1s\n  query_log_file: /nonexistent/q.log")
            try await world.push(["a/rules/new.yml": Sample.alerts("NewAlert"), "b/prometheus.yml": broken])
            let turn = try await world.once()
            try #require(turn.code == 3, "\(turn)")
            try #require(turn.outcome == "rolled_back", "\(turn)")
            try #require(turn.reason == "ReloadFailed", "\(turn)")
            try #require(world.tree == before.0)
            try #require(Files.tree(folder) == before.1)
            try #require(try world.prometheus.ruleNames() == ["BaseDown"])
            try #require(try !second.statusConfig().contains("query_log_file"))
            try #require(try second.metric("prometheus_config_last_reload_successful") == "1")
            let commit = try await world.push(["b/prometheus.yml": Sample.main(port: second.port)])
            try requireVerified(try await world.once(), commit)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
        }
    }

    @Test("a second target that refuses its reload is known before the first one has anything new")
    func secondRefusesReload() async throws {
        try await World.run(.installed, .with { $0.adopted = false }) { world in
            let (second, folder) = try await Self.addSecondTarget(world)
            try await world.adopt()
            second.stop()
            second.options.lifecycle = false
            try await second.start()
            let before = (world.tree, Files.tree(folder), try world.prometheus.lastReload())
            try await world.push(["a/rules/new.yml": Sample.alerts("A"), "b/rules/new.yml": Sample.alerts("B")])
            let turn = try await world.once()
            try #require(turn.code == 1 && turn.reason == "ReloadFailed", "\(turn)")
            try #require(turn.said.contains("--web.enable-lifecycle") && turn.said.contains("nothing was written"))
            try #require(world.tree == before.0 && Files.tree(folder) == before.1)
            try #require(try world.prometheus.lastReload() == before.2, "the first was reloaded")
        }
    }

    @Test(
        "with bake the second target has its turn when the first has stayed proved; what fails there never comes to it")
    func bake() async throws {
        try await World.run(.installed, .with { $0.adopted = false }) { world in
            let (second, folder) = try await Self.addSecondTarget(world) { environment in
                environment.extra.append("bake: 8s")
                environment.verify = "{ interval: 250ms }"
            }
            try await world.adopt()
            let before = (world.tree, Files.tree(folder), try second.lastReload())
            // Loads, and loses every target of the job: known when the pools have followed.
            let port = world.prometheus.port
            try await world.push([
                "a/prometheus.yml": Sample.main(port: port, relabel: "{ action: drop, regex: '.*' }"),
                "b/rules/new.yml": Sample.alerts("NewAlert"),
            ])
            let turn = try await world.once()
            try #require(turn.outcome == "rolled_back", "\(turn)")
            try #require(world.tree == before.0)
            try #require(Files.tree(folder) == before.1)
            try #require(try second.lastReload() == before.2, "the second was reloaded")

            let commit = try await world.push([
                "a/prometheus.yml": Sample.main(port: port), "a/rules/new.yml": Sample.alerts("NewAlert"),
            ])
            let good = try await world.once()
            try requireVerified(good, commit)
            try #require(good.result.error.contains("phase=baking"), "\(good)")
            try #require(try second.ruleNames() == ["BaseDown", "NewAlert"])
        }
    }

    @Test("another deploy_to: the same content is deployed there, and the old folder stays", arguments: versions)
    func movedFolder(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            try requireVerified(try await world.once(), commit)
            let old = world.tree
            let folder = world.directory("etc-b")
            let second = try world.anotherPrometheus("second", folder: folder)
            try Files.write(Sample.main(port: second.port), to: "\(folder)/prometheus.yml")
            try await second.start()
            try world.reconfigure { file in
                file.environments[0].targets[0].deployTo = folder
                file.environments[0].targets[0].url = "http://127.0.0.1:\(second.port)"
            }
            try requireVerified(try await world.once(), commit)
            try #require(Files.tree(folder)["rules/new.yml"] == old["rules/new.yml"])
            try #require(try second.ruleNames() == ["BaseDown", "NewAlert"])
            try #require(world.tree == old)
        }
    }

    /// Moves the environment's files to `a` and adds a target `b` with a process of its own.
    private static func addSecondTarget(
        _ world: World, _ change: (inout StokerFile.Environment) -> Void = { _ in }
    ) async throws -> (PrometheusProcess, String) {
        let folder = world.directory("etc-b")
        let second = try world.anotherPrometheus("second", folder: folder)
        let files = Sample.files(port: second.port)
        for (path, text) in files { try Files.write(text, to: "\(folder)/\(path)") }
        try await second.start()
        var moves: [String: String?] = [:]
        for (path, text) in Sample.files(port: world.prometheus.port) {
            moves["a/\(path)"] = text
            moves[path] = String?.none
        }
        for (path, text) in files { moves["b/\(path)"] = text }
        try await world.push(moves)
        try world.reconfigure { file in
            var other = file.environments[0].targets[0]
            file.environments[0].targets[0].extra = ["path: a"]
            other.name = "second"
            other.deployTo = folder
            other.url = second.url
            other.extra = ["path: b"]
            file.environments[0].targets.append(other)
            change(&file.environments[0])
        }
        return (second, folder)
    }

    @Test("two environments in one config: the bad one is refused, the good one goes live", arguments: versions)
    func twoEnvironments(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            let staging = try await Self.addStaging(world)
            try #require(try await world.once().code == 0)
            try await world.repository.push([
                "production/rules/new.yml": Sample.alerts("Broken", expr: "up =="),
                "staging/rules/new.yml": Sample.alerts("NewAlert"),
            ])
            let turn = try await world.once()
            try #require(turn.code == 3, "\(turn)")
            try #require(turn.outcome == "rejected", "\(turn)")
            try #require(turn.result.output.contains("staging"), "\(turn)")
            try #require(try await world.stoker.status("staging")["outcome"].string == "verified")
            try #require(try staging.ruleNames() == ["BaseDown", "NewAlert"])
            try #require(try world.prometheus.ruleNames() == ["BaseDown"])
            try #require(world.tree["rules/new.yml"] == nil)
        }
    }

    @Test("one pass takes a revision through the pipeline: what staging verifies production takes")
    func pipelineInOnePass() async throws {
        try await World.run(.installed) { world in
            let staging = try await Self.addStaging(world, before: true)
            try #require(try await world.once().code == 0)
            let commit = try await world.repository.push([
                "staging/rules/new.yml": Sample.alerts("NewAlert"),
                "production/rules/new.yml": Sample.alerts("NewAlert"),
            ])
            try requireVerified(try await world.once(), commit)
            try #require(try staging.ruleNames() == ["BaseDown", "NewAlert"])
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
            // What staging refuses production does not take.
            try await world.repository.push([
                "staging/rules/bad.yml": Sample.alerts("Broken", expr: "up =="),
                "production/rules/other.yml": Sample.alerts("Other"),
            ])
            try #require(try await world.once().code == 3)
            let status = try await world.stoker.status("production")
            try #require(status["reason"].string == "WaitingForUpstream", "\(status)")
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
        }
    }

    /// A second environment with its own Prometheus and folder; the repository has its files.
    /// - Parameter before: `production` comes after it.
    private static func addStaging(_ world: World, before: Bool = false) async throws -> PrometheusProcess {
        let folder = world.directory("etc-staging")
        let staging = try world.anotherPrometheus("staging", folder: folder)
        let files = Sample.files(port: staging.port)
        for (path, text) in files { try Files.write(text, to: "\(folder)/\(path)") }
        try await staging.start()
        try world.reconfigure { file in
            var other = file.environments[0]
            other.name = "staging"
            other.paths = ["staging"]
            other.targets[0].deployTo = folder
            other.targets[0].url = staging.url
            file.environments.append(other)
            if before { file.environments[0].extra.append("after: [staging]") }
        }
        try await world.repository.push(
            Dictionary(uniqueKeysWithValues: files.map { ("staging/\($0.key)", Optional($0.value)) }))
        return staging
    }
}
