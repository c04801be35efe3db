import ArgumentParser
import FoundationEssentials
import Glibc
import StokerCore
import StokerHost

/// How results are shown.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable { case table, json }

/// What commands print.
enum Output {
    static func line(_ text: String) { write(text + "\n") }

    static func error(_ text: String) {
        for line in text.split(separator: "\n") { write("stoker: \(line)\n", to: STDERR_FILENO) }
    }

    /// Unbuffered, so that what is printed before a wait is seen before it.
    static func write(_ text: String, to descriptor: Int32 = STDOUT_FILENO) {
        var bytes = ArraySlice(Array(text.utf8))
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            // Whoever read it is gone.
            if count <= 0 { return }
            bytes = bytes.dropFirst(count)
        }
    }

    static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// One JSON value on standard output; unknown values are null.
    static func json(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        line(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Columns as wide as their widest cell; the last one is not padded.
    static func table(_ header: [String], _ rows: [[String]]) {
        let all = [header] + rows
        var widths = [Int](repeating: 0, count: header.count)
        for row in all { for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.count) } }
        for row in all {
            var text = ""
            for (index, cell) in row.enumerated() {
                text +=
                    index == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[index] - cell.count + 2)
            }
            line(text)
        }
    }

    /// The table of `status`, and under it why anything is not as it should be, and what waits for what.
    static func status(_ statuses: [EnvironmentStatus], _ configuration: Configuration) {
        let now = Clock.wall()
        table(
            ["ENV", "SYNC", "HEALTH", "REVISION", "PHASE", "REASON", "AGE"],
            statuses.map { status in
                [
                    status.name, status.sync.rawValue, status.health.rawValue,
                    status.runningRevision.flatMap(Revision.init)?.short ?? "-", status.phase ?? "-",
                    status.reason?.rawValue ?? "-", status.since.map { TimeText.age(of: $0, at: now) } ?? "-",
                ]
            })
        for status in statuses where !status.message.isEmpty { line("\(status.name): \(status.message)") }
        for environment in configuration.environments {
            let status = statuses.first { $0.name == environment.name.rawValue }
            if let text = status?.pipelineLine(environment, zones: configuration.zones, now: now) { line(text) }
        }
    }
}
