import Foundation

/// File access for tests: text in, text out, parents made on the way.
public enum Files {
    /// Writes text, making the folders above it; an existing file keeps its inode.
    public static func write(_ text: String, to path: String) throws {
        try makeDirectory((path as NSString).deletingLastPathComponent)
        guard FileManager.default.fileExists(atPath: path) else {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
            return
        }
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        defer { try? handle.close() }
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: Data(text.utf8))
    }

    /// Writes a program. A child of ours writes it: were it this process, another child that is being started at that
    /// moment might hold the descriptor, and a file that is open for writing cannot be run.
    public static func writeProgram(_ text: String, to path: String) async throws {
        try write(text, to: path + ".text")
        try await Shell.succeed(["install", "-m", "755", path + ".text", path])
        try remove(path + ".text")
    }

    /// The text of a file, nil where it is absent.
    public static func read(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Makes a folder and those above it.
    public static func makeDirectory(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// Removes a file or a folder.
    public static func remove(_ path: String) throws {
        try FileManager.default.removeItem(atPath: path)
    }

    /// Removes a file and gives its space back at once: a program that is being started beside us may hold its descriptor.
    public static func removeWithSpace(_ path: String) throws {
        guard truncate(path, 0) == 0 else {
            throw TestFailure("cannot empty \(path): \(String(cString: strerror(errno)))")
        }
        try remove(path)
    }

    /// Whether something (not a dangling link) is there.
    public static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// Every regular file below a folder with its text, by relative path; `.stoker` staging folders are left out.
    public static func tree(_ path: String) -> [String: String] {
        guard let walk = FileManager.default.enumerator(atPath: path) else { return [:] }
        var files: [String: String] = [:]
        for case let relative as String in walk
        where relative != ".stoker" && !relative.hasPrefix(".stoker/") {
            var isFolder: ObjCBool = false
            let full = "\(path)/\(relative)"
            guard FileManager.default.fileExists(atPath: full, isDirectory: &isFolder), !isFolder.boolValue else {
                continue
            }
            files[relative] = read(full)
        }
        return files
    }

    /// Inode number, permission bits, owner and modification time in nanoseconds: what a test compares to see that
    /// something was or was not written.
    public static func identity(_ path: String) throws -> Identity {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw TestFailure("\(path) is not there") }
        return Identity(
            inode: UInt64(status.st_ino), mode: UInt32(status.st_mode) & 0o7777, owner: status.st_uid,
            group: status.st_gid,
            modifiedNanoseconds: Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec))
    }

    /// What `identity` answers.
    public struct Identity: Hashable, Sendable {
        /// Inode number.
        public var inode: UInt64
        /// Permission bits.
        public var mode: UInt32
        /// User id.
        public var owner: UInt32
        /// Group id.
        public var group: UInt32
        /// Modification time, nanoseconds since 1970.
        public var modifiedNanoseconds: Int64
    }
}
