/// A YAML value with the place it was read from. Stoker reads configuration with it, compares what a process serves
/// with what it should, and never writes YAML.
public struct Node: Hashable, Sendable {
    /// Where a value starts, counted from 1. Not part of equality of values: compare `value`s.
    public struct Mark: Hashable, Sendable {
        /// The first line is 1.
        public let line: Int
        /// In characters, the first is 1.
        public let column: Int
        /// A place in a file, both counted from 1.
        public init(line: Int, column: Int) {
            self.line = line
            self.column = column
        }
    }

    /// How a scalar was written: a plain `true` is a boolean, a quoted `"true"` is text.
    public enum Style: Hashable, Sendable { case plain, quoted, block }

    /// A key and its value, in the order of the file.
    public struct Pair: Hashable, Sendable {
        /// Any node, as YAML allows; `Node.subscript` finds scalar keys only.
        public let key: Node
        /// Null where nothing is written after the colon.
        public let value: Node
        /// One entry of a mapping.
        public init(key: Node, value: Node) {
            self.key = key
            self.value = value
        }
    }

    /// What is written there; a scalar's explicit tag is folded into its style.
    public indirect enum Value: Hashable, Sendable {
        case scalar(String, Style)
        case sequence([Node])
        case mapping([Pair])
    }

    /// Without the place; nested nodes still carry theirs.
    public let value: Value
    /// Where it starts.
    public let mark: Mark
    /// The byte range of a scalar in the file, where the reader knows it: `[start, end)`.
    public let bytes: Range<Int>

    /// A node; one that was not read from a file stands at line 1, column 1, without bytes.
    public init(_ value: Value, mark: Mark = Mark(line: 1, column: 1), bytes: Range<Int> = 0..<0) {
        self.value = value
        self.mark = mark
        self.bytes = bytes
    }
}

extension Node {
    /// The text of a scalar.
    public var text: String? { if case .scalar(let text, _) = value { text } else { nil } }
    /// The items of a sequence.
    public var items: [Node]? { if case .sequence(let items) = value { items } else { nil } }
    /// The pairs of a mapping.
    public var pairs: [Pair]? { if case .mapping(let pairs) = value { pairs } else { nil } }
    /// Plain `null`, `~` or nothing at all.
    public var isNull: Bool {
        if case .scalar(let text, .plain) = value {
            text.isEmpty || ["null", "~", "Null", "NULL"].contains(text)
        } else {
            false
        }
    }
    /// The value of a key of a mapping; the last one, as most readers see it, where it is written twice.
    public subscript(key: String) -> Node? { pairs?.last { $0.key.text == key }?.value }
}
