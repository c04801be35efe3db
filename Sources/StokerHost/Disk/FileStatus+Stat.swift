import CPlatform
import Glibc
import StokerCore

extension FileStatus {
    init(_ found: stat) {
        let kind: Kind =
            switch found.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFLNK: .link
            default: .other
            }
        self.init(
            kind: kind, permissions: UInt16(truncatingIfNeeded: found.st_mode & 0o7777), owner: found.st_uid,
            group: found.st_gid, links: UInt64(found.st_nlink),
            stamp: FileStamp(
                device: UInt64(found.st_dev), inode: UInt64(found.st_ino), size: Int64(found.st_size),
                modifiedNanoseconds: Self.nanoseconds(found.st_mtim),
                changedNanoseconds: Self.nanoseconds(found.st_ctim)))
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}

extension DiskError {
    /// The error of a system call, with the system's words.
    init(_ operation: String, _ path: String, _ code: Int32) {
        self.init(
            operation: operation, path: path, code: Code(rawValue: code),
            message: String(cString: stoker_error_text(code)))
    }
}
