import Foundation
import TestSupport
import Testing

/// Repositories that are slow, closed, rewritten, or reached another way.
@Suite("Sources")
struct SourceTests {
    @Test("a server that accepts and stays silent: given up at the time-out, no child is left", arguments: versions)
    func silent(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            let silent = try SilentServer()
            defer { silent.stop() }
            try world.reconfigure { file in
                file.sourceURL = "http://127.0.0.1:\(silent.port)/monitoring.git"
                file.source = ["timeout: 2s"]
            }
            let served = try world.prometheus.served()
            let tree = world.tree
            let start = ContinuousClock.now
            let turn = try await world.once()
            try #require(ContinuousClock.now - start < .seconds(60), "\(turn)")
            try #require(turn.code == 1, "\(turn)")
            try #require(turn.result.description.contains("127.0.0.1:\(silent.port)"), "\(turn)")
            try #require(try world.prometheus.served() == served)
            try #require(world.tree == tree)
            let left = try await Shell.run(["pgrep", "-f", world.stoker.storage])
            try #require(left.code == 1, "processes are left: \(left)")
        }
    }

    @Test("a wrong password is tried once or twice, not for ever; the right one works", arguments: versions)
    func password(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            let server = try await GitHTTPServer(
                root: world.directory.path, directory: world.directory("http"), password: "correct horse")
            defer { server.stop() }
            let secret = world.directory("password")
            try Files.write("battery staple\n", to: secret)
            try world.reconfigure { file in
                file.sourceURL = server.url("monitoring.git")
                file.source = ["timeout: 20s", "basic_auth: { username: stoker, password_file: \(secret) }"]
            }
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            let refused = try await world.once()
            try #require(refused.code == 1, "\(refused)")
            try #require(refused.reason == "FetchFailed", "\(refused)")
            try #require(!refused.description.contains("battery staple"), "the password leaked")
            // One attempt and its one retry, each with the question that has no credentials yet.
            try #require((1...6).contains(server.requests(status: 401)), "\(server.requests(status: 401)) times")
            try #require(try world.prometheus.ruleNames() == ["BaseDown"])
            try Files.write("correct horse\n", to: secret)
            try requireVerified(try await world.once(), commit)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
        }
    }

    @Test("http without a password, and file://", arguments: versions)
    func otherURLs(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            let server = try await GitHTTPServer(root: world.directory.path, directory: world.directory("http"))
            defer { server.stop() }
            try world.reconfigure { $0.sourceURL = server.url("monitoring.git") }
            let first = try await world.push(["rules/new.yml": Sample.alerts("OverHTTP")])
            try requireVerified(try await world.once(), first)
            try world.reconfigure { $0.sourceURL = "file://\(world.repository.bare)" }
            let second = try await world.push(["rules/new.yml": Sample.alerts("OverFile")])
            try requireVerified(try await world.once(), second)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "OverFile"])
        }
    }

    @Test("a force push is held until somebody approves", arguments: versions)
    func forcePush(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            let first = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            try requireVerified(try await world.once(), first)
            let served = try world.prometheus.served()
            let commit = try await world.repository.forcePush(["production/rules/new.yml": Sample.alerts("Rewritten")])
            let held = try await world.once()
            try #require(held.code == 4, "\(held)")
            try #require(held.reason == "HistoryRewritten", "\(held)")
            try #require(held.said.contains("approve"), "\(held)")
            try #require(try world.prometheus.served() == served)
            try #require(world.tree["rules/new.yml"] == Sample.alerts("NewAlert"))
            let approval = try await world.stoker.run("approve", "production", commit)
            try #require(approval.code == 0, "\(approval)")
            try requireVerified(try await world.once(), commit)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "Rewritten"])
        }
    }

    @Test("on_rewrite: follow takes a force push", arguments: versions)
    func followsRewrite(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            try world.reconfigure { $0.source = ["on_rewrite: follow"] }
            try requireVerified(
                try await world.onceAfterPush(["rules/new.yml": Sample.alerts("NewAlert")]),
                try await world.repository.git("rev-parse", "HEAD"))
            let commit = try await world.repository.forcePush(["production/rules/new.yml": Sample.alerts("Rewritten")])
            try requireVerified(try await world.once(), commit)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "Rewritten"])
        }
    }

    @Test("a link out of the repository is refused with its path", arguments: versions)
    func strayLink(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version) { world in
            let tree = world.tree
            try FileManager.default.createSymbolicLink(
                atPath: "\(world.repository.work)/production/rules/stray.yml", withDestinationPath: "/etc/passwd")
            try await world.push([:])
            let turn = try await world.once()
            try #require([1, 3].contains(turn.code), "\(turn)")
            try #require(turn.reason == "SourceInvalid", "\(turn)")
            try #require(turn.said.contains("rules/stray.yml"), "\(turn)")
            try #require(world.tree == tree)
        }
    }

    @Test(
        "a repository that is gone: exit code 1, what is live stays, drift is repaired all the same",
        arguments: versions)
    func unreachable(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version, .with { $0.environment = ["drift: correct"] }) { world in
            let tree = world.tree
            try FileManager.default.moveItem(atPath: world.repository.bare, toPath: world.directory("moved.git"))
            try Files.write("edited\n", to: "\(world.etc)/rules/base.yml")
            let turn = try await world.once()
            try #require(turn.code == 1, "\(turn)")
            try #require(turn.result.description.contains("monitoring.git"), "\(turn)")
            try #require(world.tree == tree)
            try #require(try world.prometheus.ruleNames() == ["BaseDown"])
        }
    }
}
