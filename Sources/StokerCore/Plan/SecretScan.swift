/// Finds secrets by the look of lines: in comments, in URLs, in private keys, and everywhere in a file that does not
/// parse.
struct SecretScan {
    private let bytes: [UInt8]
    private var ranges: [Range<Int>] = []
    private var isInPrivateKey = false
    /// The indentation of the key whose value goes on in deeper lines.
    private var openIndentation: Int?

    /// - Parameter start: from here on lines are searched for secret keys as a whole, before it only their comments.
    static func ranges(in bytes: [UInt8], wholeLinesFrom start: Int) -> [Range<Int>] {
        var scan = SecretScan(bytes: bytes)
        var begin = 0
        while begin < bytes.count {
            let end = bytes[begin...].firstIndex(of: 0x0a) ?? bytes.count
            scan.look(at: begin..<end, isWhole: begin >= start)
            begin = end + 1
        }
        return scan.ranges
    }

    /// Where a second YAML document begins: the reader knows only the first.
    static func secondDocument(in bytes: [UInt8]) -> Int {
        var hasContent = false
        var begin = 0
        while begin < bytes.count {
            let end = bytes[begin...].firstIndex(of: 0x0a) ?? bytes.count
            let line = bytes[begin..<end]
            if line.starts(with: [0x2d, 0x2d, 0x2d]) {
                if hasContent { return begin }
                hasContent = true
            } else if let first = line.first(where: { !SecretMask.isBlank($0) }), first != 0x23, first != 0x25 {
                hasContent = true
            }
            begin = end + 1
        }
        return bytes.count
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func look(at line: Range<Int>, isWhole: Bool) {
        if takePrivateKey(line) { return }
        takeURLs(line)
        if isWhole {
            if takeContinuation(line) { return }
            if takeValue(line, from: line.lowerBound) {
                openIndentation = indentation(line)
            }
        } else if let comment = bytes[line].firstIndex(of: 0x23) {
            _ = takeValue(line, from: comment)
        }
    }

    // MARK: keys

    /// The value behind the first secret key of the line, to the end of the line. True where there is such a key.
    private mutating func takeValue(_ line: Range<Int>, from start: Int) -> Bool {
        for colon in start..<line.upperBound where bytes[colon] == 0x3a {
            var end = colon
            while end > start, bytes[end - 1] == 0x20 || isQuote(bytes[end - 1]) { end -= 1 }
            var begin = end
            while begin > start, isKeyByte(bytes[begin - 1]) { begin -= 1 }
            let key = String(decoding: bytes[begin..<end], as: UTF8.self).lowercased()
            // Without the keys above it, what is a secret under some of them must be taken for one.
            let isSecret =
                SecretFields.isSecret(key) || ["url", "api_url", "key", "basic_auth_users"].contains(key)
            if key.isEmpty || !isSecret { continue }
            if let value = (colon + 1..<line.upperBound).first(where: { !SecretMask.isBlank(bytes[$0]) }) {
                ranges.append(value..<line.upperBound)
            }
            return true
        }
        return false
    }

    /// Deeper lines, and list items, below a secret key.
    private mutating func takeContinuation(_ line: Range<Int>) -> Bool {
        guard let open = openIndentation else { return false }
        let own = indentation(line)
        let first = bytes[line].first { !SecretMask.isBlank($0) }
        if first == nil { return true }
        if own > open || own == open && first == 0x2d && !isItemOfKeys(line) {
            ranges.append(line)
            return true
        }
        openIndentation = nil
        return false
    }

    /// Whether a list item is a mapping, `- name: x`, and so belongs to a list further out.
    private func isItemOfKeys(_ line: Range<Int>) -> Bool { bytes[line].contains(0x3a) }

    private func indentation(_ line: Range<Int>) -> Int { bytes[line].prefix { $0 == 0x20 || $0 == 0x09 }.count }

    private func isQuote(_ byte: UInt8) -> Bool { byte == 0x22 || byte == 0x27 }

    private func isKeyByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x5f, 0x61...0x7a, 0x2d, 0x2e: true
        default: false
        }
    }
}

// MARK: URLs and private keys

extension SecretScan {
    /// `https://user:password@host/?token=x`: the password, or a user that stands alone, and secret parameters.
    private mutating func takeURLs(_ line: Range<Int>) {
        guard line.count > 3 else { return }
        for colon in line.lowerBound..<line.upperBound - 2
        where bytes[colon] == 0x3a && bytes[colon + 1] == 0x2f && bytes[colon + 2] == 0x2f {
            let start = colon + 3
            let end = bytes[start..<line.upperBound].firstIndex { $0 <= 0x20 || isQuote($0) } ?? line.upperBound
            let host = bytes[start..<end].firstIndex { $0 == 0x2f || $0 == 0x3f || $0 == 0x23 } ?? end
            if let at = bytes[start..<host].lastIndex(of: 0x40) {
                let password = bytes[start..<at].firstIndex(of: 0x3a).map { $0 + 1 } ?? start
                ranges.append(password..<at)
            }
            if let query = bytes[host..<end].firstIndex(of: 0x3f) { takeParameters(query + 1..<end) }
        }
    }

    private mutating func takeParameters(_ query: Range<Int>) {
        for parameter in bytes[query].split(separator: 0x26) {
            guard let equals = parameter.firstIndex(of: 0x3d) else { continue }
            let key = String(decoding: parameter[..<equals], as: UTF8.self)
            if SecretFields.isSecret(key) || key.lowercased() == "key" {
                ranges.append(equals + 1..<parameter.endIndex)
            }
        }
    }

    /// The lines between `BEGIN … PRIVATE KEY` and `END`.
    private mutating func takePrivateKey(_ line: Range<Int>) -> Bool {
        let hasDashes = hasFiveDashes(line)
        if !isInPrivateKey && !hasDashes { return false }
        let text = hasDashes ? String(decoding: bytes[line], as: UTF8.self) : ""
        if isInPrivateKey {
            if text.contains("-----END") { isInPrivateKey = false } else { ranges.append(line) }
            return true
        }
        guard text.contains("-----BEGIN"), text.contains("PRIVATE KEY") else { return false }
        // A key in one quoted line, with its line breaks escaped, ends where it began.
        if text.contains("-----END") { ranges.append(line) } else { isInPrivateKey = true }
        return true
    }

    /// Looked at first: most lines of a rule file have one dash, and searching each as text would be slow.
    private func hasFiveDashes(_ line: Range<Int>) -> Bool {
        var run = 0
        for byte in bytes[line] {
            run = byte == 0x2d ? run + 1 : 0
            if run == 5 { return true }
        }
        return false
    }
}
