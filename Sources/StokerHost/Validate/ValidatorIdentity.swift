/// Which validator judges, and everything else its verdict depends on besides the content.
public struct ValidatorIdentity: Hashable, Sendable {
    /// For people: `promtool 2.42.0+ds`, or the name of the command.
    public let name: String
    /// One line; the memory of a rejection is only good for the same text.
    public let fingerprint: String
}
