import Glibc

/// Whether a process sees a file through a bind mount of that one file whose original was replaced on the host: it then
/// reads the old bytes for ever, while everything on the host shows the new ones.
enum PinnedFile {
    /// - Parameter path: as the process sees it.
    static func isPinned(_ path: String, for pid: pid_t) -> Bool {
        guard case .success(let bytes) = SmallFile.read("/proc/\(pid)/mountinfo", limit: 4 << 20) else { return false }
        return bytes.split(separator: 0x0a).contains { line in
            // Fields: id, parent, device, root inside the file system, mount point, …
            let fields = line.split(separator: 0x20)
            return fields.count > 4 && String(decoding: fields[4], as: UTF8.self) == path
                && String(decoding: fields[3], as: UTF8.self).hasSuffix("//deleted")
        }
    }

    /// For messages, also where it is only suspected.
    static let advice =
        "the text it serves did not change although the file did, as when the file is bind-mounted by itself into a "
        + "container and was replaced on the host: use layout: single_file (or keep_inode), or mount its folder"
}
