extension ConfigPreflight {
    /// The sections without which these programs do nothing. A commented-out rule_files or alerting is ordinary; the end of
    /// all jobs or modules is that of a file that was cut short.
    private static let vital: Set = ["scrape_configs", "modules"]

    /// A main file that was cut short is often valid, and everything after the cut is gone with a successful reload. Who
    /// means it writes an empty list.
    func checkNotCutShort(_ main: Node, _ file: String, _ verdict: inout Verdict) {
        guard let before = previous?.main, !main.hasNothing else { return }
        let had = (before.pairs ?? []).filter { !$0.value.hasNothing }.compactMap(\.key.text).filter { $0 != "global" }
        guard !had.isEmpty, let pairs = main.pairs else { return }
        for pair in pairs where pair.value.isNull {
            guard let key = pair.key.text, Self.vital.contains(key), had.contains(key) else { continue }
            verdict.findings.append(
                Finding(
                    file: file, line: pair.key.mark.line,
                    message:
                        "\(key) has nothing in it any more, as in a file that was cut short: \(product) would drop "
                        + "all of it and report success; write `\(key): \(before[key]?.emptied ?? "[]")` if that is meant"
                ))
            return
        }
        // An empty list or mapping that is written out is meant.
        guard pairs.allSatisfy({ $0.key.text == "global" || $0.value.isNull }) else { return }
        let first = had.first { Self.vital.contains($0) } ?? had[0]
        verdict.findings.append(
            Finding(
                file: file, line: 1,
                message: "nothing but global settings is left in the main file: \(product) would drop everything else "
                    + "(\(had.joined(separator: ", "))) and report success; write `\(first): "
                    + "\(before[first]?.emptied ?? "[]")` if that is meant"))
    }
}

extension Node {
    /// The same kind of value with nothing in it, as one would write it.
    fileprivate var emptied: String { pairs == nil ? "[]" : "{}" }
}
