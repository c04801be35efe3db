import StokerCore

/// Writes a `Node` back as YAML in flow style: only tests need to.
enum NodeText {
    static func text(_ node: Node) -> String {
        switch node.value {
        case .scalar(let text, .plain) where isBare(text): text.isEmpty ? "null" : text
        case .scalar(let text, _): quoted(text)
        case .sequence(let items): "[" + items.map(text).joined(separator: ", ") + "]"
        case .mapping(let pairs):
            "{" + pairs.map { "\(text($0.key)): \(text($0.value))" }.joined(separator: ", ") + "}"
        }
    }

    private static func isBare(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x5f, 0x2e, 0x2f, 0x2b: true
            case 0x2d, 0x7e: text.utf8.count > 1 || byte == 0x7e
            default: false
            }
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension Node {
    /// The node with one item of a sequence taken out.
    func removingItem(_ index: Int) -> Node {
        guard var items = items else { return self }
        items.remove(at: index)
        return Node(.sequence(items), mark: mark)
    }

    /// The node with the value of a key replaced.
    func replacing(_ key: String, _ value: Node) -> Node {
        guard let pairs else { return self }
        return Node(.mapping(pairs.map { $0.key.text == key ? Pair(key: $0.key, value: value) : $0 }), mark: mark)
    }
}
