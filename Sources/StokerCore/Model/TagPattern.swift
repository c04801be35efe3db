/// A pattern such as `v1.*` that follows the highest version among the tags it matches.
///
/// The version of a tag is what follows the text that the pattern has before its version: `v` in `v1.*`, `release-` in
/// `release-*`, `monitoring/v` in `monitoring/v2.[0-9]*`. What matches and is no version is ignored. Pre-releases count
/// only where the pattern asks for them, by a `-` in its own version: `v1.*-*`, `v2.0.0-rc*`.
public struct TagPattern: Hashable, Sendable {
    /// As written.
    public let pattern: String
    /// The text that every tag it matches begins with: what a server may be asked for.
    public let literal: String
    private let prefix: String
    private let takesPreReleases: Bool
    private let components: [GlobSyntax]

    /// Reads a pattern of `*`, `?` and `[…]`, none of which crosses a `/`; nil where it is malformed.
    public init?(_ pattern: String) {
        var components: [GlobSyntax] = []
        for part in pattern.split(separator: "/", omittingEmptySubsequences: false) {
            do throws(GlobError) { components.append(try GlobSyntax(String(part))) } catch { return nil }
        }
        let literal = String(pattern.prefix { !"*?[\\".contains($0) })
        self.pattern = pattern
        self.literal = literal
        self.components = components
        prefix = Self.beforeVersion(literal)
        takesPreReleases = Self.hasDash(pattern.dropFirst(prefix.count))
    }

    /// The version of a tag; nil where the pattern does not match it, or it is none that the pattern is after.
    public func version(of tag: String) -> TagVersion? {
        guard tag.hasPrefix(literal), matches(tag), let version = TagVersion(tag.dropFirst(prefix.count)),
            takesPreReleases || !version.isPreRelease
        else { return nil }
        return version
    }

    /// The tag to follow; nil where none matches.
    public func highest(of tags: some Sequence<String>) -> String? {
        var best: (version: TagVersion, tag: String)?
        for tag in tags {
            guard let version = version(of: tag) else { continue }
            if let best, !Self.isBefore(best, (version, tag)) { continue }
            best = (version, tag)
        }
        return best?.tag
    }

    /// Whether a tag that was followed is higher than this one. Tags that are no versions are equal.
    public func isHigher(_ old: String, than new: String) -> Bool {
        guard let before = version(of: old), let after = version(of: new) else { return false }
        return Self.isBefore((after, new), (before, old))
    }

    /// Versions that differ in their build alone have no order of their own: the greater name wins, so that everybody
    /// who looks at the same tags follows the same one.
    private static func isBefore(
        _ a: (version: TagVersion, tag: String), _ b: (version: TagVersion, tag: String)
    ) -> Bool {
        a.version == b.version ? a.tag.utf8.lexicographicallyPrecedes(b.tag.utf8) : a.version < b.version
    }

    private func matches(_ tag: String) -> Bool {
        let names = tag.split(separator: "/", omittingEmptySubsequences: false)
        return names.count == components.count
            && zip(components, names).allSatisfy { $0.matches($1.unicodeScalars) }
    }

    /// Up to the first digit that begins a version: the `8` of `k8s-v1.` begins none.
    private static func beforeVersion(_ literal: String) -> String {
        var at = literal.startIndex
        var previousIsDigit = false
        while at < literal.endIndex {
            let isDigit = ("0"..."9").contains(literal[at])
            if isDigit, !previousIsDigit {
                let core = literal[at...].prefix { ("0"..."9").contains($0) || $0 == "." }
                let after = literal[at...].dropFirst(core.count).first
                if after == nil || (core.contains(".") && (after == "-" || after == "+")) {
                    return String(literal[..<at])
                }
            }
            previousIsDigit = isDigit
            at = literal.index(after: at)
        }
        return literal
    }

    /// Whether a part of a pattern has a dash that stands for itself, not for a range.
    private static func hasDash(_ text: Substring) -> Bool {
        var isInClass = false
        for character in text {
            switch character {
            case "[": isInClass = true
            case "]": isInClass = false
            case "-" where !isInClass: return true
            case _: continue
            }
        }
        return false
    }
}
