import Foundation

/// A run of a program under strace: what it does to the disk is recorded, and one call of it can be made to fail, kill or
/// stop the program.
///
/// strace counts calls for each thread and name, and only those on `paths` where any are given: so the libraries a program
/// loads, and the children it starts, do not take the count.
public struct Strace: Sendable {
    /// What happens at one call.
    public struct Fault: Sendable, CustomStringConvertible {
        /// The call's name.
        public let call: String
        /// `signal=SIGKILL`, `error=ENOSPC`, …, as strace spells it.
        public let action: String
        /// Which one: `3` is the third, `3+` is each from the third on.
        public let when: String

        /// The program dies when it makes the call, which has no effect any more.
        public static func kill(_ call: String, _ ordinal: Int) -> Fault {
            Fault(call: call, action: "signal=SIGKILL", when: "\(ordinal)")
        }

        /// The program is stopped right after the call.
        public static func stop(_ call: String, _ ordinal: Int) -> Fault {
            Fault(call: call, action: "signal=SIGSTOP", when: "\(ordinal)")
        }

        /// The call does nothing and fails with an error such as `EIO`; `lasting`: and all of this name after it.
        public static func error(_ code: String, _ call: String, _ ordinal: Int, lasting: Bool = false) -> Fault {
            Fault(call: call, action: "error=\(code)", when: "\(ordinal)\(lasting ? "+" : "")")
        }

        /// As on the command line.
        public var description: String { "\(call):\(action):when=\(when)" }
    }

    /// Where the log goes.
    public let log: String
    /// Only calls on these files and folders are seen; empty: all.
    public let paths: [String]

    /// A run with a log of its own; an older one of that name is removed.
    public init(fresh log: String, paths: [String] = []) throws {
        if Files.exists(log) { try Files.remove(log) }
        self.log = log
        self.paths = paths
    }

    /// What stands before the program's own command line.
    public func prefix(_ fault: Fault? = nil) throws -> [String] {
        let names = SystemCall.changing.sorted().joined(separator: ",")
        var command = [try Programs.find("strace"), "-f", "-qq", "-y", "-s", "16", "-o", log, "-e", "trace=\(names)"]
        for path in paths { command += ["-P", path] }
        if let fault { command += ["-e", "inject=\(fault)"] }
        // Stops at these calls alone, which is many times faster; but strace 6.1 sends no signals then.
        if fault?.action.hasPrefix("signal=") != true { command.append("--seccomp-bpf") }
        return command
    }

    /// What was recorded.
    public func calls() -> [SystemCall] { SystemCall.parse(Files.read(log) ?? "") }

    /// The thread that a signal has stopped; nil: not yet.
    public func stoppedThread() -> Int32? {
        for line in (Files.read(log) ?? "").split(separator: "\n") where line.hasSuffix("--- stopped by SIGSTOP ---") {
            return line.split(separator: " ").first.flatMap { Int32($0) }
        }
        return nil
    }

    /// The process a thread belongs to.
    public static func process(of thread: Int32) throws -> pid_t {
        for line in (Files.read("/proc/\(thread)/status") ?? "").split(separator: "\n") where line.hasPrefix("Tgid:") {
            if let id = line.split(whereSeparator: \.isWhitespace).last.flatMap({ pid_t($0) }) { return id }
        }
        throw TestFailure("thread \(thread) is gone")
    }
}
