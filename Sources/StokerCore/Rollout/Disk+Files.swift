// What layouts need again and again, composed of the port's system calls.
extension Disk {
    /// Whether anything is there, a dangling link included.
    func exists(_ path: String) throws(DiskError) -> Bool { try status(path) != nil }

    /// Writes all bytes at the handle's position, in pieces of at most 1 MiB: a short write is no error.
    func writeAll(_ bytes: [UInt8], to handle: DiskHandle) throws(DiskError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let taken = try write(handle, rest.prefix(1 << 20))
            precondition(taken > 0 && taken <= rest.count, "a disk took \(taken) of \(rest.count) bytes")
            rest = rest.dropFirst(taken)
        }
    }

    /// Creates a file that only we may read, fills it, lets the caller set its access, and syncs it (not its folder).
    func createFile(
        _ path: String, _ bytes: [UInt8], access: (DiskHandle) throws(DiskError) -> Void = { _ throws(DiskError) in }
    ) throws(DiskError) {
        let handle = try create(path, permissions: 0o600)
        defer { close(handle) }
        try writeAll(bytes, to: handle)
        try access(handle)
        try sync(handle)
    }

    /// Makes a folder and all that is missing above it, durably.
    func makeFolders(_ path: String, permissions: UInt16) throws(DiskError) {
        let parent = DiskPath.parent(path)
        // A crash may have come between making it and syncing it. What is above it was synced before it was made.
        if try exists(path) { return try syncDirectory(parent) }
        if parent != "/" && !parent.isEmpty { try makeFolders(parent, permissions: permissions) }
        try makeDirectory(path, permissions: permissions)
        try syncDirectory(parent)
    }

    /// Removes a file, link or folder of ours with all that is in it. Nothing there is no error.
    func removeTree(_ path: String) throws(DiskError) {
        guard let status = try status(path) else { return }
        guard status.kind == .directory else { return try unlink(path) }
        for name in try list(path, limit: Rollout.mostNames) { try removeTree(path + "/" + name) }
        try removeDirectory(path)
    }

    /// Every file, link or special file below a folder, relative to it; folders themselves are not listed.
    func filesBelow(_ folder: String) throws(DiskError) -> [String] {
        var found: [String] = []
        var waiting = [""]
        while let relative = waiting.popLast() {
            let base = relative.isEmpty ? folder : folder + "/" + relative
            for name in try list(base, limit: Rollout.mostNames) {
                let path = relative.isEmpty ? name : relative + "/" + name
                guard let status = try status(folder + "/" + path) else { continue }
                if status.kind == .directory { waiting.append(path) } else { found.append(path) }
            }
            if found.count > Rollout.mostNames {
                throw DiskError(
                    operation: "list", path: folder, code: .tooLarge, message: "more than \(Rollout.mostNames) files")
            }
        }
        return found
    }
}
