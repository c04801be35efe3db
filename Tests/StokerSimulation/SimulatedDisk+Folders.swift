import StokerCore

// The calls that change names, and what Linux checks in which order.
extension SimulatedDisk {
    /// Renames without following links.
    public func rename(_ from: String, to: String) throws(DiskError) {
        try begin("rename", to, [.change, .access])
        let source = try spot(from, "rename", guarded: guarded(from))
        let target = try spot(to, "rename", guarded: guarded(to))
        if state.inodes[source.folder].device != state.inodes[target.folder].device {
            throw error("rename", from, .crossDevice)
        }
        guard let moved = source.slot else { throw error("rename", from, .notFound) }
        if source.range.isEmpty || target.range.isEmpty { throw error("rename", to, .busy) }
        if target.slot.map({ $0 == state.step(from: target.folder, downTo: source.folder) }) ?? false {
            throw error("rename", to, .notEmpty)
        }
        if moved == state.step(from: source.folder, downTo: target.folder) { throw error("rename", to, .invalid) }
        // Two names of one file: the system does nothing at all, and says so to nobody.
        if target.slot == moved { return }
        let isFolder = state.inodes[moved].kind == .directory
        if let old = target.slot {
            if state.inodes[old].kind == .directory && !isFolder { throw error("rename", to, .isDirectory) }
            if state.inodes[old].kind != .directory && isFolder { throw error("rename", to, .notDirectory) }
        }
        if state.inodes[moved].isMount || target.slot.map({ state.inodes[$0].isMount }) ?? false {
            throw error("rename", to, .busy)
        }
        if let old = target.slot, !state.inodes[old].entries.isEmpty { throw error("rename", to, .notEmpty) }
        let fits = source.folder == target.folder && target.range.count <= source.range.count
        if target.slot == nil, !fits, faults.strikesSpace() { throw error("rename", to, .noSpace) }
        state.apply(
            NameChange.Part(folder: source.folder, name: source.name(from), slot: nil),
            NameChange.Part(folder: target.folder, name: target.name(to), slot: moved))
        state.sweep()
    }

    /// A second name of a file, or of a link itself.
    public func link(_ from: String, to: String) throws(DiskError) {
        try begin("link", to, [.change, .access])
        let source = try spot(from, "link", guarded: guarded(from))
        let target = try spot(to, "link", guarded: guarded(to))
        guard let slot = source.slot else { throw error("link", from, .notFound) }
        if target.slot != nil { throw error("link", to, .exists) }
        if state.inodes[slot].device != state.inodes[target.folder].device { throw error("link", from, .crossDevice) }
        if state.inodes[slot].kind == .directory { throw error("link", from, .notPermitted) }
        if faults.strikesSpace() { throw error("link", to, .noSpace) }
        place(slot, at: target, to)
    }

    /// A new symbolic link.
    public func symlink(_ text: String, at path: String) throws(DiskError) {
        let spot = try newName("symlink", path)
        // An empty text leads nowhere, and the system says so at once.
        if text.isEmpty { throw error("symlink", path, .notFound) }
        let slot = state.makeInode(.link, permissions: 0o777)
        state.inodes[slot].text = text
        place(slot, at: spot, path)
    }

    /// Removes a name of a file or link.
    public func unlink(_ path: String) throws(DiskError) {
        try begin("unlink", path, [.change, .access])
        let spot = try spot(path, "unlink", guarded: guarded(path))
        guard let slot = spot.slot else { throw error("unlink", path, .notFound) }
        if state.inodes[slot].kind == .directory { throw error("unlink", path, .isDirectory) }
        try remove(slot, at: spot, "unlink", path)
    }

    /// A new folder that belongs to whom its parent belongs.
    public func makeDirectory(_ path: String, permissions: UInt16) throws(DiskError) {
        let spot = try newName("mkdir", path)
        let slot = state.makeInode(.directory, permissions: permissions)
        state.inodes[slot].belong(to: state.inodes[spot.folder])
        place(slot, at: spot, path)
    }

    /// Removes an empty folder.
    public func removeDirectory(_ path: String) throws(DiskError) {
        try begin("rmdir", path, [.change, .access])
        let spot = try spot(path, "rmdir", guarded: guarded(path))
        guard let slot = spot.slot else { throw error("rmdir", path, .notFound) }
        guard state.inodes[slot].kind == .directory else { throw error("rmdir", path, .notDirectory) }
        if spot.range.isEmpty { throw error("rmdir", path, .busy) }
        guard state.inodes[slot].entries.isEmpty else { throw error("rmdir", path, .notEmpty) }
        try remove(slot, at: spot, "rmdir", path)
    }

    /// Makes the names in a folder durable.
    public func syncDirectory(_ path: String) throws(DiskError) {
        try begin("fsync folder", path, [.change, .descriptor, .wait])
        let slot = try existing(path, "fsync")
        guard state.inodes[slot].kind == .directory else { throw error("fsync", path, .notDirectory) }
        if faults.strikesSync() { throw error("fsync", path, .io) }
        if faults.dropsSilently || skipSync?("fsync folder", path) ?? false { return }
        state.makeNamesDurable(in: slot)
        state.sweep()
    }

    // MARK: inside

    /// Checks a call that makes a name, and finds its place.
    func newName(
        _ operation: String, _ path: String, _ needs: DiskFaults.Needs = [.change, .access]
    ) throws(DiskError) -> Spot {
        try begin(operation, path, needs)
        let found = try spot(path, operation, guarded: guarded(path))
        if found.slot != nil { throw error(operation, path, .exists) }
        if faults.strikesSpace() { throw error(operation, path, .noSpace) }
        return found
    }

    func place(_ slot: Int, at spot: Spot, _ path: String) {
        state.inodes[slot].device = state.inodes[spot.folder].device
        state.apply(NameChange.Part(folder: spot.folder, name: spot.name(path), slot: slot))
        if mounts.contains(path) { markMounts() }
    }

    private func remove(_ slot: Int, at spot: Spot, _ operation: String, _ path: String) throws(DiskError) {
        if state.inodes[slot].isMount { throw error(operation, path, .busy) }
        state.apply(NameChange.Part(folder: spot.folder, name: spot.name(path), slot: nil))
        state.sweep()
    }
}
