import StokerCore

/// What came of asking a process to read its configuration again.
public enum ReloadOutcome: Hashable, Sendable {
    /// 2xx, or the signal was delivered (`answered` false: a signal has no answer). `restarted`: by a restart, after which
    /// another process is there.
    case accepted(answered: Bool, restarted: Bool = false)
    /// It tried and failed. Partly applied: new jobs may already run with old rules, so restore, reload and verify.
    case refused(status: Int, message: String, partlyApplied: Bool)
    /// What was asked to reload says that it failed; whether the content is to blame, the process may tell.
    case failed(message: String)
    /// The process did not survive it: the files are put back.
    case died(message: String)
    /// The way to ask is closed: no lifecycle flag, wrong credentials or path, no pid. Nothing happened.
    case notPossible(message: String)
    /// Nobody listens: nothing happened, and the process will read the files when it starts.
    case down(message: String)
    /// Time-out or a broken connection: it may still happen. Look again. `restarted`: a restart was asked for.
    case unknown(message: String, restarted: Bool = false)

    /// The failure it means for the attempt; nil where it was accepted or has to be looked at.
    public var failure: Failure? {
        switch self {
        case .accepted, .unknown, .down: nil
        case .refused(let status, let message, let partly):
            Failure(
                .reloadFailed, .content,
                "the process refused the configuration (\(status)), \(partly ? "which is now partly applied" : "and kept the old one"): "
                    + message)
        case .died(let message): Failure(.reloadFailed, .content, message)
        case .failed(let message), .notPossible(let message): Failure(.reloadFailed, .environmental, message)
        }
    }

    /// Whether the process was told, so that its log may say what came of it.
    var wasTried: Bool {
        switch self {
        case .accepted, .refused, .failed, .died, .unknown: true
        case .notPossible, .down: false
        }
    }

    /// What the attempt goes on with.
    /// - Parameter wasReady: whether the process was there before the deploy. One that was not, as a container that is
    ///   started again and again, ends without our content's being to blame: it is waited for.
    func result(of id: Target.ID, wasReady: Bool) -> ReloadResult {
        switch self {
        case .accepted(let answered, let restarted): .accepted(answered: answered, restarted: restarted)
        case .down: .down
        case .died where !wasReady: .down
        case .unknown(let message, let restarted): .unknown(message, restarted: restarted)
        case .refused, .failed, .died, .notPossible:
            .refused(failure ?? Failure(.reloadFailed, .environmental, "\(id) could not be reloaded"))
        }
    }
}
