import StokerCore

/// What a program said, for a message: the end of it, on one line.
enum ProgramWords {
    private static let limit = 500

    static func of(_ output: ChildResult.Output) -> String {
        let lines = output.text.split(whereSeparator: \.isNewline).map(String.init).filter { !$0.isEmpty }
        let text = lines.joined(separator: "; ")
        if text.isEmpty { return "it said nothing" }
        let redacted = SecretValues().redact(text)
        return redacted.count > limit ? "…" + redacted.suffix(limit) : redacted
    }
}
