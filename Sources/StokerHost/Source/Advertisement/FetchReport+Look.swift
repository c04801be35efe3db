import StokerCore

extension FetchReport {
    /// Whether a fetch would bring nothing: every followed ref is where the last one that succeeded left it, and what was
    /// missing is still missing for the same reason. Whatever is not certain is a no.
    func isNewest(_ seen: RefsSeen, _ url: SourceURL) -> Bool {
        refs.allSatisfy { found in
            switch found.ref {
            case .commit: return found.commit != nil
            // Which of the tags wins is the fetch's to say.
            case .tagPattern: return false
            case .branch, .tag:
                guard let name = RefSelection.remote(found.ref) else { return false }
                if let id = seen.ids[name] { return found.target == id.description }
                return found.target == nil
                    && found.problem
                        == RefSelection.missing(found.ref, url, hasBranches: seen.hasBranches, head: seen.head)
            }
        }
    }
}
