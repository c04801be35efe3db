/// The files of one environment at one revision, read from git's object database and never checked out. It carries
/// ids, not bytes: an unchanged file is never read.
public struct Snapshot: Hashable, Sendable {
    /// The commit it was read from, and the ref that led there.
    public let revision: Revision
    /// Equal for equal trees, whatever the commit.
    public let content: ContentID
    /// Every file of the merged layers, without dot files and excluded ones. Rule tests are in it.
    public let tree: FileTree

    /// Three parts that belong together; the caller has computed `content` from `tree`.
    public init(revision: Revision, content: ContentID, tree: FileTree) {
        self.revision = revision
        self.content = content
        self.tree = tree
    }

    /// The same content found again under a newer commit.
    public func moved(to revision: Revision) -> Snapshot {
        Snapshot(revision: revision, content: content, tree: tree)
    }
}

/// Why a snapshot cannot be made of a commit: something in the repository that Stoker refuses, named by its path.
public struct SourceInvalid: Error, Hashable, Sendable {
    /// What is refused, each with its path in the repository.
    public let findings: [Finding]
    /// Several refusals of one commit.
    public init(_ findings: [Finding]) { self.findings = findings }
    /// One refusal; `path` is empty where it is about the whole repository.
    public init(path: String, _ message: String) { findings = [Finding(file: path, line: nil, message: message)] }
    /// All findings, with semicolons between them.
    public var message: String { findings.map(\.description).joined(separator: "; ") }
}
