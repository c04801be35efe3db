/// What people should read in the log: a constant sentence, and facts about it.
public struct Notice: Hashable, Sendable {
    /// How loud.
    public enum Level: Hashable, Sendable { case notice, warning, error }

    /// How loud.
    public let level: Level
    /// Lower-case and constant.
    public let message: String
    /// What it is about.
    public let facts: [String: String]

    /// A line of the log.
    public init(_ level: Level, _ message: String, _ facts: [String: String] = [:]) {
        self.level = level
        self.message = message
        self.facts = facts
    }
}
