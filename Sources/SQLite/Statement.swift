import CSQLite

/// One prepared statement, kept by its connection and finalised with this object.
///
/// It borrows the connection without retaining it, since the connection owns it and finalises it before it closes.
final class Statement {
    private let statement: OpaquePointer
    private let columns: Columns
    private unowned let connection: Connection

    init(_ sql: String, on connection: Connection) throws(SQLiteError) {
        let handle = try connection.openHandle()
        var prepared: OpaquePointer?
        var hasMore = false
        let code = sql.utf8CString.withUnsafeBufferPointer { text in
            var tail: UnsafePointer<CChar>?
            let code = sqlite3_prepare_v3(
                handle, text.baseAddress, CInt(text.count), UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, &tail)
            hasMore = Self.hasStatement(tail)
            return code
        }
        guard code == SQLITE_OK else { throw connection.lastError(code) }
        guard let prepared, !hasMore else {
            // What follows the first `;` would be dropped without a word.
            sqlite3_finalize(prepared)
            throw SQLiteError(code: .misuse, message: "not exactly one statement: \(sql)", path: connection.path)
        }
        statement = prepared
        self.connection = connection
        columns = Columns(
            (0..<sqlite3_column_count(prepared)).map { index in
                sqlite3_column_name(prepared, index).map { String(cString: $0) } ?? ""
            })
    }

    deinit {
        sqlite3_finalize(statement)
    }

    func bind(_ values: [Value]) throws(SQLiteError) {
        guard values.count == Int(sqlite3_bind_parameter_count(statement)) else {
            throw SQLiteError(
                code: .misuse,
                message: "\(values.count) values for \(sqlite3_bind_parameter_count(statement)) parameters",
                path: connection.path)
        }
        for (index, value) in zip(CInt(1)..., values) {
            let code = bind(value, at: index)
            guard code == SQLITE_OK else { throw connection.lastError(code) }
        }
    }

    /// True while there is a row.
    func step() throws(SQLiteError) -> Bool {
        let code = sqlite3_step(statement)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw connection.lastError(code)
        }
    }

    func row() -> Row {
        Row(columns: columns, values: (0..<sqlite3_column_count(statement)).map(value), path: connection.path)
    }

    /// Ends the statement and forgets its values, so that a large blob does not live as long as the cache. The error that
    /// reset repeats was thrown by `step`.
    func reset() {
        sqlite3_reset(statement)
        sqlite3_clear_bindings(statement)
    }

    /// `SQLITE_TRANSIENT`, a macro Swift cannot import: SQLite copies the bytes before it returns.
    private static var transient: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    private func bind(_ value: Value, at index: CInt) -> CInt {
        switch value {
        case .null: return sqlite3_bind_null(statement, index)
        case .integer(let integer): return sqlite3_bind_int64(statement, index, integer)
        case .real(let real): return sqlite3_bind_double(statement, index, real)
        case .text(let text):
            let bytes = text.utf8CString
            return sqlite3_bind_text64(
                statement, index, Array(bytes), UInt64(bytes.count - 1), Self.transient, UInt8(SQLITE_UTF8))
        case .blob(let bytes):
            // A blob without an address would be bound as NULL.
            return bytes.isEmpty
                ? sqlite3_bind_zeroblob(statement, index, 0)
                : sqlite3_bind_blob64(statement, index, bytes, UInt64(bytes.count), Self.transient)
        }
    }

    private func value(_ index: CInt) -> Value {
        switch sqlite3_column_type(statement, index) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, index))
        case SQLITE_FLOAT: return .real(sqlite3_column_double(statement, index))
        case SQLITE_TEXT:
            let start = UnsafeRawPointer(sqlite3_column_text(statement, index))
            return .text(String(decoding: bytes(start, index), as: UTF8.self))
        case SQLITE_BLOB: return .blob(Array(bytes(sqlite3_column_blob(statement, index), index)))
        default: return .null
        }
    }

    /// The bytes of a text or blob column. They live until the next step, so the caller copies them.
    private func bytes(_ start: UnsafeRawPointer?, _ index: CInt) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(sqlite3_column_bytes(statement, index)))
    }

    /// Whether anything but blanks and semicolons follows the first statement.
    private static func hasStatement(_ tail: UnsafePointer<CChar>?) -> Bool {
        guard let tail else { return false }
        return String(cString: tail).contains { !$0.isWhitespace && $0 != ";" }
    }
}
