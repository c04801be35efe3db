import TestSupport
import Testing

/// Changes that go live.
@Suite("Pushes")
struct PushTests {
    @Test("a good push: a new rule and a new job are on disk and served", arguments: allVersions)
    func goodPush(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            let port = world.prometheus.port
            let start = try world.prometheus.startTime()
            let main = Sample.main(port: port, jobs: [Sample.job("second", port: port)])
            let commit = try await world.push(["prometheus.yml": main, "rules/new.yml": Sample.alerts("NewAlert")])
            let turn = try await world.once()
            try requireVerified(turn, commit)
            try #require(turn.result.output.contains("production"))
            try #require(world.tree["prometheus.yml"] == main)
            try #require(world.tree["rules/new.yml"] == Sample.alerts("NewAlert"))
            try #require(try world.prometheus.rules() == ["base.yml": ["BaseDown"], "new.yml": ["NewAlert"]])
            try #require(try world.prometheus.jobs() == ["second", "self"])
            try #require(try world.prometheus.startTime() == start)
            let proof = turn.status["targets"][0]["proof"].array.compactMap(\.string)
            try #require(proof == ["reloaded", "config", "rules", "pools"], "\(turn)")
        }
    }

    @Test("nothing new: no write, no reload, no attempt", arguments: versions)
    func nothingNew(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            let served = try world.prometheus.served()
            let identity = try Files.identity("\(world.etc)/prometheus.yml")
            let attempts = try await world.stoker.history().count
            let turn = try await world.once()
            try requireVerified(turn, world.firstCommit)
            try #require(try world.prometheus.served() == served)
            try #require(try Files.identity("\(world.etc)/prometheus.yml") == identity)
            try #require(try await world.stoker.history().count == attempts)
        }
    }

    @Test("a revert of what is live goes live", arguments: versions)
    func revertOfLive(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            let before = world.tree
            try requireVerified(
                try await world.onceAfterPush(["rules/new.yml": Sample.alerts("NewAlert")]),
                try await world.repository.git("rev-parse", "HEAD"))
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
            let commit = try await world.repository.revert()
            try requireVerified(try await world.once(), commit)
            try #require(world.tree == before)
            try #require(try world.prometheus.ruleNames() == ["BaseDown"])
        }
    }

    @Test("a revert of what was refused needs no write and no reload", arguments: versions)
    func revertOfRefused(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            let served = try world.prometheus.served()
            try await requireRefused(world, ["rules/base.yml": Sample.alerts("Broken", expr: "up ==")])
            let commit = try await world.repository.revert()
            try requireVerified(try await world.once(), commit)
            try #require(try world.prometheus.served() == served)
        }
    }

    @Test("a comment-only change is written, loaded and proved", arguments: versions)
    func commentOnly(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            let before = try world.prometheus.served()
            let main = "# why: nobody remembers\n" + Sample.main(port: world.prometheus.port)
            let commit = try await world.push(["prometheus.yml": main])
            try requireVerified(try await world.once(), commit)
            try #require(world.tree["prometheus.yml"] == main)
            let after = try world.prometheus.served()
            try #require(after.config == before.config)
            try #require(after.lastReload != before.lastReload)
        }
    }

    @Test("file_sd only: no reload, the targets follow", arguments: allVersions)
    func fileDiscovery(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.with { setup in
            setup.files = { port in
                let job = "{ job_name: found, file_sd_configs: [ { files: [\"sd/*.json\"], refresh_interval: 1s } ] }"
                return [
                    "prometheus.yml": Sample.main(port: port, jobs: [job], rules: []),
                    "sd/nodes.json": "[{\"targets\":[\"127.0.0.1:\(port)\"]}]\n",
                ]
            }
        }
        try await World.run(version, setup) { world in
            let port = world.prometheus.port
            let reload = try world.prometheus.lastReload()
            let list = "[{\"targets\":[\"127.0.0.1:\(port)\",\"localhost:\(port)\"]}]\n"
            let commit = try await world.push(["sd/nodes.json": list])
            try requireVerified(try await world.once(), commit)
            try #require(world.tree["sd/nodes.json"] == list)
            try #require(
                try world.prometheus.targets() == [
                    "found 127.0.0.1:\(port)", "found localhost:\(port)", "self 127.0.0.1:\(port)",
                ])
            try #require(try world.prometheus.lastReload() == reload)
        }
    }

    @Test("a deleted rule file is gone from disk and from the process", arguments: allVersions)
    func ruleFileDeleted(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version, .withTwoRuleFiles) { world in
            let commit = try await world.push(["rules/extra.yml": nil])
            try requireVerified(try await world.once(), commit)
            try #require(world.tree["rules/extra.yml"] == nil)
            try #require(try world.prometheus.rules() == ["base.yml": ["BaseDown"]])
        }
    }

    @Test("deleting more than the budget is held until somebody approves", arguments: versions)
    func deletionBudget(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.withTwoRuleFiles.with { $0.target = { _ in ["max_delete: 0"] } }
        try await World.run(version, setup) { world in
            let served = try world.prometheus.served()
            let commit = try await world.push(["rules/extra.yml": nil])
            let held = try await world.once()
            try #require(held.code == 4, "\(held)")
            try #require(held.reason == "DeletionBudgetExceeded", "\(held)")
            try #require(held.said.contains("approve"), "\(held)")
            try #require(world.tree["rules/extra.yml"] != nil)
            try #require(try world.prometheus.served() == served)
            let approval = try await world.stoker.run("approve", "production")
            try #require(approval.code == 0, "\(approval)")
            try requireVerified(try await world.once(), commit)
            try #require(world.tree["rules/extra.yml"] == nil)
            try #require(try world.prometheus.rules() == ["base.yml": ["BaseDown"]])
        }
    }

    @Test("an unmanaged rule file that the glob loads too is neither judged nor touched", arguments: versions)
    func unmanagedRuleFile(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.with { $0.adopted = false }
        try await World.run(version, setup) { world in
            try Files.write(Sample.alerts("Foreign", group: "foreign"), to: "\(world.etc)/rules/foreign.yml")
            let identity = try Files.identity("\(world.etc)/rules/foreign.yml")
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            try requireVerified(try await world.once(), commit)
            try #require(
                try world.prometheus.rules()
                    == ["base.yml": ["BaseDown"], "foreign.yml": ["Foreign"], "new.yml": ["NewAlert"]])
            try #require(try Files.identity("\(world.etc)/rules/foreign.yml") == identity)
        }
    }

    @Test("an unmanaged neighbour keeps its bytes, its inode and its mode", arguments: versions)
    func unmanagedNeighbour(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            try Files.write("theirs\n", to: "\(world.etc)/README.local")
            try Files.write("theirs too\n", to: "\(world.etc)/rules/notes.txt")
            let identities = try ["README.local", "rules/notes.txt"].map { try Files.identity("\(world.etc)/\($0)") }
            let commit = try await world.push(["rules/base.yml": Sample.alerts("BaseDown", "Second", group: "base")])
            let turn = try await world.once()
            try requireVerified(turn, commit)
            try #require(
                try ["README.local", "rules/notes.txt"].map { try Files.identity("\(world.etc)/\($0)") } == identities)
            try #require(!turn.said.contains("README.local"))
            let plan = try await world.stoker.json("plan")
            try #require(plan["environments"][0]["files"].array.isEmpty, "\(plan)")
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "Second"])
        }
    }

    @Test("layers: a later folder wins file by file", arguments: versions)
    func layers(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            try world.reconfigure { $0.environments[0].paths = ["common", "production"] }
            let commit = try await world.repository.push([
                "common/rules/base.yml": Sample.alerts("Hidden"),
                "common/rules/common.yml": Sample.alerts("FromCommon", group: "common"),
            ])
            try requireVerified(try await world.once(), commit)
            try #require(try world.prometheus.rules() == ["base.yml": ["BaseDown"], "common.yml": ["FromCommon"]])
            try #require(world.tree["rules/base.yml"] == Sample.alerts("BaseDown", group: "base"))
        }
    }
}
