import TestSupport

/// How much is done: a sample in the ordinary test run, all of it in `Tests/Soak/run.sh`.
enum Soak {
    /// Every call of a deployment is killed and failed, in place of one for each kind.
    static var everyCall: Bool { ProcessEnvironment.current["STOKER_CRASH_ALL"] == "1" }

    /// How many turns the real binary makes at least; nil: as many as fit `turnSeconds`.
    static var turns: Int? { ProcessEnvironment.current["STOKER_TURNS"].flatMap { Int($0) } }

    /// How long the turns may take in the ordinary run.
    static let turnSeconds = 25
}
