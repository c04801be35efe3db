import Logging
import StokerCore
import Synchronization
import Testing

@testable import StokerHost

@Suite struct SourceHealthTests {
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    private struct Handler: LogHandler {
        let lines: Lines
        var logLevel = Logger.Level.info
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.add("\(event.message) \(event.metadata?["error"].map { "\($0)" } ?? "")")
        }
    }

    @Test("each cause is said once until the source is well again, also one of the same kind")
    func causes() {
        let lines = Lines()
        var health = SourceHealth(log: Logger(label: "test") { _ in Handler(lines: lines) })
        let causes = ["the server said 502", "the server said 503", "the server said 502"]
        for cause in causes + causes {
            health.note(FetchFailure(.unavailable, cause), next: .seconds(60))
        }
        let first = [
            "the source cannot be fetched the server said 502", "the source cannot be fetched the server said 503",
        ]
        #expect(lines.all == first)
        // Counts are others each time, and no other cause.
        for bytes in [123_456, 234_567] {
            health.note(FetchFailure(.timeout, "nothing came after \(bytes) bytes"), next: .seconds(60))
        }
        #expect(lines.all.count == 3)
        health.note(nil, next: .seconds(60))
        health.note(nil, next: .seconds(60))
        health.note(FetchFailure(.unavailable, causes[0]), next: .seconds(60))
        #expect(lines.all.suffix(2) == ["the source can be fetched again ", first[0]])
    }
}
