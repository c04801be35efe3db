import Foundation
import TestSupport
import Testing

/// A disk that fills or turns read-only while a harmful push is being verified.
@Suite("Disks in trouble")
struct DiskTroubleTests {
    @Test("deploy_to is full, on a file system of its own: the change is taken back")
    func deployToFull() async throws {
        try await trouble({ root, deferred in try await Mounts.memory("\(root)/etc", deferred) }) { world in
            try Mounts.fill(world.etc)
            try await world.waitForOldContent()
            try Files.removeWithSpace("\(world.etc)/filler")
        }
    }

    @Test("storage and deploy_to are full, on one file system: the change is taken back")
    func allFull() async throws {
        try await trouble({ root, deferred in try await Mounts.memory(root, deferred) }) { world in
            try Mounts.fill(world.root)
            try await world.waitForOldContent()
            try Files.removeWithSpace("\(world.root)/filler")
        }
    }

    @Test("the storage directory turns read-only: the change is taken back, and the restart finds its way")
    func storageReadOnly() async throws {
        let disk = Mounts.Disk()
        try await trouble({ root, deferred in try await disk.mount("\(root)/data", deferred) }) { world in
            try disk.breaksNow()
            try await world.waitForOldContent()
            try await world.stoker.wait(forLogLine: "the journal cannot be written")
            world.stoker.stop()
            try await disk.repair()
        }
    }

    @Test("deploy_to turns read-only: said, tried again, taken back as soon as it can be written")
    func deployToReadOnly() async throws {
        try await trouble({ root, deferred in try await Mounts.memory("\(root)/etc", deferred) }) { world in
            try await Shell.succeed(["mount", "-o", "remount,ro", world.etc])
            try await world.stoker.wait(for: "restoring") { $0["phase"].string == "restoring" }
            // Half a minute of a restore that fails must not pass in silence.
            await world.expectSaid("Read-only file system")
            try #require(world.violations(.repaired).isEmpty)
            try await Shell.succeed(["mount", "-o", "remount,rw", world.etc])
            try await world.waitForOldContent()
        }
    }

    @Test(
        "storage and deploy_to turn read-only together: nothing can be restored, which is said; restored when they can")
    func allReadOnly() async throws {
        let disk = Mounts.Disk()
        try await trouble({ root, deferred in try await disk.mount(root, deferred) }) { world in
            // What git wrote is not synced, and not what is tested here.
            let pushed = Files.tree(world.repository.bare).keys.map { "\(world.repository.bare)/\($0)" }
            try await Shell.succeed(["sync"] + pushed)
            try disk.breaksNow()
            try await world.stoker.wait(forLogLine: "phase=restoring")
            await world.expectSaid("restore", "Read-only file system")
            try #require(world.stoker.isRunning, "the daemon gave up:\n\(world.stoker.tail())")
            try #require(world.violations(.repaired).isEmpty)
            world.stoker.stop()
            world.prometheus.kill()
            try await disk.repair()
            try #require(try await world.boot())
        }
    }

    /// A stormy push is live and being verified when `strikes` runs; afterwards one more run comes to rest with the old
    /// content.
    private func trouble(
        _ mount: @escaping @Sendable (String, Deferred) async throws -> Void,
        _ strikes: (CrashWorld) async throws -> Void
    ) async throws {
        try await CrashWorld.run(.inPlace, verify: Scene.stormCheck, before: mount) { world in
            try await world.push(world.scene.files(after: .stormy), as: "stormy")
            try world.stoker.start()
            try await world.stoker.wait(for: "verifying") { $0["phase"].string == "verifying" }
            world.prints.set("stormy", try world.takePrint())
            try #require(world.served() == "stormy")
            do {
                try await strikes(world)
            } catch {
                throw TestFailure("\(error)\n\(world.stoker.tail())")
            }
            if world.stoker.isRunning { _ = try await world.stoker.terminate() }
            var tally = Tally("disk in trouble", [])
            let broken = try await world.settle(.stormy, plans: false, &tally)
            try #require(broken.isEmpty, "\(broken.joined(separator: "\n"))\n\(world.stoker.tail())")
        }
    }
}

extension CrashWorld {
    /// The daemon's log has a line of the environment with all of these words, soon.
    func expectSaid(_ words: String...) async {
        do {
            try await eventually("a line that says \(words)", within: .seconds(20)) {
                stoker.log.split(separator: "\n").contains { line in
                    line.contains("environment=production") && words.allSatisfy { line.contains($0) }
                }
            }
        } catch {
            // Only for the message: the log's silence is the failure.
            let status = (try? await stoker.status()) ?? .null
            Issue.record("\(error); the status is \(status)\n\(stoker.tail(5))")
        }
    }

    /// Waits until the content from before the push is on disk and served.
    func waitForOldContent() async throws {
        try await eventually("the old content on disk and served", within: .seconds(60)) {
            violations(.repaired).isEmpty && served() == "adopted"
        }
    }
}
