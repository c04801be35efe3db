import StokerCore
import StokerSimulation
import TestSupport
import Testing

// The simulated disk itself: what it loses, refuses and counts. Whether it works like a real one is asked in
// DisksAgreeTests.

@Suite struct SimulatedDiskTests {
    private func code(_ work: () throws -> Void) -> DiskError.Code? {
        do { try work() } catch { return (error as? DiskError)?.code }
        return nil
    }

    private func write(_ disk: SimulatedDisk, _ path: String, _ text: String) throws {
        let handle = try disk.status(path) == nil ? disk.create(path, permissions: 0o644) : disk.openExisting(path)
        defer { disk.close(handle) }
        try disk.truncate(handle, size: 0)
        _ = try disk.write(handle, Array(text.utf8)[...])
    }

    private func sync(_ disk: SimulatedDisk, _ path: String) throws {
        let handle = try disk.openExisting(path)
        defer { disk.close(handle) }
        try disk.sync(handle)
    }

    private func text(_ disk: SimulatedDisk, _ path: String) throws -> String? {
        guard try disk.status(path) != nil else { return nil }
        return String(decoding: try disk.read(path, limit: 1000), as: UTF8.self)
    }

    /// One file with durable bytes and a durable name.
    private func settled(_ text: String = "old") throws -> SimulatedDisk {
        let disk = SimulatedDisk()
        disk.largestWrite = 4096
        try write(disk, "/file", text)
        disk.settle()
        return disk
    }

    // MARK: syncs that fail or lie

    @Test func aFailedSyncLosesTheBytesForGood() throws {
        let disk = try settled("old text")
        let handle = try disk.openExisting("/file")
        _ = try disk.write(handle, Array("new".utf8)[...])
        disk.faults.io = .nth(1)
        #expect(code { try disk.sync(handle) } == .io)
        #expect(try text(disk, "/file") == "new text")
        try disk.sync(handle)
        disk.settle()
        #expect(try text(disk, "/file") == "new text")
        disk.powerCut(.nothing)
        #expect(try text(disk, "/file") == "old text")
    }

    @Test func bytesWrittenAgainAfterAFailedSyncAreSynced() throws {
        let disk = try settled("old text")
        disk.faults.io = .nth(1)
        for _ in 0..<2 {
            let handle = try disk.openExisting("/file")
            defer { disk.close(handle) }
            _ = try disk.write(handle, Array("new".utf8)[...])
            do { try disk.sync(handle) } catch { #expect(error.code == .io) }
        }
        disk.powerCut(.everything)
        #expect(try text(disk, "/file") == "new text")
    }

    @Test func aNewFileWhoseSyncFailedHasItsSizeAndNoBytes() throws {
        let disk = SimulatedDisk()
        let handle = try disk.create("/file", permissions: 0o644)
        _ = try disk.write(handle, Array("new".utf8)[...])
        disk.fault = { operation, _ in operation == "fsync" ? .io : nil }
        #expect(code { try disk.sync(handle) } == .io)
        disk.fault = nil
        try disk.sync(handle)
        try disk.syncDirectory("/")
        disk.powerCut(.everything)
        #expect(try disk.read("/file", limit: 10) == [0, 0, 0])
    }

    @Test func aFailedFolderSyncKeepsTheNamesUnderWay() throws {
        let disk = try settled()
        try disk.rename("/file", to: "/moved")
        disk.faults.io = .nth(1)
        #expect(code { try disk.syncDirectory("/") } == .io)
        #expect(disk.pendingChanges == 1)
        try disk.syncDirectory("/")
        disk.powerCut(.everything)
        #expect(try disk.list("/", limit: 5) == ["moved"])
    }

    @Test func lyingDisksAndSkippedSyncsLoseEverything() throws {
        for lie in 0..<2 {
            let disk = try settled()
            if lie == 0 { disk.faults.dropsSilently = true }
            if lie == 1 { disk.skipSync = { $1 == "/file" && $0 == "fsync" || $1 == "/" && $0 == "fsync folder" } }
            try write(disk, "/file", "new")
            try sync(disk, "/file")
            try disk.makeDirectory("/folder", permissions: 0o755)
            try disk.syncDirectory("/")
            disk.powerCut(.everything)
            #expect(try text(disk, "/file") == "old")
            #expect(try disk.list("/", limit: 5) == ["file"])
        }
    }

    @Test func aPowerCutTakesTheTimeOfChangeBack() throws {
        let disk = try settled()
        let before = try disk.status("/file")
        try disk.link("/file", to: "/other")
        #expect(try disk.status("/file") != before)
        disk.powerCut(.everything)
        #expect(try disk.status("/file") == before)
    }

    // MARK: refusals

    @Test func aFullDiskStillRemovesReplacesAndOverwrites() throws {
        let disk = try settled("four")
        try write(disk, "/other", "x")
        try disk.makeDirectory("/folder", permissions: 0o755)
        disk.faults.noSpace = .always
        #expect(code { _ = try disk.create("/new", permissions: 0o644) } == .noSpace)
        #expect(code { try disk.makeDirectory("/new", permissions: 0o755) } == .noSpace)
        #expect(code { try disk.symlink("file", at: "/new") } == .noSpace)
        #expect(code { try disk.link("/file", to: "/new") } == .noSpace)
        #expect(code { try disk.rename("/file", to: "/longer") } == .noSpace)
        #expect(code { try disk.rename("/file", to: "/folder/file") } == .noSpace)
        let handle = try disk.openExisting("/file")
        #expect(try disk.write(handle, Array("longer".utf8)[...]) == 4)
        #expect(code { _ = try disk.write(handle, [0]) } == .noSpace)
        #expect(try text(disk, "/file") == "long")
        try disk.sync(handle)
        try disk.rename("/file", to: "/same")
        try disk.rename("/same", to: "/other")
        try disk.truncate(handle, size: 0)
        try disk.unlink("/other")
        try disk.removeDirectory("/folder")
        try disk.syncDirectory("/")
        disk.faults.clear()
        try write(disk, "/new", "there is space")
    }

    @Test func everyKindOfFaultIsAnswered() throws {
        let disk = try settled()
        disk.faults.readOnly = .always
        #expect(code { try disk.unlink("/file") } == .readOnly)
        #expect(code { _ = try disk.openExisting("/file") } == .readOnly)
        #expect(disk.writeProblem("/file")?.contains("read-only") == true)
        #expect(try text(disk, "/file") == "old")
        disk.faults.clear()
        disk.faults.accessDenied = .from(2)
        _ = try disk.list("/", limit: 5)
        #expect(code { _ = try disk.read("/file", limit: 5) } == .accessDenied)
        #expect(code { try disk.rename("/file", to: "/x") } == .accessDenied)
        disk.faults.clear()
        disk.faults.tooManyOpenFiles = .nth(1)
        #expect(code { _ = try disk.create("/x", permissions: 0o600) } == .tooManyOpenFiles)
        #expect(try disk.status("/x") == nil)
        let handle = try disk.create("/x", permissions: 0o600)
        disk.faults.interrupted = .nth(1)
        #expect(code { _ = try disk.write(handle, [1, 2]) } == .interrupted)
        #expect(try disk.status("/x")?.stamp.size == 0)
        disk.faults.shortWrites = .always
        #expect(try disk.write(handle, [1, 2]) == 1)
    }

    @Test func aSeedRepeatsItsFaults() throws {
        func run(_ seed: UInt64) throws -> [Int32] {
            let disk = SimulatedDisk()
            disk.faults = DiskFaults(seed: seed)
            disk.faults.noSpace = .chance(0.3)
            disk.faults.io = .chance(0.3)
            return (0..<64).map { number in
                (code { try disk.makeDirectory("/\(number)", permissions: 0o755) }?.rawValue ?? 0) * 100
                    + (code { try disk.syncDirectory("/") }?.rawValue ?? 0)
            }
        }
        #expect(try run(1) == run(1))
        #expect(try run(1) != run(2))
        #expect(try Set(run(1)) == [0, 5, 2800, 2805])
    }

    // MARK: crashes

    @Test func everySubsetOfThePendingChangesIsAnOutcomeOnce() throws {
        let disk = try settled()
        try disk.makeDirectory("/a", permissions: 0o755)
        try disk.makeDirectory("/b", permissions: 0o755)
        try write(disk, "/file", "new")
        // Two names, a cut to nothing and a write.
        #expect(disk.pendingChanges == 4)
        let outcomes = disk.outcomes(limit: 16)
        #expect(Set(outcomes).count == 16)
        var seen: Set<String> = []
        for outcome in outcomes {
            let copy = disk.copy()
            copy.powerCut(outcome)
            #expect(copy.pendingChanges == 0)
            seen.insert("\(try copy.list("/", limit: 5)) \(try text(copy, "/file") ?? "none")")
        }
        // Neither step: old; the cut: nothing; the write, with or without the cut: new.
        #expect(seen.count == 4 * 3)
        let few = disk.outcomes(limit: 15)
        #expect(Set(few).count == 15)
        #expect(
            few.contains(.nothing) && few.contains(.only(3)) && few.contains(.allBut(0)) && few.contains(.prefix(2)))
        #expect(disk.outcomes(limit: 3) == [.everything, .nothing, .only(0)])
        #expect(SimulatedDisk().outcomes(limit: 1) == [.mask(0)])
    }

    @Test func theNamedOutcomesKeepWhatTheySay() throws {
        let disk = SimulatedDisk()
        for name in ["a", "b", "c"] { try disk.makeDirectory("/" + name, permissions: 0o755) }
        func kept(_ loss: SimulatedDisk.Loss) throws -> [String] {
            let copy = disk.copy()
            copy.powerCut(loss)
            return try copy.list("/", limit: 5)
        }
        #expect(try kept(.everything) == [])
        #expect(try kept(.nothing) == ["a", "b", "c"])
        #expect(try kept(.prefix(2)) == ["a", "b"])
        #expect(try kept(.only(1)) == ["b"])
        #expect(try kept(.allBut(1)) == ["a", "c"])
        #expect(try kept(.mask(0b110)) == ["b", "c"])
        #expect(Set(try (0..<64).map { try kept(.seeded($0)) }).count == 8)
    }

    @Test func oneFuseCountsForSeveral() throws {
        let fuse = Fuse(remaining: 3)
        let disk = SimulatedDisk(fuse: fuse)
        try disk.makeDirectory("/a", permissions: 0o755)
        #expect(fuse.spend())
        try disk.makeDirectory("/b", permissions: 0o755)
        #expect(fuse.count == 3)
        #expect(code { try disk.makeDirectory("/c", permissions: 0o755) } == .crashed)
        #expect(fuse.blown && !fuse.spend() && fuse.count == 3)
        #expect(code { _ = try disk.list("/", limit: 5) } == .crashed)
        disk.restart()
        #expect(try disk.list("/", limit: 5) == ["a", "b"])
    }

    @Test func bystandersMeetNoFaultsAndAreNotCounted() throws {
        let disk = try settled()
        let before = disk.changes
        disk.crashAfter = 0
        disk.faults.readOnly = .always
        #expect(code { try disk.unlink("/file") } == .crashed)
        disk.fault = { _, _ in .io }
        let seen = try disk.asBystander {
            try write(disk, "/file", "by hand")
            return try text(disk, "/file")
        }
        #expect(seen == "by hand")
        #expect(disk.changes == before)
        disk.restart()
        #expect(code { try disk.unlink("/file") } == .io)
        disk.fault = nil
        #expect(code { try disk.unlink("/file") } == .readOnly)
    }

    @Test func copiesShareNothing() throws {
        let disk = try settled()
        let handle = try disk.openExisting("/file")
        let copy = disk.copy()
        #expect(copy.openHandles == 0 && disk.openHandles == 1)
        try disk.unlink("/file")
        _ = try disk.write(handle, [1])
        #expect(try text(copy, "/file") == "old")
        try write(copy, "/file", "of the copy")
        disk.powerCut(.everything)
        #expect(try text(disk, "/file") == "old")
    }

    // MARK: bounds

    /// Thousands of deployments, back and forth, on one disk: what is gone is freed, and nothing waits for a sync for ever.
    @Test(arguments: [TargetConfiguration.Layout.inPlace, .linked, .singleFile])
    func aLongLifeDoesNotGrow(layout: TargetConfiguration.Layout) async throws {
        try await Background.run { try Self.live(layout) }
    }

    private static func live(_ layout: TargetConfiguration.Layout) throws {
        let scenario = DeploymentScenario(layout, base: "/srv")
        let disk = SimulatedDisk()
        disk.largestWrite = 4096
        try disk.makeDirectory("/srv", permissions: 0o755)
        var inventory = try scenario.setUp(disk)
        disk.settle()
        var most = (inodes: 0, pending: 0)
        let deployments: Int64 = layout == .inPlace ? 10_000 : 1000
        for attempt in 2..<(deployments + 2) {
            let files = attempt % 2 == 0 ? scenario.newFiles : scenario.oldFiles
            let request = scenario.request(attempt: attempt, inventory: inventory, files: files)
            let intent = try Rollout.stage(request, blobs: scenario.blobs, disk: disk)
            let result = try Rollout.publish(intent, disk: disk)
            inventory = result.inventory
            try Rollout.settle(
                scenario.place, staging: intent.staging, keep: [],
                keepReleases: Set([intent.release].compactMap(\.self)), disk: disk)
            most.inodes = max(most.inodes, disk.inodeCount)
            most.pending = max(most.pending, disk.pendingChanges)
        }
        #expect(most.inodes < 60, "\(layout): \(most)")
        #expect(most.pending < 40, "\(layout): \(most)")
        #expect(disk.openHandles == 0)
        print(
            "\(layout): \(deployments) deployments, at most \(most.inodes) inodes and \(most.pending) pending changes")
    }
}
