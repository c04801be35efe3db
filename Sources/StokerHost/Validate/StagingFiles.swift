import Glibc

/// The few system calls a staged tree needs. It is scratch that is rebuilt when in doubt, so nothing is synced.
enum StagingFiles {
    /// Makes a folder of ours alone, and those above it.
    static func makeDirectory(_ path: String) throws(StagingError) {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw failure("make the folder", path)
        }
        try makeDirectory(String(path[..<slash]))
        if mkdir(path, 0o700) != 0, errno != EEXIST { throw failure("make the folder", path) }
    }

    /// Writes a new file; what was there is removed first, so that a link is never written through.
    static func write(_ bytes: [UInt8], to path: String) throws(StagingError) {
        try remove(path)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("create", path) }
        defer { close(descriptor) }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("write", path) }
            written += count
        }
    }

    static func link(_ path: String, to target: String) throws(StagingError) {
        try remove(path)
        if symlink(target, path) != 0 { throw failure("link", path) }
    }

    /// Removes a file or link; nothing there is fine.
    static func remove(_ path: String) throws(StagingError) {
        if unlink(path) != 0, errno != ENOENT, errno != ENOTDIR { throw failure("remove", path) }
    }

    /// Removes a folder if it is empty.
    static func removeIfEmpty(_ path: String) { _ = rmdir(path) }

    /// Removes a folder and all below it; links are removed, not followed.
    static func removeTree(_ path: String, depth: Int = 0) throws(StagingError) {
        guard depth < 128 else { throw StagingError("the folder \(path) is nested too deeply: remove it by hand") }
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw failure("look at", path)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { return try remove(path) }
        for name in HostFiles.names(in: path) ?? [] { try removeTree(path + "/" + name, depth: depth + 1) }
        if rmdir(path) != 0, errno != ENOENT { throw failure("remove", path) }
    }

    private static func failure(_ doing: String, _ path: String) -> StagingError {
        let code = errno
        let advice =
            code == ENOSPC || code == EDQUOT
            ? "free some space in the storage directory" : "check the storage directory's permissions"
        return StagingError("cannot \(doing) \(path): \(String(cString: strerror(code))); \(advice)")
    }
}
