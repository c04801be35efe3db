import Git

/// A connection that keeps why it failed in words for people: libgit2 only learns that it did.
protocol SourceConnection: GitConnection {
    /// The first failure.
    var failure: FetchFailure? { get }
}
