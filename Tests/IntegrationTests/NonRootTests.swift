import Foundation
import TestSupport
import Testing

/// Stoker as a user of its own.
@Suite("Non-root")
struct NonRootTests {
    static let nobody: uid_t = 65_534

    /// A copy of the binary and of promtool where any user may run them, and a stoker that runs as nobody.
    static func asNobody(_ world: World) async throws -> StokerProcess {
        let binary = world.directory("stoker-copy")
        try FileManager.default.copyItem(atPath: try Programs.stoker(), toPath: binary)
        let promtool = world.directory("promtool")
        try FileManager.default.copyItem(
            atPath: try Programs.prometheus("promtool", version: world.prometheus.options.version), toPath: promtool)
        try world.reconfigure { $0.environments[0].targets[0].promtool = promtool }
        let storage = world.directory("nobody-data")
        try Files.makeDirectory(storage)
        try #require(chown(storage, nobody, nobody) == 0)
        return try StokerProcess(
            configFile: world.stoker.configFile, storage: storage, logPath: world.directory("nobody.log"),
            prefix: ["setpriv", "--reuid", "\(nobody)", "--regid", "\(nobody)", "--clear-groups"], binary: binary)
    }

    @Test("as a user who owns the folder: deployed, and Prometheus as another user can read it", arguments: versions)
    func owns(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.with {
            $0.adopted = false
            $0.prometheus = { options, _ in options.user = 65_533 }
        }
        try await World.run(version, setup) { world in
            for path in ["", "/rules", "/prometheus.yml", "/rules/base.yml"] {
                try #require(chown(world.etc + path, Self.nobody, Self.nobody) == 0)
            }
            let stoker = try await Self.asNobody(world)
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            let result = try await stoker.run("run", "--once")
            try #require(result.code == 0, "\(result)")
            let status = try await stoker.status()
            try #require(status["verified_revision"].string == "main@sha1:\(commit)", "\(status)")
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
            try #require(try Files.identity("\(world.etc)/rules/new.yml").owner == Self.nobody)
            try #require(try Files.identity("\(world.etc)/rules/new.yml").mode == 0o644)
        }
    }

    @Test(
        "as a user who may not write the folder: refused before a byte changes, with what to run", arguments: versions)
    func mayNotWrite(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version, .with { $0.adopted = false }) { world in
            let stoker = try await Self.asNobody(world)
            let tree = world.tree
            let served = try world.prometheus.served()
            try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            let result = try await stoker.run("run", "--once")
            try #require([1, 3].contains(result.code), "\(result)")
            let status = try await stoker.status()
            try #require(status["reason"].string == "DeployFailed", "\(status)")
            try #require(status["message"].string?.contains(world.etc) == true, "\(status)")
            try #require(world.tree == tree)
            let after = try world.prometheus.served()
            try #require(after == served)
        }
    }
}
