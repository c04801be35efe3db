import Digests
import Git
import StokerCore

/// The tag that a pattern leads to, as the cache has it: one reference in a folder of the pattern's own, so that it is
/// found without a network, and no tag that others follow is taken for it.
struct FollowedTag {
    /// The folder of all patterns.
    static let all = "refs/stoker/patterns/"
    /// File systems take names of 255 bytes, and `.lock` is appended to them.
    private static let longestName = 240

    private let pattern: TagPattern
    /// The folder of this pattern, whose own text no reference may have.
    private let folder: String

    /// Nil where the pattern is malformed, which the config reader refuses.
    init?(_ pattern: String) {
        guard let read = TagPattern(pattern) else { return nil }
        self.pattern = read
        folder = Self.all + Digest.sha256Hex(pattern.utf8).prefix(32) + "/"
    }

    /// Of the names of a server's references the tag to follow; nil where none matches.
    func winner(among names: some Sequence<String>) -> String? {
        let prefix = "refs/tags/"
        return pattern.highest(
            of: names.lazy.filter { $0.hasPrefix(prefix) && !$0.hasSuffix("^{}") }
                .map { String($0.dropFirst(prefix.count)) }.filter(fits))
    }

    private func fits(_ tag: String) -> Bool {
        // An escaped character is three.
        tag.utf8.count * 3 <= Self.longestName || local(tag).utf8.count - folder.utf8.count <= Self.longestName
    }

    /// The reference of a tag in the cache. One name, not a path: tags that come and go may be each other's folders.
    func local(_ tag: String) -> String {
        var name = folder
        for character in tag.unicodeScalars {
            switch character {
            case "%": name += "%25"
            case "/": name += "%2F"
            case _: name.unicodeScalars.append(character)
            }
        }
        return name
    }

    /// The tag and its reference in the cache. Two are there where a fetch was killed after it had brought the second.
    func found(in repository: Repository) throws(GitError) -> (tag: String, reference: String)? {
        let tags = try repository.references(below: folder).map(tag)
        return pattern.highest(of: tags).map { ($0, local($0)) }
    }

    /// Removes what is not the winner's.
    func forgetOthers(than winner: String?, in repository: Repository) throws(GitError) {
        for reference in try repository.references(below: folder) where tag(reference) != winner {
            try repository.removeReference(reference)
        }
    }

    private func tag(_ reference: String) -> String {
        String(reference.dropFirst(folder.count)).replacing("%2F", with: "/").replacing("%25", with: "%")
    }
}
