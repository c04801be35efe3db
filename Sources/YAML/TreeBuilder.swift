import CYAML
import StokerCore

/// Builds trees from events. Recursive, which the depth limit allows.
struct TreeBuilder: ~Copyable {
    /// A finished node and what an alias to it costs.
    private struct Built {
        var node: Node
        var nodes = 1
        var height = 1
    }

    private enum Anchor {
        /// Its value is still being read: an alias to it would be a circle.
        case open
        case closed(Built)
    }

    private var events: EventReader
    private let places: ScalarPlaces
    private let limits: YAML.Limits
    private let merge: YAML.MergeRule
    private var anchors: [String: Anchor] = [:]
    private var nodesLeft: Int

    init(_ input: UnsafeBufferPointer<UInt8>, limits: YAML.Limits, merge: YAML.MergeRule) throws(YAMLError) {
        events = try EventReader(input)
        places = ScalarPlaces(input)
        self.limits = limits
        self.merge = merge
        nodesLeft = limits.nodes
    }

    /// The next document, nil at the end of the file.
    mutating func nextDocument() throws(YAMLError) -> Node? {
        var type = try events.next()
        while type != YAML_DOCUMENT_START_EVENT {
            if type == YAML_STREAM_END_EVENT || type == YAML_NO_EVENT { return nil }
            type = try events.next()
        }
        anchors = [:]
        _ = try events.next()
        return try node(depth: 1).node
    }

    /// The node that starts with the current event.
    private mutating func node(depth: Int) throws(YAMLError) -> Built {
        try spend(1)
        if depth > limits.depth { throw error("more than \(limits.depth) levels of nesting") }
        if events.type == YAML_ALIAS_EVENT { return try alias(depth: depth) }

        let anchor = events.anchor
        if let anchor { anchors[anchor] = .open }
        let built: Built
        switch events.type {
        case YAML_SEQUENCE_START_EVENT: built = try sequence(depth: depth)
        case YAML_MAPPING_START_EVENT: built = try mapping(depth: depth)
        default: built = Built(node: places.scalar(in: events))
        }
        if let anchor { anchors[anchor] = .closed(built) }
        return built
    }

    private mutating func alias(depth: Int) throws(YAMLError) -> Built {
        let name = events.aliasName
        switch anchors[name] {
        case nil: throw error("alias \"\(name)\" has no anchor before it")
        case .open: throw error("anchor \"\(name)\" contains itself")
        case .closed(let built):
            try spend(built.nodes - 1)
            if depth + built.height - 1 > limits.depth { throw error("more than \(limits.depth) levels of nesting") }
            return built
        }
    }

    private mutating func sequence(depth: Int) throws(YAMLError) -> Built {
        let start = events.start
        var items: [Node] = []
        var nodes = 1
        var height = 0
        while try events.next() != YAML_SEQUENCE_END_EVENT {
            let item = try node(depth: depth + 1)
            items.append(item.node)
            nodes += item.nodes
            height = max(height, item.height)
        }
        return Built(node: Node(.sequence(items), mark: Node.Mark(start)), nodes: nodes, height: height + 1)
    }

    private mutating func mapping(depth: Int) throws(YAMLError) -> Built {
        let start = events.start
        var pairs: [Node.Pair] = []
        var nodes = 1
        var height = 0
        var merges = false
        while try events.next() != YAML_MAPPING_END_EVENT {
            let key = try node(depth: depth + 1)
            _ = try events.next()
            let value = try node(depth: depth + 1)
            merges = merges || key.node.isMergeKey
            pairs.append(Node.Pair(key: key.node, value: value.node))
            nodes += key.nodes + value.nodes
            height = max(height, key.height, value.height)
        }
        if merges { pairs = try MergedMapping(merge).resolve(pairs) }
        return Built(node: Node(.mapping(pairs), mark: Node.Mark(start)), nodes: nodes, height: height + 1)
    }

    private mutating func spend(_ nodes: Int) throws(YAMLError) {
        if nodes > nodesLeft {
            throw error("more than \(limits.nodes) values, each alias counted with all that it stands for")
        }
        nodesLeft -= nodes
    }

    private borrowing func error(_ message: String) -> YAMLError {
        let mark = Node.Mark(events.start)
        return YAMLError(line: mark.line, column: mark.column, message: message)
    }
}

extension Node.Mark {
    /// libyaml counts lines and columns from 0.
    init(_ mark: yaml_mark_t) {
        self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }
}
