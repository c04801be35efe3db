import Foundation
import TestSupport
import Testing

/// The first turn on a machine that had a configuration, another one, or none.
@Suite("First start")
struct FirstStartTests {
    @Test("disk equals git and the process serves it: verified without a write or a reload", arguments: allVersions)
    func adopts(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version, .with { $0.adopted = false }) { world in
            let served = try world.prometheus.served()
            let paths = ["prometheus.yml", "rules/base.yml"].map { "\(world.etc)/\($0)" }
            let identities = try paths.map(Files.identity)
            try requireVerified(try await world.once(), world.firstCommit)
            try #require(try world.prometheus.served() == served)
            try #require(try paths.map(Files.identity) == identities)
            try #require(
                try FileManager.default.contentsOfDirectory(atPath: world.etc).sorted() == ["prometheus.yml", "rules"])
        }
    }

    @Test("a process that has just started and has no scrape pools yet is not drifted", arguments: versions)
    func justStarted(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.with { setup in
            setup.adopted = false
            setup.settled = false
        }
        try await World.run(version, setup) { world in
            try requireVerified(try await world.once(), world.firstCommit)
            try world.stoker.start()
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            try await world.stoker.wait(outcome: "verified", revision: commit)
            world.prometheus.stop()
            try await world.prometheus.start()
            // Over several polls of the daemon, none of which may cry wolf.
            var looks = 0
            try await eventually("pools and ten looks", within: .seconds(30), every: .milliseconds(300)) {
                let status = try await world.stoker.status()
                let calm = [nil, "TargetUnreachable"].contains(status["reason"].string)
                if !calm { throw TestFailure("a false alarm: \(status)") }
                looks += 1
                return looks >= 10
            }
            try #require(!world.stoker.log.contains("Drifted"), "a false alarm")
        }
    }

    @Test("disk differs: an ordinary change, and what was there comes back when it fails", arguments: versions)
    func differs(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.withCheck.with { $0.adopted = false }
        try await World.run(version, setup) { world in
            let tree = world.tree
            let harmful = try await world.push(world.harmful)
            let turn = try await world.once()
            try #require(turn.code == 3, "\(turn)")
            try #require(turn.outcome == "rolled_back", "\(turn)")
            try #require(turn.attempt["revision"].string == "main@sha1:\(harmful)", "\(turn)")
            try #require(world.tree == tree)
            try #require(try !world.prometheus.statusConfig().contains("action: drop"))
            let commit = try await world.push([
                "prometheus.yml": Sample.main(port: world.prometheus.port), "rules/new.yml": Sample.alerts("NewAlert"),
            ])
            try requireVerified(try await world.once(), commit)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
        }
    }

    @Test("a bad first revision is refused and the disk is left alone", arguments: versions)
    func badFirst(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version, .with { $0.adopted = false }) { world in
            let tree = world.tree
            let served = try world.prometheus.served()
            try await world.push(["rules/base.yml": Sample.alerts("Broken", expr: "up ==")])
            let turn = try await world.once()
            try #require(turn.code == 3, "\(turn)")
            try #require(turn.reason == "ValidationFailed", "\(turn)")
            try #require(turn.said.contains("rules/base.yml:5"), "\(turn)")
            try #require(world.tree == tree)
            try #require(try world.prometheus.served() == served)
        }
    }

    @Test("nothing there yet: deployed with Prometheus down, verified when it starts", arguments: versions)
    func nothingThere(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.with { setup in
            setup.adopted = false
            setup.deployed = false
        }
        try await World.run(version, setup) { world in
            try world.stoker.start()
            try await eventually("the files on disk") { world.tree == Sample.files(port: world.prometheus.port) }
            try await world.stoker.wait(for: "TargetUnreachable") { $0["reason"].string == "TargetUnreachable" }
            try await world.prometheus.start()
            try await world.stoker.wait(outcome: "verified", revision: world.firstCommit)
            try #require(try world.prometheus.ruleNames() == ["BaseDown"])
        }
    }
}
