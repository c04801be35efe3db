import Git
import StokerCore

/// Which changes of an environment others have gone through with it, told from the history: each commit that changed a file
/// here changed the same file there, and what came of it is what they have now. A commit counts as the branch took it, so a
/// merge is one.
struct SharedChanges {
    /// An environment that may have gone through them.
    struct Other {
        let name: EnvironmentName
        let layers: Layers
        /// What it has at the newest commit.
        let newest: FileTree
        /// The files in question.
        let asked: Set<String>
    }

    /// Where the changes are looked at.
    let layers: Layers
    /// The newest commit.
    let newest: CommitID
    /// What this has in its history is not looked at: it runs already.
    let old: CommitID
    /// How many commits are looked at.
    let limit: Int

    /// What is known of one of the others after some commits, newest first.
    private struct Progress {
        let other: Other
        /// Nothing speaks against these yet.
        var open: Set<String>
        /// Of those what was changed there at all.
        var shared: Set<String> = []

        /// - Parameter changed: what a commit changed here.
        mutating func note(
            _ changed: Set<String>, in commit: Commit, after parent: ObjectID?, _ repository: Repository
        ) throws(GitError) {
            let files = open.intersection(changed)
            if files.isEmpty { return }
            var trail = try FileTrail(files, of: other.layers, at: commit.tree, repository)
            // The newest change must still be there: what was taken back or changed again is not what was tried.
            let kept = files.filter { shared.contains($0) || trail[$0] == other.newest[$0] }
            let both = try trail.step(to: parent).intersection(kept)
            shared.formUnion(both)
            open.subtract(files.subtracting(both))
        }
    }

    /// For each of the others the files that it has gone through with every change.
    func run(_ others: [Other], _ repository: Repository) throws(GitError) -> [EnvironmentName: Set<String>] {
        guard let start = ObjectID(newest.rawValue) else {
            throw GitError(code: .invalidName, message: "\(newest) is no commit id")
        }
        let commits = try repository.mainline(
            from: start, without: try SnapshotReader.present(old, repository), limit: limit
        ).commits
        guard let head = commits.first else { return [:] }
        let asked = others.reduce(into: Set<String>()) { $0.formUnion($1.asked) }
        var trail = try FileTrail(asked, of: layers, at: head.tree, repository)
        var progress = others.map { Progress(other: $0, open: $0.asked) }
        for commit in commits {
            let parent = try Self.tree(before: commit, repository)
            let changed = try trail.step(to: parent)
            for index in progress.indices where !changed.isEmpty {
                try progress[index].note(changed, in: commit, after: parent, repository)
            }
            if progress.allSatisfy(\.open.isEmpty) { break }
        }
        return Dictionary(
            progress.map { ($0.other.name, $0.open.intersection($0.shared)) }, uniquingKeysWith: { first, _ in first })
    }

    /// Of files that an environment has no more at a commit those that it had before.
    static func removed(
        _ files: Set<String>, from layers: Layers, at newest: CommitID, limit: Int, _ repository: Repository
    ) throws(GitError) -> Set<String> {
        guard let start = ObjectID(newest.rawValue) else {
            throw GitError(code: .invalidName, message: "\(newest) is no commit id")
        }
        let commits = try repository.mainline(from: start, without: nil, limit: limit).commits
        guard let head = commits.first else { return [] }
        var trail = try FileTrail(files, of: layers, at: head.tree, repository)
        var left = files
        for commit in commits where !left.isEmpty {
            left.subtract(try trail.step(to: try tree(before: commit, repository)))
        }
        return files.subtracting(left)
    }

    /// Of the first parent; nil where there is none.
    private static func tree(before commit: Commit, _ repository: Repository) throws(GitError) -> ObjectID? {
        guard let id = commit.parents.first else { return nil }
        guard let parent = try repository.commit(id) else {
            throw GitError(code: .notFound, message: "it has no commit \(id)")
        }
        return parent.tree
    }
}
