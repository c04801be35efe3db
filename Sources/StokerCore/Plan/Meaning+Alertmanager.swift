// Alertmanager's file by name: its receivers, its routes by the matchers that lead to them, and its inhibit rules.
extension Meaning {
    /// The receivers of a main file.
    static func readReceivers(_ node: Node, file: String) -> [Item] {
        (node["receivers"]?.items ?? []).compactMap { receiver in
            guard let name = receiver["name"]?.text else { return nil }
            return Item(file: file, name: name, settings: Settings(receiver, without: ["name"]))
        }
    }

    /// The routes of a main file, each named by the matchers on the way to it, and the inhibit rules.
    static func readRoutes(_ node: Node, file: String) -> [Item] {
        var items: [Item] = []
        if let root = node["route"] { readRoute(root, name: "default route", above: "", file: file, into: &items) }
        for key in ["inhibit_rules", "inhibit_rule"] {
            for rule in node[key]?.items ?? [] {
                let source = matchers(rule, ["source_matchers", "source_match", "source_match_re"])
                let target = matchers(rule, ["target_matchers", "target_match", "target_match_re"])
                items.append(
                    Item(
                        file: file, name: "inhibit \(target) while \(source)",
                        settings: Settings(rule, without: matcherKeys)))
            }
        }
        return items
    }

    private static let matcherKeys: Set = [
        "matchers", "match", "match_re", "source_matchers", "source_match", "source_match_re", "target_matchers",
        "target_match", "target_match_re",
    ]

    private static func readRoute(_ node: Node, name: String, above: String, file: String, into items: inout [Item]) {
        items.append(Item(file: file, name: name, settings: Settings(node, without: matcherKeys.union(["routes"]))))
        for route in node["routes"]?.items ?? [] {
            let own = matchers(route, ["matchers", "match", "match_re"])
            let name = above.isEmpty ? own : "\(above) / \(own)"
            readRoute(route, name: name, above: name, file: file, into: &items)
        }
    }

    /// `severity="critical", team=~"a|b"`, from the new spelling and the old ones.
    private static func matchers(_ node: Node, _ keys: [String]) -> String {
        var texts: [String] = []
        for key in keys {
            if let text = node[key]?.text { texts.append(text) }
            texts += (node[key]?.items ?? []).compactMap(\.text)
            let sign = key.hasSuffix("_re") ? "=~" : "="
            texts += (node[key]?.pairs ?? []).compactMap { pair in
                pair.key.text.map { "\($0)\(sign)\"\(pair.value.text ?? "")\"" }
            }
        }
        return texts.isEmpty ? "everything" : texts.joined(separator: ", ")
    }
}
