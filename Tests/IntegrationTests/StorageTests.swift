import Foundation
import TestSupport
import Testing

/// Storage that is full, and a program that is killed.
@Suite("Storage")
struct StorageTests {
    /// Mounts a small file system as the storage directory, and takes it away at the end.
    private static func mountSmallStorage(_ world: World) async throws {
        let storage = world.stoker.storage
        try Files.makeDirectory(storage)
        try await Shell.succeed(["mount", "-t", "tmpfs", "-o", "size=16m,mode=0700", "tmpfs", storage])
        world.deferred.add {
            world.stoker.stop()
            _ = umount2(storage, lazily)
        }
    }

    // MNT_DETACH, which Swift does not import as a number.
    private static let lazily: Int32 = 2

    private static func fill(_ world: World) throws {
        let descriptor = open("\(world.stoker.storage)/filler", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw TestFailure("the filler cannot be made") }
        defer { close(descriptor) }
        for size in [65_536, 4_096, 1] {
            let block = [UInt8](repeating: 0x20, count: size)
            while write(descriptor, block, size) > 0 {}
        }
    }

    @Test("full before the deploy: nothing is touched; with space again it goes on", arguments: versions)
    func fullBefore(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version, .with { $0.adopted = false }) { world in
            try await Self.mountSmallStorage(world)
            try await world.adopt()
            let tree = world.tree
            let served = try world.prometheus.served()
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            try Self.fill(world)
            let result = try await world.stoker.run("run", "--once")
            try #require(result.code == 1, "\(result)")
            let said = (result.output + result.error).lowercased()
            try #require(said.contains("space") || said.contains("full"), "\(result)")
            try #require(world.tree == tree)
            try #require(try world.prometheus.served() == served)
            try Files.removeWithSpace("\(world.stoker.storage)/filler")
            try requireVerified(try await world.once(), commit)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
        }
    }

    @Test("full while verifying: the harmful change is taken back all the same", arguments: versions)
    func fullWhileVerifying(_ version: Programs.PrometheusVersion) async throws {
        let setup = World.Setup.withCheck.with { $0.adopted = false }
        try await World.run(version, setup) { world in
            try await Self.mountSmallStorage(world)
            try await world.adopt()
            let tree = world.tree
            try world.stoker.start()
            let commit = try await world.push(world.harmful)
            try await world.stoker.wait(for: "verifying") { $0["phase"].string == "verifying" }
            try #require(try world.prometheus.statusConfig().contains("action: drop"))
            try Self.fill(world)
            try await eventually("the old tree being back", within: .seconds(60)) { world.tree == tree }
            try await eventually("the old configuration being served", within: .seconds(30)) {
                try !world.prometheus.statusConfig().contains("action: drop")
            }
            try Files.removeWithSpace("\(world.stoker.storage)/filler")
            try await world.stoker.wait(outcome: "rolled_back", revision: commit)
            try #require(world.tree == tree)
        }
    }

    @Test(
        "killed while verifying: recover leaves a whole tree, the next start finishes the attempt", arguments: versions)
    func killed(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version, .withCheck) { world in
            try world.stoker.start()
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            try await world.stoker.wait(for: "verifying") { $0["phase"].string == "verifying" }
            let tree = world.tree
            world.stoker.kill()
            let recovered = try await world.stoker.run("recover")
            try #require(recovered.code == 0, "\(recovered)")
            try #require(world.tree == tree)
            try world.stoker.start()
            try await world.stoker.wait(outcome: "verified", revision: commit)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
        }
    }

    @Test("killed while verifying a harmful change: the next start takes it back", arguments: versions)
    func killedHarmful(_ version: Programs.PrometheusVersion) async throws {
        try await World.run(version, .withCheck) { world in
            let tree = world.tree
            try world.stoker.start()
            let commit = try await world.push(world.harmful)
            try await world.stoker.wait(for: "verifying") { $0["phase"].string == "verifying" }
            world.stoker.kill()
            try world.stoker.start()
            try await world.stoker.wait(outcome: "rolled_back", revision: commit)
            try #require(world.tree == tree)
            try #require(try !world.prometheus.statusConfig().contains("action: drop"))
        }
    }
}
