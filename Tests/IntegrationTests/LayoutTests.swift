import Foundation
import TestSupport
import Testing

/// Where files go, and how the process sees them.
@Suite("Layouts")
struct LayoutTests {
    @Test("a single file bind-mounted into the process' namespace: rewritten through its inode", arguments: versions)
    func singleFile(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.with {
            $0.files = { ["prometheus.yml": Sample.main(port: $0, rules: [])] }
            $0.prometheus = { options, directory in Self.bindFile(&options, directory) }
            $0.deployTo = { "\($0)/etc/prometheus.yml" }
        }
        try await World.run(version, setup) { world in
            let path = "\(world.etc)/prometheus.yml"
            let inode = try Files.identity(path).inode
            let port = world.prometheus.port
            let main = Sample.main(port: port, jobs: [Sample.job("second", port: port)], rules: [])
            let commit = try await world.push(["prometheus.yml": main])
            let turn = try await world.once()
            try requireVerified(turn, commit)
            try #require(turn.status["targets"][0]["layout"].string == "single_file", "\(turn)")
            try #require(try Files.identity(path).inode == inode)
            try #require(Files.read(path) == main)
            try #require(try world.prometheus.jobs() == ["second", "self"])
            // Anything else in the folder cannot be deployed to a file.
            try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            let refused = try await world.once()
            try #require([1, 3].contains(refused.code), "\(refused)")
            try #require(refused.said.contains("keep_inode"), "\(refused)")
            try #require(Files.read(path) == main)
        }
    }

    /// The process sees the main file as a mount of its own, below an otherwise empty folder.
    private static func bindFile(_ options: inout PrometheusProcess.Options, _ directory: String) {
        let seen = "\(directory)/container"
        options.mounts = [
            "mkdir -p \(seen)", "mount -t tmpfs -o size=1m tmpfs \(seen)", "touch \(seen)/prometheus.yml",
            "mount --bind \(directory)/etc/prometheus.yml \(seen)/prometheus.yml",
        ]
        options.configSeenAt = "\(seen)/prometheus.yml"
    }

    @Test("a rename under a pinned inode is caught: not served, taken back, the cause named", arguments: versions)
    func pinnedInode(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.with {
            $0.files = { ["prometheus.yml": Sample.main(port: $0, rules: [])] }
            $0.prometheus = { options, directory in Self.bindFile(&options, directory) }
            $0.target = { _ in ["layout: in_place"] }
        }
        try await World.run(version, setup) { world in
            let tree = world.tree
            let port = world.prometheus.port
            let main = Sample.main(port: port, jobs: [Sample.job("second", port: port)], rules: [])
            try await world.push(["prometheus.yml": main])
            let turn = try await world.once()
            try #require(turn.code == 3, "\(turn)")
            try #require(turn.reason == "NotServed", "\(turn)")
            try #require(turn.said.contains("keep_inode") || turn.said.contains("single_file"), "\(turn)")
            try #require(world.tree == tree)
            try #require(try world.prometheus.jobs() == ["self"])
        }
    }

    @Test("keep_inode rewrites the mounted file and renames the others", arguments: versions)
    func keepInode(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.with {
            $0.files = { port in
                [
                    "prometheus.yml": Sample.main(port: port, rules: ["rules/*.yml"]),
                    "rules/base.yml": Sample.alerts("BaseDown"),
                ]
            }
            $0.prometheus = { options, directory in
                Self.bindFile(&options, directory)
                let seen = "\(directory)/container"
                options.mounts += ["mkdir \(seen)/rules", "mount --bind \(directory)/etc/rules \(seen)/rules"]
            }
            $0.target = { _ in ["keep_inode: [prometheus.yml]"] }
        }
        try await World.run(version, setup) { world in
            let port = world.prometheus.port
            let inode = try Files.identity("\(world.etc)/prometheus.yml").inode
            let main = Sample.main(port: port, jobs: [Sample.job("second", port: port)])
            let commit = try await world.push([
                "prometheus.yml": main, "rules/new.yml": Sample.alerts("NewAlert", group: "new"),
            ])
            try requireVerified(try await world.once(), commit)
            try #require(try Files.identity("\(world.etc)/prometheus.yml").inode == inode)
            try #require(try world.prometheus.jobs() == ["second", "self"])
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
        }
    }

    @Test("a folder the process sees under another path", arguments: versions)
    func seenElsewhere(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.with {
            // An absolute rule glob only the process can follow.
            $0.files = { port in
                [
                    "prometheus.yml": Sample.main(port: port, rules: ["/srv/rules/*.yml"]),
                    "rules/base.yml": Sample.alerts("BaseDown"),
                ]
            }
            $0.prometheus = { options, directory in
                options.mounts = ["mount -t tmpfs -o size=1m tmpfs /srv", "mount --bind \(directory)/etc /srv"]
                options.configSeenAt = "/srv/prometheus.yml"
            }
        }
        try await World.run(version, setup) { world in
            let rules = ["/srv/rules/*.yml"]
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert", group: "new")])
            try requireVerified(try await world.once(), commit)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
            try #require(world.tree["rules/new.yml"] == Sample.alerts("NewAlert", group: "new"))
            let typo = Sample.main(port: world.prometheus.port, rules: rules + ["/srv/rulez/*.yml"])
            let tree = world.tree
            let refused = try await world.onceAfterPush(["prometheus.yml": typo])
            try #require(refused.code == 3, "\(refused)")
            try #require(refused.said.contains("/srv/rulez/*.yml"), "\(refused)")
            try #require(world.tree == tree)
        }
    }

    @Test("a folder of rules only is proved by its own groups", arguments: versions)
    func rulesOnly(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.with {
            $0.target = { _ in ["config_file: null"] }
            $0.deployTo = { "\($0)/etc/rules" }
            $0.adopted = false
        }
        try await World.run(version, setup) { world in
            let main = world.tree["prometheus.yml"]
            try await world.push([
                "prometheus.yml": nil, "rules/base.yml": nil, "base.yml": Sample.alerts("BaseDown", group: "base"),
            ])
            try await world.adopt()
            let commit = try await world.push(["new.yml": Sample.alerts("NewAlert", group: "new")])
            try requireVerified(try await world.once(), commit)
            try #require(try world.prometheus.rules() == ["base.yml": ["BaseDown"], "new.yml": ["NewAlert"]])
            try #require(world.tree["prometheus.yml"] == main)
            let tree = world.tree
            let refused = try await world.onceAfterPush(["new.yml": Sample.alerts("Broken", expr: "up ==")])
            try #require(refused.code == 3, "\(refused)")
            try #require(refused.said.contains("new.yml:5"), "\(refused)")
            try #require(world.tree == tree)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
        }
    }

    @Test("linked: a release is flipped in by one rename, and a harmful one is flipped out", arguments: allVersions)
    func linked(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.withCheck.with { setup in
            setup.target = { _ in ["layout: linked"] }
            setup.deployed = false
            setup.adopted = false
            setup.deployTo = { "\($0)/live" }
            setup.prometheus = { options, directory in options.configSeenAt = "\(directory)/live/prometheus.yml" }
        }
        try await World.run(version, setup) { world in
            let live = world.directory("live")
            try world.stoker.start()
            try await eventually("the first release") { Files.exists("\(live)/prometheus.yml") }
            try await world.prometheus.start()
            try await world.stoker.wait(outcome: "verified", revision: world.firstCommit)
            let first = try FileManager.default.destinationOfSymbolicLink(atPath: live)
            try #require(!first.hasPrefix("/"), "the link is not relative: \(first)")
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            try await world.stoker.wait(outcome: "verified", revision: commit)
            let second = try FileManager.default.destinationOfSymbolicLink(atPath: live)
            try #require(second != first)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
            let harmful = try await world.push(world.harmful)
            try await world.stoker.wait(outcome: "rolled_back", revision: harmful)
            try #require(try FileManager.default.destinationOfSymbolicLink(atPath: live) == second)
            try #require(try !world.prometheus.statusConfig().contains("action: drop"))
        }
    }

    @Test("linked refuses a folder that holds files we did not write", arguments: versions)
    func linkedRefuses(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.with { setup in
            setup.target = { _ in ["layout: linked"] }
            setup.adopted = false
        }
        try await World.run(version, setup) { world in
            let tree = world.tree
            let served = try world.prometheus.served()
            try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            let turn = try await world.once()
            try #require([1, 3].contains(turn.code), "\(turn)")
            try #require(turn.said.contains(world.etc), "\(turn)")
            try #require(world.tree == tree)
            try #require(try world.prometheus.served() == served)
        }
    }

    @Test("a destination below a link is refused with its path", arguments: versions)
    func belowLink(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            let elsewhere = world.directory("elsewhere")
            try Files.makeDirectory(elsewhere)
            try FileManager.default.createSymbolicLink(atPath: "\(world.etc)/more", withDestinationPath: elsewhere)
            try await world.push(["more/rules.yml": Sample.alerts("NewAlert")])
            let turn = try await world.once()
            try #require([1, 3].contains(turn.code), "\(turn)")
            try #require(turn.said.contains("more"), "\(turn)")
            try #require(Files.tree(elsewhere).isEmpty)
        }
    }
}
