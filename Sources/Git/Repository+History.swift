import CLibgit2

/// A part of the history, newest first.
public struct CommitRange: Sendable, Equatable {
    /// The commits, newest first.
    public let commits: [Commit]
    /// False when the limit cut the list.
    public let isComplete: Bool
}

extension Repository {
    /// Reads a commit; nil when the repository does not have it (or has something else by that name).
    public func commit(_ id: ObjectID) throws(GitError) -> Commit? {
        try checkSize(of: id, limit: Self.commitBytes, "the commit \(id)")
        var raw = id.raw
        var found: OpaquePointer?
        let code = git_commit_lookup(&found, pointer, &raw)
        if code == GIT_ENOTFOUND.rawValue { return nil }
        try check(code, "read the commit \(id)")
        defer { git_commit_free(found) }
        return found.map { Commit($0) }
    }

    /// The full name of the commit whose name starts with these digits (four at least); nil when there is none.
    /// - Throws: `ambiguous` when there are several.
    public func commit(startingWith digits: String) throws(GitError) -> ObjectID? {
        guard (4...40).contains(digits.utf8.count) else { return nil }
        var raw = git_oid()
        guard git_oid_fromstrp(&raw, digits) == 0 else { return nil }
        var found: OpaquePointer?
        let code = git_commit_lookup_prefix(&found, pointer, &raw, digits.utf8.count)
        if code == GIT_ENOTFOUND.rawValue { return nil }
        try check(code, "find the commit \(digits)")
        defer { git_commit_free(found) }
        return found.flatMap { git_commit_id($0).map { ObjectID($0.pointee) } }
    }

    /// Whether `descendant` has `ancestor` in its history; a commit does not descend from itself.
    public func isDescendant(_ descendant: ObjectID, of ancestor: ObjectID) throws(GitError) -> Bool {
        var new = descendant.raw
        var old = ancestor.raw
        return try check(
            git_graph_descendant_of(pointer, &new, &old), "compare the history of \(descendant) and \(ancestor)") == 1
    }

    /// The commits that `newest` has and `excluded` has not, newest first, at most `limit`.
    public func commits(from newest: ObjectID, without excluded: ObjectID?, limit: Int) throws(GitError) -> CommitRange
    {
        let walk = try Owned("walk the history of \(newest)", release: git_revwalk_free) {
            git_revwalk_new(&$0, pointer)
        }
        try check(git_revwalk_sorting(walk.pointer, GIT_SORT_TIME.rawValue), "walk the history of \(newest)")
        return try run(walk, from: newest, without: excluded, limit: limit)
    }

    /// What a branch has led to, one after the other and newest first: a commit, its first parent, that one's first parent, down
    /// to what `excluded` has in its history, at most `limit`. What a merge brought comes with the merge.
    public func mainline(from newest: ObjectID, without excluded: ObjectID?, limit: Int) throws(GitError) -> CommitRange
    {
        let walk = try Owned("walk the history of \(newest)", release: git_revwalk_free) {
            git_revwalk_new(&$0, pointer)
        }
        // Not sorted: from parent to parent is the order, whatever the clocks said.
        try check(git_revwalk_simplify_first_parent(walk.pointer), "walk the history of \(newest)")
        return try run(walk, from: newest, without: excluded, limit: limit)
    }

    private func run(
        _ walk: borrowing Owned, from newest: ObjectID, without excluded: ObjectID?, limit: Int
    ) throws(GitError) -> CommitRange {
        var start = newest.raw
        try check(git_revwalk_push(walk.pointer, &start), "walk the history of \(newest)")
        if let excluded {
            var hidden = excluded.raw
            try check(git_revwalk_hide(walk.pointer, &hidden), "leave out the history of \(excluded)")
        }
        var commits: [Commit] = []
        while true {
            var raw = git_oid()
            let code = git_revwalk_next(&raw, walk.pointer)
            if code == GIT_ITEROVER.rawValue { return CommitRange(commits: commits, isComplete: true) }
            try check(code, "walk the history of \(newest)")
            guard commits.count < limit else { return CommitRange(commits: commits, isComplete: false) }
            if let commit = try commit(ObjectID(raw)) { commits.append(commit) }
        }
    }
}
