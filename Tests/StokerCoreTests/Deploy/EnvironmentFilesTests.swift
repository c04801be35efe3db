import StokerCore
import StokerSimulation
import Testing

private let layouts: [TargetConfiguration.Layout] = [.inPlace, .linked, .singleFile]

/// What stands around a deployment: the journal that fails, bytes of other people, contents that are kept.
@Suite struct EnvironmentFilesTests {
    // MARK: a journal that cannot be written

    @Test(arguments: layouts) func whatCannotBeIntendedIsNotDone(layout: TargetConfiguration.Layout) throws {
        let world = try FilesWorld(layout)
        let (old, new) = (world.goal(1), world.goal(2))
        let files = try world.start()
        try world.settled(old, attempt: 1, with: files)
        _ = try files.stage("one", new, attempt: 2)
        world.machine.journal.isBroken = true
        #expect(throws: Failure.self) { try files.publish("one") }
        #expect(world.live() == world.wanted(old))
        world.machine.journal.isBroken = false
        #expect(throws: Failure.self) { try files.publish("one") }
        #expect(world.rows.intents.isEmpty)
    }

    @Test(arguments: layouts) func aDeployThatCannotBeRecordedIsRestored(layout: TargetConfiguration.Layout) throws {
        let world = try FilesWorld(layout)
        let (old, new) = (world.goal(1), world.goal(2))
        let files = try world.start()
        try world.settled(old, attempt: 1, with: files)
        _ = try files.stage("one", new, attempt: 2)
        var writes = 0
        world.machine.journal.fault = {
            writes += 1
            return writes == 2
        }
        guard case .failed(_, takenBack: false) = try files.publish("one") else {
            Issue.record("nobody said that it was not recorded")
            return
        }
        #expect(try files.restore() == ["one"])
        #expect(world.live() == world.wanted(old))
        #expect(world.rows.intents.isEmpty)
    }

    /// The restore needs no journal; what it owes is written later, and until then nobody takes back the same again.
    @Test(arguments: layouts) func aRestoreOwesTheJournal(layout: TargetConfiguration.Layout) throws {
        let world = try FilesWorld(layout, targets: 2)
        let (old, new) = (world.goal(1), world.goal(2))
        let files = try world.start()
        try world.settled(old, attempt: 1, with: files)
        try world.deploy(new, attempt: 2, with: files)
        world.machine.journal.isBroken = true
        #expect(Set(try files.restore()) == ["one", "two"])
        #expect(world.live() == world.wanted(old))
        #expect(try files.restore().isEmpty)
        #expect(throws: Failure.self) { try files.settle(old, verified: false, keep: []) }
        #expect(world.rows.intents.count == 2)
        world.machine.journal.isBroken = false
        try files.settle(old, verified: false, keep: [old.content])
        #expect(world.rows.intents.isEmpty)
        for id in world.targets { #expect(world.rows.inventories[id] == files.inventory(of: id)) }
        #expect(files.inventory(of: "one").tree == world.machine.git.contents[old.content]?.trees["one"])
    }

    /// One write fails, the next would not: what the restore left comes before the intents are forgotten.
    @Test func aSettlementWaitsForWhatIsOwed() throws {
        let world = try FilesWorld(.inPlace)
        let (old, new) = (world.goal(1), world.goal(2))
        let files = try world.start()
        try world.settled(old, attempt: 1, with: files)
        try world.deploy(new, attempt: 2, with: files)
        world.machine.journal.isBroken = true
        _ = try files.restore()
        world.machine.journal.isBroken = false
        var writes = 0
        world.machine.journal.fault = {
            writes += 1
            return writes == 1
        }
        #expect(throws: Failure.self) { try files.settle(old, verified: false, keep: []) }
        #expect(world.rows.intents.count == 1)
    }

    /// A start repairs two targets while the journal cannot be written, and owes it both.
    @Test(arguments: [true, false]) func aStartOwesTheJournal(back: Bool) throws {
        let world = try FilesWorld(.inPlace, targets: 2)
        let (old, new) = (world.goal(1), world.goal(2))
        let files = try world.start()
        try world.settled(old, attempt: 1, with: files)
        for id in world.targets {
            _ = try files.stage(id, new, attempt: 2)
            // Dies after the last file is live, before the journal knows.
            world.machine.journal.fault = { world.rows.intents.contains { $0.intent.target == id } }
            _ = try files.publish(id)
            world.machine.journal.fault = nil
        }
        if back {
            world.machine.journal.isBroken = true
            _ = try files.restore()
        }
        world.machine.journal.isBroken = true
        world.machine.bury(findsFailedWrite: false)
        let next = try world.start()
        let repair = try next.recover(running: 2)
        #expect(repair.found == ["one": back ? .back : .forward, "two": back ? .back : .forward])
        #expect(repair.open == (back ? [] : ["one", "two"]))
        #expect(world.live() == world.wanted(back ? old : new))
        world.machine.journal.isBroken = false
        try next.settle(back ? old : new, verified: !back, keep: [])
        #expect(world.rows.intents.isEmpty)
        for id in world.targets {
            #expect(world.rows.inventories[id] == next.inventory(of: id))
            #expect(
                world.rows.inventories[id]?.tree
                    == world.machine.git.contents[back ? old.content : new.content]?.trees[id])
        }
    }

    // MARK: a disk in the way

    /// The disk stops a publication, and for a while its way back.
    @Test func halfOfAPublicationIsTakenBackWhenTheDiskAllows() throws {
        let world = try FilesWorld(.inPlace)
        let (old, new) = (world.goal(1), world.goal(2))
        let files = try world.start()
        try world.settled(old, attempt: 1, with: files)
        _ = try files.stage("one", new, attempt: 2)
        world.machine.disk.fault = { operation, path in
            operation == "rename" && !path.contains("/staged-2/") || operation == "fsync folder" ? .io : nil
        }
        guard case .failed(_, takenBack: false) = try files.publish("one") else {
            Issue.record("the disk was not in the way")
            return
        }
        world.machine.disk.fault = nil
        #expect(world.live() != world.wanted(old))
        guard case .failed(_, takenBack: true) = try files.publish("one") else {
            Issue.record("not taken back")
            return
        }
        #expect(world.live() == world.wanted(old))
        #expect(world.rows.intents.isEmpty)
        #expect(world.rows.inventories["one"] == files.inventory(of: "one"))
    }

    // MARK: bytes of other people

    @Test func whatWasThereBeforeIsSaved() throws {
        let world = try FilesWorld(.inPlace)
        let files = try world.start()
        try world.deploy(world.goal(1), attempt: 1, with: files)
        #expect(try world.holds("good before\n# end\n", below: "/var/lib/stoker/baseline"))
    }

    @Test func aLateEditIsSavedWithTheOthers() throws {
        let world = try FilesWorld(.inPlace)
        let files = try world.start()
        try world.settled(world.goal(1), attempt: 1, with: files)
        _ = try files.stage("one", world.goal(2), attempt: 2)
        try world.edit("prometheus.yml", "late\n")
        _ = try files.publish("one")
        #expect(try world.holds("late\n", below: "/var/lib/stoker/drift"))
    }

    /// Where it cannot be saved at once it is at the latest when all is settled.
    @Test func aLateEditIsSavedWhenItCanBe() throws {
        let world = try FilesWorld(.inPlace)
        let files = try world.start()
        let goal = world.goal(2)
        try world.settled(world.goal(1), attempt: 1, with: files)
        _ = try files.stage("one", goal, attempt: 2)
        try world.edit("prometheus.yml", "late\n")
        world.machine.disk.fault = { operation, path in
            operation == "create" && path.hasPrefix("/var/lib/stoker/drift/") ? .noSpace : nil
        }
        _ = try files.publish("one")
        world.machine.disk.fault = nil
        #expect(try !world.holds("late\n", below: "/var/lib/stoker/drift"))
        try files.settle(goal, verified: true, keep: [])
        #expect(try world.holds("late\n", below: "/var/lib/stoker/drift"))
    }

    // MARK: what is ours

    @Test func freshStampsAreRemembered() throws {
        let world = try FilesWorld(.inPlace)
        let files = try world.start()
        try world.settled(world.goal(1), attempt: 1, with: files)
        let text = try #require(
            world.machine.git.contents.values.first { $0.name == "good-1" }?.texts["one"]?["prometheus.yml"])
        try world.edit("prometheus.yml", text)
        let before = world.rows.inventories["one"]
        #expect(files.drift(of: "one").drifted.isEmpty)
        #expect(world.rows.inventories["one"] != before)
        #expect(world.rows.inventories["one"] == files.inventory(of: "one"))
    }

    @Test func anotherFolderHoldsNoneOfOurFiles() throws {
        let world = try FilesWorld(.inPlace)
        let files = try world.start()
        try world.settled(world.goal(1), attempt: 1, with: files)
        try files.forget(["one"])
        #expect(files.inventory(of: "one").files.isEmpty)
        #expect(world.rows.inventories["one"]?.files.isEmpty == true)
    }

    @Test func whatWasRightBeforeStokerBecomesOurs() throws {
        let world = try FilesWorld(.inPlace, baseline: false)
        let goal = world.goal(1)
        try world.machine.install(goal.content)
        // Somebody changes one of the files between the proof and the verdict.
        try world.edit("rules/a.yml", "changed since\n")
        let files = try world.start()
        try files.settle(goal, verified: true, keep: [goal.content])
        #expect(world.rows.inventories["one"]?.tree == world.machine.git.contents[goal.content]?.trees["one"])
        #expect(files.drift(of: "one").drifted.keys.map { $0 } == ["rules/a.yml"])
    }

    @Test func filesThatSomebodyBroughtToTheNewContentMoveTheInventory() throws {
        let world = try FilesWorld(.inPlace)
        let (old, new) = (world.goal(1), world.goal(5))
        let files = try world.start()
        try world.settled(old, attempt: 1, with: files)
        let texts = world.machine.git.contents[new.content]?.texts["one"] ?? [:]
        for (path, text) in texts { try world.edit(path, text) }
        let left = Set(world.wanted(old)["one"]?.keys.map { $0 } ?? []).subtracting(texts.keys)
        #expect(left.isEmpty && Set(texts.keys) == Set(world.wanted(old)["one"]?.keys.map { $0 } ?? []))
        #expect(try files.stage("one", new, attempt: 2) == 1)
    }

    @Test func aBaselineIsForgottenOnlyWhileNothingOfOursIsLive() throws {
        let world = try FilesWorld(.inPlace)
        let goal = world.goal(1)
        let files = try world.start()
        try world.settled(goal, attempt: 1, with: files)
        let fresh = EnvironmentRecord(bootID: "boot")
        let failure = Failure(.unproven, .environmental, "not seen")
        var records = Array(repeating: fresh, count: 5)
        records[0].verified = EnvironmentRecord.Standing(
            revision: goal.revision, content: goal.content, at: WallTime(milliseconds: 0), proof: [:])
        records[1].live = goal
        records[2].unsettled = ["one"]
        records[3].settlement = EnvironmentRecord.Settlement(goal: nil, verified: false)
        records[4].restoreUnconfirmed = failure
        for record in records {
            try files.forgetBaselines(record)
            #expect(!files.inventory(of: "one").files.isEmpty)
        }
        _ = try files.stage("one", world.goal(2), attempt: 2)
        _ = try files.publish("one")
        try files.forgetBaselines(fresh)
        #expect(!files.inventory(of: "one").files.isEmpty)
        _ = try files.restore()
        try files.forgetBaselines(fresh)
        #expect(files.inventory(of: "one").files.isEmpty)
        #expect(world.rows.inventories["one"]?.files.isEmpty == true)
    }

    // MARK: what is kept

    @Test(arguments: layouts) func aKeptContentIsDeployedWithoutGit(layout: TargetConfiguration.Layout) throws {
        let world = try FilesWorld(layout)
        let (old, new) = (world.goal(1), world.goal(2))
        var files = try world.start()
        try world.settled(old, attempt: 1, with: files)
        try files.store(try files.trees(of: new), of: new)
        try world.deploy(new, attempt: 2, with: files)
        try files.settle(new, verified: true, keep: [old.content, new.content])
        world.machine.git.cacheIsLost = true
        files = try world.start()
        try world.deploy(old, attempt: 3, with: files)
        #expect(world.live() == world.wanted(old))
    }

    @Test(arguments: layouts) func whatNobodyWantsIsForgotten(layout: TargetConfiguration.Layout) throws {
        let world = try FilesWorld(layout)
        let (old, new) = (world.goal(1), world.goal(2))
        let files = try world.start()
        try world.settled(old, attempt: 1, with: files)
        try files.store(try files.trees(of: new), of: new)
        try world.deploy(new, attempt: 2, with: files)
        try files.settle(new, verified: true, keep: [new.content])
        #expect(world.rows.releases.keys.map { $0 } == [new.content])
        let third = world.goal(3)
        try world.settled(third, attempt: 3, with: files)
        // What is live can be had from the live files: no kept file is a second one of them.
        for staging in files.targets[0].stagingCandidates {
            #expect(try Rollout.keptBlobs(staging: staging, disk: world.machine.disk).isEmpty)
        }
    }

    @Test(arguments: [TargetConfiguration.Layout.inPlace, .singleFile])
    func whatIsLiveIsDeployedAgainWithoutGit(layout: TargetConfiguration.Layout) throws {
        let world = try FilesWorld(layout)
        let goal = world.goal(1)
        let files = try world.start()
        try world.settled(goal, attempt: 1, with: files)
        world.machine.git.cacheIsLost = true
        for blob in (world.wanted(goal)["one"] ?? [:]).values {
            #expect(files.blobs().peek(blob, limit: 1 << 20) != nil)
        }
    }

    /// A rollback may want them: the newest release of a content that is kept stays.
    @Test func releasesOfKeptContentsStay() throws {
        let world = try FilesWorld(.linked)
        let goals = [world.goal(1), world.goal(2), world.goal(3)]
        let files = try world.start()
        for (index, goal) in goals.enumerated() {
            try files.store(try files.trees(of: goal), of: goal)
            try world.deploy(goal, attempt: Int64(index + 1), with: files)
            try files.settle(goal, verified: true, keep: Set(goals.map(\.content)))
        }
        let names = try world.machine.disk.list("/etc/one.releases", limit: 10).filter { $0 != ".stoker" }
        #expect(Set(names) == Set(goals.enumerated().map { "\($0.element.content.short)-\($0.offset + 1)" }))
    }

    /// Content that comes back needs no kept file besides the live one.
    @Test func keptFilesOfWhatIsLiveAreNotKept() throws {
        let world = try FilesWorld(.inPlace)
        let (one, two) = (world.goal(["prometheus.yml": "one"]), world.goal(["prometheus.yml": "two"]))
        let files = try world.start()
        for (index, goal) in [one, two, one].enumerated() {
            try files.store(try files.trees(of: goal), of: goal)
            try world.deploy(goal, attempt: Int64(index + 1), with: files)
            try files.settle(goal, verified: true, keep: [one.content, two.content])
        }
        var kept: Set<BlobID> = []
        for staging in files.targets[0].stagingCandidates {
            kept.formUnion(try Rollout.keptBlobs(staging: staging, disk: world.machine.disk).keys)
        }
        #expect(kept == Set((world.wanted(two)["one"] ?? [:]).values))
    }

    /// A kept file is a second name of one that was live; who edits that through its inode edits both.
    @Test func aKeptFileThatWasEditedIsNotTakenForItsOldSelf() throws {
        let world = try FilesWorld(.inPlace)
        let (old, new) = (world.goal(1), world.goal(2))
        let files = try world.start()
        try world.settled(old, attempt: 1, with: files)
        let disk = world.machine.disk
        let blob = try #require(world.wanted(old)["one"]?["prometheus.yml"])
        try files.store(try files.trees(of: new), of: new)
        try world.deploy(new, attempt: 2, with: files)
        try files.settle(new, verified: true, keep: [old.content, new.content])
        world.machine.git.cacheIsLost = true
        let kept = try #require(
            files.targets[0].stagingCandidates.compactMap { try Rollout.keptBlobs(staging: $0, disk: disk)[blob] }.first
        )
        #expect(files.blobs().peek(blob, limit: 1 << 20) != nil)
        let handle = try disk.openExisting(kept)
        _ = try disk.write(handle, Array("rot".utf8)[...])
        disk.close(handle)
        #expect(files.blobs().peek(blob, limit: 1 << 20) == nil)
    }

    /// `exclude` or `path` are others than when the content was chosen: the commit has another content now.
    @Test func aCommitIsTakenOnlyForTheContentThatWasChosen() throws {
        let world = try FilesWorld(.inPlace)
        let (one, two) = (world.goal(1), world.goal(2))
        let files = try world.start()
        let mixed = Goal(revision: two.revision, content: one.content)
        #expect(throws: Failure.self) { try files.trees(of: mixed) }
        try files.store(try files.trees(of: one), of: one)
        #expect(try world.start().trees(of: mixed)["one"] == world.machine.git.contents[one.content]?.trees["one"])
    }

    /// A target that came after a content was kept has no files in it: deploying nothing there would delete what is.
    @Test func aKeptContentWithoutATargetIsNotDeployed() throws {
        let world = try FilesWorld(.inPlace, targets: 2)
        let goal = world.goal(1)
        let files = try world.start()
        var trees = try files.trees(of: goal)
        trees["two"] = nil
        try files.store(trees, of: goal)
        world.machine.git.cacheIsLost = true
        #expect(throws: Failure.self) { try world.start().trees(of: goal) }
    }

    @Test(arguments: layouts) func numbersOnDiskAreNotUsedTwice(layout: TargetConfiguration.Layout) throws {
        let world = try FilesWorld(layout)
        let files = try world.start()
        try world.settled(world.goal(1), attempt: 41, with: files)
        try world.deploy(world.goal(2), attempt: 42, with: files)
        #expect(try world.start().newestAttemptOnDisk() == 42)
    }
}
