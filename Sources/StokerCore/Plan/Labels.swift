/// Labels or annotations: names and texts, sorted by name. An array and not a dictionary, because ten thousand rules
/// are hashed and compared with it.
struct Labels: Hashable, Sendable {
    private struct Entry: Hashable, Sendable {
        let name: String
        let text: String
    }

    private let entries: [Entry]

    /// Reads a mapping of texts, laid over a group's labels as Prometheus does; the later of two equal names counts.
    init(_ node: Node?, over group: Labels? = nil) {
        var entries = group?.entries ?? []
        for pair in node?.pairs ?? [] {
            guard let name = pair.key.text, let text = pair.value.text else { continue }
            entries.removeAll { $0.name == name }
            entries.append(Entry(name: name, text: text))
        }
        entries.sort { $0.name < $1.name }
        self.entries = entries
    }

    /// The names whose texts differ, in order.
    func names(differingFrom other: Labels) -> [String] {
        let mine = Set(entries)
        let others = Set(other.entries)
        return Set(mine.symmetricDifference(others).map(\.name)).sorted()
    }
}
