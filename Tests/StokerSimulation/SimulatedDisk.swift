import StokerCore

// StokerSimulation: the world in memory, so that a seed replays what no real machine does on demand.

/// A file system that can lose its power. It knows two states: what a running system sees, and what is on the platter.
///
/// Bytes and access of a file become durable with `sync` of the file; names with `syncDirectory` of *every* folder the
/// change touched (real file systems are kinder to a rename, and code that lives with this lives with them too). One call
/// is atomic. A power cut keeps any subset of what was not synced, drawn from a seed.
///
/// A crash of the process is modelled by `crashAfter`: that many changing calls take effect, then every call fails
/// until `restart`.
public final class SimulatedDisk: Disk {
    /// Errors to answer with instead of working: called with the operation and its path.
    public var fault: ((_ operation: String, _ path: String) -> DiskError.Code?)?
    /// How many more changing calls take effect before the process dies; nil: it does not.
    public var crashAfter: Int?
    /// The most bytes one write takes.
    public var largestWrite = 16
    /// Folders that are mounts of their own: no rename or link crosses them.
    public var mounts: Set<String> = []
    /// How many calls changed the disk, or would have.
    public private(set) var changes = 0
    /// The names of the changing calls and their paths, for messages and for the mutation check.
    public private(set) var calls: [String] = []
    /// Handles that were opened and not closed.
    public var openHandles: Int { handles.count }

    var inodes: [UInt64: Inode] = [:]
    var pendingNames: [NameChange] = []
    var clock: Int64 = 1_000_000
    private var nextInode: UInt64 = 2
    private var handles: [Int32: Handle] = [:]
    private var nextHandle: Int32 = 3
    private var crashed = false

    private struct Handle {
        let inode: UInt64
        var position: Int
    }

    /// An empty disk with a root folder.
    public init() {
        inodes[1] = Inode(kind: .directory, permissions: 0o755, now: clock)
    }

    /// Another disk in the same state, as a running system sees it and on the platter.
    public func copy() -> SimulatedDisk {
        let copy = SimulatedDisk()
        copy.inodes = inodes
        copy.pendingNames = pendingNames
        copy.clock = clock
        copy.nextInode = nextInode
        copy.largestWrite = largestWrite
        copy.mounts = mounts
        return copy
    }

    /// The process starts again after a crash; the system had stayed up.
    public func restart() {
        crashed = false
        crashAfter = nil
        handles = [:]
        changes = 0
        calls = []
    }

    // MARK: looking

    /// `lstat`.
    public func status(_ path: String) throws(DiskError) -> FileStatus? {
        try look("lstat", path)
        guard let number = try find(path, operation: "lstat"), let inode = inodes[number] else { return nil }
        return inode.status(number: number, device: device(of: path))
    }

    /// The names in a folder, sorted.
    public func list(_ directory: String, limit: Int) throws(DiskError) -> [String] {
        try look("list", directory)
        let inode = try existing(directory, "list")
        guard inode.kind == .directory else { throw error("list", directory, .notDirectory) }
        guard inode.entries.count <= limit else { throw error("list", directory, .tooLarge) }
        return inode.entries.keys.sorted()
    }

    /// The text of a link.
    public func readLink(_ path: String) throws(DiskError) -> String {
        try look("readlink", path)
        let inode = try existing(path, "readlink")
        guard inode.kind == .link else { throw error("readlink", path, .invalid) }
        return inode.text
    }

    /// All bytes of a regular file.
    public func read(_ path: String, limit: Int) throws(DiskError) -> [UInt8] {
        try look("read", path)
        let inode = try existing(path, "read")
        guard inode.kind == .regular else { throw error("read", path, .invalid) }
        guard inode.content.bytes.count <= limit else { throw error("read", path, .tooLarge) }
        return inode.content.bytes
    }

    /// The git object id of a regular file's bytes.
    public func blobID(_ path: String) throws(DiskError) -> BlobID {
        BlobID(SimulatedDigest.gitBlobID(of: try read(path, limit: .max)))
    }

    // MARK: files

    /// A new file, open for writing.
    public func create(_ path: String, permissions: UInt16) throws(DiskError) -> DiskHandle {
        let (parent, name) = try change("create", path)
        if inodes[parent]?.entries[name] != nil { throw error("create", path, .exists) }
        let number = makeInode(.regular, permissions: permissions, parent: nil)
        apply([NameChange.Part(folder: parent, name: name, inode: number)])
        return handle(number)
    }

    /// An existing regular file, open for writing, not truncated.
    public func openExisting(_ path: String) throws(DiskError) -> DiskHandle {
        try look("open", path)
        guard let number = try find(path, operation: "open"), let inode = inodes[number] else {
            throw error("open", path, .notFound)
        }
        guard inode.kind == .regular else { throw error("open", path, .linkLoop) }
        return handle(number)
    }

    /// Writes at the handle's position; may take less than all.
    public func write(_ handle: DiskHandle, _ bytes: ArraySlice<UInt8>) throws(DiskError) -> Int {
        try change("write", on: handle)
        guard var open = handles[handle.raw] else { throw error("write", "", .invalid) }
        let piece = bytes.prefix(largestWrite)
        edit(open.inode) { inode, now in inode.perform(.write(offset: open.position, Array(piece)), now: now) }
        open.position += piece.count
        handles[handle.raw] = open
        return piece.count
    }

    /// Cuts or extends an open file.
    public func truncate(_ handle: DiskHandle, size: Int64) throws(DiskError) {
        try change("truncate", on: handle)
        guard let open = handles[handle.raw] else { throw error("truncate", "", .invalid) }
        edit(open.inode) { inode, now in inode.perform(.truncate(Int(size)), now: now) }
    }

    /// Makes bytes and access of an open file durable.
    public func sync(_ handle: DiskHandle) throws(DiskError) {
        try change("fsync", on: handle)
        guard let open = handles[handle.raw] else { throw error("fsync", "", .invalid) }
        inodes[open.inode]?.makeContentDurable()
    }

    /// Ends the use of a handle.
    public func close(_ handle: DiskHandle) { handles[handle.raw] = nil }

    /// Gives an open file the access of a path.
    public func copyAccess(from model: String, to handle: DiskHandle) throws(DiskError) {
        try change("copyAccess", on: handle, path: model)
        let inode = try existing(model, "copyAccess")
        guard let open = handles[handle.raw] else { throw error("copyAccess", model, .invalid) }
        edit(open.inode) { target, now in
            target.perform(.access(permissions: inode.permissions, owner: inode.owner, group: inode.group), now: now)
        }
    }

    /// `fchmod`.
    public func setPermissions(_ handle: DiskHandle, _ permissions: UInt16) throws(DiskError) {
        try change("chmod", on: handle)
        guard let open = handles[handle.raw] else { throw error("chmod", "", .invalid) }
        edit(open.inode) { inode, now in
            inode.perform(.access(permissions: permissions, owner: inode.owner, group: inode.group), now: now)
        }
    }

    // MARK: names

    /// Renames without following links.
    public func rename(_ from: String, to: String) throws(DiskError) {
        let (target, newName) = try change("rename", to)
        try refuseCrossing("rename", from, to)
        let (source, oldName) = try parent(of: from, "rename")
        guard let number = inodes[source]?.entries[oldName], let moved = inodes[number] else {
            throw error("rename", from, .notFound)
        }
        if let old = inodes[target]?.entries[newName], let replaced = inodes[old] {
            // Two names of one file: the system does nothing at all, and says so to nobody.
            if old == number { return }
            if replaced.kind == .directory && moved.kind != .directory { throw error("rename", to, .isDirectory) }
            if replaced.kind != .directory && moved.kind == .directory { throw error("rename", to, .notDirectory) }
            if replaced.kind == .directory && !replaced.entries.isEmpty { throw error("rename", to, .notEmpty) }
        }
        if mounts.contains(to) { throw error("rename", to, .busy) }
        apply([
            NameChange.Part(folder: source, name: oldName, inode: nil),
            NameChange.Part(folder: target, name: newName, inode: number),
        ])
    }

    /// A second name of a file, or of a link itself.
    public func link(_ from: String, to: String) throws(DiskError) {
        let (target, name) = try change("link", to)
        try refuseCrossing("link", from, to)
        guard let number = try find(from, operation: "link"), let inode = inodes[number] else {
            throw error("link", from, .notFound)
        }
        if inode.kind == .directory { throw error("link", from, .notPermitted) }
        if inodes[target]?.entries[name] != nil { throw error("link", to, .exists) }
        apply([NameChange.Part(folder: target, name: name, inode: number)])
    }

    /// A new symbolic link.
    public func symlink(_ text: String, at path: String) throws(DiskError) {
        let (parent, name) = try change("symlink", path)
        if inodes[parent]?.entries[name] != nil { throw error("symlink", path, .exists) }
        let number = makeInode(.link, permissions: 0o777, parent: nil)
        inodes[number]?.text = text
        apply([NameChange.Part(folder: parent, name: name, inode: number)])
    }

    /// Removes a name of a file or link.
    public func unlink(_ path: String) throws(DiskError) {
        let (parent, name) = try change("unlink", path)
        guard let number = inodes[parent]?.entries[name] else { throw error("unlink", path, .notFound) }
        if inodes[number]?.kind == .directory { throw error("unlink", path, .isDirectory) }
        if mounts.contains(path) { throw error("unlink", path, .busy) }
        apply([NameChange.Part(folder: parent, name: name, inode: nil)])
    }

    /// A new folder that belongs to whom its parent belongs.
    public func makeDirectory(_ path: String, permissions: UInt16) throws(DiskError) {
        let (parent, name) = try change("mkdir", path)
        if inodes[parent]?.entries[name] != nil { throw error("mkdir", path, .exists) }
        let number = makeInode(.directory, permissions: permissions, parent: parent)
        apply([NameChange.Part(folder: parent, name: name, inode: number)])
    }

    /// Removes an empty folder.
    public func removeDirectory(_ path: String) throws(DiskError) {
        let (parent, name) = try change("rmdir", path)
        guard let number = inodes[parent]?.entries[name], let inode = inodes[number] else {
            throw error("rmdir", path, .notFound)
        }
        guard inode.kind == .directory else { throw error("rmdir", path, .notDirectory) }
        guard inode.entries.isEmpty else { throw error("rmdir", path, .notEmpty) }
        apply([NameChange.Part(folder: parent, name: name, inode: nil)])
    }

    /// Access is not simulated: everything may be written.
    public func writeProblem(_ path: String) -> String? { nil }

    /// Makes the names in a folder durable.
    public func syncDirectory(_ path: String) throws(DiskError) {
        try count("fsync folder", path)
        guard let number = try find(path, operation: "fsync"), inodes[number]?.kind == .directory else {
            throw error("fsync", path, .notFound)
        }
        makeNamesDurable(in: number)
    }

    // MARK: inside

    private func handle(_ inode: UInt64) -> DiskHandle {
        defer { nextHandle += 1 }
        handles[nextHandle] = Handle(inode: inode, position: 0)
        return DiskHandle(raw: nextHandle)
    }

    private func makeInode(_ kind: FileStatus.Kind, permissions: UInt16, parent: UInt64?) -> UInt64 {
        defer { nextInode += 1 }
        clock += 1
        var inode = Inode(kind: kind, permissions: permissions, now: clock)
        // A new folder belongs to whom its parent belongs, as on the real disk.
        if let parent, let above = inodes[parent] {
            inode.owner = above.owner
            inode.group = above.group
        }
        inodes[nextInode] = inode
        return nextInode
    }

    private func edit(_ number: UInt64, _ change: (inout Inode, Int64) -> Void) {
        clock += 1
        guard var inode = inodes[number] else { return }
        change(&inode, clock)
        inodes[number] = inode
    }

    private func look(_ operation: String, _ path: String) throws(DiskError) {
        if crashed { throw error(operation, path, .crashed) }
        if let code = fault?(operation, path) { throw error(operation, path, code) }
    }

    private func change(_ operation: String, on handle: DiskHandle, path: String = "") throws(DiskError) {
        try count(operation, path)
    }

    private func change(_ operation: String, _ path: String) throws(DiskError) -> (folder: UInt64, name: String) {
        try count(operation, path)
        return try parent(of: path, operation)
    }

    private func count(_ operation: String, _ path: String) throws(DiskError) {
        if crashed { throw error(operation, path, .crashed) }
        if crashAfter == changes {
            crashed = true
            throw error(operation, path, .crashed)
        }
        changes += 1
        calls.append("\(operation) \(path)")
        if let code = fault?(operation, path) { throw error(operation, path, code) }
    }

    func error(_ operation: String, _ path: String, _ code: DiskError.Code) -> DiskError {
        DiskError(operation: operation, path: path, code: code, message: "simulated error \(code.rawValue)")
    }
}

extension DiskError.Code {
    /// The process is dead: no call has an effect any more.
    public static let crashed = DiskError.Code(rawValue: -1)
}
