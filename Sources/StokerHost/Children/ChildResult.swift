import Glibc
import Subprocess

/// How a program ended and what it said.
public struct ChildResult: Sendable {
    /// The end of a program.
    public enum Exit: Hashable, Sendable {
        /// By itself, with a code.
        case exited(Int32)
        /// By a signal that was not ours.
        case signalled(Int32)
        /// Killed at its limit, or because the calling task was cancelled.
        case timedOut
        /// Never began; one sentence that says why.
        case couldNotStart(String)
    }

    /// How it ended.
    public let exit: Exit
    /// With combined streams everything it said.
    public let standardOutput: Output
    /// With combined streams nothing.
    public let standardError: Output
    /// From the start to the end, on a clock that goes on while the machine sleeps.
    public let duration: Duration

    /// The end of one stream.
    public struct Output: Sendable {
        /// The last bytes, at most the limit.
        public let bytes: [UInt8]
        /// Bytes that came before them and were not kept.
        public let dropped: Int

        /// As UTF-8, with broken sequences replaced.
        public var text: String { String(decoding: bytes, as: UTF8.self) }
    }
}

extension ChildResult.Exit {
    /// Whether it ended by itself with code 0.
    public var isSuccess: Bool { self == .exited(0) }

    init(_ status: TerminationStatus) {
        self =
            switch status {
            case .exited(let code): .exited(code)
            case .signaled(let signal): .signalled(signal)
            }
    }
}
