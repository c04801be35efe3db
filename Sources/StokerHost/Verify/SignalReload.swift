import Glibc

/// Asks for a reload by SIGHUP to the process whose id stands in a file. There is no answer: the proof is the time stamp
/// that moves.
public struct SignalReload: Sendable {
    private let pidFile: String

    /// Reads the file at each use: a restarted process has a new id.
    public init(pidFile: String) { self.pidFile = pidFile }

    /// Sends the signal; `accepted(answered: false)` where it was delivered.
    public func reload() -> ReloadOutcome {
        switch processID() {
        case .failure(let problem): return .notPossible(message: problem.message)
        case .success(let pid):
            // SIGHUP ends a process that does not expect it, and after a crash the number may belong to anyone.
            if Self.catchesHangup(pid) == false {
                return .notPossible(
                    message:
                        "process \(pid) of pid_file \(pidFile) does not handle SIGHUP, so it is not the one meant; "
                        + "correct or remove the file")
            }
            if kill(pid, SIGHUP) == 0 { return .accepted(answered: false) }
            switch errno {
            case ESRCH:
                return .down(message: "no process \(pid), which pid_file \(pidFile) names; start it")
            case EPERM:
                return .notPossible(
                    message: "not permitted to signal process \(pid) of pid_file \(pidFile); run as its user, with "
                        + "CAP_KILL, or use reload: {method: http}")
            default:
                return .notPossible(
                    message: "cannot signal process \(pid) of pid_file \(pidFile): \(String(cString: strerror(errno)))")
            }
        }
    }

    /// Why there is no process id.
    struct Problem: Error {
        let message: String
    }

    /// The id in the file: a decimal number above zero, blanks around it allowed.
    func processID() -> Result<pid_t, Problem> {
        switch SmallFile.read(pidFile, limit: 1024) {
        case .failure(let problem):
            return .failure(
                Problem(
                    message:
                        "pid_file \(pidFile) cannot be read: \(problem.message); start the process or correct the path")
            )
        case .success(let bytes):
            let text = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            guard text.count == 1, let pid = pid_t(text[0]), pid > 0 else {
                return .failure(Problem(message: "pid_file \(pidFile) does not hold a process id; correct the path"))
            }
            return .success(pid)
        }
    }

    /// Whether the process catches SIGHUP; nil where that cannot be read, as for another user's hidden process.
    private static func catchesHangup(_ pid: pid_t) -> Bool? {
        guard case .success(let bytes) = SmallFile.read("/proc/\(pid)/status", limit: 64 << 10) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix("SigCgt:") }),
            let field = line.split(whereSeparator: \.isWhitespace).last, let mask = UInt64(field, radix: 16)
        else { return nil }
        return mask & 1 == 1
    }
}
