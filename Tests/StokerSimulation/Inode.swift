import StokerCore

/// A file, folder or link of the simulated disk, as seen and as durable.
struct Inode {
    /// What a file consists of.
    struct Content: Hashable {
        var bytes: [UInt8] = []
        var permissions: UInt16
        var owner: UInt32 = 0
        var group: UInt32 = 0
        var modified: Int64
    }

    /// One change of a file that a sync makes durable.
    enum Step {
        case write(offset: Int, ArraySlice<UInt8>)
        case truncate(Int)
        /// The size of a write whose bytes a failed sync lost: the rest is a hole.
        case grow(Int)
        case access(permissions: UInt16, owner: UInt32, group: UInt32)
    }

    let kind: FileStatus.Kind
    /// What `lstat` shows; never used again, unlike the slot.
    let number: UInt64
    var content: Content
    var changed: Int64
    /// A link's text; durable with its name.
    var text = ""
    /// The id of the bytes, once somebody asked.
    var blob: BlobID?
    /// A folder's names in ascending order, as seen.
    var entries: [FolderEntry] = []
    /// A folder's names on the platter, in no order.
    var durableEntries: [DurableEntry] = []
    /// Names as seen.
    var links = 0
    /// Names as seen and on the platter, changes under way and handles: without any of these it is gone.
    var uses = 0
    /// For a folder: the slot of the folder it lies in.
    var parent = 0
    var device: UInt64 = 1
    var isMount = false

    private var durable: Content
    private var durableChanged: Int64
    private(set) var pending: [(step: Step, sequence: Int64)] = []
    /// A failed sync lost writes that are seen all the same.
    private var hasLost = false

    init(kind: FileStatus.Kind, number: UInt64, permissions: UInt16, now: Int64) {
        self.kind = kind
        self.number = number
        content = Content(permissions: permissions, modified: now)
        durable = content
        changed = now
        durableChanged = now
    }

    /// Belongs to whom a folder belongs, from its first moment.
    mutating func belong(to folder: Inode) {
        content.owner = folder.content.owner
        content.group = folder.content.group
        durable.owner = folder.content.owner
        durable.group = folder.content.group
    }

    mutating func perform(_ step: Step, now: Int64) {
        content.take(step, now: now)
        changed = now
        if case .access = step {} else { blob = nil }
        pending.append((step, now))
    }

    mutating func makeContentDurable() {
        if hasLost {
            for (step, time) in pending { durable.take(step, now: time) }
            hasLost = durable.bytes != content.bytes
        } else {
            durable = content
        }
        durableChanged = changed
        pending.removeAll(keepingCapacity: true)
    }

    /// A sync failed: the system takes the unsynced bytes for written and forgets them; size and access stay under way.
    mutating func loseWrites() {
        for index in pending.indices {
            guard case .write(let offset, let bytes) = pending[index].step else { continue }
            pending[index].step = .grow(offset + bytes.count)
            hasLost = true
        }
    }

    /// A name of it was changed durably, and its time of change with it.
    mutating func nameBecameDurable(at time: Int64) { durableChanged = max(durableChanged, time) }

    /// Any of the steps since the last sync may have reached the platter, in any combination.
    mutating func losePower(keeps: (_ sequence: Int64) -> Bool) {
        for (step, time) in pending where keeps(time) {
            durable.take(step, now: time)
            durableChanged = max(durableChanged, time)
        }
        if hasLost || !pending.isEmpty { blob = nil }
        content = durable
        changed = durableChanged
        pending.removeAll(keepingCapacity: true)
        hasLost = false
    }
}

extension Inode.Content {
    mutating func take(_ step: Inode.Step, now: Int64) {
        switch step {
        case .write(let offset, let new):
            if offset == bytes.count {
                bytes.append(contentsOf: new)
            } else {
                fill(to: offset + new.count)
                bytes.replaceSubrange(offset..<(offset + new.count), with: new)
            }
            modified = now
        case .truncate(let size):
            if bytes.count > size { bytes.removeLast(bytes.count - size) }
            fill(to: size)
            modified = now
        case .grow(let size):
            fill(to: size)
            modified = now
        case .access(let permissions, let owner, let group):
            self.permissions = permissions
            self.owner = owner
            self.group = group
        }
    }

    private mutating func fill(to size: Int) {
        if bytes.count < size { bytes.append(contentsOf: repeatElement(0, count: size - bytes.count)) }
    }
}
