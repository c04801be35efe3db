import StokerCore

// StokerSimulation: the world in memory, so that a seed replays what no real machine does on demand.

/// A file system that can lose its power. It knows two states: what a running system sees, and what is on the platter.
///
/// Bytes and access of a file become durable with `sync` of the file; names with `syncDirectory` of *every* folder the
/// change touched (real file systems are kinder to a rename, and code that lives with this lives with them too). One call
/// is atomic. A power cut keeps any subset of what was not synced; `outcomes` lists them.
///
/// A sync that fails does what Linux does: the unsynced bytes of the file are seen, but will never be written, also by a
/// later sync that succeeds; names stay under way.
///
/// A crash of the process is modelled by the fuse: that many changing calls take effect, then every call fails until
/// `restart`. It may be shared with other effects of the same process.
public final class SimulatedDisk: Disk {
    /// Errors to answer with instead of working: called with the operation and its path.
    public var fault: ((_ operation: String, _ path: String) -> DiskError.Code?)?
    /// Errors by chance or by count.
    public var faults = DiskFaults()
    /// Syncs that shall say yes and do nothing: called with `fsync` or `fsync folder` and the path. For the mutation check.
    public var skipSync: ((_ operation: String, _ path: String) -> Bool)?
    /// Counts changing calls; when it is blown, the process is dead.
    public let fuse: Fuse
    /// The most bytes one write takes.
    public var largestWrite = 16
    /// Folders below which nothing is written through a link, as on the real disk.
    public var roots: [String] = []
    /// Folders and files that are mounts of their own: no rename or link crosses them.
    public var mounts: Set<String> = [] {
        didSet { if mounts != oldValue { markMounts() } }
    }
    /// Whether `calls` is kept.
    public var records = false
    /// The names of the changing calls and their paths, for messages and for the mutation check.
    public private(set) var calls: [String] = []

    let state: SimulatedDiskState
    /// Somebody else than the simulated process is calling.
    private var isBystander = false
    private var handles: [Handle?] = []
    private let digests: SimulatedDigest.Memory

    private struct Handle {
        let slot: Int
        let path: String
        var position: Int
    }

    /// An empty disk with a root folder.
    public init(fuse: Fuse = Fuse()) {
        self.fuse = fuse
        state = SimulatedDiskState()
        digests = SimulatedDigest.Memory()
    }

    private init(_ other: SimulatedDisk, _ fuse: Fuse) {
        self.fuse = fuse
        state = SimulatedDiskState(other.state)
        digests = other.digests
        largestWrite = other.largestWrite
        roots = other.roots
        mounts = other.mounts
        for handle in other.handles { if let handle { state.release(handle.slot) } }
        state.sweep()
    }

    /// Another disk in the same state, as a running system sees it and on the platter; without handles, faults and
    /// closures.
    public func copy(fuse: Fuse = Fuse()) -> SimulatedDisk { SimulatedDisk(self, fuse) }

    /// The process starts again after a crash; the system had stayed up.
    public func restart() {
        fuse.reset()
        for handle in handles { if let handle { state.release(handle.slot) } }
        state.sweep()
        handles = []
        calls = []
    }

    /// What others than the simulated process do: it meets no faults, is not counted, and works when the process is dead.
    public func asBystander<Value, Problem: Error>(_ work: () throws(Problem) -> Value) throws(Problem) -> Value {
        let (before, faults, skipSync) = (isBystander, faults, skipSync)
        isBystander = true
        self.faults = DiskFaults()
        self.skipSync = nil
        defer {
            isBystander = before
            self.faults = faults
            self.skipSync = skipSync
        }
        return try work()
    }

    /// How many more changing calls take effect before the process dies; nil: it does not.
    public var crashAfter: Int? {
        get { fuse.remaining }
        set { fuse.remaining = newValue }
    }

    /// How many calls changed the disk, or would have.
    public var changes: Int { fuse.count }

    /// Handles that were opened and not closed.
    public var openHandles: Int { handles.reduce(0) { $0 + ($1 == nil ? 0 : 1) } }

    /// Files, folders and links that are seen, on the platter or open.
    public var inodeCount: Int { state.count }

    // MARK: looking

    /// `lstat`.
    public func status(_ path: String) throws(DiskError) -> FileStatus? {
        try look("lstat", path)
        do {
            guard let slot = try state.spot(path).slot else { return nil }
            return state.status(slot)
        } catch {
            if error.code == .notFound || error.code == .notDirectory { return nil }
            throw self.error("lstat", path, error.code)
        }
    }

    /// The names in a folder, sorted.
    public func list(_ directory: String, limit: Int) throws(DiskError) -> [String] {
        try look("list", directory, [.access, .descriptor])
        let slot = try existing(directory, "list")
        guard state.inodes[slot].kind == .directory else { throw error("list", directory, .notDirectory) }
        guard state.inodes[slot].entries.count <= limit else { throw error("list", directory, .tooLarge) }
        return state.inodes[slot].entries.map(\.name.text)
    }

    /// The text of a link.
    public func readLink(_ path: String) throws(DiskError) -> String {
        try look("readlink", path)
        let slot = try existing(path, "readlink")
        guard state.inodes[slot].kind == .link else { throw error("readlink", path, .invalid) }
        return state.inodes[slot].text
    }

    /// All bytes of a regular file.
    public func read(_ path: String, limit: Int) throws(DiskError) -> [UInt8] {
        let slot = try readable(path)
        guard state.inodes[slot].content.bytes.count <= limit else { throw error("read", path, .tooLarge) }
        return state.inodes[slot].content.bytes
    }

    /// The git object id of a regular file's bytes.
    public func blobID(_ path: String) throws(DiskError) -> BlobID {
        let slot = try readable(path)
        if let known = state.inodes[slot].blob { return known }
        let id = digests.blobID(of: state.inodes[slot].content.bytes)
        state.inodes[slot].blob = id
        return id
    }

    private func readable(_ path: String) throws(DiskError) -> Int {
        try look("read", path, [.access, .descriptor])
        let slot = try existing(path, "read")
        switch state.inodes[slot].kind {
        case .regular: return slot
        case .link: throw error("read", path, .linkLoop)
        case .directory, .other: throw error("read", path, .invalid)
        }
    }

    /// Says what `faults` always refuses; other access is not simulated.
    public func writeProblem(_ path: String) -> String? {
        // Nothing there, or no way to it: that is no question of access.
        do { if try state.spot(path).slot == nil { return nil } } catch { return nil }
        if faults.readOnly == .always { return "\(path) is on a read-only file system: mount it read-write" }
        if faults.accessDenied == .always { return "\(path) cannot be written: run `chmod g+w \(path)`" }
        return nil
    }

    // MARK: files

    /// A new file, open for writing.
    public func create(_ path: String, permissions: UInt16) throws(DiskError) -> DiskHandle {
        let spot = try newName("create", path, [.change, .access, .descriptor, .wait])
        let slot = state.makeInode(.regular, permissions: permissions)
        place(slot, at: spot, path)
        return handle(slot, path)
    }

    /// An existing regular file, open for writing, not truncated.
    public func openExisting(_ path: String) throws(DiskError) -> DiskHandle {
        try look("open", path, [.change, .access, .descriptor, .wait])
        guard let slot = try spot(path, "open", guarded: guarded(path)).slot else {
            throw error("open", path, .notFound)
        }
        switch state.inodes[slot].kind {
        case .regular: return handle(slot, path)
        case .link: throw error("open", path, .linkLoop)
        case .directory: throw error("open", path, .isDirectory)
        case .other: throw error("open", path, .invalid)
        }
    }

    /// Writes at the handle's position; may take less than all.
    public func write(_ handle: DiskHandle, _ bytes: ArraySlice<UInt8>) throws(DiskError) -> Int {
        let open = try begin("write", handle, [.change, .wait])
        var count = faults.taken(of: min(bytes.count, largestWrite))
        let size = state.inodes[open.slot].content.bytes.count
        if open.position + count > size, faults.strikesSpace() {
            // What is there already can be overwritten.
            count = size - open.position
            if count <= 0 { throw error("write", open.path, .noSpace) }
        }
        edit(open.slot, .write(offset: open.position, bytes.prefix(count)))
        handles[Int(handle.raw) - Self.firstHandle]?.position += count
        return count
    }

    /// Cuts or extends an open file.
    public func truncate(_ handle: DiskHandle, size: Int64) throws(DiskError) {
        let open = try begin("truncate", handle, [.change, .wait])
        guard size >= 0 else { throw error("truncate", open.path, .invalid) }
        edit(open.slot, .truncate(Int(size)))
    }

    /// Makes bytes and access of an open file durable.
    public func sync(_ handle: DiskHandle) throws(DiskError) {
        let open = try begin("fsync", handle, [.change, .wait], losing: true)
        if faults.strikesSync() {
            state.inodes[open.slot].loseWrites()
            throw error("fsync", open.path, .io)
        }
        if faults.dropsSilently || skipSync?("fsync", open.path) ?? false { return }
        state.inodes[open.slot].makeContentDurable()
    }

    /// Ends the use of a handle.
    public func close(_ handle: DiskHandle) {
        let index = Int(handle.raw) - Self.firstHandle
        guard handles.indices.contains(index), let open = handles[index] else { return }
        handles[index] = nil
        while let last = handles.last, last == nil { handles.removeLast() }
        state.release(open.slot)
        state.sweep()
    }

    /// Gives an open file the access of a path.
    public func copyAccess(from model: String, to handle: DiskHandle) throws(DiskError) {
        let open = try begin("copyAccess", handle, .change, path: model)
        let content = state.inodes[try existing(model, "copyAccess")].content
        edit(open.slot, .access(permissions: content.permissions, owner: content.owner, group: content.group))
    }

    /// `fchmod`.
    public func setPermissions(_ handle: DiskHandle, _ permissions: UInt16) throws(DiskError) {
        let open = try begin("chmod", handle, .change)
        let content = state.inodes[open.slot].content
        edit(open.slot, .access(permissions: permissions, owner: content.owner, group: content.group))
    }

    // MARK: inside

    private static let firstHandle = 3

    private func handle(_ slot: Int, _ path: String) -> DiskHandle {
        state.use(slot)
        let open = Handle(slot: slot, path: path, position: 0)
        let index = handles.firstIndex { $0 == nil } ?? handles.count
        if index < handles.count { handles[index] = open } else { handles.append(open) }
        return DiskHandle(raw: Int32(index + Self.firstHandle))
    }

    private func edit(_ slot: Int, _ step: Inode.Step) {
        state.clock += 1
        state.inodes[slot].perform(step, now: state.clock)
    }

    func spot(_ path: String, _ operation: String, guarded: Int = .max) throws(DiskError) -> Spot {
        do { return try state.spot(path, guarded: guarded) } catch { throw self.error(operation, path, error.code) }
    }

    func existing(_ path: String, _ operation: String) throws(DiskError) -> Int {
        guard let slot = try spot(path, operation).slot else { throw error(operation, path, .notFound) }
        return slot
    }

    /// From which byte of a path on no link may be followed.
    func guarded(_ path: String) -> Int {
        for root in roots where path.hasPrefix(root) && path.utf8.count > root.utf8.count {
            return root.utf8.lastIndex(of: 0x2f).map { root.utf8.distance(from: root.startIndex, to: $0) } ?? 0
        }
        return .max
    }

    // MARK: refusals

    private func look(_ operation: String, _ path: String, _ needs: DiskFaults.Needs = []) throws(DiskError) {
        if isBystander { return }
        if fuse.blown { throw error(operation, path, .crashed) }
        if let code = fault?(operation, path) ?? faults.strike(needs) { throw error(operation, path, code) }
    }

    func begin(_ operation: String, _ path: String, _ needs: DiskFaults.Needs) throws(DiskError) {
        if isBystander { return }
        guard fuse.spend() else { throw error(operation, path, .crashed) }
        if records { calls.append("\(operation) \(path)") }
        if let code = fault?(operation, path) ?? faults.strike(needs) { throw error(operation, path, code) }
    }

    /// - Parameter losing: a failure for lack of a working or large enough device loses what was not synced.
    private func begin(
        _ operation: String, _ handle: DiskHandle, _ needs: DiskFaults.Needs, path: String? = nil, losing: Bool = false
    ) throws(DiskError) -> Handle {
        let index = Int(handle.raw) - Self.firstHandle
        guard handles.indices.contains(index), let open = handles[index] else {
            if fuse.blown { throw error(operation, path ?? "", .crashed) }
            throw error(operation, path ?? "", .badDescriptor)
        }
        do throws(DiskError) { try begin(operation, path ?? open.path, needs) } catch {
            if losing, [.io, .noSpace, .quota].contains(error.code) { state.inodes[open.slot].loseWrites() }
            throw error
        }
        return open
    }

    func error(_ operation: String, _ path: String, _ code: DiskError.Code) -> DiskError {
        DiskError(operation: operation, path: path, code: code, message: "simulated error \(code.rawValue)")
    }
}

extension DiskError.Code {
    /// The process is dead: no call has an effect any more.
    public static let crashed = DiskError.Code(rawValue: -1)
    /// `EBADF`: a handle that is not open.
    static let badDescriptor = DiskError.Code(rawValue: 9)
}
