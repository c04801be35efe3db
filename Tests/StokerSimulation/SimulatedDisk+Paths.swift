import StokerCore

// How names lead to inodes.
extension SimulatedDisk {
    /// The inode a path names, without following a link in the last component; nil where nothing is there.
    func find(_ path: String, operation: String, depth: Int = 0) throws(DiskError) -> UInt64? {
        guard path.utf8.first == 0x2f else { throw error(operation, path, .invalid) }
        if depth > 8 { throw error(operation, path, .linkLoop) }
        var current: UInt64 = 1
        var walked = ""
        let components = path.split(separator: "/")
        for (index, component) in components.enumerated() {
            guard let folder = inodes[current], folder.kind == .directory else { return nil }
            guard let next = folder.entries[String(component)] else { return nil }
            if index < components.count - 1, let inode = inodes[next], inode.kind == .link {
                let rest = components[(index + 1)...].joined(separator: "/")
                let base = inode.text.hasPrefix("/") ? inode.text : normal(walked + "/" + inode.text)
                return try find(base + "/" + rest, operation: operation, depth: depth + 1)
            }
            walked += "/" + component
            current = next
        }
        return current
    }

    /// The folder a path lies in, and its name there.
    func parent(of path: String, _ operation: String) throws(DiskError) -> (folder: UInt64, name: String) {
        let components = path.split(separator: "/")
        guard let name = components.last else { throw error(operation, path, .exists) }
        let above = "/" + components.dropLast().joined(separator: "/")
        guard let folder = try find(above, operation: operation) else { throw error(operation, path, .notFound) }
        guard inodes[folder]?.kind == .directory else { throw error(operation, path, .notDirectory) }
        return (folder, String(name))
    }

    func existing(_ path: String, _ operation: String) throws(DiskError) -> Inode {
        guard let number = try find(path, operation: operation), let inode = inodes[number] else {
            throw error(operation, path, .notFound)
        }
        return inode
    }

    /// The mount a path lies on.
    func mount(of path: String) -> String {
        var best = "/"
        for mount in mounts where path == mount || path.hasPrefix(mount + "/") {
            if mount.utf8.count > best.utf8.count { best = mount }
        }
        return best
    }

    func device(of path: String) -> UInt64 {
        UInt64(1 + (mounts.sorted().firstIndex(of: mount(of: path)).map { $0 + 1 } ?? 0))
    }

    func refuseCrossing(_ operation: String, _ from: String, _ to: String) throws(DiskError) {
        // Renaming onto a mount point is judged by the mount its folder lies on.
        let target =
            mounts.contains(to)
            ? mount(of: "/" + to.split(separator: "/").dropLast().joined(separator: "/")) : mount(of: to)
        if mount(of: from) != target { throw error(operation, from, .crossDevice) }
    }

    private func normal(_ path: String) -> String {
        var kept: [Substring] = []
        for component in path.split(separator: "/") where component != "." {
            if component == ".." { _ = kept.popLast() } else { kept.append(component) }
        }
        return "/" + kept.joined(separator: "/")
    }
}
