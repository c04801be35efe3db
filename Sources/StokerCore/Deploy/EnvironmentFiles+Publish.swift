extension EnvironmentFiles {
    /// What came of a publication.
    public enum Publishing: Sendable {
        /// Every new file is live.
        case published
        /// The disk was in the way. `takenBack`: the files are as before; otherwise some may be new.
        case failed(Failure, takenBack: Bool)
    }

    /// The intent first, then the renames. What cannot be intended is not done. Asked for again after a publication that
    /// could not be taken back, it tries that again and publishes nothing.
    public func publish(_ id: Target.ID) throws(Failure) -> Publishing {
        if let half = try halfDone(id) {
            let failure = Failure(.deployFailed, .environmental, "\(id): the disk stopped the deploy in the middle")
            return .failed(failure, takenBack: takeBack(half.intent, half.id))
        }
        guard let intent = staged[id] else {
            throw Failure(.journalFailed, .environmental, "\(id): nothing is staged; it is staged again")
        }
        let row: Int64
        do throws(JournalProblem) {
            row = try journal.intend(intent, in: environment.name)
        } catch {
            discardStaged(id)
            throw Failure(.journalFailed, .environmental, "\(id): nothing was deployed: \(error.message)")
        }
        staged[id] = nil
        remember(intent)
        return publish(intent, row)
    }

    private func publish(_ intent: DeploymentIntent, _ row: Int64) -> Publishing {
        let id = intent.target
        let result: Rollout.Result
        do throws(DiskError) {
            result = try Rollout.publish(intent, disk: disk)
        } catch {
            return .failed(Failure(.deployFailed, .environmental, "\(id): \(error)"), takenBack: takeBack(intent, row))
        }
        if !result.saved.isEmpty { saveOthersBytes(target(id)) }
        keep(result.inventory, of: id)
        nudge(intent, release: intent.releaseBefore)
        return record(StoredIntent(id: row, published: false, intent: intent), result.inventory)
    }

    /// A deploy of this target that the disk stopped in the middle, and would not let be taken back.
    private func halfDone(_ id: Target.ID) throws(Failure) -> StoredIntent? {
        try openIntents().first { $0.intent.target == id && !$0.published }
    }

    private func record(_ stored: StoredIntent, _ inventory: Inventory) -> Publishing {
        let id = stored.intent.target
        do throws(JournalProblem) {
            try journal.published(stored.id, inventory, of: id, in: environment.name)
        } catch {
            // The files are live: the loop restores them, as the intent is in the journal.
            let failure = Failure(
                .deployFailed, .environmental, "\(id): the deploy could not be recorded: \(error.message)")
            return .failed(failure, takenBack: false)
        }
        return .published
    }

    /// Half of a deploy is worse than none: what was replaced before the failure is put back at once, also where there is
    /// nothing verified to go back to.
    private func takeBack(_ intent: DeploymentIntent, _ row: Int64) -> Bool {
        do throws(DiskError) {
            let result = try Rollout.restore(intent, disk: disk)
            if !result.saved.isEmpty { saveOthersBytes(target(intent.target)) }
            keep(result.inventory, of: intent.target)
            owe([row], [intent.target: result.inventory])
            forgetRestored()
            return true
        } catch {
            say(
                Notice(
                    .warning, "a deploy that failed could not be taken back yet",
                    ["target": "\(intent.target)", "error": "\(error)"]))
            return false
        }
    }

    /// What verification compares with; of an attempt that began before a restart it is read from the journal.
    private func remember(_ intent: DeploymentIntent) {
        guard before?.attempt == intent.attempt else { return before = nil }
        before?.inventories[intent.target] = intent.inventoryBefore
    }

    /// Bytes that somebody wrote between staging and publishing go where saved edits are. Where that fails they stay, and
    /// the next settle tries again.
    func saveOthersBytes(_ target: TargetFiles) {
        for staging in target.stagingCandidates {
            do throws(DiskError) {
                for (path, attempt) in try Rollout.othersBytes(staging: staging, disk: disk) {
                    let place = DeployPlace(layout: .inPlace, root: SeenPath.parent(path), configFile: nil)
                    let name = String(path.dropFirst(place.root.utf8.count + 1))
                    let copies = try Rollout.saveDrifted(
                        [name], place: place, attempt: attempt, to: target.editsFolder, disk: disk)
                    try disk.unlink(path)
                    say(
                        Notice(
                            .warning, "bytes of another writer are saved",
                            ["target": "\(target.id)", "copy": copies[name] ?? path]))
                }
            } catch {
                say(
                    Notice(
                        .warning, "bytes of another writer are kept, and could not be saved yet",
                        ["target": "\(target.id)", "folder": staging, "error": "\(error)"]))
            }
        }
    }

    /// Prometheus 3 goes on watching the folders of the release that was left (prometheus-facts 17): a new name there
    /// makes it read its discovery files again, through the link, and watch the folders behind it from then on.
    func nudge(_ intent: DeploymentIntent, release: String?) {
        guard intent.place.layout == .linked, let release else { return }
        let folders = watched(
            intent.target, release == intent.release ? intent.inventoryAfter : intent.inventoryBefore)
        if folders.isEmpty { return }
        let root = intent.place.releasesDirectory + "/" + release
        do throws(DiskError) {
            try Rollout.nudge(folders.sorted().map { $0.isEmpty || $0 == "." ? root : root + "/" + $0 }, disk: disk)
        } catch {
            // It reads them by itself after refresh_interval; a restore on a full disk must not stop here.
            say(
                Notice(
                    .warning, "discovery could not be nudged", ["target": "\(intent.target)", "error": "\(error)"]))
        }
    }

    private func discardStaged(_ id: Target.ID) {
        guard let intent = staged.removeValue(forKey: id) else { return }
        discard(intent)
    }

    /// What is staged lies beside the tree and harms nobody: where it cannot be removed, the next settle tries again.
    func discard(_ intent: DeploymentIntent) {
        do throws(DiskError) {
            try Rollout.discard(attempt: intent.attempt, place: intent.place, staging: intent.staging, disk: disk)
        } catch {
            say(
                Notice(
                    .warning, "staged files could not be removed", ["target": "\(intent.target)", "error": "\(error)"]))
        }
    }
}
