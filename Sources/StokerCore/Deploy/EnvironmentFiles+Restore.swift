extension EnvironmentFiles {
    /// Takes back everything that is not settled, newest first, and forgets the intents.
    /// - Returns: the targets whose files were touched.
    public func restore() throws(Failure) -> [Target.ID] {
        let open = try openIntents()
        var touched: [Target.ID] = []
        var after: [Target.ID: Inventory] = [:]
        for stored in open {
            let id = stored.intent.target
            do throws(DiskError) {
                let result = try Rollout.restore(stored.intent, disk: disk)
                if !result.saved.isEmpty { saveOthersBytes(target(id)) }
                nudge(stored.intent, release: stored.intent.release)
                after[id] = result.inventory
                keep(result.inventory, of: id)
                if !touched.contains(id) { touched.append(id) }
            } catch {
                throw Failure(.deployFailed, .environmental, "the restore of \(id) goes on: \(error)")
            }
        }
        owe(open.map(\.id), after)
        forgetRestored()
        return touched
    }

    /// From the journal; where it cannot be read, nothing can be restored.
    func openIntents() throws(Failure) -> [StoredIntent] {
        let open = try onJournal { () throws(JournalProblem) in try journal.intents(of: environment.name) }
        let done = Set(unwritten?.ids ?? [])
        return open.filter { !done.contains($0.id) }
    }

    /// Intents that are done with and inventories that are true, to be written with the next `forgetRestored`.
    func owe(_ ids: [Int64], _ inventories: [Target.ID: Inventory]) {
        unwritten = (
            (unwritten?.ids ?? []) + ids, (unwritten?.inventories ?? [:]).merging(inventories) { $1 }
        )
    }

    /// Writes what a restore left; on a full disk it is tried again at the next settle, and a crash before that finds
    /// the restore on disk.
    func forgetRestored() {
        guard let pending = unwritten else { return }
        do throws(JournalProblem) {
            try journal.settle(pending.ids, inventories: pending.inventories, in: environment.name)
            unwritten = nil
        } catch {
            say(Notice(.warning, "the restore could not be recorded yet", ["error": "\(error)"]))
        }
    }
}
