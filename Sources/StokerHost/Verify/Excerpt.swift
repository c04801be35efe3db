/// The beginning of an answer for a message: one line, bounded.
enum Excerpt {
    static func of(_ body: [UInt8], limit: Int = 500) -> String {
        let text = String(decoding: body.prefix(limit), as: UTF8.self)
        let line = text.split(whereSeparator: \.isNewline).joined(separator: "; ")
        return line.isEmpty ? "no text" : line + (body.count > limit ? "…" : "")
    }
}
