/// One value of a database, as SQLite stores it.
public enum Value: Sendable, Hashable {
    /// SQL's NULL.
    case null
    /// A signed 64-bit integer.
    case integer(Int64)
    /// A double. SQLite turns NaN into NULL.
    case real(Double)
    /// Text; bytes in the file that are no UTF-8 are read as replacement characters.
    case text(String)
    /// Bytes as they are.
    case blob([UInt8])

    /// Text, or NULL for nil.
    public static func optional(_ text: String?) -> Value { text.map(Value.text) ?? .null }

    /// An integer, or NULL for nil.
    public static func optional(_ integer: Int64?) -> Value { integer.map(Value.integer) ?? .null }

    /// Bytes, or NULL for nil.
    public static func optional(_ bytes: [UInt8]?) -> Value { bytes.map(Value.blob) ?? .null }

    /// The word for the kind of value, for messages.
    var kind: String {
        switch self {
        case .null: "null"
        case .integer: "an integer"
        case .real: "a real"
        case .text: "text"
        case .blob: "a blob"
        }
    }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByNilLiteral {
    /// Text.
    public init(stringLiteral value: String) { self = .text(value) }
    /// An integer.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// NULL.
    public init(nilLiteral: ()) { self = .null }
}
