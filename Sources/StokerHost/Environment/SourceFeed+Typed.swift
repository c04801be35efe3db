import StokerCore

// Revisions as people type them.
extension SourceFeed {
    /// A commit, by its full id or its beginning, with the ref of the environment or without one.
    public func revision(_ text: String, in environment: EnvironmentConfiguration) throws(SourceFailure) -> Revision {
        let ref = ref(of: environment)
        if let complaint = Self.complaint(aboutTyped: text, environment.name, follows: ref) {
            throw SourceFailure(Failure(.fetchFailed, .environmental, complaint))
        }
        let typed = Revision(text)
        let found = try reader.revision(of: .commit(typed?.commit ?? CommitID(text)))
        guard case .tagPattern = ref else { return Revision(ref: ref.description, commit: found.commit) }
        // The name is that of a tag, of which the pattern leads to one alone.
        do throws(SourceFailure) {
            let newest = try reader.revision(of: ref)
            if newest.commit == found.commit { return newest }
        } catch {
            // No tag is here: then the commit keeps the name it was typed with.
        }
        return Revision(ref: typed?.ref ?? ref.description, commit: found.commit)
    }

    /// Why nobody can have meant a revision as it was typed; nil where somebody can. Nothing at all is the unset variable of
    /// a script, and another ref is a revision of another environment.
    public nonisolated static func complaint(
        aboutTyped text: String, _ name: EnvironmentName, follows ref: GitRef
    ) -> String? {
        if text.allSatisfy(\.isWhitespace) {
            return "the revision given for \(name) is empty: give a full commit id (is a variable of a script not set?)"
        }
        guard let typed = Revision(text), !ref.covers(typed.ref) else { return nil }
        return
            "\(name) follows \(ref.words), and \(text) is named as of \(typed.ref): give a revision of what it follows, "
            + "or the commit id alone"
    }

    /// Whether a revision is in the history of what runs, and so has been passed.
    public func isContained(_ revision: Revision, in live: Revision) throws(SourceFailure) -> Bool {
        try reader.relation(of: revision.commit, to: live.commit) == .ancestor
    }
}

extension GitRef {
    /// Whether a revision of this ref may carry a name: its own, or that of a tag that the pattern takes.
    fileprivate func covers(_ name: String) -> Bool {
        if name == description { return true }
        guard case .tagPattern(let pattern) = self else { return false }
        return TagPattern(pattern)?.version(of: name) != nil
    }

    fileprivate var words: String {
        switch self {
        case .branch(let name): "branch \(name)"
        case .tag(let name): "tag \(name)"
        case .tagPattern(let pattern): "the tags \(pattern)"
        case .commit: "commit \(description)"
        }
    }
}
