extension Rollout {
    /// Copies live files that somebody edited into a folder of the storage directory (files 0600, folder 0700) before
    /// they are replaced. Of earlier attempts only the newest `keepLast` copies stay.
    /// - Returns: the absolute path of the copy for each path that is a regular file.
    @discardableResult
    public static func saveDrifted(
        _ paths: [String], place: DeployPlace, attempt: Int64, to directory: String, keepLast: Int = 20,
        disk: any Disk
    ) throws(DiskError) -> [String: String] {
        try disk.makeFolders(directory, permissions: 0o700)
        let prefix = String(repeating: "0", count: max(0, 12 - "\(attempt)".count)) + "\(attempt)-"
        var copies: [String: String] = [:]
        for path in paths {
            let live = place.live(path)
            guard let status = try disk.status(live), status.kind == .regular else { continue }
            let bytes = try disk.read(live, limit: largestFile)
            let copy = directory + "/" + prefix + editName(path)
            // The same attempt again, after a crash: the copy may be torn, and the live file is still there.
            if try disk.exists(copy) { try disk.unlink(copy) }
            try disk.createFile(copy, bytes)
            copies[path] = copy
        }
        try disk.syncDirectory(directory)
        let earlier = try disk.list(directory, limit: mostNames).filter { !$0.hasPrefix(prefix) }
        for name in earlier.dropLast(keepLast) { try disk.unlink(directory + "/" + name) }
        return copies
    }

    /// The path as one name; a path too long for a name keeps its end.
    private static func editName(_ path: String) -> String {
        var name = ""
        for character in path {
            switch character {
            case "/": name += "%2F"
            case "%": name += "%25"
            default: name.append(character)
            }
        }
        while name.utf8.count > 230 { name.removeFirst() }
        return name
    }
}
