import Foundation
import TestSupport
import Testing

/// Edits by hand, and a process that serves something else than the disk.
@Suite("Drift")
struct DriftTests {
    @Test("a drifted file is reported and left alone", arguments: versions)
    func reported(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            let served = try world.prometheus.served()
            let edit = Sample.alerts("EditedByHand", group: "base")
            try world.stoker.start()
            try await world.stoker.wait(outcome: "verified", revision: world.firstCommit)
            try Files.write(edit, to: "\(world.etc)/rules/base.yml")
            let status = try await world.stoker.wait(for: "Drifted", within: .seconds(15)) {
                $0["reason"].string == "Drifted"
            }
            try #require(status["sync"].string == "out_of_sync", "\(status)")
            try #require(status["message"].string?.contains("rules/base.yml") == true, "\(status)")
            try #require(world.tree["rules/base.yml"] == edit)
            try #require(try world.prometheus.served() == served)
            try Files.write(Sample.alerts("BaseDown", group: "base"), to: "\(world.etc)/rules/base.yml")
            try await world.stoker.wait(for: "in sync again", within: .seconds(15)) { $0["sync"].string == "synced" }
            try #require(try await world.stoker.terminate() == .code(0))
        }
    }

    @Test("a drifted file is corrected, and the edit is kept where only we can read it", arguments: versions)
    func corrected(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version, .with { $0.environment = ["drift: correct"] }) { world in
            let tree = world.tree
            let edit = Sample.alerts("EditedByHand", group: "base")
            try Files.write(edit, to: "\(world.etc)/rules/base.yml")
            let turn = try await world.once()
            try requireVerified(turn, world.firstCommit)
            try #require(world.tree == tree)
            try #require(try world.prometheus.ruleNames() == ["BaseDown"])
            let saved = try Self.saved(edit, in: world.stoker.storage)
            try #require(saved.count == 1, "the edit is nowhere in the storage directory")
            try #require(try Files.identity(saved[0]).mode == 0o600)
            // A managed file that was deleted by hand is drift too.
            try Files.remove("\(world.etc)/rules/base.yml")
            try requireVerified(try await world.once(), world.firstCommit)
            try #require(world.tree == tree)
        }
    }

    private static func saved(_ text: String, in storage: String) throws -> [String] {
        Files.tree(storage).filter { $0.value == text && $0.key.contains("drift") }.map { "\(storage)/\($0.key)" }
    }

    @Test("a file that is edited again and again is contested: reported, no longer corrected", arguments: versions)
    func contested(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version, .with { $0.environment = ["drift: correct"] }) { world in
            let good = world.tree
            for round in 1...3 {
                try Files.write("# edit \(round)\n" + Sample.alerts("Edited"), to: "\(world.etc)/rules/base.yml")
                try requireVerified(try await world.once(), world.firstCommit)
                try #require(world.tree == good, "round \(round)")
            }
            let last = "# edit 4\n" + Sample.alerts("Edited")
            try Files.write(last, to: "\(world.etc)/rules/base.yml")
            let turn = try await world.once()
            try #require(turn.reason == "DriftContested", "\(turn)")
            try #require(turn.code != 0, "\(turn)")
            try #require(turn.said.contains("rules/base.yml"), "\(turn)")
            try #require(world.tree["rules/base.yml"] == last)
            try #require(try world.prometheus.ruleNames() == ["BaseDown"])
        }
    }

    @Test("the disk is right and the process serves something else: corrected by a reload", arguments: versions)
    func runtime(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version, .with { $0.environment = ["drift: correct"] }) { world in
            let path = "\(world.etc)/rules/base.yml"
            try Files.write(Sample.alerts("Smuggled"), to: path)
            try #require(try LoopbackHTTP.request("POST", port: world.prometheus.port, path: "/-/reload").status == 200)
            try Files.write(Sample.alerts("BaseDown", group: "base"), to: path)
            try #require(try world.prometheus.ruleNames() == ["Smuggled"])
            let turn = try await world.once()
            try requireVerified(turn, world.firstCommit)
            try #require(try world.prometheus.ruleNames() == ["BaseDown"])
        }
    }

    @Test("suspended: nothing is written, drift correction included", arguments: versions)
    func suspended(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version, .with { $0.environment = ["drift: correct"] }) { world in
            let edit = Sample.alerts("EditedByHand", group: "base")
            let result = try await world.stoker.run("suspend", "production", "--reason", "maintenance tonight")
            try #require(result.code == 0, "\(result)")
            try Files.write(edit, to: "\(world.etc)/rules/base.yml")
            let turn = try await world.once()
            try #require(turn.code == 4, "\(turn)")
            try #require(turn.reason == "Suspended", "\(turn)")
            try #require(turn.said.contains("maintenance tonight"), "\(turn)")
            try #require(world.tree["rules/base.yml"] == edit)
            try #require(try await world.stoker.run("resume", "production").code == 0)
            try requireVerified(try await world.once(), world.firstCommit)
            try #require(world.tree["rules/base.yml"] == Sample.alerts("BaseDown", group: "base"))
        }
    }
}
