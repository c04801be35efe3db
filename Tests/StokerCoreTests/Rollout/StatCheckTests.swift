import StokerSimulation
import Testing

@testable import StokerCore

/// What a publication or a restore looks at before it touches a file, each look once.
@Suite struct StatCheckTests {
    private static let x = ["s/x.yml": "x\n"]
    private static let changed = ["s/x.yml": "another\n"]
    private static let created = ["s/x.yml": "x\n", "s/n.yml": "new\n"]
    private static let pinned = ["pinned.yml": "long before\n"]

    private func drifted(_ world: SmallWorld, _ inventory: Inventory) throws -> [String] {
        try Rollout.look(world.place, inventory: inventory, disk: world.disk).drifted.map(\.path)
    }

    @Test func theSameFile() {
        func stamp(inode: UInt64 = 1, size: Int64 = 2, modified: Int64 = 3, changed: Int64 = 4) -> FileStamp {
            FileStamp(
                device: 9, inode: inode, size: size, modifiedNanoseconds: modified, changedNanoseconds: changed)
        }
        #expect(stamp().isSameFile(as: stamp(changed: 5)))
        #expect(!stamp().isSameFile(as: stamp(inode: 5)))
        #expect(!stamp().isSameFile(as: stamp(size: 5)))
        #expect(!stamp().isSameFile(as: stamp(modified: 5)))
    }

    // MARK: publishing

    @Test func aNewFileThatWasEditedSinceIsLeftAlone() throws {
        let world = try SmallWorld(.inPlace, Self.x)
        let intent = try world.stage(Self.created)
        _ = try Rollout.publish(intent, disk: world.disk)
        try world.edit("s/n.yml", "edited\n")
        guard case .forward(let result) = try Rollout.recover(intent, published: false, disk: world.disk) else {
            Issue.record("taken back")
            return
        }
        #expect(try world.text(world.place.live("s/n.yml")) == "edited\n")
        #expect(try drifted(world, result.inventory) == ["s/n.yml"])
    }

    @Test func whereLinksAreNotPermittedANewFileIsRenamed() throws {
        let world = try SmallWorld(.inPlace, Self.x)
        let intent = try world.stage(Self.created)
        world.disk.fault = { operation, _ in operation == "link" ? .notPermitted : nil }
        _ = try Rollout.publish(intent, disk: world.disk)
        #expect(try world.text(world.place.live("s/n.yml")) == "new\n")
    }

    @Test func aFolderThatFilledSinceIsNotMovedAway() throws {
        let world = try SmallWorld(.inPlace, ["s/f/y.yml": "y\n"])
        let old = try world.visible()
        let intent = try world.stage(["s/f": "a file\n"])
        try world.put("s/f/theirs.yml", "theirs\n")
        #expect(throws: DiskError.self) { try Rollout.publish(intent, disk: world.disk) }
        _ = try Rollout.restore(intent, disk: world.disk)
        var now = try world.visible()
        #expect(now.removeValue(forKey: "etc/prometheus/s/f/theirs.yml") != nil)
        #expect(now == old)
    }

    @Test func aFileThatWasOnlyTouchedIsNobodysEdit() throws {
        let world = try SmallWorld(.inPlace, Self.pinned)
        let intent = try world.stage(["pinned.yml": "now\n"])
        try world.edit("pinned.yml", "long before\n")
        #expect(try Rollout.publish(intent, disk: world.disk).saved.isEmpty)
        let release = try SmallWorld(.linked, Self.x)
        let next = try release.stage(Self.changed)
        try release.edit("s/x.yml", "x\n")
        #expect(try Rollout.publish(next, disk: release.disk).saved.isEmpty)
    }

    /// Only after a crash of ours may a text be what we tore.
    @Test func anEditThatLooksTornIsAnEdit() throws {
        let world = try SmallWorld(.inPlace, Self.pinned)
        let intent = try world.stage(["pinned.yml": "now\n"])
        try world.edit("pinned.yml", "now\n before\n")
        let saved = try Rollout.publish(intent, disk: world.disk).saved
        #expect(try saved.map { try world.text($0) } == ["now\n before\n"])
    }

    @Test func aPinnedFileThatHadGoneIsMadeWithItsAccess() throws { try makeAnew(durably: false) }

    @Test func aPinnedFileThatHadGoneIsDurable() throws { try makeAnew(durably: true) }

    /// Somebody removed it between staging and publishing, and the publication dies while it is made anew.
    private func makeAnew(durably: Bool) throws {
        let world = try SmallWorld(.inPlace, Self.pinned)
        let intent = try world.stage(["pinned.yml": "now\n"])
        try world.disk.unlink(world.place.live("pinned.yml"))
        world.disk.settle()
        let clean = world.copy()
        _ = try Rollout.publish(intent, disk: clean.disk)
        let new = try clean.visible()
        for calls in 0...clean.disk.changes {
            let dead = world.copy()
            try dead.dying(after: calls) { _ = try Rollout.publish(intent, disk: dead.disk) }
            for loss in dead.outcomes() {
                let next = dead.copy()
                next.strike(loss)
                _ = try Rollout.recover(intent, published: false, disk: next.disk)
                if durably { next.disk.powerCut(.everything) }
                #expect(try next.visible() == new, "call \(calls), \(loss.map { "\($0)" } ?? "process dies")")
            }
        }
    }

    @Test func rottenBytesAreNotWrittenThroughAnInode() throws {
        let world = try SmallWorld(.inPlace, Self.pinned)
        let intent = try world.stage(["pinned.yml": "now\n"])
        let number = try #require(intent.operations.first?.number)
        try world.rot("\(intent.staging)/staged-2/\(number)")
        #expect(throws: DiskError.self) { try Rollout.publish(intent, disk: world.disk) }
        #expect(try world.text(world.place.live("pinned.yml")) == "long before\n")
    }

    @Test func aLinkInTheWayIsReplaced() throws {
        let world = try SmallWorld(.inPlace, Self.x)
        let intent = try world.stage(Self.changed)
        try world.disk.unlink(world.place.live("s/x.yml"))
        try world.disk.symlink("elsewhere", at: world.place.live("s/x.yml"))
        _ = try Rollout.publish(intent, disk: world.disk)
        #expect(try world.text(world.place.live("s/x.yml")) == "another\n")
        let release = try SmallWorld(.linked, Self.x)
        let next = try release.stage(Self.changed)
        try release.disk.unlink(release.place.live("s/x.yml"))
        try release.disk.symlink("elsewhere", at: release.place.live("s/x.yml"))
        _ = try Rollout.publish(next, disk: release.disk)
        #expect(try release.text(release.place.live("s/x.yml")) == "another\n")
    }

    @Test func whereLinksAreNotPermittedALateEditIsCopied() throws {
        let world = try SmallWorld(.inPlace, Self.x)
        let intent = try world.stage(Self.changed)
        try world.edit("s/x.yml", "late\n")
        world.disk.fault = { operation, _ in operation == "link" ? .notPermitted : nil }
        let saved = try Rollout.publish(intent, disk: world.disk).saved
        #expect(try saved.map { try world.text($0) } == ["late\n"])
    }

    // MARK: what is ours afterwards

    @Test func whatWasEditedAfterPublishingIsDrift() throws {
        let world = try SmallWorld(.inPlace, Self.x.merging(Self.pinned) { $1 })
        let intent = try world.stage(Self.changed.merging(["pinned.yml": "now\n"]) { $1 })
        _ = try Rollout.publish(intent, disk: world.disk)
        for path in ["s/x.yml", "pinned.yml"] { try world.edit(path, "edited\n") }
        guard case .forward(let result) = try Rollout.recover(intent, published: true, disk: world.disk) else {
            Issue.record("taken back")
            return
        }
        #expect(try drifted(world, result.inventory) == ["pinned.yml", "s/x.yml"])
    }

    @Test func anEditThatARestorePutsBackIsDrift() throws {
        let world = try SmallWorld(.inPlace, Self.x)
        try world.edit("s/x.yml", "edited\n")
        let intent = try world.stage(Self.changed)
        _ = try Rollout.publish(intent, disk: world.disk)
        #expect(try drifted(world, try Rollout.restore(intent, disk: world.disk).inventory) == ["s/x.yml"])
    }

    @Test(arguments: [TargetConfiguration.Layout.inPlace, .linked])
    func whatWasEditedAfterARestoreIsDrift(layout: TargetConfiguration.Layout) throws {
        let world = try SmallWorld(layout, Self.x)
        let intent = try world.stage(Self.changed)
        _ = try Rollout.publish(intent, disk: world.disk)
        _ = try Rollout.restore(intent, disk: world.disk)
        try world.edit("s/x.yml", "edited\n")
        #expect(try drifted(world, try Rollout.restore(intent, disk: world.disk).inventory) == ["s/x.yml"])
        #expect(try world.text(world.place.live("s/x.yml")) == "edited\n")
    }

    // MARK: restoring

    @Test(arguments: SingleChange.all) func aRestoreIsDurablyDone(change: SingleChange) throws {
        let world = try SmallWorld(change.layout, change.old)
        let intent = try world.stage(change.new)
        _ = try Rollout.publish(intent, disk: world.disk)
        _ = try Rollout.restore(intent, disk: world.disk)
        world.disk.powerCut(.everything)
        #expect(try world.disk.status(intent.staging + "/undone-2") != nil)
        #expect(try world.disk.status(intent.staging + "/revert-2") == nil)
    }

    @Test func aRestoreDoesNotWaitForSpaceForEdits() throws {
        let world = try SmallWorld(.linked, Self.x)
        let old = try world.visible()
        let intent = try world.stage(Self.changed)
        _ = try Rollout.publish(intent, disk: world.disk)
        try world.edit("s/x.yml", "edited\n")
        world.disk.fault = { operation, _ in operation == "create" ? .noSpace : nil }
        _ = try Rollout.restore(intent, disk: world.disk)
        #expect(try world.visible() == old)
    }

    /// The new file never became live: what is there is somebody else's.
    @Test func aFileInThePlaceOfANewOneStays() throws {
        let world = try SmallWorld(.inPlace, Self.x)
        let intent = try world.stage(Self.created)
        try world.put("s/n.yml", "theirs\n")
        _ = try Rollout.restore(intent, disk: world.disk)
        #expect(try world.text(world.place.live("s/n.yml")) == "theirs\n")
    }

    /// It became live, and the publication died before its staged name was gone.
    @Test func anEditOfANewFileWithTwoNamesIsTakenBack() throws {
        let world = try SmallWorld(.inPlace, Self.x)
        let intent = try world.stage(Self.created)
        try world.dying(after: 1) { _ = try Rollout.publish(intent, disk: world.disk) }
        world.disk.restart()
        try world.edit("s/n.yml", "edited\n")
        _ = try Rollout.restore(intent, disk: world.disk)
        #expect(try world.disk.status(world.place.live("s/n.yml")) == nil)
        #expect(try world.holds("edited\n"))
    }

    /// The restore died after a file was back, and somebody edited it before it went on.
    @Test func whatIsBackIsNotPutBackAgain() throws {
        let world = try SmallWorld(.inPlace, Self.x)
        let intent = try world.stage(Self.changed)
        _ = try Rollout.publish(intent, disk: world.disk)
        // The name, its sync, the file.
        try world.dying(after: 3) { _ = try Rollout.restore(intent, disk: world.disk) }
        world.disk.restart()
        #expect(try world.text(world.place.live("s/x.yml")) == "x\n")
        try world.edit("s/x.yml", "edited\n")
        _ = try Rollout.restore(intent, disk: world.disk)
        #expect(try world.text(world.place.live("s/x.yml")) == "edited\n")
    }

    @Test func aKeptFileThatIsGoneIsSaid() throws {
        let world = try SmallWorld(.inPlace, Self.x)
        let intent = try world.stage(Self.changed)
        _ = try Rollout.publish(intent, disk: world.disk)
        let kept = try #require(intent.operations.first?.kept)
        try world.disk.unlink("\(intent.staging)/kept/\(kept)")
        #expect(throws: DiskError.self) { try Rollout.restore(intent, disk: world.disk) }
    }

    @Test func rottenKeptBytesAreNotWrittenBack() throws {
        let world = try SmallWorld(.inPlace, Self.pinned)
        let intent = try world.stage(["pinned.yml": "now\n"])
        _ = try Rollout.publish(intent, disk: world.disk)
        let kept = try #require(intent.operations.first?.kept)
        try world.rot("\(intent.staging)/kept/\(kept)")
        #expect(throws: DiskError.self) { try Rollout.restore(intent, disk: world.disk) }
        #expect(try world.text(world.place.live("pinned.yml")) == "now\n")
    }
}

extension SmallWorld {
    /// A disk that gives back other bytes than were written.
    fileprivate func rot(_ path: String) throws {
        let handle = try disk.openExisting(path)
        defer { disk.close(handle) }
        _ = try disk.write(handle, Array("rot".utf8)[...])
    }
}
