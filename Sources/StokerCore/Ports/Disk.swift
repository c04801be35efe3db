// Ports: all that the core asks of the outside, on one page each. The real ones live in StokerHost, the simulated ones
// in the tests. They are synchronous: the caller decides on which thread they run.

/// A file system at the level of its system calls, so that a crash can be put between any two of them.
///
/// Paths are absolute. No call follows a link in the last component; implementations refuse links below a root of
/// theirs in any component when writing. Every call reports its failure as a `DiskError`; a short write is possible.
public protocol Disk: AnyObject {
    /// `lstat`; nil where nothing is there.
    func status(_ path: String) throws(DiskError) -> FileStatus?
    /// The names in a directory in ascending order, without `.` and `..`; at most `limit`, else an error.
    func list(_ directory: String, limit: Int) throws(DiskError) -> [String]
    /// The text of a symbolic link.
    func readLink(_ path: String) throws(DiskError) -> String
    /// The whole file; an error where it is larger than `limit` bytes or no regular file.
    func read(_ path: String, limit: Int) throws(DiskError) -> [UInt8]
    /// The git object id of the file's bytes, in constant memory. (In a real disk: open, read, close.)
    func blobID(_ path: String) throws(DiskError) -> BlobID

    /// Why this process may not write an existing folder or file, with the command that mends it; nil where it may.
    func writeProblem(_ path: String) -> String?

    /// `O_CREAT|O_EXCL|O_NOFOLLOW|O_WRONLY` with the permission bits.
    func create(_ path: String, permissions: UInt16) throws(DiskError) -> DiskHandle
    /// Opens an existing regular file for writing without truncating it (`O_WRONLY|O_NOFOLLOW`).
    func openExisting(_ path: String) throws(DiskError) -> DiskHandle
    /// Writes at the handle's position; returns how many bytes were taken (at least one).
    func write(_ handle: DiskHandle, _ bytes: ArraySlice<UInt8>) throws(DiskError) -> Int
    func truncate(_ handle: DiskHandle, size: Int64) throws(DiskError)
    func sync(_ handle: DiskHandle) throws(DiskError)
    func close(_ handle: DiskHandle)
    /// Gives an open file the access that `model` (a path) has: owner, group, mode, ACL, label. Where that is not
    /// permitted: group and mode such that whoever could read the model can read this; where even that fails, an error.
    func copyAccess(from model: String, to handle: DiskHandle) throws(DiskError)
    /// `fchmod`.
    func setPermissions(_ handle: DiskHandle, _ permissions: UInt16) throws(DiskError)

    func rename(_ from: String, to: String) throws(DiskError)
    func link(_ from: String, to: String) throws(DiskError)
    func symlink(_ text: String, at path: String) throws(DiskError)
    func unlink(_ path: String) throws(DiskError)
    func makeDirectory(_ path: String, permissions: UInt16) throws(DiskError)
    func removeDirectory(_ path: String) throws(DiskError)
    func syncDirectory(_ path: String) throws(DiskError)
}

/// An open file of a `Disk`.
public struct DiskHandle: Hashable, Sendable {
    public let raw: Int32
    public init(raw: Int32) { self.raw = raw }
}

/// What `lstat` says.
public struct FileStatus: Hashable, Sendable {
    public enum Kind: Hashable, Sendable { case regular, directory, link, other }
    public let kind: Kind
    /// The twelve permission bits.
    public let permissions: UInt16
    public let owner: UInt32
    public let group: UInt32
    public let links: UInt64
    public let stamp: FileStamp

    public init(kind: Kind, permissions: UInt16, owner: UInt32, group: UInt32, links: UInt64, stamp: FileStamp) {
        self.kind = kind
        self.permissions = permissions
        self.owner = owner
        self.group = group
        self.links = links
        self.stamp = stamp
    }
}

/// A system call that failed.
public struct DiskError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Values of `errno`, as Linux numbers them.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }
        public static let notPermitted = Code(rawValue: 1)
        public static let notFound = Code(rawValue: 2)
        public static let interrupted = Code(rawValue: 4)
        public static let io = Code(rawValue: 5)
        public static let accessDenied = Code(rawValue: 13)
        public static let busy = Code(rawValue: 16)
        public static let exists = Code(rawValue: 17)
        public static let crossDevice = Code(rawValue: 18)
        public static let notDirectory = Code(rawValue: 20)
        public static let isDirectory = Code(rawValue: 21)
        public static let invalid = Code(rawValue: 22)
        public static let tooManyOpenFiles = Code(rawValue: 24)
        public static let tooLarge = Code(rawValue: 27)
        public static let noSpace = Code(rawValue: 28)
        public static let readOnly = Code(rawValue: 30)
        public static let notEmpty = Code(rawValue: 39)
        public static let tooManyLinks = Code(rawValue: 40)
        public static let quota = Code(rawValue: 122)
    }

    public let operation: String
    public let path: String
    public let code: Code
    /// The system's words for the code.
    public let message: String

    public init(operation: String, path: String, code: Code, message: String) {
        self.operation = operation
        self.path = path
        self.code = code
        self.message = message
    }

    public var description: String { "\(operation) \(path): \(message)" }
}
