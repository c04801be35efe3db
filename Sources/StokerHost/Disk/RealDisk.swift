import CPlatform
import Digests
import Glibc
import StokerCore

// Disk: Linux behind the core's `Disk` port, and the locks that keep two daemons apart.
//
// Everything is synchronous and belongs to one thread. A path below one of the `roots` is walked folder by folder from
// the root with O_NOFOLLOW whenever something is written, so that a link put there by somebody between the check and the
// use leads nowhere. Looking is a plain `lstat`: it happens for every file at every poll.

/// The file system of this host.
public final class RealDisk: Disk {
    /// Folders below which nothing is written through a link: the deployed trees and the storage directory.
    private let roots: [String]
    /// One buffer for all reading; a disk belongs to one thread.
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)

    /// - Parameter roots: absolute paths without a trailing slash.
    public init(roots: [String]) { self.roots = roots.sorted { $0.utf8.count > $1.utf8.count } }

    deinit { buffer.deallocate() }

    // MARK: looking

    /// `lstat`; nil for ENOENT and ENOTDIR.
    public func status(_ path: String) throws(DiskError) -> FileStatus? {
        var found = stat()
        if lstat(path, &found) == 0 { return FileStatus(found) }
        let code = errno
        if code == ENOENT || code == ENOTDIR { return nil }
        throw DiskError("lstat", path, code)
    }

    /// The names in a folder, sorted.
    public func list(_ directory: String, limit: Int) throws(DiskError) -> [String] {
        let descriptor = stoker_open(directory, O_RDONLY | O_DIRECTORY, 0)
        guard descriptor >= 0 else { throw DiskError("list", directory, errno) }
        guard let stream = fdopendir(descriptor) else {
            let code = errno
            _ = Glibc.close(descriptor)
            throw DiskError("list", directory, code)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw DiskError("list", directory, errno) }
                return names.sorted()
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            guard names.count < limit else {
                throw DiskError(
                    operation: "list", path: directory, code: .tooLarge, message: "it holds more than \(limit) names")
            }
            names.append(name)
        }
    }

    /// The text of a link.
    public func readLink(_ path: String) throws(DiskError) -> String {
        guard let text = linkText(path) else { throw DiskError("readlink", path, errno) }
        return text
    }

    private func linkText(_ path: String) -> String? {
        // PATH_MAX, which no link text exceeds.
        var text = [CChar](repeating: 0, count: 4096)
        let count = readlink(path, &text, text.count)
        return count < 0 ? nil : String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// All bytes of a regular file.
    public func read(_ path: String, limit: Int) throws(DiskError) -> [UInt8] {
        let (descriptor, size) = try openForReading(path)
        defer { _ = Glibc.close(descriptor) }
        if size > limit {
            throw DiskError(
                operation: "read", path: path, code: .tooLarge, message: "it is larger than \(limit) bytes")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        while true {
            let count = try readPiece(descriptor, path)
            if count == 0 { return bytes }
            guard bytes.count + count <= limit else {
                throw DiskError(
                    operation: "read", path: path, code: .tooLarge, message: "it is larger than \(limit) bytes")
            }
            bytes.append(contentsOf: UnsafeRawBufferPointer(buffer)[..<count])
        }
    }

    /// The git object id of a regular file's bytes.
    public func blobID(_ path: String) throws(DiskError) -> BlobID {
        // Git hashes the length first: a file that grows meanwhile has no id, and is read again.
        for _ in 0..<3 {
            let (descriptor, size) = try openForReading(path)
            defer { _ = Glibc.close(descriptor) }
            var hasher = BlobHasher(length: size)
            while true {
                let count = try readPiece(descriptor, path)
                if count == 0 { break }
                hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
            if let id = hasher.finish() { return BlobID(id) }
        }
        throw DiskError(
            operation: "read", path: path, code: .busy, message: "it changed each of three times it was read")
    }

    private func openForReading(_ path: String) throws(DiskError) -> (descriptor: Int32, size: Int) {
        // Without O_NONBLOCK a FIFO in the tree would stop the daemon.
        let descriptor = stoker_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0)
        guard descriptor >= 0 else { throw DiskError("open", path, errno) }
        var found = stat()
        guard fstat(descriptor, &found) == 0 else {
            let code = errno
            _ = Glibc.close(descriptor)
            throw DiskError("fstat", path, code)
        }
        guard found.st_mode & S_IFMT == S_IFREG else {
            _ = Glibc.close(descriptor)
            throw DiskError(operation: "read", path: path, code: .invalid, message: "it is no regular file")
        }
        return (descriptor, found.st_size)
    }

    private func readPiece(_ descriptor: Int32, _ path: String) throws(DiskError) -> Int {
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            if errno != EINTR { throw DiskError("read", path, errno) }
        }
    }

    // MARK: names

    /// Renames without following links.
    public func rename(_ from: String, to: String) throws(DiskError) {
        let source = try parent(of: from, "rename")
        let target = try parent(of: to, "rename")
        try check("rename", to) { renameat(source.descriptor, source.name, target.descriptor, target.name) }
    }

    /// A second name of a file, or of a link itself.
    public func link(_ from: String, to: String) throws(DiskError) {
        let source = try parent(of: from, "link")
        let target = try parent(of: to, "link")
        try check("link", to) { linkat(source.descriptor, source.name, target.descriptor, target.name, 0) }
    }

    /// A new symbolic link.
    public func symlink(_ text: String, at path: String) throws(DiskError) {
        let parent = try parent(of: path, "symlink")
        try check("symlink", path) { symlinkat(text, parent.descriptor, parent.name) }
    }

    /// Removes a name of a file or link.
    public func unlink(_ path: String) throws(DiskError) {
        let parent = try parent(of: path, "unlink")
        try check("unlink", path) { unlinkat(parent.descriptor, parent.name, 0) }
    }

    /// Removes an empty folder.
    public func removeDirectory(_ path: String) throws(DiskError) {
        let parent = try parent(of: path, "rmdir")
        try check("rmdir", path) { unlinkat(parent.descriptor, parent.name, AT_REMOVEDIR) }
    }

    /// Makes a folder that belongs to whom its parent belongs, with exactly these permission bits, whatever the umask.
    public func makeDirectory(_ path: String, permissions: UInt16) throws(DiskError) {
        let parent = try parent(of: path, "mkdir")
        try check("mkdir", path) { mkdirat(parent.descriptor, parent.name, 0o700) }
        let descriptor = stoker_open_at(parent.descriptor, parent.name, O_RDONLY | O_DIRECTORY, 0)
        guard descriptor >= 0 else { throw DiskError("mkdir", path, errno) }
        defer { _ = Glibc.close(descriptor) }
        do throws(DiskError) {
            try FileAccess.giveFolder(
                descriptor, parent: ParentFolder.above(path), permissions: permissions, path: path)
        } catch {
            // Half made it would be taken for somebody else's at the next attempt.
            _ = unlinkat(parent.descriptor, parent.name, AT_REMOVEDIR)
            throw error
        }
    }

    /// Asks the kernel with our effective ids, so that ACLs and read-only mounts count.
    public func writeProblem(_ path: String) -> String? {
        var found = stat()
        guard lstat(path, &found) == 0 else { return nil }
        let isFolder = found.st_mode & S_IFMT == S_IFDIR
        if faccessat(AT_FDCWD, path, isFolder ? W_OK | X_OK : W_OK, AT_EACCESS) == 0 { return nil }
        if errno == EROFS { return "\(path) is on a read-only file system: mount it read-write" }
        let user = FileAccess.userName(geteuid())
        let group = FileAccess.groupName(getegid())
        return "\(path) cannot be written by \(user): run `chgrp \(group) \(path)` and `chmod g+w \(path)` as root"
    }

    /// Makes the names in a folder durable.
    public func syncDirectory(_ path: String) throws(DiskError) {
        let descriptor = stoker_open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0)
        guard descriptor >= 0 else { throw DiskError("fsync", path, errno) }
        defer { _ = Glibc.close(descriptor) }
        try check("fsync", path) { fsync(descriptor) }
    }

    // MARK: files

    /// A new file, open for writing.
    public func create(_ path: String, permissions: UInt16) throws(DiskError) -> DiskHandle {
        try open(path, "create", O_CREAT | O_EXCL | O_WRONLY, mode_t(permissions))
    }

    /// An existing regular file, open for writing, not truncated.
    public func openExisting(_ path: String) throws(DiskError) -> DiskHandle {
        // Without O_NONBLOCK a FIFO without a reader would stop the daemon.
        let handle = try open(path, "open", O_WRONLY | O_NONBLOCK, 0)
        var found = stat()
        guard fstat(handle.raw, &found) == 0, found.st_mode & S_IFMT == S_IFREG else {
            close(handle)
            throw DiskError(operation: "open", path: path, code: .invalid, message: "it is no regular file")
        }
        return handle
    }

    /// Writes at the handle's position; may take less than all.
    public func write(_ handle: DiskHandle, _ bytes: ArraySlice<UInt8>) throws(DiskError) -> Int {
        while true {
            let count = bytes.withUnsafeBytes { Glibc.write(handle.raw, $0.baseAddress, $0.count) }
            if count > 0 { return count }
            if count < 0 && errno == EINTR { continue }
            throw DiskError("write", name(of: handle), count < 0 ? errno : EIO)
        }
    }

    /// Cuts or extends an open file.
    public func truncate(_ handle: DiskHandle, size: Int64) throws(DiskError) {
        try check("truncate", handle) { ftruncate(handle.raw, Int(size)) }
    }

    /// Makes bytes and access of an open file durable.
    public func sync(_ handle: DiskHandle) throws(DiskError) { try check("fsync", handle) { fsync(handle.raw) } }

    /// Ends the use of a handle.
    public func close(_ handle: DiskHandle) { _ = Glibc.close(handle.raw) }

    /// `fchmod`.
    public func setPermissions(_ handle: DiskHandle, _ permissions: UInt16) throws(DiskError) {
        try check("chmod", handle) { fchmod(handle.raw, mode_t(permissions)) }
    }

    /// Gives an open file the access of a path.
    public func copyAccess(from model: String, to handle: DiskHandle) throws(DiskError) {
        try FileAccess.copy(from: model, to: handle.raw)
    }

    private func open(
        _ path: String, _ operation: String, _ flags: Int32, _ permissions: mode_t
    ) throws(DiskError) -> DiskHandle {
        let parent = try parent(of: path, operation)
        while true {
            let descriptor = stoker_open_at(parent.descriptor, parent.name, flags, permissions)
            if descriptor >= 0 { return DiskHandle(raw: descriptor) }
            if errno != EINTR { throw DiskError(operation, path, errno) }
        }
    }

    // MARK: paths

    private func parent(of path: String, _ operation: String) throws(DiskError) -> ParentFolder {
        try ParentFolder(of: path, roots: roots, operation: operation)
    }

    /// For messages: which file a handle is.
    private func name(of handle: DiskHandle) -> String {
        linkText("/proc/self/fd/\(handle.raw)") ?? "an open file"
    }

    private func check(_ operation: String, _ path: String, _ call: () -> Int32) throws(DiskError) {
        while call() != 0 {
            if errno != EINTR { throw DiskError(operation, path, errno) }
        }
    }

    private func check(_ operation: String, _ handle: DiskHandle, _ call: () -> Int32) throws(DiskError) {
        while call() != 0 {
            let code = errno
            if code != EINTR { throw DiskError(operation, name(of: handle), code) }
        }
    }
}
