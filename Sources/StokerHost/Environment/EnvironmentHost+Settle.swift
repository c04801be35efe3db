import StokerCore

extension EnvironmentHost {
    /// Releases kept beside the live and the verified one, for `rollback`.
    static let keptReleases = 5

    /// After the verdict: intents are done with, and what no rollback needs is removed. Where the intents cannot be
    /// forgotten it is asked for again; pruning may fail without harm.
    func settle(_ goal: Goal?, verified: Bool) throws(Failure) {
        before = nil
        forgetRestored()
        guard unwritten == nil else {
            throw Failure(.journalFailed, .environmental, "the restore could not be recorded in the journal yet")
        }
        let open: [Journal.StoredIntent]
        let adopted = verified ? try adopted(goal) : [:]
        do throws(Journal.Problem) {
            open = try journal.intents(of: configuration.name)
            try journal.settle(open.map(\.id), inventories: adopted, in: configuration.name)
            inventories.merge(adopted) { $1 }
        } catch {
            throw Failure(.journalFailed, .environmental, error.message)
        }
        do throws(Journal.Problem) {
            let keep = keepSet(goal)
            try journal.pruneReleases(of: configuration.name, keep: keep)
            try prune(open, keep)
        } catch {
            log.warning("old releases could not be pruned", metadata: ["error": "\(error)"])
        }
    }

    /// What was right on disk and served before Stoker wrote anything becomes ours with its verdict: otherwise nobody
    /// would see its drift, and files that leave the repository would stay for ever.
    private func adopted(_ goal: Goal?) throws(Failure) -> [Target.ID: Inventory] {
        guard let goal else { return [:] }
        var adopted: [Target.ID: Inventory] = [:]
        for target in targets where inventory(of: target).files.isEmpty {
            let tree = try trees(of: goal)[target.id] ?? FileTree()
            do throws(DiskError) {
                var found = try Rollout.baseline(target.place, desired: tree, disk: disk)
                for (path, entry) in tree.files where found.files[path]?.entry != entry {
                    // Changed since it was proved: with a stamp that no file has, the next look reports it.
                    found.files[path] = Inventory.File(entry: entry, stamp: .never)
                }
                adopted[target.id] = found
            } catch {
                log.error("the files cannot be adopted", metadata: ["target": "\(target.id)", "error": "\(error)"])
                throw Failure(.deployFailed, .environmental, "\(target.id): \(error)")
            }
        }
        return adopted
    }

    /// Live, verified, the candidate, and the last verified ones.
    private func keepSet(_ goal: Goal?) -> Set<ContentID> {
        var keep: Set<ContentID> = []
        let record = loop.record
        for content in [goal?.content, record.live?.content, record.verified?.content, record.attempt?.goal.content] {
            if let content { keep.insert(content) }
        }
        for standing in record.earlier.prefix(Self.keptReleases) { keep.insert(standing.content) }
        return keep
    }

    private func prune(_ settled: [Journal.StoredIntent], _ keep: Set<ContentID>) throws(Journal.Problem) {
        for target in targets {
            var blobs: Set<BlobID> = []
            for content in keep {
                let trees = try journal.release(of: configuration.name, content) ?? [:]
                for entry in (trees[target.id] ?? FileTree()).files.values { blobs.insert(entry.blob) }
            }
            // What is live in git's form can be had from git too; only other contents are worth a kept file.
            for entry in inventory(of: target).tree.files.values { blobs.remove(entry.blob) }
            let releases = Set(
                settled.compactMap(\.intent.release) + settled.compactMap(\.intent.releaseBefore)
                    + target.releases(of: keep))
            for staging in target.stagingCandidates {
                do throws(DiskError) {
                    try Rollout.settle(
                        target.place, staging: staging, keep: blobs, keepReleases: releases, disk: disk)
                } catch {
                    log.warning(
                        "kept files could not be pruned", metadata: ["target": "\(target.id)", "error": "\(error)"])
                }
            }
        }
    }

    /// The first thing of a start: makes every half-done deployment whole, from the journal and the disk alone.
    /// - Returns: what was found for each target with an open intent.
    @discardableResult
    public func recover() throws(Failure) -> [Target.ID: EnvironmentLoop.Recovered] {
        let open: [Journal.StoredIntent]
        do throws(Journal.Problem) {
            open = try journal.intents(of: configuration.name)
        } catch {
            throw Failure(.journalFailed, .environmental, error.message)
        }
        var found: [Target.ID: EnvironmentLoop.Recovered] = [:]
        // Newest first, like a restore; a target whose newest deploy is whole is whole.
        for stored in open {
            let recovery: Recovery
            do throws(DiskError) {
                let reverting = "\(stored.intent.staging)/revert-\(stored.intent.attempt)"
                let isHalfDone = stored.published ? try disk.status(reverting) != nil : true
                if isHalfDone { try requirePlace(of: stored.intent) }
                recovery = try Rollout.recover(stored.intent, published: stored.published, disk: disk)
            } catch {
                throw Failure(.deployFailed, .environmental, "\(stored.intent.target) cannot be repaired: \(error)")
            }
            record(recovery, of: stored, &found)
        }
        forgetRestored()
        do throws(Journal.Problem) {
            let done = Set(unwritten?.ids ?? [])
            let left = try journal.intents(of: configuration.name).filter { !done.contains($0.id) }
            loop.recovered(found, open: Set(left.map(\.intent.target)))
        } catch {
            throw Failure(.journalFailed, .environmental, error.message)
        }
        return found
    }

    /// A folder that is not mounted looks like one where nothing was deployed: the intent would be forgotten, and the
    /// half-done deploy would be there for good once it is mounted.
    private func requirePlace(of intent: DeploymentIntent) throws(DiskError) {
        let place = intent.place
        let path: String
        switch place.layout {
        case .inPlace:
            if intent.operations.contains(where: { $0.path.isEmpty }) { return }
            path = place.root
        case .linked: path = place.releasesDirectory
        case .singleFile: path = SeenPath.parent(place.root)
        }
        if try disk.status(path)?.kind == .directory { return }
        throw DiskError(
            operation: "recover", path: path, code: .notFound,
            message: "the folder is not there, and a deploy in it is not finished: is its file system mounted?")
    }

    /// The files are whole by now. Where the journal cannot be written they stay so, and it is told later: a full disk
    /// must not keep Prometheus, whose unit waits for `stoker recover`, from starting.
    private func record(
        _ recovery: Recovery, of stored: Journal.StoredIntent, _ found: inout [Target.ID: EnvironmentLoop.Recovered]
    ) {
        let id = stored.intent.target
        // A whole deploy of an earlier attempt says nothing about the running one.
        let isRunning = stored.intent.attempt == loop.record.attempt?.id
        switch recovery {
        case .forward(let result):
            if isRunning, found[id] == nil { found[id] = .forward }
            if stored.published { return }
            log.notice("a half-done deploy was finished", metadata: ["target": "\(id)"])
            inventories[id] = result.inventory
            do throws(Journal.Problem) {
                try journal.published(stored.id, result.inventory, of: id, in: configuration.name)
            } catch {
                owe([], [id: result.inventory])
            }
        case .back(let result, let because):
            found[id] = .back
            log.notice("a half-done deploy was taken back", metadata: ["target": "\(id)", "reason": "\(because)"])
            inventories[id] = result.inventory
            owe([stored.id], [id: result.inventory])
        case .untouched:
            if isRunning, found[id] == nil { found[id] = .untouched }
            owe([stored.id], [:])
            do throws(DiskError) {
                try Rollout.discard(
                    attempt: stored.intent.attempt, place: stored.intent.place, staging: stored.intent.staging,
                    disk: disk)
            } catch {
                // They lie beside the tree and harm nobody; the next settle tries again.
                log.warning("staged files could not be removed", metadata: ["target": "\(id)", "error": "\(error)"])
            }
        }
    }
}
