import Glibc
import StokerCore

/// Asks for a reload by SIGHUP to a process of this host. There is no answer: the proof is the time stamp that moves.
public struct SignalReload: Sendable {
    private let place: TargetConfiguration.ProcessPlace

    /// The process is looked up at each use.
    public init(_ place: TargetConfiguration.ProcessPlace) { self.place = place }

    /// Sends the signal; `accepted(answered: false)` where it was delivered.
    public func reload() async -> ReloadOutcome {
        switch await aim() {
        case .success(let pid): send(SIGHUP, to: pid) ?? .accepted(answered: false)
        case .failure(let obstacle): obstacle.outcome
        }
    }

    /// Why the signal could not be sent now; nil where it could. Nothing is sent.
    func obstacle() async -> ReloadOutcome? {
        switch await aim() {
        case .success(let pid): send(0, to: pid)
        case .failure(let obstacle): obstacle.outcome
        }
    }

    private struct Obstacle: Error { let outcome: ReloadOutcome }

    private func aim() async -> Result<pid_t, Obstacle> {
        switch await ProcessID.of(place) {
        case .failure(let problem):
            return .failure(
                Obstacle(
                    outcome: problem.isDown
                        ? .down(message: problem.message) : .notPossible(message: problem.message)))
        case .success(let pid):
            // SIGHUP ends a process that does not expect it, and after a crash the number may belong to anyone.
            if ProcessID.catchesHangup(pid) == false {
                return .failure(
                    Obstacle(
                        outcome: .notPossible(
                            message: "process \(pid) of \(place) does not handle SIGHUP, so it is not the one meant; "
                                + "correct \(place)")))
            }
            return .success(pid)
        }
    }

    /// What went wrong; signal 0 only asks whether one could be sent.
    private func send(_ signal: Int32, to pid: pid_t) -> ReloadOutcome? {
        if kill(pid, signal) == 0 { return nil }
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
