/// A mapping as Prometheus understands it: the last of duplicate keys, and nothing that is empty.
struct MappingView {
    struct Entry {
        let key: String
        let value: Node
    }

    /// As written in the file.
    let entries: [Entry]

    init(_ node: Node) {
        var result: [Entry] = []
        var places: [String: Int] = [:]
        for pair in node.pairs ?? [] where !Self.isZero(pair.value) {
            guard let written = pair.key.text else { continue }
            let entry = Entry(key: written, value: pair.value)
            if let place = places[written] {
                result[place] = entry
            } else {
                places[written] = result.count
                result.append(entry)
            }
        }
        entries = result
    }

    /// Fields that newer versions serve under another name.
    private static let renamed = [
        "scrape_classic_histograms": "always_scrape_classic_histograms",
        "out_of_order_time_window": "outofordertimewindow",
    ]

    /// Null, the empty text, the empty list and mapping, and what holds nothing else.
    static func isZero(_ node: Node) -> Bool {
        switch node.value {
        case .scalar(let text, let style): text.isEmpty || (style == .plain && node.isNull)
        case .sequence(let items): items.isEmpty
        case .mapping(let pairs): pairs.allSatisfy { isZero($0.value) }
        }
    }

    /// How an entry is served where not under its own name: `bearer_token` and `bearer_token_file` become
    /// `authorization`, except in some discoveries.
    static func modern(_ entry: Entry) -> Entry {
        switch entry.key {
        case "bearer_token": Entry(key: "authorization", value: mapping("credentials", entry.value))
        case "bearer_token_file": Entry(key: "authorization", value: mapping("credentials_file", entry.value))
        default: Entry(key: renamed[entry.key] ?? entry.key, value: entry.value)
        }
    }

    private static func mapping(_ key: String, _ value: Node) -> Node {
        Node(.mapping([Node.Pair(key: Node(.scalar(key, .plain)), value: value)]), mark: value.mark)
    }
}
