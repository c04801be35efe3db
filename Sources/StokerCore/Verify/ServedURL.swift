/// URLs as Prometheus prints them.
enum ServedURL {
    /// The text by which two spellings of a URL are compared: the password masked, the scheme and host in lower case,
    /// an empty path and a lone `/` the same, escapes undone. Not a URL any more, and without its secret.
    static func canonical(_ text: String) -> String {
        guard let mark = firstRange(of: "://", in: text) else { return text }
        let scheme = text[..<mark.lowerBound].lowercased()
        let rest = text[mark.upperBound...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        var authority = String(rest[..<end])
        if let at = authority.lastIndex(of: "@") {
            let user = authority[..<at]
            let name = user.firstIndex(of: ":").map { String(user[..<$0]) + ":xxxxx" } ?? String(user)
            authority = name + "@" + authority[authority.index(after: at)...].lowercased()
        } else {
            authority = authority.lowercased()
        }
        var path = unescaped(String(rest[end...]))
        if path == "/" { path = "" }
        return scheme + "://" + authority + path
    }

    private static func firstRange(of needle: String, in text: String) -> Range<String.Index>? {
        var at = text.startIndex
        while at < text.endIndex {
            if text[at...].hasPrefix(needle) { return at..<text.index(at, offsetBy: needle.count) }
            at = text.index(after: at)
        }
        return nil
    }

    private static func unescaped(_ text: String) -> String {
        guard text.contains("%") else { return text }
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var at = 0
        while at < bytes.count {
            if bytes[at] == 0x25, at + 2 < bytes.count,
                let byte = UInt8(String(decoding: bytes[at + 1...at + 2], as: UTF8.self), radix: 16)
            {
                result.append(byte)
                at += 3
            } else {
                result.append(bytes[at])
                at += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
