import StokerCore

/// Resolves `<<` as Go does. A merged key that the mapping has too gives way to or replaces the other by the rule;
/// keys that are *written* twice stay twice, so that whoever reads the mapping can complain.
struct MergedMapping {
    private struct Entry {
        var pair: Node.Pair
        var isMerged: Bool
    }

    private let rule: YAML.MergeRule
    private var entries: [Entry] = []
    /// Where each key stands first: a mapping may have a million of them.
    private var first: [Node.Value: Int] = [:]

    init(_ rule: YAML.MergeRule) { self.rule = rule }

    /// The pairs without `<<`, each merged key where its `<<` stood.
    consuming func resolve(_ pairs: [Node.Pair]) throws(YAMLError) -> [Node.Pair] {
        for pair in pairs {
            if pair.key.isMergeKey {
                // The first of several mappings wins, so it is merged last.
                for source in try mappings(in: pair.value).reversed() {
                    for merged in source { merge(merged) }
                }
            } else {
                write(pair)
            }
        }
        return entries.map(\.pair)
    }

    private func mappings(in value: Node) throws(YAMLError) -> [[Node.Pair]] {
        if let pairs = value.pairs { return [pairs] }
        guard let items = value.items else { throw refused(value) }
        var found: [[Node.Pair]] = []
        for item in items {
            guard let pairs = item.pairs else { throw refused(item) }
            found.append(pairs)
        }
        return found
    }

    private mutating func merge(_ pair: Node.Pair) {
        guard let at = first[pair.key.value] else { return append(Entry(pair: pair, isMerged: true)) }
        switch rule {
        case .laterWins: entries[at] = Entry(pair: pair, isMerged: true)
        case .writtenWins: if entries[at].isMerged { entries[at].pair = pair }
        }
    }

    private mutating func write(_ pair: Node.Pair) {
        let entry = Entry(pair: pair, isMerged: false)
        if let at = first[pair.key.value], entries[at].isMerged { entries[at] = entry } else { append(entry) }
    }

    private mutating func append(_ entry: Entry) {
        if first[entry.pair.key.value] == nil { first[entry.pair.key.value] = entries.count }
        entries.append(entry)
    }

    private func refused(_ node: Node) -> YAMLError {
        YAMLError(
            line: node.mark.line, column: node.mark.column,
            message: "a merge (<<) takes a mapping or a list of mappings")
    }
}

extension Node {
    /// Plain `<<`; quoted it is an ordinary key.
    var isMergeKey: Bool { value == .scalar("<<", .plain) }
}
