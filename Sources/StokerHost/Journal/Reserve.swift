import CPlatform
import Glibc

/// Space put by in the storage directory: opening a journal that was closed well needs some for SQLite's other two files,
/// and it must be opened on a full disk too, since a half-done deployment is repaired from it.
struct Reserve {
    /// Enough for SQLite's index (32 KiB) and the entries of a repair.
    static let size: Int64 = 256 << 10
    let path: String
    private let journal: String

    init(storage: String) {
        path = storage + "/reserve"
        journal = JournalFiles(storage: storage).path
    }

    /// Whether the space is put by.
    var isWhole: Bool {
        var found = stat()
        return lstat(path, &found) == 0 && found.st_mode & S_IFMT == S_IFREG
            && Int64(found.st_blocks) * 512 >= Self.size
    }

    /// Puts the space by, all of it or none; where there is none, it is tried again later.
    /// - Returns: whether it is put by now.
    @discardableResult
    func fill() -> Bool {
        if isWhole { return true }
        let descriptor = stoker_open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        likeJournal(descriptor)
        if posix_fallocate(descriptor, 0, Int(Self.size)) == 0 { return true }
        // A part of it would only be in the way of those who lack space now.
        _ = ftruncate(descriptor, 0)
        return false
    }

    /// As SQLite does with its other files: a command that root ran must not make a reserve that the daemon cannot use.
    private func likeJournal(_ descriptor: Int32) {
        var found = stat()
        guard stat(journal, &found) == 0 else { return }
        // Where it is not permitted, the file is ours already, or that of somebody who may do the same.
        _ = fchown(descriptor, found.st_uid, found.st_gid)
        _ = fchmod(descriptor, found.st_mode & 0o666)
    }

    /// Gives the space back where the file system lacks it.
    /// - Returns: whether there is more space now.
    func release() -> Bool {
        var system = statvfs()
        var found = stat()
        guard statvfs(path, &system) == 0, lstat(path, &found) == 0, found.st_blocks > 0 else { return false }
        let free = UInt64(system.f_bavail) * UInt64(system.f_frsize)
        guard free < UInt64(Self.size) || system.f_favail < 4 else { return false }
        // Not removed: a name of our own may be impossible to make on a full disk.
        return truncate(path, 0) == 0
    }
}
