import Digests
import Git

/// All branches and tags of a repository as one text: while it stays, a commit that is on none of them stays unfound.
enum RefFingerprint {
    /// - Parameter refs: by full name, in any order; what is neither branch nor tag does not count.
    static func of(_ refs: some Sequence<(name: String, id: ObjectID)>) -> String {
        let lines = refs.filter { name, _ in
            (name.hasPrefix(RefQuestion.branches) || name.hasPrefix(RefQuestion.tags)) && !name.hasSuffix("^{}")
        }.map { "\($0.id) \($0.name)\n" }
        return Digest.sha256Hex(lines.sorted().joined().utf8)
    }
}
