import Git
import StokerCore

extension SnapshotReader {
    /// What a tag that leads to a revision says about it.
    enum TagLook {
        /// An object with a signature, or without.
        case annotated(ObjectID, SignatureSubject)
        /// It can carry no signature, or that of another name.
        case refused(String)
        /// The tag leads elsewhere by now.
        case elsewhere(String)
    }

    /// A commit as its signature is judged.
    func subject(_ id: ObjectID) throws(SourceFailure) -> SignatureSubject {
        try reading { (repository) throws(GitError) in
            guard let commit = try repository.commit(id) else {
                throw GitError(code: .notFound, message: "it has no commit \(id)")
            }
            var parents: [Commit] = []
            for parent in commit.parents {
                if let found = try repository.commit(parent) { parents.append(found) }
            }
            return SignatureSubject(commit, try repository.signedCommit(id), parents: parents)
        }
    }

    /// When a commit says it was made; nil where it is not here.
    func seconds(of commit: CommitID) throws(SourceFailure) -> Int64? {
        guard let id = ObjectID(commit.rawValue) else { return nil }
        return try reading { (repository) throws(GitError) in
            try repository.commit(id)?.committer.secondsSince1970
        }
    }

    /// The tag object that led to a revision.
    func tag(_ ref: GitRef, _ revision: Revision) throws(SourceFailure) -> TagLook {
        try reading { (repository) throws(GitError) in
            switch ref {
            case .branch, .commit:
                return .refused("\(ref) is no tag: source.verify with mode: tag needs tags")
            case .tag, .tagPattern: break
            }
            guard let (reference, _) = try RefSelection.place(ref, repository),
                let target = try repository.target(of: reference),
                try repository.peel(target).description == revision.commit.rawValue
            else {
                return .elsewhere(
                    "no tag that is followed as \(ref) leads to \(revision.commit.rawValue.prefix(7)): its signature cannot be "
                        + "checked")
            }
            guard let tag = try repository.annotatedTag(target), let id = ObjectID(revision.commit.rawValue),
                let commit = try repository.commit(id)
            else {
                return .refused(
                    "tag \(revision.ref) is a lightweight tag, which carries no signature: make it with `git tag -s`, and "
                        + "push it again")
            }
            // An old signed tag, pushed under the name of a new version, must not bring old configuration back.
            guard tag.name == revision.ref else {
                return .refused(
                    "tag \(revision.ref) holds a tag that was made as \(SignatureSubject.printable(tag.name)): a signature is "
                        + "for one name; make the tag anew with `git tag -s`")
            }
            return .annotated(target, SignatureSubject(tag, of: commit))
        }
    }
}
