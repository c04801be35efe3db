import StokerCore

/// Reads one mapping of the file key by key. It remembers which keys it was asked for: the rest is unknown, and the
/// asked ones are what a misspelt key may have meant. A field of a wrong type is reported here and reads as absent.
final class FieldReader {
    let problems: ProblemList
    /// Where the mapping starts, for what is missing in it.
    let mark: Node.Mark
    /// What the mapping is, for messages: `global`, `a target`.
    let place: String
    private var fields: [String: Node.Pair] = [:]
    private var asked: [String] = []

    /// Nil, and reported, where the node is no mapping. Duplicate keys are reported too; the first one counts.
    init?(_ node: Node, _ place: String, _ problems: ProblemList) {
        self.problems = problems
        self.place = place
        mark = node.mark
        guard let pairs = node.pairs else {
            problems.add(node.mark, "\(place) must be a mapping, not \(node.kindName)")
            return nil
        }
        for pair in pairs {
            guard let key = pair.key.text else {
                problems.add(pair.key.mark, "a key must be text, not \(pair.key.kindName)")
                continue
            }
            if let first = fields[key] {
                problems.add(pair.key.mark, "duplicate key \(quoted(key)), first on line \(first.key.mark.line)")
            } else {
                fields[key] = pair
            }
        }
    }

    /// The value of a key; nil where it is absent or written as null, which both mean the default.
    func value(_ key: String) -> Node? {
        guard let node = written(key), !node.isNull else { return nil }
        return node
    }

    /// The value of a key as it is written, null included.
    func written(_ key: String) -> Node? {
        if !asked.contains(key) { asked.append(key) }
        return fields[key]?.value
    }

    /// Reports keys that stand there without a value. For what protects: an empty default would be the opposite of what
    /// whoever wrote the key wants.
    func refuseNull(_ keys: String...) {
        for key in keys {
            guard let node = written(key), node.isNull else { continue }
            problems.add(keyMark(key), "\(key) has no value: give it one, or remove the key")
        }
    }

    /// Where a key is written; the mapping where it is not.
    func keyMark(_ key: String) -> Node.Mark { fields[key]?.key.mark ?? mark }

    /// The value of a key that has no default.
    func required(_ key: String) -> Node? {
        if let node = value(key) { return node }
        problems.add(keyMark(key), "\(key) is required in \(place)")
        return nil
    }

    /// A mapping inside this one.
    func section(_ key: String) -> FieldReader? {
        value(key).flatMap { FieldReader($0, key, problems) }
    }

    /// The items of a list; empty where it is absent.
    func items(_ key: String) -> [Node] {
        guard let node = value(key) else { return [] }
        if let items = node.items { return items }
        problems.add(node.mark, "\(key) must be a list, not \(node.kindName)")
        return []
    }

    /// Reports what is wrong with a key's value.
    func complain(_ mark: Node.Mark, _ message: String) { problems.add(mark, message) }

    /// Reports every key nobody asked for. `later` are keys that Stoker will know one day.
    func finish(later: Set<String> = []) {
        for (key, pair) in fields where !asked.contains(key) {
            if later.contains(key) {
                problems.add(pair.key.mark, "\(key) is not supported yet")
            } else if let meant = Spelling.suggestion(for: key, among: asked) {
                problems.add(pair.key.mark, "unknown key \(quoted(key)) in \(place), did you mean \(quoted(meant))?")
            } else {
                problems.add(pair.key.mark, "unknown key \(quoted(key)) in \(place)")
            }
        }
    }
}

extension Node {
    /// What a value is, for messages; never its content.
    var kindName: String {
        if isNull { return "null" }
        switch value {
        case .scalar: return "a single value"
        case .sequence: return "a list"
        case .mapping: return "a mapping"
        }
    }
}
