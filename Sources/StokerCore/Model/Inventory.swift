/// What `lstat` says of a file, as much as tells whether it was touched.
public struct FileStamp: Hashable, Codable, Sendable {
    /// `st_dev`: the file system it lies on.
    public let device: UInt64
    /// `st_ino`: another one at the same path is another file.
    public let inode: UInt64
    /// In bytes.
    public let size: Int64
    /// `st_mtime` since 1970; any program may set it.
    public let modifiedNanoseconds: Int64
    /// `st_ctime` since 1970; moves with every change of bytes, access or names, and cannot be set.
    public let changedNanoseconds: Int64

    /// The facts of one `lstat`.
    public init(device: UInt64, inode: UInt64, size: Int64, modifiedNanoseconds: Int64, changedNanoseconds: Int64) {
        self.device = device
        self.inode = inode
        self.size = size
        self.modifiedNanoseconds = modifiedNanoseconds
        self.changedNanoseconds = changedNanoseconds
    }
}

/// The files Stoker deployed for one target and how they looked right after: the only files it may change or delete.
public struct Inventory: Hashable, Codable, Sendable {
    /// One deployed file.
    public struct File: Hashable, Codable, Sendable {
        /// What was written.
        public let entry: FileEntry
        /// How the file looked right after it was put in place.
        public let stamp: FileStamp
        /// One file as it was left.
        public init(entry: FileEntry, stamp: FileStamp) {
            self.entry = entry
            self.stamp = stamp
        }
    }

    /// By path relative to the target's folder.
    public var files: [String: File]
    /// An inventory of these files; without any, Stoker may delete nothing.
    public init(_ files: [String: File] = [:]) { self.files = files }

    /// The deployed files without their stamps.
    public var tree: FileTree { FileTree(files.mapValues(\.entry)) }
}
