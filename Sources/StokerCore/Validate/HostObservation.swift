/// What the host found when it looked for the files that a configuration names and we do not manage. Paths are those
/// of the process.
public struct HostObservation: Hashable, Sendable {
    /// Unmanaged files that a pattern matches, by the pattern (`FileReference.path`).
    public var matches: [String: [String]]
    /// Unmanaged files named without a pattern that are there.
    public var present: Set<String>
    /// Unmanaged files that are there and that we may not read; they cannot be judged.
    public var unreadable: Set<String>

    /// Nothing found, unless said otherwise.
    public init(matches: [String: [String]] = [:], present: Set<String> = [], unreadable: Set<String> = []) {
        self.matches = matches
        self.present = present
        self.unreadable = unreadable
    }
}
