import Glibc
import StokerCore

/// Finds the process that the configuration means.
enum ProcessID {
    /// Why there is no process id.
    struct Problem: Error {
        /// Nothing runs; otherwise the way to find out is closed.
        let isDown: Bool
        let message: String
    }

    /// Read at each use: a restarted process has a new id.
    static func of(_ place: TargetConfiguration.ProcessPlace) async -> Result<pid_t, Problem> {
        switch place {
        case .pidFile(let path): return read(path)
        case .unit(let name):
            switch await SystemdUnit(name).state() {
            case .failure(let problem): return .failure(Problem(isDown: false, message: problem.message))
            case .success(let state) where !state.isLoaded:
                return .failure(Problem(isDown: false, message: "systemd has no unit \(name): correct unit"))
            case .success(let state) where state.mainPID == 0:
                return .failure(
                    Problem(isDown: true, message: "unit \(name) is \(state.active) and has no process; start it"))
            case .success(let state): return .success(state.mainPID)
            }
        }
    }

    /// The id in a file: a decimal number above zero, blanks around it allowed.
    private static func read(_ path: String) -> Result<pid_t, Problem> {
        switch SmallFile.read(path, limit: 1024) {
        case .failure(let problem):
            return .failure(
                Problem(
                    isDown: false,
                    message:
                        "pid_file \(path) cannot be read: \(problem.message); start the process or correct the path"))
        case .success(let bytes):
            let text = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            guard text.count == 1, let pid = pid_t(text[0]), pid > 0 else {
                return .failure(
                    Problem(isDown: false, message: "pid_file \(path) does not hold a process id; correct the path"))
            }
            return .success(pid)
        }
    }

    /// Whether a process catches SIGHUP, which ends one that does not expect it; nil where that cannot be read, as for
    /// another user's hidden process.
    static func catchesHangup(_ pid: pid_t) -> Bool? {
        guard case .success(let bytes) = SmallFile.read("/proc/\(pid)/status", limit: 64 << 10) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix("SigCgt:") }),
            let field = line.split(whereSeparator: \.isWhitespace).last, let mask = UInt64(field, radix: 16)
        else { return nil }
        return mask & 1 == 1
    }
}

extension TargetConfiguration.ProcessPlace: CustomStringConvertible {
    /// For messages.
    public var description: String {
        switch self {
        case .pidFile(let path): "pid_file \(path)"
        case .unit(let name): "unit \(name)"
        }
    }
}
