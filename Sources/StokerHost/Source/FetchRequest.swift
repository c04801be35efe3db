import StokerCore

/// What the fetch child is told, as one line of JSON on its stdin: the only way a secret reaches it.
struct FetchRequest: Codable, Sendable, CustomReflectable {
    /// What the child is started for.
    enum Purpose: Codable, Sendable {
        /// News; and afterwards, where `tidying`, a smaller cache.
        case fetch(tidying: Bool)
        /// A smaller cache.
        case tidy
    }

    var purpose: Purpose
    var cache: String
    var url: String
    var refs: [GitRef]
    /// How the server is reached, with the secrets read a moment ago.
    var access: SourceAccess
    var memoryBytes: Int
    var receivedBytes: Int
    var references: Int
    /// Commits that stay in the cache when it is made smaller, though no followed ref leads to them any more.
    var keep: [CommitID]

    /// Without children: a failed test or a `dump` must not print a password.
    var customMirror: Mirror { Mirror(self, children: [:]) }

    init(
        _ source: GitSource, access: SourceAccess, purpose: Purpose = .fetch(tidying: true), keep: [CommitID] = []
    ) {
        self.purpose = purpose
        cache = source.cache
        url = source.configuration.url
        refs = source.refs
        self.access = access
        memoryBytes = source.limits.memoryBytes
        receivedBytes = source.limits.receivedBytes
        references = source.limits.references
        self.keep = keep
    }
}
