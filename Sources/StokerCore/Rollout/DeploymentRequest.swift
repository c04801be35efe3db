/// What shall be deployed where: the caller's facts, nothing looked up yet.
public struct DeploymentRequest: Hashable, Sendable {
    /// Whose files they are.
    public var target: Target.ID
    /// Number of the attempt; never used twice for one target.
    public var attempt: Int64
    /// Names the release of `linked`.
    public var content: ContentID
    /// Where they are deployed.
    public var place: DeployPlace
    /// Paths rewritten through their inode.
    public var keepInode: Set<String>
    /// Permission bits of new files; nil: as their siblings.
    public var mode: UInt16?
    /// The files that are ours. At first start: the `baseline`.
    public var inventory: Inventory
    /// What shall be there, relative to the tree.
    public var desired: FileTree
    /// Absolute folders, in order of preference; the first from which a rename into the tree works is used.
    public var stagingCandidates: [String]
    /// Where bytes we did not write are copied before they are replaced, absolute; in the storage directory.
    public var editsDirectory: String
    /// The globs by which the process finds files, relative to the tree: none may match a name of ours.
    public var globs: [String]

    /// A request with its parts.
    public init(
        target: Target.ID, attempt: Int64, content: ContentID, place: DeployPlace, keepInode: Set<String> = [],
        mode: UInt16? = nil, inventory: Inventory, desired: FileTree, stagingCandidates: [String],
        editsDirectory: String, globs: [String] = []
    ) {
        self.target = target
        self.attempt = attempt
        self.content = content
        self.place = place
        self.keepInode = keepInode
        self.mode = mode
        self.inventory = inventory
        self.desired = desired
        self.stagingCandidates = stagingCandidates
        self.editsDirectory = editsDirectory
        self.globs = globs
    }

    /// The staging directories to try for a place: in the storage directory first, and where that is another file
    /// system, beside the files under names that no usual glob matches.
    public static func candidates(for place: DeployPlace, inStorage folder: String) -> [String] {
        switch place.layout {
        case .inPlace: [folder, place.root + "/.stoker"]
        case .linked: [place.releasesDirectory + "/.stoker"]
        case .singleFile: [folder]
        }
    }
}
