import Logging
import StokerCore

/// Says when the source begins to fail, when it fails for another reason, and when it is well again: not at every poll.
public struct SourceHealth {
    private let log: Logger
    /// What was said since the source was well, the last few causes: two that take turns are said once each.
    private var said: [String] = []
    /// How many causes are remembered.
    private static let memory = 8

    /// A source that was well.
    public init(log: Logger) { self.log = log }

    /// What a poll ended with.
    /// - Parameter next: how long until it is tried again.
    public mutating func note(_ failure: FetchFailure?, next: Duration) {
        guard let failure else {
            if !said.isEmpty { log.info("the source can be fetched again") }
            said = []
            return
        }
        let cause = Self.cause(failure)
        guard !said.contains(cause) else { return }
        said = [cause] + said.prefix(Self.memory - 1)
        let seconds = max(1, Int(next.inSeconds.rounded()))
        log.warning(
            "the source cannot be fetched",
            metadata: ["error": "\(failure.message)", "retry_in": "\(Duration.seconds(seconds).prometheusText)"])
    }

    /// What was said of it, without the words that are others each time: counts of bytes, ports, names of temporary files.
    /// A status such as 503 stays.
    private static func cause(_ failure: FetchFailure) -> String {
        let words = failure.message.split(separator: " ").filter { word in word.count(where: \.isNumber) <= 3 }
        return "\(failure.kind.rawValue) \(words.joined(separator: " "))"
    }
}
