import StokerCore

/// A repository with one branch, and the copy of it that the host keeps.
public final class SimulatedGit: Blobs {
    /// One commit.
    public struct Commit: Sendable {
        /// Its id.
        public let id: CommitID
        /// The commit before it; nil for the first.
        public let parent: CommitID?
        /// What it looks like.
        public let content: ContentID
        /// Somebody who is trusted signed it.
        public let isSigned: Bool
    }

    /// What a content consists of.
    public struct Content: Sendable {
        /// For people and checkers.
        public let name: String
        /// Text of files by path, by target.
        public let texts: [Target.ID: [String: String]]
        /// The same by blob.
        public let trees: [Target.ID: FileTree]
    }

    /// Every content that was ever committed.
    public private(set) var contents: [ContentID: Content] = [:]
    /// Nobody answers.
    public var isUnreachable = false
    /// The host's copy is damaged: nothing can be read from it until the next fetch that succeeds.
    public var cacheIsLost = false
    private var commits: [CommitID: Commit] = [:]
    private var remote: CommitID?
    private var fetched: CommitID?
    private let blobs = DictionaryBlobs()

    /// An empty repository.
    public init() {}

    /// The same repository, to go another way from here.
    public func copy() -> SimulatedGit {
        let copy = SimulatedGit()
        copy.contents = contents
        copy.isUnreachable = isUnreachable
        copy.cacheIsLost = cacheIsLost
        copy.commits = commits
        copy.remote = remote
        copy.fetched = fetched
        for content in contents.values {
            for texts in content.texts.values { for text in texts.values { copy.blobs.add(text) } }
        }
        return copy
    }

    /// Makes a content known without committing it.
    @discardableResult
    public func know(_ name: String, _ texts: [Target.ID: [String: String]]) -> ContentID {
        var listing = ""
        var trees: [Target.ID: FileTree] = [:]
        for (target, files) in texts.sorted(by: { $0.key < $1.key }) {
            var tree = FileTree()
            for (path, text) in files.sorted(by: { $0.key < $1.key }) {
                let blob = blobs.add(text)
                tree.files[path] = FileEntry(blob: blob)
                listing += "\(target)/\(path) \(blob)\n"
            }
            trees[target] = tree
        }
        let digest = SimulatedDigest.gitBlobID(of: Array(listing.utf8))
        let id = ContentID(digest + String(repeating: "0", count: 24))
        contents[id] = Content(name: name, texts: texts, trees: trees)
        return id
    }

    /// A commit on top of the branch.
    @discardableResult
    public func push(_ content: ContentID, isSigned: Bool = true) -> CommitID {
        let id = CommitID("c\(commits.count + 1)")
        commits[id] = Commit(id: id, parent: remote, content: content, isSigned: isSigned)
        remote = id
        return id
    }

    /// The branch goes back by a number of commits, and perhaps another way from there.
    public func forcePush(back: Int, _ content: ContentID?) {
        var at = remote
        for _ in 0..<back { at = at.flatMap { commits[$0]?.parent } ?? at }
        remote = at
        if let content { push(content) }
    }

    /// Contents that were only ever committed by somebody who is not trusted: they must never be live.
    public var untrusted: Set<ContentID> {
        let signed = Set(commits.values.lazy.filter(\.isSigned).map(\.content))
        return Set(commits.values.lazy.filter { !$0.isSigned }.map(\.content)).subtracting(signed)
    }

    /// The newest commit of the branch, whoever knows it.
    public var head: CommitID? { remote }
    /// The newest content of the branch, whoever knows it.
    public var newest: ContentID? { remote.flatMap { commits[$0]?.content } }
    /// The newest that was fetched.
    public var newestFetched: ContentID? { fetched.flatMap { commits[$0]?.content } }

    /// A fetch, and what it leaves.
    public func look(seen: EnvironmentRecord.Seen?) -> SourceLook {
        if isUnreachable {
            return .failed(
                Failure(.fetchFailed, .environmental, "nobody answers"),
                last: cacheIsLost ? nil : fetched.map { candidate($0, seen) })
        }
        cacheIsLost = false
        fetched = remote
        guard let remote else {
            return .failed(Failure(.fetchFailed, .environmental, "the repository is empty"), last: nil)
        }
        return .known(candidate(remote, seen))
    }

    private func candidate(_ id: CommitID, _ seen: EnvironmentRecord.Seen?) -> Candidate {
        let forward = seen.map { isDescendant(id, of: $0.commit) } ?? true
        guard let commit = commits[id] else { preconditionFailure("no commit \(id)") }
        return Candidate(
            revision: Revision(ref: "main", commit: id), ref: .branch("main"), content: .success(commit.content),
            relation: forward ? .forward : .rewritten("main was rewritten"),
            trust: trust(of: id))
    }

    /// Whether somebody who is trusted signed a commit.
    public func trust(of id: CommitID) -> Candidate.Trust {
        commits[id]?.isSigned ?? false ? .trusted : .refused("commit \(id) is not signed")
    }

    private func isDescendant(_ id: CommitID, of old: CommitID) -> Bool {
        var at: CommitID? = id
        while let here = at {
            if here == old { return true }
            at = commits[here]?.parent
        }
        return false
    }

    /// The files of a commit, from the host's copy.
    public func trees(
        _ revision: Revision
    ) throws(Failure) -> (content: ContentID, trees: [Target.ID: FileTree]) {
        guard !cacheIsLost, let commit = commits[revision.commit], let content = contents[commit.content] else {
            throw Failure(.fetchFailed, .environmental, "the git cache cannot be read")
        }
        return (commit.content, content.trees)
    }

    /// A blob of the host's copy.
    public func bytes(of blob: BlobID, limit: Int) throws(BlobUnavailable) -> [UInt8] {
        if cacheIsLost { throw BlobUnavailable(blob: blob, message: "the git cache cannot be read") }
        return try blobs.bytes(of: blob, limit: limit)
    }
}
