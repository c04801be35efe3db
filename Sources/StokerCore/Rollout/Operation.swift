/// One step of a deployment: how one file, folder or link changes. Its state can be seen on disk at any time.
public struct Operation: Codable, Hashable, Sendable {
    /// What publishing does; restoring does the opposite.
    public enum Action: String, Codable, Hashable, Sendable {
        /// Links the staged file to a name where nothing was.
        case create
        /// Renames the staged file over the old one, which is kept.
        case replace
        /// Writes the staged bytes through the inode of the old file, of which a copy is kept.
        case rewrite
        /// Unlinks the file, which is kept.
        case delete
        /// Makes a folder as its parent is.
        case makeFolder = "make_folder"
        /// Moves an emptied folder of ours out of the way of a file.
        case moveFolder = "move_folder"
    }

    /// What publishing does.
    public let action: Action
    /// Relative to the tree; empty for the root itself (the link of `linked`, or a root that has to be made).
    public let path: String
    /// The name of the staged file (or moved folder) in the attempt's folder; unique in the attempt.
    public let number: Int
    /// The new file, nil for deletions, folders and links.
    public let entry: FileEntry?
    /// The staged file as it was left: inode, size and modification time identify it after its rename.
    public let after: FileStamp?
    /// The live file as it was found, nil where nothing was.
    public let before: FileStamp?
    /// The bytes that were found, nil where nothing was, and for links.
    public let blobBefore: BlobID?
    /// The name in `kept` under which the old file waits.
    public let kept: String?
    /// Permission bits of a folder to be made.
    public let permissions: UInt16?

    init(
        _ action: Action, path: String, number: Int, entry: FileEntry? = nil, after: FileStamp? = nil,
        before: FileStamp? = nil, blobBefore: BlobID? = nil, kept: String? = nil, permissions: UInt16? = nil
    ) {
        self.action = action
        self.path = path
        self.number = number
        self.entry = entry
        self.after = after
        self.before = before
        self.blobBefore = blobBefore
        self.kept = kept
        self.permissions = permissions
    }
}

extension FileStamp {
    /// Whether both say the same file with the same bytes. The change time moves with every link and rename, the device
    /// number with a reboot: neither tells.
    func isSameFile(as other: FileStamp) -> Bool {
        inode == other.inode && size == other.size && modifiedNanoseconds == other.modifiedNanoseconds
    }
}
