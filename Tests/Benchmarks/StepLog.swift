import Logging
import Synchronization

/// Takes the debug lines by which an environment says what it does next, with the time of each.
final class StepLog: Sendable {
    /// One line.
    struct Step: Sendable {
        /// `validate`, `stage`, …
        let action: String
        /// On the clock of the wall, in milliseconds.
        let at: Double
    }

    private let steps = Mutex<[Step]>([])

    /// A logger that writes here.
    var logger: Logger {
        var logger = Logger(label: "benchmarks") { _ in Handler(log: self) }
        logger.logLevel = .debug
        return logger
    }

    /// What was noted since the last call.
    func take() -> [Step] {
        steps.withLock { steps in
            defer { steps = [] }
            return steps
        }
    }

    private func add(_ step: Step) { steps.withLock { $0.append(step) } }

    private struct Handler: LogHandler {
        let log: StepLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            guard event.message == "step", let action = event.metadata?["action"] else { return }
            log.add(Step(action: "\(action)", at: Cost.now.wall))
        }
    }
}
