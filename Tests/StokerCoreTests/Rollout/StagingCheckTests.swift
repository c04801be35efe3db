import StokerSimulation
import Testing

@testable import StokerCore

/// What staging looks at before anything is written, and what is refused.
@Suite struct StagingCheckTests {
    private static let x = ["s/x.yml": "x\n"]

    /// Blobs whose bytes are not theirs.
    private final class Liar: Blobs {
        func bytes(of blob: BlobID, limit: Int) throws(BlobUnavailable) -> [UInt8] { Array("other".utf8) }
    }

    private func refusal(_ world: SmallWorld, _ files: [String: String]) -> DeployRefusal? {
        do throws(DeployRefusal) {
            try Rollout.preflight(
                world.scenario.request(attempt: 2, inventory: world.inventory, files: files), disk: world.disk
            ) { _, _ in false }
            return nil
        } catch {
            return error
        }
    }

    // MARK: staging

    @Test(arguments: [TargetConfiguration.Layout.inPlace, .linked])
    func anExecuteBitIsAChange(layout: TargetConfiguration.Layout) throws {
        let world = try SmallWorld(layout, Self.x)
        var request = world.scenario.request(attempt: 2, inventory: world.inventory, files: Self.x)
        let blob = world.scenario.blobs.add("x\n")
        request.desired.files["s/x.yml"] = FileEntry(blob: blob, executable: true)
        let before = world.place.live("s/x.yml")
        let old = layout == .linked ? world.place.releasesDirectory + "/111111111111-1/s/x.yml" : before
        let intent = try Rollout.stage(request, blobs: world.scenario.blobs, disk: world.disk)
        #expect(try world.disk.status(old)?.permissions == 0o644)
        _ = try Rollout.publish(intent, disk: world.disk)
        #expect(try world.disk.status(world.place.live("s/x.yml"))?.permissions == 0o755)
        if layout == .linked { #expect(try world.disk.status(old)?.permissions == 0o644) }
    }

    @Test func anEditedFileOfAReleaseIsNotShared() throws {
        let world = try SmallWorld(.linked, Self.x)
        try world.edit("s/x.yml", "edited\n")
        let intent = try world.stage(["s/x.yml": "x\n", "y.yml": "y\n"])
        _ = try Rollout.publish(intent, disk: world.disk)
        #expect(try world.text(world.place.live("s/x.yml")) == "x\n")
    }

    @Test func bytesThatAreNotTheRightOnesAreNotStaged() throws {
        let world = try SmallWorld(.inPlace, Self.x)
        let request = world.scenario.request(attempt: 2, inventory: world.inventory, files: ["s/x.yml": "another\n"])
        #expect(throws: StageError.self) { try Rollout.stage(request, blobs: Liar(), disk: world.disk) }
    }

    /// The stamp says that nobody touched it, and the bytes are others: a disk that rots.
    @Test func aCopyThatIsNotWhatWasDeployedIsNotKept() throws {
        let world = try SmallWorld(.inPlace, ["pinned.yml": "before\n"])
        var inventory = world.inventory
        let file = try #require(inventory.files["pinned.yml"])
        inventory.files["pinned.yml"] = Inventory.File(
            entry: FileEntry(blob: world.scenario.blobs.add("deployed\n")), stamp: file.stamp)
        #expect(throws: StageError.self) { try world.stage(["pinned.yml": "now\n"], over: inventory) }
    }

    @Test func aRootThatIsMadeForStagingIsOpen() throws {
        let world = try SmallWorld(.inPlace, [:])
        world.disk.mounts = ["/srv/storage"]
        _ = try Rollout.publish(try world.stage(Self.x), disk: world.disk)
        #expect(try world.disk.status(world.place.root)?.permissions == 0o755)
    }

    @Test func aFolderThatSomebodyMadeAnewIsNotOurs() throws {
        let world = try SmallWorld(.inPlace, [:])
        var inventory = Inventory()
        func deploy(_ files: [String: String], _ attempt: Int64) throws {
            let all = files.merging(["prometheus.yml": "main\n"]) { $1 }
            let intent = try world.stage(all, attempt: attempt, over: inventory)
            inventory = try Rollout.publish(intent, disk: world.disk).inventory
            try Rollout.settle(world.place, staging: intent.staging, keep: [], disk: world.disk)
        }
        try deploy(["f/n.yml": "new\n"], 2)
        try world.disk.unlink(world.place.live("f/n.yml"))
        try world.disk.removeDirectory(world.place.live("f"))
        inventory.files["f/n.yml"] = nil
        try deploy(["g/n.yml": "new\n"], 3)
        try world.disk.makeDirectory(world.place.live("f"), permissions: 0o755)
        try deploy([:], 4)
        #expect(try world.disk.status(world.place.live("f")) != nil)
        #expect(try world.disk.status(world.place.live("g")) == nil)
    }

    @Test func theLiveReleaseIsNeverDiscarded() throws {
        let world = try SmallWorld(.linked, Self.x)
        let intent = try world.stage(["s/x.yml": "another\n"])
        _ = try Rollout.publish(intent, disk: world.disk)
        try Rollout.discard(attempt: 2, place: world.place, staging: intent.staging, disk: world.disk)
        #expect(try world.text(world.place.live("s/x.yml")) == "another\n")
    }

    @Test func whatOthersWroteIsNotDiscarded() throws {
        let world = try SmallWorld(.inPlace, Self.x)
        let intent = try world.stage(["s/x.yml": "another\n"])
        try world.put("s/x.yml", "late\n")
        _ = try Rollout.publish(intent, disk: world.disk)
        try Rollout.discard(attempt: 2, place: world.place, staging: intent.staging, disk: world.disk)
        #expect(try world.holds("late\n"))
    }

    // MARK: refusals

    @Test func whatCannotBeWrittenIsRefused() throws {
        let world = try SmallWorld(.inPlace, Self.x)
        world.disk.faults.readOnly = .always
        let request = world.scenario.request(
            attempt: 2, inventory: world.inventory, files: ["s/x.yml": "another\n"])
        #expect(throws: DeployRefusal.self) { try DeployPreflight(request: request, disk: world.disk).check() }
    }

    @Test func aRootThatIsNoFolderIsRefused() throws {
        let link = try SmallWorld(.inPlace, [:])
        try link.disk.symlink("/srv/storage", at: link.place.root)
        #expect(refusal(link, Self.x)?.message.contains("is a link") == true)
        let file = try SmallWorld(.inPlace, [:])
        try file.scenario.write(file.place.root, "a file\n", file.disk)
        #expect(refusal(file, Self.x)?.message.contains("single_file") == true)
    }

    @Test func whatIsInTheWayOfAFileIsRefused() throws {
        let world = try SmallWorld(.inPlace, Self.x)
        try world.put("f", "theirs\n")
        #expect(refusal(world, ["f/n.yml": "new\n"])?.path == world.place.live("f"))
        try world.disk.makeDirectory(world.place.live("empty"), permissions: 0o755)
        #expect(refusal(world, ["empty": "a file\n"])?.path == world.place.live("empty"))
    }

    @Test func whatIsInTheWayOfALinkIsRefused() throws {
        let parent = try SmallWorld(.linked, [:])
        try parent.disk.removeDirectory("/srv/etc")
        try parent.scenario.write("/srv/etc", "a file\n", parent.disk)
        #expect(refusal(parent, Self.x)?.path == "/srv/etc")
        let folder = try SmallWorld(.linked, [:])
        try folder.disk.makeDirectory(folder.place.root, permissions: 0o755)
        #expect(refusal(folder, Self.x)?.message.contains("layout in_place") == true)
        let releases = try SmallWorld(.linked, [:])
        try releases.scenario.write(releases.place.releasesDirectory, "a file\n", releases.disk)
        #expect(refusal(releases, Self.x)?.message.contains("is not a folder") == true)
    }

    @Test func aReleaseThatIsGoneIsNoObstacle() throws {
        let world = try SmallWorld(.linked, Self.x)
        try world.disk.removeTree(world.place.releasesDirectory + "/111111111111-1")
        #expect(refusal(world, Self.x) == nil)
    }

    @Test func aSingleFileThatIsNoneIsRefused() throws {
        let link = try SmallWorld(.singleFile, [:])
        try link.disk.symlink("/srv/storage", at: link.place.root)
        #expect(refusal(link, ["prometheus.yml": "main\n"])?.message.contains("is a link") == true)
        let folder = try SmallWorld(.singleFile, [:])
        try folder.disk.makeDirectory(folder.place.root, permissions: 0o755)
        #expect(refusal(folder, ["prometheus.yml": "main\n"])?.path == folder.place.root)
    }
}
