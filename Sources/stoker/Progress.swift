import Glibc
import StokerHost
import Synchronization

/// Progress of a fetch on a terminal: one line that is rewritten. Piped, nothing is shown; the log says what happened.
final class Progress: Sendable {
    private let shown = Mutex(false)

    func show(_ stage: FetchStage) {
        guard Output.isTerminal else { return }
        shown.withLock { $0 = true }
        Output.write("\r\u{1B}[K\(stage.words)", to: STDERR_FILENO)
    }

    func finish() {
        if shown.withLock({ $0 }) { Output.write("\r\u{1B}[K", to: STDERR_FILENO) }
    }
}

extension FetchStage {
    /// For people.
    var words: String {
        switch self {
        case .locking: "waiting for another stoker that fetches"
        case .connecting: "asking the git server"
        case .receiving(let objects, let total, let bytes):
            "receiving \(objects)\(total > 0 ? " of \(total)" : "") objects, \(bytes >> 10) KiB"
        }
    }
}
