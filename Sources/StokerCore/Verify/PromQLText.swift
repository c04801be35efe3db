/// PromQL as a bag of words: Prometheus prints every expression anew (`sum(x) by (a)` becomes `sum by (a) (x)`, `60s`
/// becomes `1m`), so two texts are compared by their words in order of the alphabet, without brackets, commas and white
/// space. Equal bags do not prove equal expressions and are not meant to: differences are warnings.
enum PromQLText {
    static func canonical(_ text: String) -> String {
        var scanner = Scanner(bytes: Array(text.utf8))
        var words: [String] = []
        while let word = scanner.next() { words.append(word) }
        return words.sorted().joined(separator: " ")
    }

    private struct Scanner {
        let bytes: [UInt8]
        var at = 0

        /// The next word: an identifier or number, a string, or an operator.
        mutating func next() -> String? {
            while at < bytes.count {
                let byte = bytes[at]
                switch byte {
                case 0x20, 0x09, 0x0a, 0x0d, 0x28, 0x29, 0x2c, 0x7b, 0x7d, 0x5b, 0x5d, 0x3a:
                    at += 1
                case 0x23:
                    while at < bytes.count, bytes[at] != 0x0a { at += 1 }
                case 0x22, 0x27, 0x60:
                    return quoted(byte)
                case _ where Self.isWord(byte):
                    if let word = word() { return word }
                default:
                    return operation()
                }
            }
            return nil
        }

        private mutating func word() -> String? {
            let start = at
            // `[5m:1m]` are two durations, `job:up:sum` is one name.
            let isNumeric = (0x30...0x39).contains(bytes[start])
            while at < bytes.count, Self.isWord(bytes[at]) && !(isNumeric && bytes[at] == 0x3a) || isExponentSign {
                at += 1
            }
            let text = String(decoding: bytes[start..<at], as: UTF8.self)
            if let duration = PrometheusDuration.parse(text), text != "0" { return "\(duration.inNanoseconds)ns" }
            if let number = ScalarText.number(text) ?? Double(text) { return "\(number)" }
            return Self.dropped.contains(text.lowercased()) ? nil : Self.words[text.lowercased()] ?? text
        }

        /// The sign in `1e-3`, which belongs to the number.
        private var isExponentSign: Bool {
            guard bytes[at] == 0x2b || bytes[at] == 0x2d, at >= 2 else { return false }
            let isDigit = (0x30...0x39).contains(bytes[at - 2]) || bytes[at - 2] == 0x2e
            return (bytes[at - 1] | 0x20) == 0x65 && isDigit
        }

        /// The contents of a string, escapes undone as far as they matter.
        private mutating func quoted(_ quote: UInt8) -> String {
            var content: [UInt8] = [0x22]
            at += 1
            while at < bytes.count, bytes[at] != quote {
                if bytes[at] == 0x5c, quote != 0x60, at + 1 < bytes.count {
                    at += 1
                    content.append(Self.escapes[bytes[at]] ?? bytes[at])
                } else {
                    content.append(bytes[at])
                }
                at += 1
            }
            at += 1
            return String(decoding: content, as: UTF8.self)
        }

        private mutating func operation() -> String {
            let start = at
            at += 1
            if at < bytes.count, Self.isOperator(bytes[at]), bytes[at] == 0x3d || bytes[at] == 0x7e { at += 1 }
            return String(decoding: bytes[start..<at], as: UTF8.self)
        }

        private static func isWord(_ byte: UInt8) -> Bool {
            switch byte {
            case 0x30...0x3a, 0x41...0x5a, 0x5f, 0x61...0x7a, 0x2e, 0x80...: true
            default: false
            }
        }

        private static func isOperator(_ byte: UInt8) -> Bool { "=!~<>+-*/%^@".utf8.contains(byte) }
        private static let escapes: [UInt8: UInt8] = [0x6e: 0x0a, 0x74: 0x09, 0x72: 0x0d]
        /// Printed or left out as the printer likes: `sum(x) by ()` is `sum(x)`.
        private static let dropped: Set<String> = ["__name__", "by"]
        private static let words: [String: String] = Dictionary(
            uniqueKeysWithValues: [
                "and", "or", "unless", "without", "on", "ignoring", "group_left", "group_right", "offset", "bool",
                "sum", "avg", "min", "max", "count", "stddev", "stdvar", "topk", "bottomk", "quantile", "count_values",
                "group", "inf", "nan", "atan2", "start", "end",
            ].map { ($0, $0) })
    }
}
