import Glibc

/// The names of the loose references of a repository: each is a file of its own.
enum LooseRefs {
    /// The names that begin with `prefix`, in no order.
    /// - Parameters:
    ///   - folder: the repository.
    ///   - limit: of files and folders to look at.
    /// - Returns: nil where a folder cannot be read, there are too many, or something is there that git does not put there.
    static func names(in folder: String, below prefix: String, limit: Int) -> [String]? {
        guard let slash = prefix.lastIndex(of: "/") else { return nil }
        var names: [String] = []
        var pending = [String(prefix[...slash])]
        var left = limit
        while let place = pending.popLast() {
            guard let entries = entries("\(folder)/\(place)", limit: left) else { return nil }
            left -= entries.count
            for entry in entries where (place + entry.name).hasPrefix(prefix) || entry.kind == .folder {
                let name = place + entry.name
                switch entry.kind {
                case .folder: if (name + "/").hasPrefix(prefix) { pending.append(name + "/") }
                // One that is being written.
                case .file: if !name.hasSuffix(".lock") { names.append(name) }
                case .other: return nil
                }
            }
        }
        return names
    }

    private enum Kind { case file, folder, other }

    /// What is in a folder; nothing where there is no such folder, nil where it cannot be read or has more than `limit`.
    private static func entries(_ path: String, limit: Int) -> [(name: String, kind: Kind)]? {
        guard let stream = opendir(path) else { return errno == ENOENT || errno == ENOTDIR ? [] : nil }
        defer { closedir(stream) }
        var entries: [(name: String, kind: Kind)] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { return errno == 0 ? entries : nil }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name != ".", name != ".." else { continue }
            guard entries.count < limit else { return nil }
            entries.append((name, kind(path + name)))
        }
    }

    private static func kind(_ path: String) -> Kind {
        var status = stat()
        guard lstat(path, &status) == 0 else { return errno == ENOENT ? .file : .other }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return .file
        case S_IFDIR: return .folder
        case _: return .other
        }
    }
}
