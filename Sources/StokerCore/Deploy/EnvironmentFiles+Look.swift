extension EnvironmentFiles {
    /// What deploying a tree would change, as far as files tell.
    public struct Comparison {
        /// What is ours, or before the first deploy what stands at the desired paths.
        public let inventory: Inventory
        /// Inventory against desired.
        public let plan: Plan
        /// Paths that would be written, drifted ones included.
        public let changed: Set<String>
        /// There is something to go back to.
        public let hasBaseline: Bool
    }

    /// Compares a target's desired files with the inventory and the disk.
    public func compare(_ id: Target.ID, with tree: FileTree) throws(Failure) -> Comparison {
        let target = target(id)
        let known = inventory(of: id)
        let inventory: Inventory
        var drifted: [String] = []
        do throws(DiskError) {
            inventory = try inventoryOrBaseline(id, tree)
            if !known.files.isEmpty {
                drifted = try Rollout.look(target.place, inventory: known, disk: disk).drifted.map(\.path)
            }
        } catch {
            throw Failure(.deployFailed, .environmental, "\(id): \(error)")
        }
        let plan = Plan.make(
            inventory: known.tree, desired: tree, baseline: known.files.isEmpty ? inventory.tree : FileTree())
        return Comparison(
            inventory: inventory, plan: plan,
            changed: Set(plan.changes.map(\.path)).union(drifted.filter { tree[$0] != nil }),
            hasBaseline: target.configuration.configFile.map { inventory.files[$0] != nil } ?? true)
    }

    /// Keeps the files of a goal, so that it can be deployed again without git.
    public func store(_ trees: [Target.ID: FileTree], of goal: Goal) throws(Failure) {
        try onJournal { () throws(JournalProblem) in
            try journal.store(release: trees, of: goal, in: environment.name)
        }
    }

    /// The inventory; before the first deploy what stands on disk at the desired paths.
    public func inventoryOrBaseline(_ id: Target.ID, _ desired: FileTree) throws(DiskError) -> Inventory {
        let known = inventory(of: id)
        if !known.files.isEmpty { return known }
        return try Rollout.baseline(target(id).place, desired: desired, disk: disk)
    }

    /// What of our files is on disk, edits included: what a process that reads them now serves.
    public func observed(_ id: Target.ID) throws(Failure) -> Inventory {
        do throws(DiskError) {
            return try Rollout.observed(target(id).place, inventory: inventory(of: id), disk: disk)
        } catch {
            throw Failure(.deployFailed, .environmental, "\(id): \(error)")
        }
    }

    /// One lstat for each file of the inventory; only files whose stamp changed are read.
    public func drift(of id: Target.ID) -> DriftLook {
        let inventory = inventory(of: id)
        if inventory.files.isEmpty { return DriftLook(drifted: [:]) }
        do throws(DiskError) {
            let look = try Rollout.look(target(id).place, inventory: inventory, disk: disk)
            if look.inventory != inventory { remember(look.inventory, of: id) }
            var drifted: [String: String] = [:]
            for file in look.drifted {
                switch file.kind {
                case .modified: drifted[file.path] = "was modified"
                case .missing: drifted[file.path] = "was deleted"
                case .replaced: drifted[file.path] = "was replaced by something that is no regular file"
                }
            }
            return DriftLook(drifted: drifted)
        } catch {
            say(Notice(.warning, "the deployed files cannot be looked at", ["target": "\(id)", "error": "\(error)"]))
            return DriftLook(drifted: [:])
        }
    }

    /// Fresh stamps: without them touched files would be read again at each look.
    private func remember(_ inventory: Inventory, of id: Target.ID) {
        keep(inventory, of: id)
        do throws(JournalProblem) {
            try journal.settle([], inventories: [id: inventory], in: environment.name)
        } catch {
            say(Notice(.warning, "the inventory cannot be written", ["error": "\(error)"]))
        }
    }

    /// What was deployed before an attempt; nil where it deployed nothing in the target. Read from the journal once, after
    /// a restart: a probe comes every few seconds.
    public func inventory(of id: Target.ID, before attempt: Int64) throws(Failure) -> Inventory? {
        if let before, before.attempt == attempt { return before.inventories[id] }
        var found: [Target.ID: Inventory] = [:]
        let open = try onJournal { () throws(JournalProblem) in try journal.intents(of: environment.name) }
        for stored in open where stored.intent.attempt == attempt {
            found[stored.intent.target] = stored.intent.inventoryBefore
        }
        before = (attempt, found)
        return found[id]
    }
}
