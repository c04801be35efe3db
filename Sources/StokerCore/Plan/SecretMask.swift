/// Masks secrets in a file for people to read, line by line, so that a diff of the true bytes can be printed with it.
/// In doubt it masks too much: a file that does not parse is masked by the look of its lines.
public enum SecretMask {
    static let text = Array("<secret>".utf8)

    /// The file with the values of known secret fields, passwords and tokens in URLs, secrets in comments, and private
    /// keys replaced by `<secret>`. It has as many lines as the file.
    ///
    /// - Parameter document: the file's YAML with the byte ranges of its scalars; nil where it does not parse.
    public static func masked(_ bytes: [UInt8], document: Node?) -> [UInt8] {
        if UnifiedDiff.isBinary(bytes) { return bytes }
        guard let document else { return replacing(SecretScan.ranges(in: bytes, wholeLinesFrom: 0), in: bytes) }
        if isBareWord(document) { return concealed(bytes) }
        var ranges: [Range<Int>] = []
        let isLocated = collect(document, under: [], isSecret: false, count: bytes.count, into: &ranges)
        let rest = isLocated ? SecretScan.secondDocument(in: bytes) : 0
        return replacing(ranges + SecretScan.ranges(in: bytes, wholeLinesFrom: rest), in: bytes)
    }

    /// A file that is a secret as a whole, such as one named by `credentials_file`: every line is `<secret>`.
    public static func concealed(_ bytes: [UInt8]) -> [UInt8] { replacing([0..<bytes.count], in: bytes) }

    /// A file of one word is a token or a password, not a configuration.
    private static func isBareWord(_ document: Node) -> Bool {
        guard let text = document.text, !document.isNull else { return false }
        return !text.utf8.contains { $0 == 0x20 || $0 == 0x09 || $0 == 0x0a }
    }

    /// Adds the ranges of secret values. False where a secret's place is not known, so that lines must be looked at.
    private static func collect(
        _ node: Node, under keys: [String], isSecret: Bool, count: Int, into ranges: inout [Range<Int>]
    ) -> Bool {
        switch node.value {
        case .scalar(let text, _):
            guard isSecret, !node.isNull, !text.isEmpty else { return true }
            if node.bytes.isEmpty || node.bytes.lowerBound < 0 || node.bytes.upperBound > count { return false }
            ranges.append(node.bytes)
            return true
        case .sequence(let items):
            var isLocated = true
            for item in items where !collect(item, under: keys, isSecret: isSecret, count: count, into: &ranges) {
                isLocated = false
            }
            return isLocated
        case .mapping(let pairs):
            var isLocated = true
            for pair in pairs {
                let key = pair.key.text ?? ""
                let isSecret = SecretFields.isSecret(key, under: keys)
                let found = collect(pair.value, under: keys + [key], isSecret: isSecret, count: count, into: &ranges)
                isLocated = isLocated && found
            }
            return isLocated
        }
    }

    /// Replaces ranges, line by line: indentation, line breaks and what is blank stay.
    static func replacing(_ ranges: [Range<Int>], in bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var position = 0
        for range in merged(ranges) {
            output += bytes[position..<range.lowerBound]
            for (number, line) in bytes[range].split(separator: 0x0a, omittingEmptySubsequences: false).enumerated() {
                if number > 0 { output.append(0x0a) }
                let content = line.drop { isBlank($0) }
                output += line[..<content.startIndex]
                if content.isEmpty { continue }
                output += text
                if content.last == 0x0d { output.append(0x0d) }
            }
            position = range.upperBound
        }
        return output + bytes[position...]
    }

    private static func merged(_ ranges: [Range<Int>]) -> [Range<Int>] {
        var merged: [Range<Int>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
            if let last = merged.last, last.upperBound >= range.lowerBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0d }
}
