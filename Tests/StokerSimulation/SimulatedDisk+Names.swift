import StokerCore

/// One atomic change of names that the platter may not have yet.
struct NameChange {
    /// One name that gets an inode, or loses it.
    struct Part {
        let folder: Int
        let name: EntryName
        let slot: Int?
        /// The folder has to be synced before the change is durable.
        var waits = true
        /// The folder is gone, and the name with it.
        var isMoot = false
    }

    let sequence: Int64
    var first: Part
    var second: Part?

    init(sequence: Int64, first: Part, second: Part? = nil) {
        self.sequence = sequence
        self.first = first
        self.second = second
    }

    var waits: Bool { first.waits || second?.waits ?? false }

    /// One folder was synced.
    mutating func synced(_ folder: Int) {
        if first.folder == folder { first.waits = false }
        if second?.folder == folder { second?.waits = false }
    }

    /// One folder is gone.
    mutating func lost(_ folder: Int) {
        if first.folder == folder { first.makeMoot() }
        if second?.folder == folder { second?.makeMoot() }
    }

    func touches(_ folder: Int) -> Bool { first.folder == folder || second?.folder == folder }

    func touches(_ name: EntryName, in folder: Int) -> Bool {
        first.isAbout(name, folder) || second?.isAbout(name, folder) ?? false
    }
}

extension NameChange.Part {
    mutating func makeMoot() {
        waits = false
        isMoot = true
    }

    func isAbout(_ name: EntryName, _ folder: Int) -> Bool { !isMoot && self.folder == folder && self.name == name }
}

// How changes of names reach the platter.
extension SimulatedDiskState {
    /// Applies a change as the running system sees it, and remembers it for the platter.
    func apply(_ first: NameChange.Part, _ second: NameChange.Part? = nil) {
        clock += 1
        take(first)
        if let second { take(second) }
        pendingNames.append(NameChange(sequence: clock, first: first, second: second))
    }

    private func take(_ part: NameChange.Part) {
        if let slot = part.slot { use(slot) }
        setEntry(part.name, in: part.folder, to: part.slot)
    }

    func makeNamesDurable(in folder: Int) {
        var touched = false
        for index in pendingNames.indices where pendingNames[index].touches(folder) {
            pendingNames[index].synced(folder)
            touched = true
        }
        if touched { persistWhatIsReady() }
    }

    /// A folder that is gone from the platter too need not be synced.
    func forgetChanges(in folder: Int) {
        for index in pendingNames.indices { pendingNames[index].lost(folder) }
        tombstones.removeAll { $0.folder == folder }
        persistWhatIsReady()
    }

    private func persistWhatIsReady() {
        var ready: [NameChange] = []
        var waiting: [NameChange] = []
        for change in pendingNames {
            if change.waits { waiting.append(change) } else { ready.append(change) }
        }
        if ready.isEmpty { return }
        pendingNames = waiting
        for change in ready { persist(change) }
        buryTombstones()
    }

    /// Puts all that is under way on the platter, or what `keeps` chooses, and forgets the rest.
    func endPendingNames(keeps: (_ sequence: Int64) -> Bool) {
        let changes = pendingNames
        pendingNames = []
        for change in changes {
            if keeps(change.sequence) { persist(change) } else { drop(change) }
        }
        buryTombstones()
    }

    private func drop(_ change: NameChange) {
        if let slot = change.first.slot { release(slot) }
        if let slot = change.second?.slot { release(slot) }
    }

    private func persist(_ change: NameChange) {
        persist(change.first, change.sequence)
        if let second = change.second { persist(second, change.sequence) }
        drop(change)
    }

    /// A later change of the same name is never undone by an earlier one that becomes durable after it.
    private func persist(_ part: NameChange.Part, _ sequence: Int64) {
        if part.isMoot { return }
        let folder = part.folder
        if let slot = part.slot { inodes[slot].nameBecameDurable(at: sequence) }
        guard let found = inodes[folder].durableEntries.firstIndex(where: { $0.name == part.name }) else {
            if part.slot == nil { tombstones.append((folder, part.name)) }
            if let slot = part.slot { use(slot) }
            inodes[folder].durableEntries.append(DurableEntry(name: part.name, slot: part.slot, sequence: sequence))
            return
        }
        let known = inodes[folder].durableEntries[found]
        if known.sequence >= sequence { return }
        inodes[folder].durableEntries[found].sequence = sequence
        inodes[folder].durableEntries[found].slot = part.slot
        if let slot = part.slot { use(slot) } else if known.slot != nil { tombstones.append((folder, part.name)) }
        if let old = known.slot {
            inodes[old].nameBecameDurable(at: sequence)
            release(old)
        }
    }

    /// A name that is known to be gone is forgotten as soon as no change under way could bring it back.
    private func buryTombstones() {
        if tombstones.isEmpty { return }
        var kept: [(folder: Int, name: EntryName)] = []
        for (folder, name) in tombstones {
            if pendingNames.contains(where: { $0.touches(name, in: folder) }) {
                kept.append((folder, name))
            } else {
                inodes[folder].durableEntries.removeAll { $0.slot == nil && $0.name == name }
            }
        }
        tombstones = kept
    }
}
