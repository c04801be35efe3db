import Git
import StokerCore

extension FetchReport {
    /// Whether a fetch would bring nothing: every followed ref is where the last one that succeeded left it, and what was
    /// missing is still missing for the same reason. Whatever is not certain is a no.
    func isNewest(_ seen: RefsSeen, _ url: SourceURL) -> Bool {
        refs.allSatisfy { found in
            switch found.ref {
            case .commit: return found.commit != nil || found.searched == RefFingerprint.of(seen.all)
            case .tagPattern(let pattern):
                guard let tag = FollowedTag(pattern)?.winner(among: seen.ids.keys) else {
                    return found.isMissing(as: seen, url)
                }
                return found.tag == tag && found.target == seen.ids[RefQuestion.tags + tag]?.description
            case .branch, .tag:
                guard let name = RefSelection.remote(found.ref) else { return false }
                guard let id = seen.ids[name] else { return found.isMissing(as: seen, url) }
                return found.target == id.description
            }
        }
    }
}

extension FetchReport {
    /// What a look has to ask to know whether a fetch would bring anything. A commit that is there never moves; one that is
    /// not may come with any branch or tag.
    var question: RefQuestion {
        refs.contains { $0.ref.isCommit && $0.commit == nil } ? .everything : RefQuestion(refs.map(\.ref))
    }
}

extension GitRef {
    fileprivate var isCommit: Bool {
        switch self {
        case .commit: true
        case .branch, .tag, .tagPattern: false
        }
    }
}

extension FetchReport.Ref {
    /// Whether it was missing, and the same would be said about it now.
    fileprivate func isMissing(as seen: RefsSeen, _ url: SourceURL) -> Bool {
        target == nil
            && problem == RefSelection.missing(ref, url, hasBranches: seen.hasBranches, head: seen.head)
    }

    /// The name of the reference that it has in the cache.
    var local: String? {
        switch ref {
        case .branch, .tag: RefSelection.local(ref)
        case .tagPattern(let pattern): tag.flatMap { FollowedTag(pattern)?.local($0) }
        case .commit: nil
        }
    }
}
