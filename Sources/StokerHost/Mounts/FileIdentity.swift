import Glibc

/// Which file a path means: two paths with the same identity are one file.
struct FileIdentity: Hashable {
    let device: UInt64
    let inode: UInt64

    /// What a path means, links followed.
    enum Look: Hashable {
        case found(FileIdentity)
        case missing
        /// We may not look, or it cannot be read; nothing follows from that.
        case unknown
    }

    static func look(_ path: String) -> Look {
        var status = stat()
        if stat(path, &status) == 0 {
            return .found(FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)))
        }
        switch errno {
        case ENOENT, ENOTDIR: return .missing
        default: return .unknown
        }
    }
}
