import StokerCore

/// What came of asking a process to read its configuration again.
public enum ReloadOutcome: Hashable, Sendable {
    /// 2xx, or the signal was delivered (`answered` false: a signal has no answer).
    case accepted(answered: Bool)
    /// It tried and failed. Partly applied: new jobs may already run with old rules, so restore, reload and verify.
    case refused(status: Int, message: String, partlyApplied: Bool)
    /// The way to ask is closed: no lifecycle flag, wrong credentials or path, no pid. Nothing happened.
    case notPossible(message: String)
    /// Nobody listens: nothing happened, and the process will read the files when it starts.
    case down(message: String)
    /// Time-out or a broken connection: it may still happen. Look again.
    case unknown(message: String)

    /// The failure it means for the attempt; nil where it was accepted or has to be looked at.
    public var failure: Failure? {
        switch self {
        case .accepted, .unknown, .down: nil
        case .refused(let status, let message, let partly):
            Failure(
                .reloadFailed, .content,
                "the process refused the configuration (\(status)), \(partly ? "which is now partly applied" : "and kept the old one"): "
                    + message)
        case .notPossible(let message): Failure(.reloadFailed, .environmental, message)
        }
    }
}
