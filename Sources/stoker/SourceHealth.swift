import Logging
import StokerCore
import StokerHost

/// Says when the source begins to fail, when it fails for another reason, and when it is well again: not at every poll.
struct SourceHealth {
    private let log: Logger
    private var failing: FetchFailure.Kind?

    init(log: Logger) { self.log = log }

    /// - Parameter next: how long until it is tried again.
    mutating func note(_ failure: FetchFailure?, next: Duration) {
        if let failure {
            guard failure.kind != failing else { return }
            let seconds = max(1, Int(next.inSeconds.rounded()))
            log.warning(
                "the source cannot be fetched",
                metadata: ["error": "\(failure.message)", "retry_in": "\(Duration.seconds(seconds).prometheusText)"])
        } else if failing != nil {
            log.info("the source can be fetched again")
        }
        failing = failure?.kind
    }
}
