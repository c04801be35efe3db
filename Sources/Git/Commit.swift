import CLibgit2

/// One commit, as far as people and history checks need it.
public struct Commit: Sendable, Equatable {
    /// Who wrote or committed it, and when.
    public struct Person: Sendable, Equatable {
        /// As written in the commit; invalid UTF-8 is repaired.
        public let name: String
        /// As written in the commit.
        public let email: String
        /// Seconds since 1970, UTC.
        public let secondsSince1970: Int64
        /// The zone it was written in, minutes east of UTC.
        public let zoneMinutes: Int

        /// A person with these facts.
        public init(name: String, email: String, secondsSince1970: Int64, zoneMinutes: Int) {
            self.name = name
            self.email = email
            self.secondsSince1970 = secondsSince1970
            self.zoneMinutes = zoneMinutes
        }

        init(_ raw: UnsafePointer<git_signature>?) {
            self.init(
                name: raw?.pointee.name.map { String(cString: $0) } ?? "",
                email: raw?.pointee.email.map { String(cString: $0) } ?? "",
                secondsSince1970: raw?.pointee.when.time ?? 0,
                zoneMinutes: Int(raw?.pointee.when.offset ?? 0))
        }
    }

    /// Its name.
    public let id: ObjectID
    /// Its parents, first parent first.
    public let parents: [ObjectID]
    /// The tree of the whole repository at this commit.
    public let tree: ObjectID
    /// Who wrote the change.
    public let author: Person
    /// Who made the commit.
    public let committer: Person
    /// The first paragraph of the message on one line; control characters replaced by spaces, as it ends up on terminals.
    public let summary: String

    init(_ commit: OpaquePointer) {
        id = ObjectID(git_commit_id(commit).pointee)
        var parents: [ObjectID] = []
        for index in 0..<git_commit_parentcount(commit) {
            if let parent = git_commit_parent_id(commit, index) { parents.append(ObjectID(parent.pointee)) }
        }
        self.parents = parents
        tree = ObjectID(git_commit_tree_id(commit).pointee)
        author = Person(git_commit_author(commit))
        committer = Person(git_commit_committer(commit))
        let text = git_commit_summary(commit).map { String(cString: $0) } ?? ""
        summary = String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}
