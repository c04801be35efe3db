import FoundationEssentials

/// The ASCII armour of OpenPGP (RFC 4880, section 6.2): `-----BEGIN …-----`, headers, base64, a checksum.
enum Armour {
    /// The bytes of every block of a kind such as `PGP SIGNATURE`; nil where a block is malformed, or something else than
    /// white space is around the blocks.
    static func blocks(_ text: [UInt8], kind: String) -> [[UInt8]]? {
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            String(decoding: line, as: UTF8.self).trimmed
        }
        var blocks: [[UInt8]] = []
        var at = 0
        while at < lines.count {
            if lines[at].isEmpty {
                at += 1
                continue
            }
            guard lines[at] == "-----BEGIN \(kind)-----",
                let end = lines[at...].firstIndex(of: "-----END \(kind)-----"),
                let block = bytes(lines[(at + 1)..<end])
            else { return nil }
            blocks.append(block)
            at = end + 1
        }
        return blocks
    }

    private static func bytes(_ lines: ArraySlice<String>) -> [UInt8]? {
        var body = lines
        // Headers, such as `Version: …`, end with an empty line.
        if let empty = body.firstIndex(of: "") {
            guard body[..<empty].allSatisfy({ $0.contains(":") }) else { return nil }
            body = body[(empty + 1)...]
        }
        // The checksum finds transmission errors, of which git has none.
        let base64 = body.filter { !$0.hasPrefix("=") }.joined()
        guard !base64.isEmpty, let data = Data(base64Encoded: base64) else { return nil }
        return Array(data)
    }
}

extension String {
    fileprivate var trimmed: String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\r\n" }
        return String(drop(while: isSpace).reversed().drop(while: isSpace).reversed())
    }
}
