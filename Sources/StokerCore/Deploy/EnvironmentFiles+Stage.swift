extension EnvironmentFiles {
    /// Writes a goal's new files beside the tree. Nothing live changes.
    /// - Parameters:
    ///   - globs: the globs by which the process finds files, relative to the tree.
    ///   - matchesGlob: whether one of them matches a path relative to the tree.
    /// - Returns: how many operations publishing will take; 0 where nothing has to be written or noted.
    public func stage(
        _ id: Target.ID, _ goal: Goal, attempt: Int64, globs: [String] = [],
        matchesGlob: (_ glob: String, _ path: String) -> Bool = { _, _ in false }
    ) throws(Failure) -> Int {
        let tree = try trees(of: goal)[id] ?? FileTree()
        let known = inventory(of: id)
        let target = target(id)
        do throws(StageError) {
            let inventory = try onDisk { () throws(DiskError) in try inventoryOrBaseline(id, tree) }
            let request = DeploymentRequest(
                target: id, attempt: attempt, content: goal.content, place: target.place,
                keepInode: Set(target.configuration.keepInode), mode: target.configuration.mode, inventory: inventory,
                desired: tree, stagingCandidates: target.stagingCandidates, editsDirectory: target.editsFolder,
                globs: globs)
            do throws(DeployRefusal) {
                try Rollout.preflight(request, disk: disk, matchesGlob: matchesGlob)
            } catch {
                throw StageError.refused(error)
            }
            if known.files.isEmpty { try saveBaseline(target, inventory, tree, attempt) }
            let intent = try Rollout.stage(request, blobs: blobs(), disk: disk)
            staged[id] = intent
            for file in intent.displaced where !known.files.isEmpty {
                say(Notice(.warning, "an edit of the live file is saved", ["path": file.path, "copy": file.copy]))
            }
            // Somebody brought the files to the new content by hand: nothing is to be written, but the inventory moves,
            // and that goes through the journal like any deploy.
            let moves = !intent.isEmpty || intent.inventoryAfter != known
            return max(intent.operations.count, moves ? 1 : 0)
        } catch {
            throw Failure(.deployFailed, .environmental, "\(id): \(error.message)")
        }
    }

    private func onDisk<Value>(_ work: () throws(DiskError) -> Value) throws(StageError) -> Value {
        do throws(DiskError) { return try work() } catch { throw .disk(error) }
    }

    /// What was there before Stoker is somebody's work: a copy of what is about to be replaced stays in the storage
    /// directory after the verdict, too.
    private func saveBaseline(
        _ target: TargetFiles, _ baseline: Inventory, _ tree: FileTree, _ attempt: Int64
    ) throws(StageError) {
        let replaced = baseline.files.filter { path, file in tree[path]?.blob != file.entry.blob }.keys.sorted()
        if replaced.isEmpty { return }
        let copies = try onDisk { () throws(DiskError) in
            try Rollout.saveDrifted(
                replaced, place: target.place, attempt: attempt, to: target.baselineFolder, disk: disk)
        }
        say(
            Notice(
                .notice, "what was there before is saved",
                ["target": "\(target.id)", "folder": target.baselineFolder, "files": "\(copies.count)"]))
    }
}
