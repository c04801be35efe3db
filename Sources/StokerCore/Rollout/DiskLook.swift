/// What a look at the deployed files found.
public struct DiskLook: Hashable, Sendable {
    /// A file that is not as we left it.
    public struct Drifted: Hashable, Sendable {
        /// How it differs.
        public enum Kind: String, Hashable, Codable, Sendable { case modified, missing, replaced }
        /// Relative to the tree.
        public let path: String
        /// How the file differs.
        public let kind: Kind
        /// The bytes that are there, for `modified`.
        public let observed: BlobID?

        /// A value with its parts.
        public init(path: String, kind: Kind, observed: BlobID? = nil) {
            self.path = path
            self.kind = kind
            self.observed = observed
        }
    }

    /// In ascending order of paths.
    public var drifted: [Drifted]
    /// The inventory with the stamps of files that were touched but have the same bytes: store it, or they are read
    /// again at each look.
    public var inventory: Inventory
    /// `linked`: the text of the link, nil where there is none.
    public var link: String?
    /// `linked`: the release it points to, nil where it is not a link of ours.
    public var release: String?
    /// How many files had to be read.
    public var filesRead: Int

    /// A value with its parts.
    public init(
        drifted: [Drifted] = [], inventory: Inventory, link: String? = nil, release: String? = nil, filesRead: Int = 0
    ) {
        self.drifted = drifted
        self.inventory = inventory
        self.link = link
        self.release = release
        self.filesRead = filesRead
    }
}
