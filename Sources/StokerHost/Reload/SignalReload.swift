import Glibc
import StokerCore

/// Asks for a reload by SIGHUP to a process of this host. There is no answer: the proof is the time stamp that moves.
public struct SignalReload: Sendable {
    private let place: TargetConfiguration.ProcessPlace

    /// The process is looked up at each use.
    public init(_ place: TargetConfiguration.ProcessPlace) { self.place = place }

    /// Sends the signal; `accepted(answered: false)` where it was delivered.
    public func reload() async -> ReloadOutcome {
        switch await ProcessID.of(place) {
        case .failure(let problem):
            return problem.isDown ? .down(message: problem.message) : .notPossible(message: problem.message)
        case .success(let pid):
            // SIGHUP ends a process that does not expect it, and after a crash the number may belong to anyone.
            if ProcessID.catchesHangup(pid) == false {
                return .notPossible(
                    message: "process \(pid) of \(place) does not handle SIGHUP, so it is not the one meant; "
                        + "correct \(place)")
            }
            if kill(pid, SIGHUP) == 0 { return .accepted(answered: false) }
            switch errno {
            case ESRCH:
                return .down(message: "no process \(pid), which \(place) names; start it")
            case EPERM:
                return .notPossible(
                    message: "not permitted to signal process \(pid) of \(place); run as its user, with "
                        + "CAP_KILL, or use reload: {method: http}")
            default:
                return .notPossible(
                    message: "cannot signal process \(pid) of \(place): \(String(cString: strerror(errno)))")
            }
        }
    }
}
