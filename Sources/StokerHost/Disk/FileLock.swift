import CPlatform
import Glibc
import StokerCore

/// A `flock` on a file or folder, held until released or until the process ends, however it ends.
///
/// The storage directory is locked through a file in it; a deployed folder through its own descriptor, so that nothing
/// is written into a tree that others watch. Who holds a lock is read from `/proc/locks`, and for a lock file also from
/// the process id in it (`/proc/locks` does not show processes of other containers). Children do not inherit it.
public final class FileLock {
    /// What came of an attempt.
    public enum Acquisition {
        case held(FileLock)
        /// Another process has it; its id where that can be known.
        case busy(holder: Int32?)
    }

    private let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { _ = close(descriptor) }

    /// Locks a file, which is created (0600) where it is missing, and writes our process id into it.
    public static func acquire(file path: String) throws(DiskError) -> Acquisition {
        let descriptor = stoker_open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw DiskError("lock", path, errno) }
        let acquisition = try acquire(descriptor, path)
        if case .held = acquisition {
            // On a full disk the id is missing and the lock is held all the same: a restore must still be possible.
            _ = ftruncate(descriptor, 0)
            let text = "\(getpid())\n"
            _ = pwrite(descriptor, text, text.utf8.count, 0)
        }
        return acquisition
    }

    /// Locks an existing folder, or an existing file (`single_file`) that nothing may be written into.
    public static func acquire(existing path: String) throws(DiskError) -> Acquisition {
        let descriptor = stoker_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0)
        guard descriptor >= 0 else { throw DiskError("lock", path, errno) }
        return try acquire(descriptor, path)
    }

    private static func acquire(_ descriptor: Int32, _ path: String) throws(DiskError) -> Acquisition {
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            if code == EINTR { continue }
            defer { _ = close(descriptor) }
            guard code == EWOULDBLOCK else { throw DiskError("lock", path, code) }
            return .busy(holder: holderInKernel(descriptor) ?? holderInFile(descriptor))
        }
        return .held(FileLock(descriptor: descriptor))
    }

    private static func holderInFile(_ descriptor: Int32) -> Int32? {
        var text = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &text, text.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: text.prefix(count).prefix { $0 != 0x0a }, as: UTF8.self))
    }

    /// A line of `/proc/locks` is `1: FLOCK ADVISORY WRITE <pid> <major>:<minor>:<inode> 0 EOF`.
    private static func holderInKernel(_ descriptor: Int32) -> Int32? {
        var found = stat()
        guard fstat(descriptor, &found) == 0, let file = fopen("/proc/locks", "re") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 512)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let fields = text.split(separator: " ")
            guard fields.count > 5, fields[1] == "FLOCK", let pid = Int32(fields[4]), pid > 0 else { continue }
            if fields[5].hasSuffix(":\(found.st_ino)") { return pid }
        }
        return nil
    }
}
