/// What `lstat` says of a file, as much as tells whether it was touched.
public struct FileStamp: Hashable, Codable, Sendable {
    public let device: UInt64
    public let inode: UInt64
    public let size: Int64
    public let modifiedNanoseconds: Int64
    public let changedNanoseconds: Int64

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
        public let entry: FileEntry
        public let stamp: FileStamp
        public init(entry: FileEntry, stamp: FileStamp) {
            self.entry = entry
            self.stamp = stamp
        }
    }

    public var files: [String: File]
    public init(_ files: [String: File] = [:]) { self.files = files }

    /// The deployed files without their stamps.
    public var tree: FileTree { FileTree(files.mapValues(\.entry)) }
}
