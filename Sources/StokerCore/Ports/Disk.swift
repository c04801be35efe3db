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
    /// `ftruncate`: cuts the file to `size` bytes or fills it up with zeros; the handle's position stays.
    func truncate(_ handle: DiskHandle, size: Int64) throws(DiskError)
    /// `fsync`: when it returns, bytes and access of the file survive a crash; its name needs `syncDirectory`.
    func sync(_ handle: DiskHandle) throws(DiskError)
    /// Ends the use of the handle. It reports nothing: what must last is synced before.
    func close(_ handle: DiskHandle)
    /// Gives an open file the access that `model` (a path) has: owner, group, mode, ACL, label. Where that is not
    /// permitted: group and mode such that whoever could read the model can read this; where even that fails, an error.
    func copyAccess(from model: String, to handle: DiskHandle) throws(DiskError)
    /// `fchmod`.
    func setPermissions(_ handle: DiskHandle, _ permissions: UInt16) throws(DiskError)

    /// `rename`: at once, replacing what is at `to`, a folder only where it is empty; fails across file systems.
    func rename(_ from: String, to: String) throws(DiskError)
    /// `link`: a second name of a file, or of a link itself; fails where `to` exists and across file systems.
    func link(_ from: String, to: String) throws(DiskError)
    /// A symbolic link with this text as it is, relative or dangling; fails where `path` exists.
    func symlink(_ text: String, at path: String) throws(DiskError)
    /// Removes one name of a file or link, never a folder.
    func unlink(_ path: String) throws(DiskError)
    /// A new folder with these permission bits, whatever the umask, and the owner, group and ACL of its parent as far as
    /// this process may give them; fails where `path` exists, or where its readers could not be kept.
    func makeDirectory(_ path: String, permissions: UInt16) throws(DiskError)
    /// Removes an empty folder; fails with `notEmpty` where it is not.
    func removeDirectory(_ path: String) throws(DiskError)
    /// `fsync` of a folder: names made, moved and removed in it survive a crash from here on.
    func syncDirectory(_ path: String) throws(DiskError)
}

/// An open file of a `Disk`.
public struct DiskHandle: Hashable, Sendable {
    /// The file descriptor, or whatever the implementation counts by; means nothing to another disk.
    public let raw: Int32
    /// For implementations of `Disk`, which alone know what a number stands for.
    public init(raw: Int32) { self.raw = raw }
}

/// What `lstat` says.
public struct FileStatus: Hashable, Sendable {
    /// What stands at the path itself, links not followed; `other` is a device, socket or FIFO.
    public enum Kind: Hashable, Sendable { case regular, directory, link, other }
    /// A link is a link, wherever it leads.
    public let kind: Kind
    /// The twelve permission bits.
    public let permissions: UInt16
    /// User id.
    public let owner: UInt32
    /// Group id.
    public let group: UInt32
    /// How many names it has; more than one for a regular file means that another path changes with it.
    public let links: UInt64
    /// What tells whether it was touched since.
    public let stamp: FileStamp

    /// The facts of one `lstat`.
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
        /// The number itself; any value, not only those named here.
        public let rawValue: Int32
        /// A code by its number, known or not.
        public init(rawValue: Int32) { self.rawValue = rawValue }
        /// `EPERM`: not for this user, or not for this kind of file.
        public static let notPermitted = Code(rawValue: 1)
        /// `ENOENT`: nothing there, or a folder on the way is missing.
        public static let notFound = Code(rawValue: 2)
        /// `EINTR`: a signal came before anything was done; the call may be repeated.
        public static let interrupted = Code(rawValue: 4)
        /// `EIO`: the device failed; what was written may be lost.
        public static let io = Code(rawValue: 5)
        /// `EACCES`: permission bits, an ACL or a label forbid it.
        public static let accessDenied = Code(rawValue: 13)
        /// `EBUSY`: in use, such as a mount point, or a file that changed each time it was read.
        public static let busy = Code(rawValue: 16)
        /// `EEXIST`: something has that name already.
        public static let exists = Code(rawValue: 17)
        /// `EXDEV`: the two paths are on different file systems or mounts.
        public static let crossDevice = Code(rawValue: 18)
        /// `ENOTDIR`: a component of the path is no folder.
        public static let notDirectory = Code(rawValue: 20)
        /// `EISDIR`: a folder where a file is needed.
        public static let isDirectory = Code(rawValue: 21)
        /// `EINVAL`: arguments that make no sense, such as a relative path or a file that is not regular.
        public static let invalid = Code(rawValue: 22)
        /// `EMFILE`: this process has as many files open as it may.
        public static let tooManyOpenFiles = Code(rawValue: 24)
        /// `EFBIG`: larger, or more names, than the limit of the call or the system.
        public static let tooLarge = Code(rawValue: 27)
        /// `ENOSPC`: the file system is full, of bytes or of inodes.
        public static let noSpace = Code(rawValue: 28)
        /// `EROFS`: the file system is mounted read-only.
        public static let readOnly = Code(rawValue: 30)
        /// `ENOTEMPTY`: the folder has entries.
        public static let notEmpty = Code(rawValue: 39)
        /// `ELOOP`: a symbolic link where none may be followed, or too many of them.
        public static let linkLoop = Code(rawValue: 40)
        /// `EDQUOT`: the quota of the user or group is used up.
        public static let quota = Code(rawValue: 122)
    }

    /// What was tried, in words for a message: `rename`, `copy the ACL of`.
    public let operation: String
    /// What it was tried on; a description where an open file has no path any more.
    public let path: String
    /// For decisions; people read `message`.
    public let code: Code
    /// The system's words for the code.
    public let message: String

    /// A failed call; `message` without operation and path.
    public init(operation: String, path: String, code: Code, message: String) {
        self.operation = operation
        self.path = path
        self.code = code
        self.message = message
    }

    /// `operation path: message`.
    public var description: String { "\(operation) \(path): \(message)" }
}
