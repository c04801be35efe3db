extension EnvironmentFiles {
    /// What the repair at a start found.
    public struct Repair: Hashable, Sendable {
        /// By target, for targets with an open intent.
        public let found: [Target.ID: EnvironmentLoop.Recovered]
        /// Targets that still have an intent in the journal.
        public let open: Set<Target.ID>
    }

    /// The first thing of a start: makes every half-done deployment whole, from the journal and the disk alone.
    /// - Parameter attempt: the running attempt of the record, as it was when the process ended.
    public func recover(running attempt: Int64?) throws(Failure) -> Repair {
        let open = try onJournal { () throws(JournalProblem) in try journal.intents(of: environment.name) }
        var found: [Target.ID: EnvironmentLoop.Recovered] = [:]
        // Newest first, like a restore; a target whose newest deploy is whole is whole.
        for stored in open {
            let recovery: Recovery
            do throws(DiskError) {
                let isReverting = try Rollout.hasRestoreBegun(stored.intent, disk: disk)
                if !stored.published || isReverting { try requirePlace(of: stored.intent) }
                recovery = try Rollout.recover(stored.intent, published: stored.published, disk: disk)
            } catch {
                throw Failure(.deployFailed, .environmental, "\(stored.intent.target) cannot be repaired: \(error)")
            }
            record(recovery, of: stored, isRunning: stored.intent.attempt == attempt, &found)
        }
        forgetRestored()
        return Repair(found: found, open: Set(try openIntents().map(\.intent.target)))
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
        _ recovery: Recovery, of stored: StoredIntent, isRunning: Bool,
        _ found: inout [Target.ID: EnvironmentLoop.Recovered]
    ) {
        let id = stored.intent.target
        switch recovery {
        case .forward(let result):
            // A whole deploy of an earlier attempt says nothing about the running one.
            if isRunning, found[id] == nil { found[id] = .forward }
            if stored.published { return }
            say(Notice(.notice, "a half-done deploy was finished", ["target": "\(id)"]))
            if !result.saved.isEmpty { saveOthersBytes(target(id)) }
            keep(result.inventory, of: id)
            do throws(JournalProblem) {
                try journal.published(stored.id, result.inventory, of: id, in: environment.name)
            } catch {
                owe([], [id: result.inventory])
            }
        case .back(let result, let because):
            found[id] = .back
            say(Notice(.notice, "a half-done deploy was taken back", ["target": "\(id)", "reason": because]))
            if !result.saved.isEmpty { saveOthersBytes(target(id)) }
            keep(result.inventory, of: id)
            owe([stored.id], [id: result.inventory])
        case .untouched:
            if isRunning, found[id] == nil { found[id] = .untouched }
            owe([stored.id], [:])
            discard(stored.intent)
        }
    }
}
