/// PromQL text without what has no meaning: comments, line breaks and blanks that separate nothing. Two texts that come
/// out equal are the same expression; the reverse is not promised, since brackets and label order stay as written.
enum ExpressionText {
    static func canonical(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        var gap = false
        while index < bytes.count {
            let byte = bytes[index]
            if byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d {
                gap = true
                index += 1
            } else if byte == 0x23 {
                gap = true
                while index < bytes.count, bytes[index] != 0x0a { index += 1 }
            } else {
                if gap, let last = result.last, isWord(last), isWord(byte) { result.append(0x20) }
                gap = false
                let end = byte == 0x22 || byte == 0x27 || byte == 0x60 ? endOfQuoted(bytes, index) : index + 1
                if end == index + 1 { result.append(byte) } else { result += bytes[index..<end] }
                index = end
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Behind a string with its quotes: up to the same quote, over escaped ones except in back quotes.
    private static func endOfQuoted(_ bytes: [UInt8], _ start: Int) -> Int {
        var index = start + 1
        while index < bytes.count {
            if bytes[index] == bytes[start] { return index + 1 }
            index += bytes[index] == 0x5c && bytes[start] != 0x60 ? 2 : 1
        }
        return bytes.count
    }

    /// Letters, digits, `_`, `:`, `.` and all beyond ASCII: what would run together without a blank.
    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x3a, 0x41...0x5a, 0x5f, 0x61...0x7a, 0x2e, 0x80...: true
        default: false
        }
    }
}
