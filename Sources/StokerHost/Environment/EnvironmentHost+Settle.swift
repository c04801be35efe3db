import StokerCore

extension EnvironmentHost {
    /// Releases kept beside the live and the verified one, for `rollback`.
    static let keptReleases = 5

    /// After the verdict: intents are done with, and what no rollback needs is removed. Where the intents cannot be
    /// forgotten it is asked for again; pruning may fail without harm.
    func settle(_ goal: Goal?, verified: Bool) throws(Failure) {
        forgetRestored()
        guard unwritten == nil else {
            throw Failure(.journalFailed, .environmental, "the restore could not be recorded in the journal yet")
        }
        let open: [Journal.StoredIntent]
        do throws(Journal.Problem) {
            open = try journal.intents(of: configuration.name)
            try journal.settle(open.map(\.id), inventories: [:], in: configuration.name)
        } catch {
            throw Failure(.journalFailed, .environmental, error.message)
        }
        do throws(Journal.Problem) {
            let keep = keepSet(goal)
            try journal.pruneReleases(of: configuration.name, keep: keep)
            try journal.pruneHistory(of: configuration.name)
            try prune(open, keep)
        } catch {
            log.warning("old releases could not be pruned", metadata: ["error": "\(error)"])
        }
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
            let releases = Set(settled.compactMap(\.intent.release) + settled.compactMap(\.intent.releaseBefore))
            for staging in target.stagingCandidates {
                do throws(DiskError) {
                    try Rollout.settle(
                        target.place, staging: staging, keep: blobs, keepReleases: releases, disk: disk)
                } catch {
                    log.warning("kept files could not be pruned", metadata: ["target": "\(target.id)", "error": "\(error)"])
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
                recovery = try Rollout.recover(stored.intent, published: stored.published, disk: disk)
            } catch {
                throw Failure(.deployFailed, .environmental, "\(stored.intent.target) cannot be repaired: \(error)")
            }
            do {
                try record(recovery, of: stored, &found)
            } catch {
                throw Failure(.journalFailed, .environmental, "\(error)")
            }
        }
        loop.recovered(found)
        return found
    }

    private func record(
        _ recovery: Recovery, of stored: Journal.StoredIntent, _ found: inout [Target.ID: EnvironmentLoop.Recovered]
    ) throws {
        let id = stored.intent.target
        switch recovery {
        case .forward(let result):
            if found[id] == nil { found[id] = .forward }
            if stored.published { return }
            log.notice("a half-done deploy was finished", metadata: ["target": "\(id)"])
            inventories[id] = result.inventory
            try journal.published(stored.id, result.inventory, of: id, in: configuration.name)
        case .back(let result, let because):
            found[id] = .back
            log.notice("a half-done deploy was taken back", metadata: ["target": "\(id)", "reason": "\(because)"])
            inventories[id] = result.inventory
            try journal.settle([stored.id], inventories: [id: result.inventory], in: configuration.name)
        case .untouched:
            if found[id] == nil { found[id] = .untouched }
            try Rollout.discard(
                attempt: stored.intent.attempt, place: stored.intent.place, staging: stored.intent.staging, disk: disk)
            try journal.settle([stored.id], inventories: [:], in: configuration.name)
        }
    }
}
