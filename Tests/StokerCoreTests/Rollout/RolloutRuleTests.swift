import StokerCore
import StokerSimulation
import Testing

// One test for each rule of deployment that is no crash.

/// A scenario on a fresh simulated disk.
private struct Setting {
    let scenario: DeploymentScenario
    let disk = SimulatedDisk()
    let inventory: Inventory
    var root: String { scenario.place.root }

    init(_ layout: TargetConfiguration.Layout) throws {
        scenario = DeploymentScenario(layout, base: "/srv")
        try disk.makeDirectory("/srv", permissions: 0o755)
        inventory = try scenario.setUp(disk)
        disk.restart()
    }

    func request(_ files: [String: String]? = nil) -> DeploymentRequest {
        scenario.request(attempt: 2, inventory: inventory, files: files ?? scenario.newFiles)
    }

    func stage(_ files: [String: String]? = nil) throws -> DeploymentIntent {
        try Rollout.stage(request(files), blobs: scenario.blobs, disk: disk)
    }

    func text(_ path: String) throws -> String { String(decoding: try disk.read(path, limit: 1 << 20), as: UTF8.self) }

    /// As an editor that writes through the inode.
    func edit(_ path: String, _ text: String) throws {
        let handle = try disk.openExisting(path)
        defer { disk.close(handle) }
        try disk.truncate(handle, size: 0)
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty { rest = rest.dropFirst(try disk.write(handle, rest)) }
    }

    func refusal(_ request: DeploymentRequest) -> DeployRefusal? {
        do throws(DeployRefusal) {
            try Rollout.preflight(request, disk: disk) { glob, path in
                glob == "*/*" && path.split(separator: "/").count == 2
            }
            return nil
        } catch {
            return error
        }
    }
}

private let layouts: [TargetConfiguration.Layout] = [.inPlace, .linked, .singleFile]

@Suite struct RolloutRuleTests {
    // MARK: what is written

    @Test(arguments: layouts) func deploysExactlyWhatIsDesired(layout: TargetConfiguration.Layout) throws {
        let setting = try Setting(layout)
        let result = try Rollout.publish(try setting.stage(), disk: setting.disk)
        for (path, text) in setting.scenario.newFiles {
            #expect(try setting.text(setting.scenario.place.live(path)) == text)
        }
        #expect(result.inventory.tree == setting.scenario.tree(setting.scenario.newFiles))
    }

    @Test(arguments: layouts) func nothingToDoWritesNothing(layout: TargetConfiguration.Layout) throws {
        let setting = try Setting(layout)
        if layout == .linked { return }
        let intent = try setting.stage(setting.scenario.oldFiles)
        #expect(intent.isEmpty && intent.deployed.isEmpty && intent.removed.isEmpty)
    }

    @Test func unchangedFilesOfAReleaseAreShared() throws {
        let setting = try Setting(.linked)
        let before = try setting.disk.status(setting.root + "/same.yml")
        _ = try Rollout.publish(try setting.stage(), disk: setting.disk)
        let after = try setting.disk.status(setting.root + "/same.yml")
        #expect(before?.stamp.inode == after?.stamp.inode)
        #expect(try setting.disk.readLink(setting.root) == "prometheus.releases/222222222222-2")
    }

    @Test func pinnedFilesKeepTheirInode() throws {
        let setting = try Setting(.inPlace)
        let path = setting.root + "/pinned.yml"
        let before = try setting.disk.status(path)?.stamp.inode
        let intent = try setting.stage()
        _ = try Rollout.publish(intent, disk: setting.disk)
        #expect(try setting.disk.status(path)?.stamp.inode == before)
        _ = try Rollout.restore(intent, disk: setting.disk)
        #expect(try setting.disk.status(path)?.stamp.inode == before)
    }

    @Test func theMainFileComesAfterWhatItNamesAndBeforeDeletions() throws {
        let setting = try Setting(.inPlace)
        let intent = try setting.stage()
        let paths = intent.operations.map { "\($0.action.rawValue) \($0.path)" }
        let main = try #require(paths.firstIndex(of: "replace prometheus.yml"))
        #expect(try #require(paths.firstIndex(of: "create fresh/deep/n.yml")) < main)
        #expect(try #require(paths.firstIndex(of: "replace rules/a.yml")) < main)
        #expect(try #require(paths.firstIndex(of: "delete rules/gone.yml")) > main)
    }

    @Test func newFilesAreAsTheirSiblings() throws {
        let setting = try Setting(.inPlace)
        let handle = try setting.disk.openExisting(setting.root + "/rules/a.yml")
        try setting.disk.setPermissions(handle, 0o640)
        setting.disk.close(handle)
        var files = setting.scenario.newFiles
        files["rules/script"] = "#!/bin/sh\n"
        var request = setting.request(files)
        request.inventory.files["rules/gone.yml"] = nil
        request.desired.files["rules/script"] = FileEntry(
            blob: setting.scenario.blobs.add("#!/bin/sh\n"), executable: true)
        _ = try Rollout.publish(
            try Rollout.stage(request, blobs: setting.scenario.blobs, disk: setting.disk), disk: setting.disk)
        #expect(try setting.disk.status(setting.root + "/rules/new.yml")?.permissions == 0o640)
        #expect(try setting.disk.status(setting.root + "/rules/script")?.permissions == 0o750)
    }

    // MARK: first start

    @Test func baselineHoldsOnlyWhatIsThere() throws {
        let setting = try Setting(.inPlace)
        let baseline = try Rollout.baseline(
            setting.scenario.place, desired: setting.scenario.tree(setting.scenario.newFiles), disk: setting.disk)
        #expect(Set(baseline.files.keys) == ["prometheus.yml", "rules/a.yml", "same.yml", "pinned.yml"])
    }

    @Test func diskThatEqualsGitIsAdoptedWithoutAWrite() throws {
        let setting = try Setting(.inPlace)
        var request = setting.request(setting.scenario.oldFiles)
        request.inventory = Inventory()
        let intent = try Rollout.stage(request, blobs: setting.scenario.blobs, disk: setting.disk)
        #expect(intent.isEmpty)
        #expect(intent.displaced.isEmpty)
        #expect(intent.inventoryAfter == setting.inventory)
    }

    @Test(arguments: layouts) func deploysWhereNothingIsYet(layout: TargetConfiguration.Layout) throws {
        let scenario = DeploymentScenario(layout, base: "/srv")
        let disk = SimulatedDisk()
        for folder in ["/srv", "/srv/etc", "/srv/storage"] { try disk.makeDirectory(folder, permissions: 0o755) }
        let request = scenario.request(attempt: 1, inventory: Inventory(), files: scenario.newFiles)
        let intent = try Rollout.stage(request, blobs: scenario.blobs, disk: disk)
        let before = try scenario.visible(disk)
        #expect(before.isEmpty)
        let result = try Rollout.publish(intent, disk: disk)
        #expect(result.inventory.tree == scenario.tree(scenario.newFiles))
        for path in scenario.newFiles.keys { #expect(try disk.status(scenario.place.live(path))?.permissions == 0o644) }
        _ = try Rollout.restore(intent, disk: disk)
        #expect(try scenario.visible(disk).isEmpty)
    }

    // MARK: bytes that are not ours

    @Test(arguments: layouts) func editsAreSavedBeforeTheyAreReplaced(layout: TargetConfiguration.Layout) throws {
        let setting = try Setting(layout)
        try setting.edit(setting.scenario.place.live("prometheus.yml"), "edited by hand\n")
        let look = try Rollout.look(setting.scenario.place, inventory: setting.inventory, disk: setting.disk)
        #expect(look.drifted.map(\.path) == ["prometheus.yml"])
        #expect(look.drifted.first?.kind == .modified)
        #expect(look.drifted.first?.observed == setting.scenario.blobs.add("edited by hand\n"))
        let intent = try setting.stage()
        let copy = try #require(intent.displaced.first)
        #expect(try setting.text(copy.copy) == "edited by hand\n")
        #expect(try setting.disk.status(copy.copy)?.permissions == 0o600)
        #expect(try setting.disk.status(setting.scenario.editsDirectory)?.permissions == 0o700)
        _ = try Rollout.publish(intent, disk: setting.disk)
        _ = try Rollout.restore(intent, disk: setting.disk)
        #expect(try setting.text(setting.scenario.place.live("prometheus.yml")) == "edited by hand\n")
    }

    @Test func anUnmanagedFileInTheWayIsSavedAndReported() throws {
        let setting = try Setting(.inPlace)
        try setting.scenario.write(setting.root + "/rules/new.yml", "somebody else's\n", setting.disk)
        let intent = try setting.stage()
        #expect(intent.displaced.map(\.path) == ["rules/new.yml"])
        #expect(try setting.text(try #require(intent.displaced.first?.copy)) == "somebody else's\n")
    }

    @Test func onlyTheLastEditsOfEarlierAttemptsStay() throws {
        let setting = try Setting(.inPlace)
        for attempt in 1...5 {
            try Rollout.saveDrifted(
                ["rules/a.yml", "prometheus.yml"], place: setting.scenario.place, attempt: Int64(attempt),
                to: "/srv/edits",
                keepLast: 3, disk: setting.disk)
        }
        #expect(
            try setting.disk.list("/srv/edits", limit: 100) == [
                "000000000003-rules%2Fa.yml", "000000000004-prometheus.yml", "000000000004-rules%2Fa.yml",
                "000000000005-prometheus.yml", "000000000005-rules%2Fa.yml",
            ])
    }

    @Test func writesBetweenStagingAndPublishingAreNotLost() throws {
        let setting = try Setting(.inPlace)
        let intent = try setting.stage()
        let place = setting.scenario.place
        for path in ["rules/a.yml", "rules/gone.yml"] { try setting.disk.unlink(place.live(path)) }
        for path in ["rules/a.yml", "rules/gone.yml", "rules/new.yml"] {
            try setting.scenario.write(place.live(path), "late \(path)\n", setting.disk)
        }
        try setting.edit(place.live("pinned.yml"), "late pinned\n")
        let result = try Rollout.publish(intent, disk: setting.disk)
        let saved = try result.saved.map { try setting.text($0) }.sorted()
        #expect(saved == ["late pinned\n", "late rules/a.yml\n", "late rules/gone.yml\n", "late rules/new.yml\n"])
        #expect(result.inventory.tree == setting.scenario.tree(setting.scenario.newFiles))
    }

    @Test func editsAfterPublishingAreNotLostByTheRestore() throws {
        let setting = try Setting(.inPlace)
        let intent = try setting.stage()
        _ = try Rollout.publish(intent, disk: setting.disk)
        let place = setting.scenario.place
        for path in ["rules/a.yml", "fresh/deep/n.yml", "pinned.yml"] {
            try setting.edit(place.live(path), "edit \(path)\n")
        }
        try setting.scenario.write(place.live("fresh/deep/other.yml"), "not ours\n", setting.disk)
        let result = try Rollout.restore(intent, disk: setting.disk)
        let saved = try result.saved.map { try setting.text($0) }.sorted()
        #expect(saved == ["edit fresh/deep/n.yml\n", "edit pinned.yml\n", "edit rules/a.yml\n"])
        #expect(try setting.text(place.live("rules/a.yml")) == "rules a before\n")
        #expect(try setting.text(place.live("fresh/deep/other.yml")) == "not ours\n")
    }

    @Test func aFileThatBecameAFolderIsNotDeleted() throws {
        let setting = try Setting(.inPlace)
        try setting.disk.unlink(setting.root + "/rules/gone.yml")
        try setting.scenario.write(setting.root + "/rules/gone.yml/inside", "not ours\n", setting.disk)
        let result = try Rollout.publish(try setting.stage(), disk: setting.disk)
        #expect(result.inventory.files["rules/gone.yml"] == nil)
        #expect(try setting.text(setting.root + "/rules/gone.yml/inside") == "not ours\n")
    }

    // MARK: looking

    @Test(arguments: layouts) func lookingReadsOnlyWhatChanged(layout: TargetConfiguration.Layout) throws {
        let setting = try Setting(layout)
        let place = setting.scenario.place
        var look = try Rollout.look(place, inventory: setting.inventory, disk: setting.disk)
        #expect(look.drifted.isEmpty && look.filesRead == 0)
        #expect(setting.disk.changes == 0)
        try setting.edit(place.live("prometheus.yml"), setting.scenario.oldFiles["prometheus.yml"] ?? "")
        look = try Rollout.look(place, inventory: setting.inventory, disk: setting.disk)
        #expect(look.drifted.isEmpty && look.filesRead == 1)
        look = try Rollout.look(place, inventory: look.inventory, disk: setting.disk)
        #expect(look.drifted.isEmpty && look.filesRead == 0)
        if layout == .linked { #expect(look.release == "111111111111-1") }
    }

    @Test func missingAndReplacedFilesAreDrift() throws {
        let setting = try Setting(.inPlace)
        try setting.disk.unlink(setting.root + "/same.yml")
        try setting.disk.unlink(setting.root + "/rules/a.yml")
        try setting.disk.symlink("/etc/hosts", at: setting.root + "/rules/a.yml")
        let look = try Rollout.look(setting.scenario.place, inventory: setting.inventory, disk: setting.disk)
        #expect(look.drifted.map(\.kind) == [.replaced, .missing])
    }

    // MARK: refusals

    @Test func linksAreRefusedWithTheirPath() throws {
        for path in ["/rules/a.yml", "/fresh", "/rules"] {
            let setting = try Setting(.inPlace)
            if try setting.disk.status(setting.root + path) != nil {
                try setting.disk.rename(setting.root + path, to: "/srv/away")
            }
            try setting.disk.symlink("/srv/storage", at: setting.root + path)
            let refusal = try #require(setting.refusal(setting.request()))
            #expect(refusal.path == setting.root + path)
            #expect(throws: StageError.refused(refusal)) { try setting.stage() }
        }
    }

    @Test func aFolderWithForeignFilesInTheWayIsRefused() throws {
        let setting = try Setting(.inPlace)
        try setting.scenario.write(setting.root + "/swap/theirs", "not ours\n", setting.disk)
        #expect(setting.refusal(setting.request())?.message.contains("swap/theirs") == true)
    }

    @Test func singleFileRefusesOtherFilesAndNamesTheWayOut() throws {
        let setting = try Setting(.singleFile)
        let refusal = setting.refusal(setting.request(["prometheus.yml": "main\n", "rules/a.yml": "more\n"]))
        #expect(refusal?.message.contains("keep_inode") == true)
        #expect(refusal?.path == "rules/a.yml")
    }

    @Test func linkedRefusesWhatIsNotOurs() throws {
        let folder = try Setting(.linked)
        try folder.disk.unlink(folder.root)
        try folder.disk.makeDirectory(folder.root, permissions: 0o755)
        #expect(folder.refusal(folder.request())?.path == folder.root)
        let other = try Setting(.linked)
        try other.disk.unlink(other.root)
        try other.disk.symlink("../elsewhere", at: other.root)
        #expect(other.refusal(other.request())?.message.contains("../elsewhere") == true)
        let foreign = try Setting(.linked)
        try foreign.scenario.write(foreign.root + ".releases/notes", "theirs\n", foreign.disk)
        #expect(foreign.refusal(foreign.request())?.path == foreign.root + ".releases/notes")
        let inside = try Setting(.linked)
        try inside.scenario.write(inside.root + ".releases/111111111111-1/mine.yml", "theirs\n", inside.disk)
        #expect(inside.refusal(inside.request())?.path == inside.root + "/mine.yml")
    }

    @Test func aGlobThatMatchesTheStagingDirectoryIsRefused() throws {
        let setting = try Setting(.inPlace)
        setting.disk.mounts = ["/srv/storage"]
        var request = setting.request()
        #expect(setting.refusal(request) == nil)
        request.globs = ["rules/*.yml", "*/*"]
        #expect(setting.refusal(request)?.message.contains("*/*") == true)
        setting.disk.mounts = []
        #expect(setting.refusal(request) == nil)
    }

    @Test func stagesBesideTheFilesWhereStorageIsAnotherFileSystem() throws {
        let setting = try Setting(.inPlace)
        setting.disk.mounts = ["/srv/storage"]
        let intent = try setting.stage()
        #expect(intent.staging == setting.root + "/.stoker")
        #expect(try setting.disk.status(intent.staging)?.permissions == 0o700)
        _ = try Rollout.publish(intent, disk: setting.disk)
        try Rollout.settle(setting.scenario.place, staging: intent.staging, keep: [], disk: setting.disk)
        let left = try setting.disk.list(intent.staging, limit: 10)
        #expect(left.allSatisfy { !$0.contains(".") })
    }

    @Test func aFileMountedByItselfIsRefusedAndNamesKeepInode() throws {
        let setting = try Setting(.inPlace)
        setting.disk.mounts = [setting.root + "/rules/a.yml"]
        let error = #expect(throws: StageError.self) { try setting.stage() }
        #expect(error?.message.contains("keep_inode") == true)
    }

    // MARK: failing disks

    /// Each changing call fails once: staging leaves nothing behind, publishing can be taken back, a failed restore can be
    /// repeated.
    @Test(arguments: layouts, [DiskError.Code.noSpace, .io]) func anyCallMayFail(
        layout: TargetConfiguration.Layout, code: DiskError.Code
    ) throws {
        var call = 0
        var ended = false
        while !ended {
            let setting = try Setting(layout)
            let old = try setting.scenario.visible(setting.disk)
            var left = call
            var failures = 0
            setting.disk.fault = { operation, _ in
                if ["lstat", "list", "read", "readlink", "open"].contains(operation) { return nil }
                left -= 1
                if left == -1 { failures += 1 }
                return left == -1 ? code : nil
            }
            do {
                let intent = try setting.stage()
                do { _ = try Rollout.publish(intent, disk: setting.disk) } catch { #expect(error.code == code) }
                do { _ = try Rollout.restore(intent, disk: setting.disk) } catch {
                    #expect(error.code == code)
                    _ = try Rollout.restore(intent, disk: setting.disk)
                }
            } catch is StageError {
                setting.disk.fault = nil
                #expect(
                    try setting.disk.exists(below: setting.scenario.base, containing: "staged-").isEmpty, "call \(call)"
                )
            }
            #expect(try setting.scenario.visible(setting.disk) == old, "\(layout) call \(call)")
            #expect(setting.disk.openHandles == 0)
            ended = failures == 0
            call += 1
        }
        #expect(call > 10)
    }

    /// "Works with disk space gone": nothing that needs an inode, and no longer file, may be needed.
    @Test(arguments: layouts) func restoringNeedsNoSpace(layout: TargetConfiguration.Layout) throws {
        let setting = try Setting(layout)
        let old = try setting.scenario.visible(setting.disk)
        let intent = try setting.stage()
        _ = try Rollout.publish(intent, disk: setting.disk)
        setting.disk.fault = { operation, _ in
            ["create", "mkdir", "symlink", "link"].contains(operation) ? .noSpace : nil
        }
        _ = try Rollout.restore(intent, disk: setting.disk)
        setting.disk.fault = nil
        #expect(try setting.scenario.visible(setting.disk) == old)
    }

    @Test func accessThatCannotBeKeptIsRefusedBeforeAnythingIsWritten() throws {
        let setting = try Setting(.inPlace)
        let old = try setting.scenario.visible(setting.disk)
        setting.disk.fault = { operation, path in
            operation == "copyAccess" && path.hasSuffix("rules/a.yml") ? .notPermitted : nil
        }
        let error = #expect(throws: StageError.self) { try setting.stage() }
        guard case .refused(let refusal) = error else {
            Issue.record("not refused")
            return
        }
        #expect(refusal.path == setting.root + "/rules/a.yml")
        #expect(try setting.scenario.visible(setting.disk) == old)
    }

    @Test func aFolderOfTheInventoryThatIsGoneDoesNotStopADeployment() throws {
        let setting = try Setting(.inPlace)
        try setting.disk.rename(setting.root + "/old", to: "/srv/away")
        try setting.scenario.write(setting.root + "/old", "a file of somebody\n", setting.disk)
        let result = try Rollout.publish(try setting.stage(), disk: setting.disk)
        #expect(result.inventory.tree == setting.scenario.tree(setting.scenario.newFiles))
        #expect(try setting.text(setting.root + "/old") == "a file of somebody\n")
    }

    @Test func filesThatMayNotBeLinkedAreKeptAsCopies() throws {
        let setting = try Setting(.inPlace)
        let old = try setting.scenario.visible(setting.disk)
        setting.disk.fault = { operation, path in operation == "link" && path.contains("/kept/") ? .notPermitted : nil }
        let intent = try setting.stage()
        _ = try Rollout.publish(intent, disk: setting.disk)
        let result = try Rollout.restore(intent, disk: setting.disk)
        #expect(try setting.scenario.visible(setting.disk) == old)
        #expect(
            try Rollout.look(setting.scenario.place, inventory: result.inventory, disk: setting.disk).filesRead == 0)
    }

    @Test func stagedBytesThatWentBadAreNotPublished() throws {
        let setting = try Setting(.inPlace)
        let old = try setting.scenario.visible(setting.disk)
        let intent = try setting.stage()
        let number = try #require(intent.operations.first { $0.path == "rules/a.yml" }?.number)
        try setting.edit("\(intent.staging)/staged-2/\(number)", "rot\n")
        guard case .back(_, let because) = try Rollout.recover(intent, published: false, disk: setting.disk) else {
            Issue.record("published rotten bytes")
            return
        }
        #expect(because.contains("rules/a.yml"))
        #expect(try setting.scenario.visible(setting.disk) == old)
    }

    // MARK: after the verdict

    @Test(arguments: layouts) func settlingLeavesOnlyWhatARollbackNeeds(layout: TargetConfiguration.Layout) throws {
        let setting = try Setting(layout)
        let intent = try setting.stage()
        _ = try Rollout.publish(intent, disk: setting.disk)
        let main = setting.scenario.blobs.add(setting.scenario.oldFiles["prometheus.yml"] ?? "")
        try Rollout.settle(setting.scenario.place, staging: intent.staging, keep: [main], disk: setting.disk)
        let kept = try Rollout.keptBlobs(staging: intent.staging, disk: setting.disk)
        if layout != .linked {
            #expect(try setting.text(try #require(kept[main])) == setting.scenario.oldFiles["prometheus.yml"])
        }
        #expect(kept.count == (layout == .linked ? 0 : 1))
        #expect(try setting.disk.exists(below: "/srv", containing: "staged-").isEmpty)
        #expect(throws: DiskError.self) { try Rollout.restore(intent, disk: setting.disk) }
        guard case .forward = try Rollout.recover(intent, published: true, disk: setting.disk) else {
            Issue.record("a settled deployment is live")
            return
        }
    }

    @Test func onlyFoldersThatWeMadeAreRemoved() throws {
        let setting = try Setting(.inPlace)
        let place = setting.scenario.place
        let first = try setting.stage()
        let published = try Rollout.publish(first, disk: setting.disk)
        try Rollout.settle(place, staging: first.staging, keep: [], disk: setting.disk)
        // Made by the administrator: it stays, though it is empty now.
        #expect(try setting.disk.status(setting.root + "/old") != nil)
        let request = setting.scenario.request(
            attempt: 3, inventory: published.inventory, files: ["prometheus.yml": "main only\n"])
        let second = try Rollout.stage(request, blobs: setting.scenario.blobs, disk: setting.disk)
        _ = try Rollout.publish(second, disk: setting.disk)
        #expect(try setting.disk.status(setting.root + "/fresh/deep") != nil)
        try Rollout.settle(place, staging: second.staging, keep: [], disk: setting.disk)
        #expect(try setting.disk.status(setting.root + "/fresh") == nil)
        #expect(try setting.disk.status(setting.root + "/rules") != nil)
    }

    @Test func releasesArePrunedAndTheLiveOneNever() throws {
        let setting = try Setting(.linked)
        let intent = try setting.stage()
        _ = try Rollout.publish(intent, disk: setting.disk)
        let releases = setting.root + ".releases"
        try Rollout.settle(
            setting.scenario.place, staging: intent.staging, keep: [], keepReleases: ["111111111111-1"],
            disk: setting.disk)
        #expect(try setting.disk.list(releases, limit: 10) == [".stoker", "111111111111-1", "222222222222-2"])
        try Rollout.nudge([releases + "/111111111111-1/rules", releases + "/gone"], disk: setting.disk)
        try Rollout.settle(setting.scenario.place, staging: intent.staging, keep: [], disk: setting.disk)
        #expect(try setting.disk.list(releases, limit: 10) == [".stoker", "222222222222-2"])
    }

    @Test func aDiscardedAttemptLeavesNothing() throws {
        for layout in layouts {
            let setting = try Setting(layout)
            let old = try setting.scenario.visible(setting.disk)
            let intent = try setting.stage()
            try Rollout.discard(
                attempt: 2, place: setting.scenario.place, staging: intent.staging, disk: setting.disk)
            #expect(try setting.disk.exists(below: "/srv", containing: "-2").isEmpty)
            #expect(try setting.scenario.visible(setting.disk) == old)
            #expect(try Rollout.recover(intent, published: false, disk: setting.disk) == .untouched)
        }
    }
}

extension SimulatedDisk {
    /// Every path below a folder whose last component contains the text.
    fileprivate func exists(below folder: String, containing text: String) throws -> [String] {
        var found: [String] = []
        for name in try list(folder, limit: 1000) {
            let path = folder + "/" + name
            if name.contains(text) { found.append(path) }
            if try status(path)?.kind == .directory { found += try exists(below: path, containing: text) }
        }
        return found
    }
}
