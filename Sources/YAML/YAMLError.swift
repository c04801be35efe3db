/// Why a file is not YAML, and where; both counted from 1, columns in characters.
public struct YAMLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// From 1.
    public let line: Int
    /// From 1, in characters.
    public let column: Int
    /// What is wrong, in libyaml's words where it found it; no content but the names of anchors.
    public let message: String

    /// All three as a message shall show them.
    public init(line: Int, column: Int, message: String) {
        self.line = line
        self.column = column
        self.message = message
    }

    /// `line:column: message`.
    public var description: String { "\(line):\(column): \(message)" }
}
