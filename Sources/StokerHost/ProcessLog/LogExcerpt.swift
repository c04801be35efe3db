import StokerCore

/// The lines of a process's log that tell why a reload went wrong.
enum LogExcerpt {
    private static let lines = 5
    private static let bytes = 2048
    private static let longestLine = 600
    /// How Prometheus, its relatives and the Go runtime mark what went wrong.
    private static let marks = [
        "level=error", "level=crit", "lvl=error", "\"level\":\"error\"", "level=fatal", "\"level\":\"fatal\"", "panic:",
        "fatal error:", "error loading config", "\terror\t", "\tfatal\t", "\tpanic\t",
    ]
    private static let completed = "completed loading of configuration file"

    /// The last lines that speak of errors, in their order, each redacted and cut; empty where there are none.
    static func errors(in text: String, secrets: SecretValues) -> [String] {
        var found: [String] = []
        var size = 0
        for line in text.split(whereSeparator: \.isNewline).reversed() {
            let small = line.lowercased()
            guard marks.contains(where: small.contains) else { continue }
            let shown = Self.shown(secrets.redact(String(line)))
            size += shown.utf8.count
            if size > bytes { break }
            found.append(shown)
            if found.count == lines { break }
        }
        return found.reversed()
    }

    /// Whether the process wrote that it loaded its configuration.
    static func saysCompleted(_ text: String) -> Bool { text.lowercased().contains(completed) }

    /// What the log adds to a message: its errors; or, against a failure without any, that it says it is done.
    static func addition(_ text: String, secrets: SecretValues) -> String? {
        let errors = errors(in: text, secrets: secrets)
        if !errors.isEmpty { return "its log says: " + errors.joined(separator: " | ") }
        return saysCompleted(text) ? "its log says that it completed loading of its configuration file" : nil
    }

    /// Without what would disturb a terminal, and not endless.
    private static func shown(_ line: String) -> String {
        let clean = String(
            String.UnicodeScalarView(line.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? " " : $0 }))
        return clean.count > longestLine ? clean.prefix(longestLine) + "…" : clean
    }
}
