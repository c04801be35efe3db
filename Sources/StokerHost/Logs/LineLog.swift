// Logs: one line an event on standard error, as Prometheus writes them: logfmt, or JSON for machines. Messages are
// constant and lower-case; what differs is in the facts.
import FoundationEssentials
import Glibc
import Logging
import StokerCore

/// Writes log lines to standard error.
public struct LineLog: LogHandler {
    /// How lines look.
    public enum Format: String, Sendable, CaseIterable { case logfmt, json }

    /// Facts of every line.
    public var metadata: Logger.Metadata = [:]
    /// Lines below it are not written.
    public var logLevel: Logger.Level
    private let format: Format

    /// A handler for one logger.
    public init(format: Format, level: Logger.Level) {
        self.format = format
        logLevel = level
    }

    /// One fact of every line.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one line.
    public func log(event: LogEvent) {
        let merged = metadata.merging(event.metadata ?? [:]) { $1 }
        var facts: [(String, String)] = [
            ("ts", TimeText.iso(Clock.wall())), ("level", event.level.rawValue), ("msg", "\(event.message)"),
        ]
        facts += merged.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
        Self.write(format == .json ? Self.json(facts) : Self.logfmt(facts))
    }

    private static func logfmt(_ facts: [(String, String)]) -> String {
        facts.map { "\($0)=\(quoted($1))" }.joined(separator: " ")
    }

    private static func quoted(_ text: String) -> String {
        let plain = text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3d && $0 != 0x5c && $0 != 0x7f }
        return plain && !text.isEmpty ? text : escaped(text)
    }

    private static func json(_ facts: [(String, String)]) -> String {
        "{" + facts.map { "\(escaped($0)):\(escaped($1))" }.joined(separator: ",") + "}"
    }

    /// In double quotes, control characters escaped: one event stays one line whatever a message contains.
    private static func escaped(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f:
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            case _: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }

    private static func write(_ line: String) {
        var bytes = ArraySlice(Array((line + "\n").utf8))
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            // Nobody reads: a log that cannot be written must not stop the work.
            if count <= 0 { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
