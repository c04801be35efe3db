import StokerCore

extension SourceFeed {
    /// How a revision relates to what was accepted of its ref before.
    func relation(
        of revision: Revision, _ ref: GitRef, to seen: EnvironmentRecord.Seen?, verified: Revision?
    ) throws(SourceFailure) -> Candidate.Relation {
        guard let seen, seen.ref == ref, seen.commit != revision.commit else { return .forward }
        switch ref {
        case .branch(let branch): return try relation(of: revision, branch: branch, to: seen)
        case .tagPattern(let pattern):
            switch relation(of: revision, pattern: pattern, to: seen) {
            case .rewritten(let message): return .rewritten(message)
            case .forward: break
            }
            // Where the tag itself is signed, its name is: who made a higher one on an older commit meant it.
            guard let policy = configuration.verify, policy.mode != .tag else { return .forward }
            return try wayBack(to: revision, ref, seen, verified)
        // A tag that is named may be moved, as `stable` is.
        case .tag: return configuration.verify == nil ? .forward : try wayBack(to: revision, ref, seen, verified)
        case .commit: return .forward
        }
    }

    /// A higher version is the way forward, wherever its commit is. What was the highest must not vanish or move.
    private func relation(of revision: Revision, pattern: String, to seen: EnvironmentRecord.Seen) -> Candidate.Relation
    {
        guard let tag = seen.tag else { return .forward }
        let way = "from \(seen.commit.rawValue.prefix(7)) to \(revision.commit.rawValue.prefix(7))"
        if tag == revision.ref { return .rewritten("tag \(tag) was moved \(way)") }
        guard TagPattern(pattern)?.isHigher(tag, than: revision.ref) ?? false else { return .forward }
        return .rewritten("tag \(tag) is gone, and \(pattern) went back \(way), which is \(revision.ref)")
    }

    /// A tag that nobody signed, or an old one that was signed under the same name, can lead back to a commit that somebody
    /// trusted signed long ago: a signature says who, and not when it is to be deployed. So where signatures are asked for,
    /// the way back is a person's to open.
    private func wayBack(
        to revision: Revision, _ ref: GitRef, _ seen: EnvironmentRecord.Seen, _ verified: Revision?
    ) throws(SourceFailure) -> Candidate.Relation {
        // What was verified of another ref says nothing: to edit the ref in the configuration is no rewrite.
        let verified = verified.flatMap { Self.isOf(ref, $0) ? $0.commit : nil }
        for old in [seen.commit] + [verified].compactMap({ $0 }) {
            let (here, there) = (revision.commit.rawValue.prefix(7), old.rawValue.prefix(7))
            switch try reader.relation(of: revision.commit, to: old) {
            case .same, .descendant, .unrelated: continue
            case .unknown where old != seen.commit: continue
            case .ancestor:
                return .rewritten(
                    "tag \(revision.ref) leads back from \(there) to \(here)\(lost(old, without: revision.commit))")
            // A cache that was made anew has no commit that nothing leads to any more, as that of a tag that was left.
            case .unknown:
                return .rewritten(
                    "tag \(revision.ref) leads to \(here), and \(there), which was accepted before, is not in the "
                        + "repository any more: it may lead back")
            }
        }
        return .forward
    }

    /// Whether a revision can have been found by following a tag or a pattern of tags.
    private static func isOf(_ ref: GitRef, _ revision: Revision) -> Bool {
        switch ref {
        case .tag(let name): revision.ref == name
        case .tagPattern(let pattern): TagPattern(pattern)?.version(of: revision.ref) != nil
        case .branch, .commit: false
        }
    }

    private func relation(
        of revision: Revision, branch: String, to seen: EnvironmentRecord.Seen
    ) throws(SourceFailure) -> Candidate.Relation {
        switch try reader.relation(of: revision.commit, to: seen.commit) {
        case .same, .descendant: return .forward
        case .ancestor:
            return .rewritten(
                "branch \(branch) went back from \(seen.commit.rawValue.prefix(7)) to "
                    + "\(revision.commit.rawValue.prefix(7))\(lost(seen.commit, without: revision.commit))")
        case .unrelated, .unknown:
            return .rewritten(
                "the history of branch \(branch) was rewritten: \(revision.commit.rawValue.prefix(7)) does not descend "
                    + "from \(seen.commit.rawValue.prefix(7))\(lost(seen.commit, without: revision.commit))")
        }
    }

    /// Which commits disappeared, where the cache still has them.
    private func lost(_ old: CommitID, without new: CommitID) -> String {
        do throws(SourceFailure) {
            let range = try reader.commits(from: old, without: new, limit: 20)
            let ids = range.commits.map { String($0.id.description.prefix(7)) }
            if ids.isEmpty { return "" }
            return ", losing \(ids.prefix(5).joined(separator: ", "))" + (ids.count > 5 ? " and more" : "")
        } catch {
            return ""
        }
    }
}
