extension EnvironmentRecord {
    /// Releases kept beside the live and the verified one, for `rollback`.
    public static let keptReleases = 5

    /// The contents whose files are kept, whatever git still has: what is live, verified or being tried, and the last
    /// verified ones.
    public func keptContents(besides goal: Goal?) -> Set<ContentID> {
        var keep: Set<ContentID> = []
        for content in [goal?.content, live?.content, verified?.content, attempt?.goal.content, rollbackGoal?.content] {
            if let content { keep.insert(content) }
        }
        for standing in earlier.prefix(Self.keptReleases) { keep.insert(standing.content) }
        return keep
    }
}
