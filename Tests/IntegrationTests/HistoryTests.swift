import TestSupport
import Testing

/// Branches that go back, tags that vanish, refs that are not there, and commits that concern somebody else.
@Suite("History")
struct HistoryTests {
    private static let version = Programs.PrometheusVersion.installed

    @Test("a branch that goes back names the commits it loses, and continues by itself when it descends again")
    func goesBack() async throws {
        try await World.run(Self.version) { world in
            let first = try await world.push(["rules/new.yml": Sample.alerts("First")])
            let second = try await world.push(["rules/new.yml": Sample.alerts("Second")])
            try requireVerified(try await world.once(), second)
            try await world.repository.git("push", "-q", "--force", "origin", "\(first):main")
            let held = try await world.once()
            try #require(held.code == 4, "\(held)")
            try #require(held.reason == "HistoryRewritten", "\(held)")
            try #require(
                held.said.contains("branch main went back from \(second.prefix(7)) to \(first.prefix(7))"), "\(held)")
            try #require(held.said.contains("losing \(second.prefix(7))"), "\(held)")
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "Second"])
            let third = try await world.push(["rules/new.yml": Sample.alerts("Third")])
            try requireVerified(try await world.once(), third)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "Third"])
        }
    }

    @Test("a force push names the commits it loses")
    func namesLost() async throws {
        try await World.run(Self.version) { world in
            let first = try await world.push(["rules/new.yml": Sample.alerts("First")])
            let second = try await world.push(["rules/new.yml": Sample.alerts("Second")])
            try requireVerified(try await world.once(), second)
            try await world.repository.forcePush(["production/rules/new.yml": Sample.alerts("Third")], dropping: 2)
            let held = try await world.once()
            try #require(held.reason == "HistoryRewritten", "\(held)")
            try #require(held.said.contains("losing \(second.prefix(7)), \(first.prefix(7))"), "\(held)")
        }
    }

    @Test("another ref in stoker.yml is no rewrite, also where it is behind")
    func editedRef() async throws {
        try await World.run(Self.version) { world in
            try await world.push(["rules/new.yml": Sample.alerts("First")])
            try await world.repository.git("push", "-q", "origin", "HEAD:older")
            let second = try await world.push(["rules/new.yml": Sample.alerts("Second")])
            try requireVerified(try await world.once(), second)
            try world.reconfigure { $0.source = ["branch: older"] }
            let turn = try await world.once()
            try #require(turn.code == 0 && turn.outcome == "verified", "\(turn)")
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "First"])
        }
    }

    @Test("a tag pattern follows the highest version; one that vanishes holds until approved, or is followed")
    func tags() async throws {
        try await World.run(Self.version) { world in
            try world.reconfigure { $0.source = ["tag: v1.*"] }
            let first = try await Self.release("v1.9.0", world)
            try Self.require(try await world.once(), "v1.9.0", first)
            let second = try await Self.release("v1.10.0", world)
            _ = try await Self.release("v1.11.0-rc.1", world)
            _ = try await Self.release("v2.0.0", world)
            try Self.require(try await world.once(), "v1.10.0", second)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "v1.10.0"])
            try await world.repository.git("push", "-q", "origin", ":v1.10.0")
            let held = try await world.once()
            try #require(held.code == 4 && held.reason == "HistoryRewritten", "\(held)")
            try #require(
                held.said.contains("tag v1.10.0 is gone, and v1.* went back from \(second.prefix(7))"), "\(held)")
            try #require(held.said.contains("`stoker approve production v1.9.0@sha1:\(first)`"), "\(held)")
            let approved = try await world.stoker.run("approve", "production", "v1.9.0@sha1:\(first)")
            try #require(approved.code == 0 && approved.output.contains("v1.9.0@sha1:\(first)"), "\(approved)")
            try Self.require(try await world.once(), "v1.9.0", first)
            // Moved, and followed.
            try await world.repository.git("push", "-q", "-f", "origin", "\(second):refs/tags/v1.9.0")
            let moved = try await world.once()
            try #require(
                moved.said.contains("tag v1.9.0 was moved from \(first.prefix(7)) to \(second.prefix(7))"), "\(moved)")
            try world.reconfigure { $0.source = ["tag: v1.*", "on_rewrite: follow"] }
            try Self.require(try await world.once(), "v1.9.0", second)
            // Without the network the tag is known, too.
            try await Shell.succeed(["mv", world.repository.bare, world.directory("away")])
            let offline = try await world.once()
            try #require(
                offline.code == 1 && offline.status["desired_revision"].string == "v1.9.0@sha1:\(second)", "\(offline)")
        }
    }

    /// A commit with a rule of the tag's name.
    private static func release(_ tag: String, _ world: World) async throws -> String {
        let commit = try await world.push(["rules/new.yml": Sample.alerts(tag)])
        try await world.repository.git("tag", tag)
        try await world.repository.git("push", "-q", "origin", tag)
        return commit
    }

    private static func require(
        _ turn: Turn, _ tag: String, _ commit: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try #require(turn.code == 0 && turn.outcome == "verified", "\(turn)", sourceLocation: sourceLocation)
        try #require(
            turn.status["verified_revision"].string == "\(tag)@sha1:\(commit)", "\(turn)",
            sourceLocation: sourceLocation)
    }

    @Test("a ref that is not there: one sentence for each case")
    func missingRefs() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let repository = try await GitRepository(in: directory.path)
        func plan(_ ref: String) async throws -> Shell.Result {
            var file = StokerFile(
                sourceURL: repository.bare,
                environments: [
                    .init(targets: [.init(deployTo: directory("etc"), url: "http://127.0.0.1:9", promtool: "promtool")])
                ])
            file.source = [ref]
            try Files.write(file.text, to: directory("stoker.yml"))
            let stoker = try StokerProcess(
                configFile: directory("stoker.yml"), storage: directory("data"), logPath: directory("log"))
            return try await stoker.run("plan")
        }
        func said(_ ref: String) async throws -> String {
            let result = try await plan(ref)
            try #require(result.code == 1, "\(result)")
            return result.error
        }
        let bare = repository.bare
        try #require(
            try await said("branch: main")
                == "stoker: production: the repository \(bare) is empty: push a first commit to main\n")
        try await repository.push(["production/prometheus.yml": ""])
        try await repository.git("push", "-q", "origin", "HEAD:release")
        try #require(try await plan("branch: release").code != 1)
        try await repository.git("push", "-q", "origin", ":release")
        try #require(
            try await said("branch: release")
                == "stoker: production: the repository \(bare) has no branch release; its default branch is main: check source.branch\n"
        )
        let absent = String(repeating: "1", count: 40)
        try #require(
            try await said("commit: \(absent)")
                == "stoker: production: the commit \(absent) is on no branch and no tag of \(bare): check source.commit\n"
        )
        try #require(
            try await said("tag: v1.*")
                == "stoker: production: the repository \(bare) has no tag that matches v1.* and is a version such as v1.2.3: "
                + "check source.tag, or push such a tag\n")
        try await Shell.succeed(["git", "--git-dir", bare, "branch", "-m", "main", "trunk"])
        try #require(
            try await said("branch: main")
                == "stoker: production: the repository \(bare) has no branch main; its default branch is trunk: check source.branch\n"
        )
    }

    @Test("a commit that touches one environment alone: no validation, no reload and no attempt in the other")
    func scope() async throws {
        try await World.run(Self.version) { world in
            let folder = world.directory("etc-staging")
            let staging = try world.anotherPrometheus("staging", folder: folder)
            let files = Sample.files(port: staging.port)
            for (path, text) in files { try Files.write(text, to: "\(folder)/\(path)") }
            try await staging.start()
            let promtool = world.directory("promtool")
            let real = try Programs.prometheus("promtool", version: Self.version)
            try await Files.writeProgram(
                "#!/bin/sh\necho \"$*\" >> \(promtool).log\nexec \(real) \"$@\"\n", to: promtool)
            try world.reconfigure { file in
                var other = file.environments[0]
                other.name = "staging"
                other.paths = ["staging"]
                other.targets[0].deployTo = folder
                other.targets[0].url = staging.url
                file.environments[0].targets[0].promtool = promtool
                file.environments.append(other)
            }
            let named = Dictionary(uniqueKeysWithValues: files.map { ("staging/\($0.key)", Optional($0.value)) })
            try await world.repository.push(named)
            try #require(try await world.once().code == 0)
            let before = (try Self.reloads(world.prometheus), try await world.stoker.history("production").count)
            let reloads = try Self.reloads(staging)
            try Files.write("", to: "\(promtool).log")
            let commit = try await world.repository.push(["staging/rules/new.yml": Sample.alerts("NewAlert")])
            let turn = try await world.once()
            try requireVerified(turn, commit)
            try #require(try Self.reloads(staging) == reloads + 1)
            try #require(try staging.ruleNames() == ["BaseDown", "NewAlert"])
            try #require(try Self.reloads(world.prometheus) == before.0)
            try #require(try await world.stoker.history("production").count == before.1)
            let ran = Files.read("\(promtool).log") ?? ""
            // A process that starts anew asks which promtool there is, and no more.
            try #require(!ran.contains("check"), "promtool ran: \(ran)")
        }
    }

    private static func reloads(_ prometheus: PrometheusProcess) throws -> Double {
        try prometheus.metricSum("prometheus_http_requests_total{code=\"200\",handler=\"/-/reload\"}")
    }
}
