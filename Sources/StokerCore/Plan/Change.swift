/// What happens to one file of a target.
public struct Change: Hashable, Codable, Sendable {
    /// `mode` is a file whose bytes stay and whose executable bit changes; people are shown it as an update.
    public enum Kind: String, Hashable, Codable, Sendable, CaseIterable {
        case create, update, delete, mode

        /// The word in `plan`: one of `create`, `update`, `delete`.
        public var word: String {
            switch self {
            case .create: "create"
            case .update, .mode: "update"
            case .delete: "delete"
            }
        }
    }

    /// Relative to the target's folder.
    public let path: String
    /// What happens to it.
    public let kind: Kind
    /// What is there now, by the inventory or, at first, on disk; nil for a file to create.
    public let before: FileEntry?
    /// What will be there; nil for a file to delete.
    public let after: FileEntry?

    /// A file to create (`before` nil), to delete (`after` nil), or to change. Giving neither is a broken invariant.
    public init(path: String, before: FileEntry?, after: FileEntry?) {
        precondition(before != nil || after != nil, "a change of \(path) from nothing to nothing")
        self.path = path
        self.before = before
        self.after = after
        kind =
            switch (before, after) {
            case (nil, _): .create
            case (_, nil): .delete
            case (let old?, let new?): old.blob == new.blob ? .mode : .update
            }
    }
}
