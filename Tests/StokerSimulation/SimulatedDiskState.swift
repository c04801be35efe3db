import StokerCore

/// All inodes of a simulated disk and what is under way to its platter. A copy shares everything until one of the two
/// changes. (A class, because a value inside another class would be copied for each call.)
final class SimulatedDiskState {
    /// The root folder's slot.
    static let root = 0

    var inodes: [Inode] = []
    var pendingNames: [NameChange] = []
    var clock: Int64 = 1_000_000
    /// Slots without an inode, to be used again.
    private(set) var free: [Int] = []
    /// Inodes that lost their last use; freed at the end of the call.
    private var condemned: [Int] = []
    /// Names on the platter that are known to be gone.
    var tombstones: [(folder: Int, name: EntryName)] = []
    private var nextNumber: UInt64 = 1

    init() {
        let root = makeInode(.directory, permissions: 0o755)
        inodes[root].uses = 1
        inodes[root].links = 1
    }

    init(_ other: SimulatedDiskState) {
        inodes = other.inodes
        pendingNames = other.pendingNames
        clock = other.clock
        free = other.free
        tombstones = other.tombstones
        nextNumber = other.nextNumber
    }

    var count: Int { inodes.count - free.count }

    // MARK: inodes

    /// Field by field: an inode taken from the array as a whole would cost a count for each of its arrays.
    func status(_ slot: Int) -> FileStatus {
        let all = inodes
        let kind = all[slot].kind
        let size = kind == .link ? all[slot].text.utf8.count : all[slot].content.bytes.count
        return FileStatus(
            kind: kind, permissions: all[slot].content.permissions, owner: all[slot].content.owner,
            group: all[slot].content.group, links: UInt64(all[slot].links),
            stamp: FileStamp(
                device: all[slot].device, inode: all[slot].number, size: Int64(size),
                modifiedNanoseconds: all[slot].content.modified, changedNanoseconds: all[slot].changed))
    }

    func makeInode(_ kind: FileStatus.Kind, permissions: UInt16) -> Int {
        clock += 1
        let inode = Inode(kind: kind, number: nextNumber, permissions: permissions, now: clock)
        nextNumber += 1
        if let slot = free.popLast() {
            inodes[slot] = inode
            return slot
        }
        inodes.append(inode)
        return inodes.count - 1
    }

    func use(_ slot: Int) { inodes[slot].uses += 1 }

    func release(_ slot: Int) {
        inodes[slot].uses -= 1
        if inodes[slot].uses == 0 { condemned.append(slot) }
    }

    /// Frees what nothing refers to any more, and what only that referred to.
    func sweep() {
        while let slot = condemned.popLast() {
            // It may have been named again, or stand here twice.
            guard inodes[slot].uses == 0, inodes[slot].number != 0 else { continue }
            let entries = inodes[slot].durableEntries
            let isFolder = inodes[slot].kind == .directory
            inodes[slot] = Inode(kind: .other, number: 0, permissions: 0, now: 0)
            free.append(slot)
            for entry in entries { if let below = entry.slot { release(below) } }
            if isFolder { forgetChanges(in: slot) }
        }
    }

    // MARK: entries

    func entry(_ name: EntryName, in folder: Int) -> Int? {
        let entries = inodes[folder].entries
        for entry in entries where entry.name == name { return entry.slot }
        return nil
    }

    /// Gives a name an inode, or takes it away, as the running system sees it.
    func setEntry(_ name: EntryName, in folder: Int, to slot: Int?) {
        let found = inodes[folder].entries.firstIndex { $0.name == name }
        if let found {
            unlinked(inodes[folder].entries[found].slot)
            if let slot {
                inodes[folder].entries[found].slot = slot
            } else {
                inodes[folder].entries.remove(at: found)
            }
        } else if let slot {
            let entries = inodes[folder].entries
            let place = entries.firstIndex { $0.name.text > name.text } ?? entries.count
            inodes[folder].entries.insert(FolderEntry(name: name, slot: slot), at: place)
        }
        guard let slot else { return }
        inodes[slot].links += 1
        inodes[slot].uses += 1
        inodes[slot].changed = clock
        inodes[slot].parent = folder
    }

    private func unlinked(_ slot: Int) {
        inodes[slot].links -= 1
        inodes[slot].changed = clock
        release(slot)
    }

    // MARK: after a power cut

    /// What is on the platter becomes what is seen; inodes that no folder leads to are gone.
    func loadDurable() {
        for slot in inodes.indices {
            inodes[slot].links = 0
            inodes[slot].uses = 0
            if inodes[slot].kind == .directory { loadEntries(slot) }
        }
        condemned = []
        tombstones = []
        inodes[Self.root].uses = 1
        inodes[Self.root].links = 1
        var waiting = [Self.root]
        while let folder = waiting.popLast() {
            for entry in inodes[folder].entries {
                let isNew = inodes[entry.slot].uses == 0
                inodes[entry.slot].links += 1
                // As seen, and on the platter.
                inodes[entry.slot].uses += 2
                inodes[entry.slot].parent = folder
                if isNew && inodes[entry.slot].kind == .directory { waiting.append(entry.slot) }
            }
        }
        for slot in inodes.indices where inodes[slot].uses == 0 && inodes[slot].number != 0 {
            inodes[slot] = Inode(kind: .other, number: 0, permissions: 0, now: 0)
            free.append(slot)
        }
    }

    private func loadEntries(_ folder: Int) {
        var entries: [FolderEntry] = []
        for entry in inodes[folder].durableEntries {
            if let slot = entry.slot { entries.append(FolderEntry(name: entry.name, slot: slot)) }
        }
        entries.sort { $0.name.text < $1.name.text }
        inodes[folder].entries = entries
        inodes[folder].durableEntries.removeAll { $0.slot == nil }
    }
}
