import Glibc
import StokerCore

/// Looks at files of this host that are not ours, following links as the process would.
enum HostFiles {
    enum Presence { case absent, readable, unreadable }

    /// Entries of one folder that are looked at; a folder with more is not a folder of configuration.
    private static let nameLimit = 100_000

    static func presence(_ path: String) -> Presence {
        var status = stat()
        guard stat(path, &status) == 0 else { return errno == EACCES ? .unreadable : .absent }
        // A folder is no file that could be read.
        guard status.st_mode & S_IFMT != S_IFDIR else { return .absent }
        return access(path, R_OK) == 0 ? .readable : .unreadable
    }

    /// The whole of a regular file; nil where it cannot be read or has more than `limit` bytes.
    static func read(_ path: String, limit: Int) -> [UInt8]? {
        // Without O_NONBLOCK a FIFO in the place of a file would hold us for ever.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= limit else {
            return nil
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= limit {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            if count < 0 { return nil }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
        return nil
    }

    /// The names in a folder in ascending order; nil where it cannot be read.
    static func names(in folder: String) -> [String]? {
        guard let stream = opendir(folder) else { return nil }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream), names.count < nameLimit {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// `filepath.Glob` of an absolute, cleaned pattern on this host.
    static func glob(_ pattern: String) -> [String] {
        var found = [""]
        for component in pattern.split(separator: "/").map(String.init) {
            guard Glob.hasMeta(component) else {
                found = found.map { $0 + "/" + component }
                continue
            }
            found = found.flatMap { folder in
                (names(in: folder.isEmpty ? "/" : folder) ?? [])
                    .filter { Glob.goMatch(component, $0) }.map { folder + "/" + $0 }
            }
        }
        return found.filter { presence($0) != .absent }
    }
}
