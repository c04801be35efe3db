/// Finds the line of a complaint that has none, by what it quotes. A guess that prefers silence to a wrong line.
public struct FindingLocator: Sendable {
    private let root: Node

    /// - Parameter root: the parsed file the complaint is about.
    public init(_ root: Node) { self.root = root }

    /// The line, counted from 1; nil where the text does not tell.
    public func line(of message: String) -> Int? {
        if let rule = ruleLine(message) { return rule }
        if let test = testLine(message) { return test }
        let isDuplicate = ["multiple", "repeated", "duplicate", "twice"].contains { message.contains($0) }
        let quotes = Self.quoted(in: message).filter { !$0.isEmpty }
        // A single letter among several quotes is a unit or an operator and could stand anywhere.
        for quoted in quotes where quoted.utf8.count > 1 || isDuplicate || quotes.count == 1 {
            var lines: [Int] = []
            Self.collect(root) { text in
                text == quoted || (text.utf8.count > 2 && quoted.hasSuffix("/" + text))
            } into: {
                lines.append($0)
            }
            let distinct = Set(lines)
            if isDuplicate, let last = distinct.max(), distinct.count > 1 { return last }
            if distinct.count == 1 { return distinct.first }
        }
        return nil
    }

    /// `group "x", rule 4, "B": …`
    private func ruleLine(_ message: String) -> Int? {
        guard let rest = message[...].after("group \""), let end = rest.firstRange(of: "\", rule "),
            let number = Int(rest[end.upperBound...].prefix { $0.isNumber })
        else { return nil }
        let group = root["groups"]?.items?.first { $0["name"]?.text == String(rest[..<end.lowerBound]) }
        guard let rules = group?["rules"]?.items, number >= 1, number <= rules.count else { return nil }
        return rules[number - 1].mark.line
    }

    /// `alertname: A, time: 2m, exp:…` and `expr: "up", time: 1m, exp:…`
    private func testLine(_ message: String) -> Int? {
        let isAlert = message.hasPrefix("alertname: ")
        guard isAlert || message.hasPrefix("expr: "), let end = message.firstRange(of: ", time: ") else { return nil }
        let time = String(message[end.upperBound...].prefix { $0 != "," })
        var name = String(message[..<end.lowerBound].dropFirst(isAlert ? "alertname: ".count : "expr: ".count))
        if !isAlert { name = name.replacing("\\\"", with: "\"").trimmingQuotes }
        let (list, key) = isAlert ? ("alert_rule_test", "alertname") : ("promql_expr_test", "expr")
        let cases = (root["tests"]?.items ?? []).flatMap { $0[list]?.items ?? [] }.filter { $0[key]?.text == name }
        let exact = cases.first { $0["eval_time"]?.text == time }
        return (exact ?? (cases.count == 1 ? cases.first : nil))?.mark.line
    }

    /// What stands in quotes or backticks, as far as the file may have it.
    private static func quoted(in message: String) -> [String] {
        var found: [String] = []
        for quote in ["\"", "`"] as [Character] {
            let parts = message.split(separator: quote, omittingEmptySubsequences: false)
            for at in stride(from: 1, to: parts.count - 1, by: 2) {
                var text = parts[at]
                // Prometheus anchors expressions before it compiles them.
                for start in ["^(?:", "^(?s:"] where text.hasPrefix(start) && text.hasSuffix(")$") {
                    text = text.dropFirst(start.count).dropLast(2)
                }
                found.append(String(text))
            }
        }
        // The longest says most: `unknown unit "x" in duration "5x"`.
        return found.sorted { $0.utf8.count > $1.utf8.count }
    }

    private static func collect(_ node: Node, where matches: (String) -> Bool, into add: (Int) -> Void) {
        switch node.value {
        case .scalar(let text, _): if !text.isEmpty, matches(text) { add(node.mark.line) }
        case .sequence(let items): for item in items { collect(item, where: matches, into: add) }
        case .mapping(let pairs):
            for pair in pairs {
                collect(pair.key, where: matches, into: add)
                collect(pair.value, where: matches, into: add)
            }
        }
    }
}

extension String {
    /// Without one pair of double quotes around it.
    fileprivate var trimmingQuotes: String {
        count >= 2 && hasPrefix("\"") && hasSuffix("\"") ? String(dropFirst().dropLast()) : self
    }
}
