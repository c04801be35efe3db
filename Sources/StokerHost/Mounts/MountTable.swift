// Mounts: whether a process sees the bytes that we wrote. A container has a file system of its own, and what lies under
// its configuration folder is decided once, when it is made: a mount of a single file holds on to that file's inode, a mount
// of a folder to that folder, whatever the names on the host mean later. `/proc/PID/root` shows the process's files to whoever
// may look, `/proc/PID/mountinfo` says why they differ, and the engine's list of mounts tells the same from its side. Where
// nothing of that can be read nothing is said: the proof of load decides then.

import Glibc

/// What is mounted where, as one process sees it.
struct MountTable {
    /// One line of `/proc/PID/mountinfo`.
    struct Mount: Hashable {
        /// The folder or file of the mounted file system that is shown.
        let root: String
        /// Where the process sees it.
        let point: String

        /// What was mounted does not have a name any more: it was replaced or removed.
        var isDeleted: Bool { root.hasSuffix("//deleted") }
    }

    let mounts: [Mount]

    /// Nil where the process is gone or hidden from us.
    init?(of pid: pid_t) {
        guard case .success(let bytes) = SmallFile.read("/proc/\(pid)/mountinfo", limit: 4 << 20) else { return nil }
        self.init(text: bytes)
    }

    init(text: [UInt8]) {
        mounts = text.split(separator: 0x0a).compactMap { line in
            // Fields: id, parent, device, root inside the file system, mount point, …
            let fields = line.split(separator: 0x20)
            guard fields.count > 4 else { return nil }
            return Mount(root: Self.unescaped(fields[3]), point: Self.unescaped(fields[4]))
        }
    }

    /// A mount of exactly this path; of several the newest hides the others.
    func mount(at path: String) -> Mount? { mounts.last { $0.point == path } }

    /// The mount that a path lies in: the longest mount point, of several the newest.
    func mount(of path: String) -> Mount? {
        var best: Mount?
        for mount in mounts where ConfigPath.contains(mount.point, path) {
            if mount.point.utf8.count >= best?.point.utf8.count ?? 0 { best = mount }
        }
        return best
    }

    /// Blanks and backslashes stand there as three octal digits.
    private static func unescaped(_ field: ArraySlice<UInt8>) -> String {
        var bytes: [UInt8] = []
        var rest = field
        while let byte = rest.first {
            let digits = rest.dropFirst().prefix(3)
            if byte == 0x5c, digits.count == 3, digits.allSatisfy({ (0x30...0x37).contains($0) }) {
                bytes.append(UInt8(truncatingIfNeeded: digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }))
                rest = rest.dropFirst(4)
            } else {
                bytes.append(byte)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
