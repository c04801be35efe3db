import StokerSimulation
import Testing

@testable import StokerCore

/// What a recovery and the way back look at, where somebody's hand or a full disk was in between.
@Suite struct RecoverCheckTests {
    private static let pinned = ["pinned.yml": "long before\n"]
    private static let now = ["pinned.yml": "now\n"]

    private func staged(_ intent: DeploymentIntent, _ path: String, reverting: Bool = false) throws -> String {
        let number = try #require(intent.operations.first { $0.path == path }?.number)
        return "\(intent.staging)/\(reverting ? "revert" : "staged")-2/\(number)"
    }

    @Test(arguments: ["pinned.yml", "s/x.yml", "s/n.yml"])
    func withoutItsStagedFileADeployIsTakenBack(path: String) throws {
        let world = try SmallWorld(.inPlace, ["pinned.yml": "long before\n", "s/x.yml": "x\n"])
        let old = try world.visible()
        let intent = try world.stage(["pinned.yml": "now\n", "s/x.yml": "another\n", "s/n.yml": "new\n"])
        try world.disk.unlink(try staged(intent, path))
        guard case .back(_, let because) = try Rollout.recover(intent, published: false, disk: world.disk) else {
            Issue.record("not taken back")
            return
        }
        #expect(because.contains(path))
        #expect(try world.visible() == old)
    }

    /// The folder of the attempt is gone: the tree is one or the other, or nobody can make it whole.
    @Test func withoutItsFolderADeployIsOnlyLookedAt() throws {
        let world = try SmallWorld(.inPlace, ["s/x.yml": "x\n", "s/y.yml": "y\n"])
        let intent = try world.stage(["s/x.yml": "another\n", "s/y.yml": "another\n"])
        for (calls, mixed) in [(1, true), (100, false)] {
            let next = world.copy()
            try next.dying(after: calls) { _ = try Rollout.publish(intent, disk: next.disk) }
            next.disk.restart()
            try next.disk.removeTree(intent.staging + "/staged-2")
            if mixed {
                #expect(throws: DiskError.self) { try Rollout.recover(intent, published: false, disk: next.disk) }
            } else if case .forward = try Rollout.recover(intent, published: false, disk: next.disk) {
            } else {
                Issue.record("all of it is live")
            }
        }
    }

    @Test(arguments: SingleChange.all) func halfOfItCanBeTakenBack(change: SingleChange) throws {
        let world = try SmallWorld(change.layout, change.old)
        let old = try world.visible()
        let intent = try world.stage(change.new)
        let clean = world.copy()
        _ = try Rollout.publish(intent, disk: clean.disk)
        for calls in 0...clean.disk.changes {
            let dead = world.copy()
            try dead.dying(after: calls) { _ = try Rollout.publish(intent, disk: dead.disk) }
            for loss in dead.outcomes() {
                let next = dead.copy()
                next.strike(loss)
                #expect(try Rollout.restore(intent, disk: next.disk).saved.isEmpty, "\(change), call \(calls)")
                next.disk.powerCut(.everything)
                #expect(try next.visible() == old, "\(change), call \(calls)")
            }
        }
    }

    /// Without the staged bytes nobody knows what is torn; the old and the new text are known all the same.
    @Test func withoutTheStagedBytesOfAPinnedFile() throws {
        for (published, edited, saved) in [(true, false, 0), (false, false, 0), (true, true, 1)] {
            let world = try SmallWorld(.inPlace, Self.pinned)
            let intent = try world.stage(Self.now)
            if published { _ = try Rollout.publish(intent, disk: world.disk) }
            if edited { try world.edit("pinned.yml", "edited\n") }
            try world.disk.unlink(try staged(intent, "pinned.yml"))
            #expect(try Rollout.restore(intent, disk: world.disk).saved.count == saved)
            #expect(try world.text(world.place.live("pinned.yml")) == "long before\n")
        }
    }

    @Test func whatTookThePlaceOfASingleFileStays() throws {
        let world = try SmallWorld(.singleFile, [:])
        let intent = try world.stage(["prometheus.yml": "now\n"])
        _ = try Rollout.publish(intent, disk: world.disk)
        try world.disk.unlink(world.place.root)
        try world.disk.symlink("elsewhere", at: world.place.root)
        _ = try Rollout.restore(intent, disk: world.disk)
        #expect(try world.disk.readLink(world.place.root) == "elsewhere")
    }

    @Test func aRestoreDoesNotWaitForSpaceForAnEditOfAPinnedFile() throws {
        let world = try SmallWorld(.inPlace, Self.pinned)
        let intent = try world.stage(Self.now)
        _ = try Rollout.publish(intent, disk: world.disk)
        try world.edit("pinned.yml", "edited\n")
        world.disk.fault = { operation, _ in operation == "create" ? .noSpace : nil }
        _ = try Rollout.restore(intent, disk: world.disk)
        #expect(try world.text(world.place.live("pinned.yml")) == "long before\n")
    }

    /// The old text is the longer one: the staged bytes make room for it.
    @Test func stagedBytesMakeRoom() throws {
        for hasStaged in [true, false] {
            let world = try SmallWorld(.inPlace, Self.pinned)
            let intent = try world.stage(Self.now)
            _ = try Rollout.publish(intent, disk: world.disk)
            if !hasStaged { try world.disk.unlink(try staged(intent, "pinned.yml")) }
            var failures = 0
            world.disk.fault = { operation, _ in
                if operation != "write" || failures > 0 { return nil }
                failures += 1
                return .noSpace
            }
            var failure: DiskError.Code?
            do throws(DiskError) { _ = try Rollout.restore(intent, disk: world.disk) } catch { failure = error.code }
            #expect(failure == (hasStaged ? nil : .noSpace))
            if hasStaged { #expect(try world.text(world.place.live("pinned.yml")) == "long before\n") }
            #expect(failures == 1)
        }
    }

    // MARK: looking and settling

    @Test func observedIsWhatIsThere() throws {
        let world = try SmallWorld(.inPlace, ["s/x.yml": "x\n", "s/y.yml": "y\n"])
        try world.edit("s/x.yml", "edited\n")
        try world.disk.unlink(world.place.live("s/y.yml"))
        let observed = try Rollout.observed(world.place, inventory: world.inventory, disk: world.disk)
        #expect(observed.files["s/x.yml"]?.entry.blob == world.scenario.blobs.add("edited\n"))
        #expect(observed.files["s/y.yml"] == nil)
        #expect(Set(observed.files.keys) == ["s/x.yml"])
    }

    @Test func editsAreCopiedOnceMore() throws {
        let world = try SmallWorld(.inPlace, ["s/x.yml": "x\n"])
        try world.disk.symlink("elsewhere", at: world.place.live("s/link"))
        for _ in 0..<2 {
            let copies = try Rollout.saveDrifted(
                ["s/x.yml", "s/link"], place: world.place, attempt: 1, to: "/srv/edits", disk: world.disk)
            #expect(copies.keys.map { $0 } == ["s/x.yml"])
        }
    }

    @Test func settlingWithoutAStagingFolderDoesNothing() throws {
        let world = try SmallWorld(.inPlace, ["s/x.yml": "x\n"])
        try Rollout.settle(world.place, staging: "/srv/nowhere", keep: [], disk: world.disk)
        #expect(world.disk.changes == 0)
    }

    @Test func aNudgeThatACrashLeftIsRemoved() throws {
        let world = try SmallWorld(.linked, ["s/x.yml": "x\n"])
        let folder = world.place.releasesDirectory + "/111111111111-1/s"
        world.disk.close(try world.disk.create(folder + "/.stoker-nudge", permissions: 0o600))
        try Rollout.nudge([folder], disk: world.disk)
        #expect(try world.disk.list(folder, limit: 10) == ["x.yml"])
    }
}
