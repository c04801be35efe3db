/// Whether a deploy must change the text of `/api/v1/status/config`. A text equal to the one before although it had to
/// change is how a pinned inode looks: reload 200, time stamp moved, old configuration. It must never be wrong: only
/// what the process showed before and will show otherwise after counts.
public enum VisibleChange {
    /// - Parameters:
    ///   - before: the main file that was deployed; nil where unknown.
    ///   - after: the main file about to be deployed.
    ///   - servedBefore: the text served before the deploy, read as YAML; nil where it could not be read.
    public static func isDue(
        before: Node?, after: Node, servedBefore: Node?, context: Containment.Context
    ) -> Bool {
        isDue(before: before, after: after, servedBefore: servedBefore) {
            Containment.compare(declared: $0, served: $1, context: context)
        }
    }

    /// The same for what another kind of program shows.
    /// - Parameter compare: all differences between a declared file and the served text.
    public static func isDue(
        before: Node?, after: Node, servedBefore: Node?, compare: (Node, Node) -> [Difference]
    ) -> Bool {
        guard let servedBefore else { return false }
        let differencesAfter = compare(after, servedBefore)
        if differencesAfter.contains(where: \.isFailure) { return true }
        guard let before else { return false }
        // A leaf that was matched before and is not matched any more will be served with another value.
        let unmatchedBefore = Set(
            compare(before, servedBefore).map(\.path))
        return differencesAfter.contains { $0.kind == .unmatched && !unmatchedBefore.contains($0.path) }
    }
}
