/// Walks over Swift source, knowing strings and comments.
struct Scanner {
    /// A string literal's opening: how many `#`, and whether it has three quotes.
    struct StringDelimiter {
        var pounds: Int
        var isMultiline: Bool
        var length: Int { pounds + (isMultiline ? 3 : 1) }
    }

    let bytes: [UInt8]
    var index = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var current: UInt8? { index < bytes.count ? bytes[index] : nil }

    func starts(with text: StaticString, at offset: Int = 0) -> Bool {
        let start = index + offset
        guard start + text.utf8CodeUnitCount <= bytes.count else { return false }
        return text.withUTF8Buffer { bytes[start..<(start + $0.count)].elementsEqual($0) }
    }

    mutating func skip(until end: (UInt8) -> Bool) {
        while let byte = current, !end(byte) { index += 1 }
    }

    mutating func skipBlockComment(into result: inout [UInt8]) {
        var depth = 0
        while let byte = current {
            if starts(with: "/*") {
                depth += 1
                index += 2
            } else if starts(with: "*/") {
                depth -= 1
                index += 2
                if depth == 0 { return }
            } else {
                if byte == UInt8(ascii: "\n") { result.append(byte) }
                index += 1
            }
        }
    }

    func stringDelimiter() -> StringDelimiter? {
        var pounds = 0
        while index + pounds < bytes.count, bytes[index + pounds] == UInt8(ascii: "#") { pounds += 1 }
        guard starts(with: "\"", at: pounds) else { return nil }
        return StringDelimiter(pounds: pounds, isMultiline: starts(with: "\"\"\"", at: pounds))
    }

    mutating func skipString(_ delimiter: StringDelimiter, into result: inout [UInt8]) {
        let pounds = [UInt8](repeating: UInt8(ascii: "#"), count: delimiter.pounds)
        let closing = [UInt8](repeating: UInt8(ascii: "\""), count: delimiter.isMultiline ? 3 : 1) + pounds
        result += [UInt8(ascii: "\""), UInt8(ascii: "\"")]
        index += delimiter.length
        while let byte = current {
            if byte == UInt8(ascii: "\""), matches(closing) {
                index += delimiter.length
                return
            }
            if byte == UInt8(ascii: "\\"), matches([byte] + pounds) {
                index += 1 + delimiter.pounds
                if current == UInt8(ascii: "(") { skipInterpolation(into: &result) } else { index += 1 }
            } else {
                if byte == UInt8(ascii: "\n") { result.append(byte) }
                index += 1
            }
        }
    }

    private mutating func skipInterpolation(into result: inout [UInt8]) {
        var depth = 0
        while let byte = current {
            if let nested = stringDelimiter() {
                skipString(nested, into: &result)
                continue
            }
            index += 1
            if byte == UInt8(ascii: "(") { depth += 1 }
            if byte == UInt8(ascii: ")") {
                depth -= 1
                if depth == 0 { return }
            }
        }
    }

    private func matches(_ text: [UInt8]) -> Bool {
        index + text.count <= bytes.count && bytes[index..<(index + text.count)].elementsEqual(text)
    }
}
