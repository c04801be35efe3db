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
        case write(offset: Int, [UInt8])
        case truncate(Int)
        case access(permissions: UInt16, owner: UInt32, group: UInt32)
    }

    /// What the platter says of a name, and since which change.
    struct Entry {
        let inode: UInt64?
        let sequence: Int64
    }

    let kind: FileStatus.Kind
    var content: Content
    private var durable: Content
    private var pending: [(Step, Int64)] = []
    var changed: Int64
    var links: UInt64 = 0
    /// A link's text; durable with its name.
    var text = ""
    var entries: [String: UInt64] = [:]
    var durableEntries: [String: Entry] = [:]

    var permissions: UInt16 { content.permissions }
    var owner: UInt32 {
        get { content.owner }
        set {
            content.owner = newValue
            durable.owner = newValue
        }
    }
    var group: UInt32 {
        get { content.group }
        set {
            content.group = newValue
            durable.group = newValue
        }
    }

    init(kind: FileStatus.Kind, permissions: UInt16, now: Int64) {
        self.kind = kind
        content = Content(permissions: permissions, modified: now)
        durable = content
        changed = now
    }

    func status(number: UInt64, device: UInt64) -> FileStatus {
        FileStatus(
            kind: kind, permissions: content.permissions, owner: content.owner, group: content.group, links: links,
            stamp: FileStamp(
                device: device, inode: number, size: Int64(kind == .link ? text.utf8.count : content.bytes.count),
                modifiedNanoseconds: content.modified, changedNanoseconds: changed))
    }

    mutating func perform(_ step: Step, now: Int64) {
        content.take(step, now: now)
        changed = now
        pending.append((step, now))
    }

    mutating func makeContentDurable() {
        durable = content
        pending = []
    }

    /// Any of the steps since the last sync may have reached the platter, in any combination.
    mutating func losePower(keeps: () -> Bool) {
        for (step, time) in pending where keeps() { durable.take(step, now: time) }
        content = durable
        pending = []
    }
}

extension Inode.Content {
    mutating func take(_ step: Inode.Step, now: Int64) {
        switch step {
        case .write(let offset, let new):
            if bytes.count < offset + new.count {
                bytes += Array(repeating: 0, count: offset + new.count - bytes.count)
            }
            bytes.replaceSubrange(offset..<(offset + new.count), with: new)
            modified = now
        case .truncate(let size):
            bytes = Array(bytes.prefix(size)) + Array(repeating: 0, count: max(0, size - bytes.count))
            modified = now
        case .access(let permissions, let owner, let group):
            self.permissions = permissions
            self.owner = owner
            self.group = group
        }
    }
}
