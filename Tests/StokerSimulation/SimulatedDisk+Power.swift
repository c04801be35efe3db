import StokerCore

/// One atomic change of names that the platter may not have yet.
struct NameChange {
    /// One name that gets an inode, or loses it.
    struct Part {
        let folder: UInt64
        let name: String
        let inode: UInt64?
    }

    let sequence: Int64
    let parts: [Part]
    /// Folders that have to be synced before the change is durable.
    var waitingFor: Set<UInt64>
}

// What is durable, and what a power cut leaves.
extension SimulatedDisk {
    /// Applies a change as the running system sees it, and remembers it for the platter.
    func apply(_ parts: [NameChange.Part]) {
        clock += 1
        for part in parts {
            if let old = inodes[part.folder]?.entries[part.name] {
                inodes[old]?.links -= 1
                inodes[old]?.changed = clock
            }
            inodes[part.folder]?.entries[part.name] = part.inode
            if let new = part.inode {
                inodes[new]?.links += 1
                inodes[new]?.changed = clock
            }
        }
        pendingNames.append(NameChange(sequence: clock, parts: parts, waitingFor: Set(parts.map(\.folder))))
    }

    func makeNamesDurable(in folder: UInt64) {
        for index in pendingNames.indices { pendingNames[index].waitingFor.remove(folder) }
        for change in pendingNames where change.waitingFor.isEmpty { persist(change) }
        pendingNames.removeAll { $0.waitingFor.isEmpty }
    }

    /// A later change of the same name is never undone by an earlier one that becomes durable after it.
    private func persist(_ change: NameChange) {
        for part in change.parts {
            let known = inodes[part.folder]?.durableEntries[part.name]?.sequence ?? 0
            if known >= change.sequence { continue }
            inodes[part.folder]?.durableEntries[part.name] = Inode.Entry(
                inode: part.inode, sequence: change.sequence)
        }
    }

    /// Everything seen now is on the platter, as after a long quiet time.
    public func settle() {
        for change in pendingNames { persist(change) }
        pendingNames = []
        for number in Array(inodes.keys) { inodes[number]?.makeContentDurable() }
    }

    /// What a power cut keeps of the changes that were not synced.
    public enum Loss: Sendable {
        case everything
        case nothing
        /// Each change is kept or lost by the toss of a coin.
        case seeded(UInt64)
    }

    /// The machine loses its power and starts again.
    public func powerCut(_ loss: Loss) {
        var random = SeededGenerator(seed: 0)
        if case .seeded(let seed) = loss { random = SeededGenerator(seed: seed) }
        func keeps() -> Bool {
            switch loss {
            case .everything: return false
            case .nothing: return true
            case .seeded: return Bool.random(using: &random)
            }
        }
        for change in pendingNames where keeps() { persist(change) }
        pendingNames = []
        for number in inodes.keys.sorted() { inodes[number]?.losePower(keeps: keeps) }
        recountLinks()
        restart()
    }

    private func recountLinks() {
        for number in Array(inodes.keys) {
            guard var inode = inodes[number] else { continue }
            inode.links = inode.kind == .directory ? 1 : 0
            inode.entries = inode.durableEntries.compactMapValues(\.inode)
            inodes[number] = inode
        }
        for folder in inodes.values.filter({ $0.kind == .directory }) {
            for number in folder.entries.values { inodes[number]?.links += 1 }
        }
    }
}
