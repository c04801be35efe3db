/// One gate, in the words of `status -o json` and `why -o json`.
public struct GateStatus: Hashable, Codable, Sendable {
    /// Which.
    public let gate: Reason
    /// It does not stand in the way.
    public let open: Bool
    /// What it waits for, or what has let the revision in.
    public let message: String
    /// How long it will take, rounded up; nil where that is not known.
    public let opensInSeconds: Int64?
    /// The person, environment or server whose turn it is; nil where only time must pass.
    public let waitsFor: String?

    private enum CodingKeys: String, CodingKey {
        case gate, open, message
        case opensInSeconds = "opens_in_seconds"
        case waitsFor = "waits_for"
    }

    /// The same as a gate of the keeper.
    public init(_ standing: GateStanding) {
        gate = standing.reason
        open = standing.isOpen
        message = standing.message
        opensInSeconds = standing.opensIn.map { max(0, ($0.inNanoseconds + 999_999_999) / 1_000_000_000) }
        waitsFor = standing.waitsFor
    }

    /// Every key is always there.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(gate, forKey: .gate)
        try container.encode(open, forKey: .open)
        try container.encode(message, forKey: .message)
        try container.encode(opensInSeconds, forKey: .opensInSeconds)
        try container.encode(waitsFor, forKey: .waitsFor)
    }
}
