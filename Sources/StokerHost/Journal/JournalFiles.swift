import CPlatform
import Glibc
import SQLite
import StokerCore

/// The files of a journal as SQLite keeps them, looked at before SQLite does: it passes over some damage in silence, and
/// removes a write-ahead log whose database is empty.
struct JournalFiles {
    let path: String
    private var log: String { path + "-wal" }

    init(storage: String) { path = storage + "/journal.sqlite" }

    /// What to do about a journal that cannot be used, to end a sentence with.
    var wayOut: String {
        "restore it from a backup, or move \(path) and what is beside it with the same beginning (-wal, -shm) to another "
            + "folder: the next start then adopts what is on disk, and history, approvals, rejections and suspensions are lost"
    }

    /// Whether there is one. A folder we may not enter is not a folder without a journal: "unknown" would be a lie.
    func exist() throws(JournalProblem) -> Bool {
        var found = stat()
        if stat(path, &found) == 0 { return true }
        let code = errno
        if code == ENOENT || code == ENOTDIR {
            // Without its database a log is what is left of a journal, not nothing.
            try requireDatabase(size: 0)
            return false
        }
        throw JournalProblem(
            message:
                "cannot read the journal \(path): \(String(cString: stoker_error_text(code))): run it as the user of "
                + "the daemon, or let this user read the storage directory")
    }

    /// Whether the file system has no space: SQLite calls some of its consequences I/O errors.
    var isFull: Bool {
        var system = statvfs()
        guard statvfs(path, &system) == 0 else { return false }
        return UInt64(system.f_bavail) * UInt64(system.f_frsize) < 64 << 10
            || (system.f_files > 0 && system.f_favail == 0)
    }

    /// Refuses what SQLite must not be given. Reads, and changes nothing.
    func examine(forWriting: Bool) throws(JournalProblem) {
        var found = stat()
        guard stat(path, &found) == 0 else { return try requireDatabase(size: 0) }
        guard found.st_mode & S_IFMT == S_IFREG else {
            throw JournalProblem(
                message:
                    "the journal \(path) is no regular file: move it away, and restore the journal from a backup if there is one"
            )
        }
        if forWriting { try requireAccess() }
        try requireDatabase(size: Int64(found.st_size))
        try requireHeader(size: Int64(found.st_size))
        if let damage = LogDamage.found(in: log) {
            throw JournalProblem(message: "the journal \(path) is corrupt (\(log): \(damage)): \(wayOut)")
        }
    }

    private func requireAccess() throws(JournalProblem) {
        for name in [path, log] where faccessat(AT_FDCWD, name, R_OK | W_OK, AT_EACCESS) != 0 {
            let code = errno
            if code == ENOENT { continue }
            let advice =
                code == EROFS
                ? "mount its file system read-write" : "let this user read and write it, or run as its owner"
            throw JournalProblem(
                message: "cannot write the journal \(name): \(String(cString: stoker_error_text(code))): \(advice)")
        }
    }

    /// SQLite removes a log beside an empty database, and with it the newest entries.
    private func requireDatabase(size: Int64) throws(JournalProblem) {
        var found = stat()
        guard size == 0, stat(log, &found) == 0, found.st_size > 0 else { return }
        throw JournalProblem(
            message: "the journal \(path) is empty or missing, and its newest entries lie in \(log): \(wayOut)")
    }

    private func requireHeader(size: Int64) throws(JournalProblem) {
        guard size > 0 else { return }
        let expected = Array("SQLite format 3".utf8) + [0]
        let descriptor = stoker_open(path, O_RDONLY, 0)
        // Where it cannot be read, opening it says why.
        guard descriptor >= 0 else { return }
        defer { _ = Glibc.close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: expected.count)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        if count >= 0, bytes.prefix(count) != expected[...] {
            throw JournalProblem(
                message: "the journal \(path) is corrupt (it does not begin as a database does): \(wayOut)")
        }
    }
}
