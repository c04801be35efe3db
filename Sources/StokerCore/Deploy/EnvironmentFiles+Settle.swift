extension EnvironmentFiles {
    /// After the verdict: intents are done with, and what no rollback needs is removed. Where the intents cannot be
    /// forgotten it is asked for again; pruning may fail without harm.
    /// - Parameters:
    ///   - goal: what is live now; nil where the attempt changed nothing about that.
    ///   - verified: the goal is the content to go back to from now on.
    ///   - keep: contents that a rollback may want.
    public func settle(_ goal: Goal?, verified: Bool, keep: Set<ContentID>) throws(Failure) {
        before = nil
        forgetRestored()
        guard unwritten == nil else {
            throw Failure(.journalFailed, .environmental, "the restore could not be recorded in the journal yet")
        }
        let adopted = verified ? try adopted(goal) : [:]
        let open = try onJournal { () throws(JournalProblem) in
            let open = try journal.intents(of: environment.name)
            try journal.settle(open.map(\.id), inventories: adopted, in: environment.name)
            return open
        }
        for (id, inventory) in adopted { self.keep(inventory, of: id) }
        do throws(JournalProblem) {
            try journal.pruneReleases(of: environment.name, keep: keep)
            try prune(open, keep)
        } catch {
            say(Notice(.warning, "old releases could not be pruned", ["error": "\(error)"]))
        }
    }

    /// What was right on disk and served before Stoker wrote anything becomes ours with its verdict: otherwise nobody
    /// would see its drift, and files that leave the repository would stay for ever.
    private func adopted(_ goal: Goal?) throws(Failure) -> [Target.ID: Inventory] {
        guard let goal else { return [:] }
        var adopted: [Target.ID: Inventory] = [:]
        for target in targets where inventory(of: target.id).files.isEmpty {
            let tree = try trees(of: goal)[target.id] ?? FileTree()
            do throws(DiskError) {
                var found = try Rollout.baseline(target.place, desired: tree, disk: disk)
                for (path, entry) in tree.files where found.files[path]?.entry != entry {
                    // Changed since it was proved: with a stamp that no file has, the next look reports it.
                    found.files[path] = Inventory.File(entry: entry, stamp: .never)
                }
                adopted[target.id] = found
            } catch {
                say(Notice(.error, "the files cannot be adopted", ["target": "\(target.id)", "error": "\(error)"]))
                throw Failure(.deployFailed, .environmental, "\(target.id): \(error)")
            }
        }
        return adopted
    }

    private func prune(_ settled: [StoredIntent], _ keep: Set<ContentID>) throws(JournalProblem) {
        for target in targets {
            var blobs: Set<BlobID> = []
            for content in keep {
                let trees = try journal.release(of: environment.name, content) ?? [:]
                for entry in (trees[target.id] ?? FileTree()).files.values { blobs.insert(entry.blob) }
            }
            // What is live in git's form can be had from git too; only other contents are worth a kept file.
            for file in inventory(of: target.id).files.values { blobs.remove(file.entry.blob) }
            let releases = Set(
                settled.compactMap(\.intent.release) + settled.compactMap(\.intent.releaseBefore)
                    + target.releases(of: keep))
            saveOthersBytes(target)
            for staging in target.stagingCandidates {
                do throws(DiskError) {
                    try Rollout.settle(
                        target.place, staging: staging, keep: blobs, keepReleases: releases, disk: disk)
                } catch {
                    say(
                        Notice(
                            .warning, "kept files could not be pruned",
                            ["target": "\(target.id)", "error": "\(error)"]))
                }
            }
        }
    }
}

extension FileStamp {
    /// The stamp of no file: what has it is read at the next look.
    public static let never = FileStamp(device: 0, inode: 0, size: 0, modifiedNanoseconds: 0, changedNanoseconds: 0)
}
