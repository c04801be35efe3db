import StokerCore
import YAML

/// Routing cases of the repository: which receivers a set of labels must reach, in order.
struct RoutingCases {
    /// One case.
    struct Case {
        /// Sorted by name, as `name="value"`.
        let matchers: [String]
        let receivers: [String]
        let line: Int
    }

    /// What stands in one file, and what is wrong with it.
    private(set) var cases: [Case] = []
    private(set) var problems: [(line: Int, message: String)] = []

    /// Reads one file: a list of `{labels: {…}, receivers: [a, b], target: NAME}`. Cases of other targets are left out.
    init(_ bytes: [UInt8], target: Target.ID) {
        let root: Node
        do throws(YAMLError) { root = try YAML.parse(bytes) } catch {
            problems.append((error.line, "the file is no YAML: \(error)"))
            return
        }
        guard let items = root.items else {
            problems.append((root.mark.line, "the file must be a list of {labels: {…}, receivers: […]}"))
            return
        }
        for item in items { read(item, target) }
    }

    private mutating func read(_ item: Node, _ target: Target.ID) {
        let line = item.mark.line
        guard let pairs = item.pairs else {
            problems.append((line, "a case must be a mapping with labels and receivers"))
            return
        }
        if let other = pairs.first(where: { !["labels", "receivers", "target"].contains($0.key.text ?? "") }) {
            problems.append((other.key.mark.line, "unknown key \"\(other.key.text ?? "")\" in a routing case"))
            return
        }
        if let name = item["target"]?.text, name != target.rawValue { return }
        let receivers = (item["receivers"]?.items ?? []).compactMap(\.text)
        if receivers.isEmpty {
            problems.append((line, "a case needs receivers: the list of those that are notified, in order"))
            return
        }
        var matchers: [String] = []
        for pair in item["labels"]?.pairs ?? [] {
            guard let name = pair.key.text, let value = pair.value.text else {
                problems.append((pair.key.mark.line, "a label must be a name and a value"))
                return
            }
            let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
                .replacing("\n", with: "\\n")
            matchers.append("\(name)=\"\(escaped)\"")
        }
        cases.append(Case(matchers: matchers.sorted(), receivers: receivers, line: line))
    }
}
