/// The names of a result's columns, shared by its rows.
final class Columns: Sendable {
    let names: [String]
    let positions: [String: Int]

    init(_ names: [String]) {
        self.names = names
        positions = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

/// One row of a result. The typed accessors throw ``SQLiteError/Code/mismatch`` where the column is missing or holds
/// another kind of value: the file was written by something else.
public struct Row: Sendable {
    let columns: Columns
    let path: String
    /// The values, in the order of the columns.
    public let values: [Value]

    init(columns: Columns, values: [Value], path: String) {
        self.columns = columns
        self.values = values
        self.path = path
    }

    /// The value of a column, nil when there is no column of that name.
    public subscript(_ column: String) -> Value? {
        columns.positions[column].map { values[$0] }
    }

    /// The integer in a column.
    public func integer(_ column: String) throws(SQLiteError) -> Int64 {
        guard case .integer(let integer) = try value(column) else { throw mismatch(column, "an integer") }
        return integer
    }

    /// The integer in a column, nil for NULL.
    public func optionalInteger(_ column: String) throws(SQLiteError) -> Int64? {
        try value(column) == .null ? nil : try integer(column)
    }

    /// The number in a column; an integer counts as one.
    public func real(_ column: String) throws(SQLiteError) -> Double {
        switch try value(column) {
        case .real(let real): return real
        case .integer(let integer): return Double(integer)
        case .null, .text, .blob: throw mismatch(column, "a real")
        }
    }

    /// The text in a column.
    public func text(_ column: String) throws(SQLiteError) -> String {
        guard case .text(let text) = try value(column) else { throw mismatch(column, "text") }
        return text
    }

    /// The text in a column, nil for NULL.
    public func optionalText(_ column: String) throws(SQLiteError) -> String? {
        try value(column) == .null ? nil : try text(column)
    }

    /// The bytes in a column.
    public func blob(_ column: String) throws(SQLiteError) -> [UInt8] {
        guard case .blob(let bytes) = try value(column) else { throw mismatch(column, "a blob") }
        return bytes
    }

    /// The bytes in a column, nil for NULL.
    public func optionalBlob(_ column: String) throws(SQLiteError) -> [UInt8]? {
        try value(column) == .null ? nil : try blob(column)
    }

    private func value(_ column: String) throws(SQLiteError) -> Value {
        guard let value = self[column] else {
            throw SQLiteError(code: .mismatch, message: "the result has no column \(column)", path: path)
        }
        return value
    }

    private func mismatch(_ column: String, _ expected: String) -> SQLiteError {
        let found = self[column]?.kind ?? "nothing"
        return SQLiteError(
            code: .mismatch, message: "column \(column) holds \(found) instead of \(expected)", path: path)
    }
}
