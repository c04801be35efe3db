import CSQLite

extension Connection {
    /// Runs one statement to its end and answers how many rows it inserted, changed or deleted (0 for others).
    ///
    /// - Parameter values: one for each `?`, in order; a wrong number is an error.
    @discardableResult
    public func execute(_ sql: String, _ values: [Value] = []) throws(SQLiteError) -> Int {
        let handle = try openHandle()
        let before = sqlite3_total_changes64(handle)
        try query(sql, values)
        return Int(sqlite3_total_changes64(handle) - before)
    }

    /// Runs several statements without values, separated by `;`, as a schema is written. Not a transaction by itself.
    public func executeScript(_ sql: String) throws(SQLiteError) {
        let code = sqlite3_exec(try openHandle(), sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw lastError(code) }
    }

    /// Runs one statement and answers its rows, in order.
    ///
    /// - Parameters:
    ///   - values: one for each `?`, in order; a wrong number is an error.
    ///   - maxRows: more rows than this are an error (`tooBig`), never a silent cut: give a LIMIT where that is meant.
    @discardableResult
    public func query(_ sql: String, _ values: [Value] = [], maxRows: Int = 100_000) throws(SQLiteError) -> [Row] {
        let statement = try statement(for: sql)
        // An open statement holds its read lock and keeps the write-ahead log from being cut: always end it.
        defer { statement.reset() }
        try statement.bind(values)
        var rows: [Row] = []
        while try statement.step() {
            guard rows.count < maxRows else {
                throw SQLiteError(code: .tooBig, message: "a query has more than \(maxRows) rows", path: path)
            }
            rows.append(statement.row())
        }
        return rows
    }

    /// The row id of the last insert on this connection, 0 before any.
    public var lastInsertedRowID: Int64 {
        handle.map { sqlite3_last_insert_rowid($0) } ?? 0
    }

    /// `PRAGMA user_version`: the version of the schema, 0 in a new database.
    public func userVersion() throws(SQLiteError) -> Int32 {
        Int32(truncatingIfNeeded: try query("PRAGMA user_version").first?.integer("user_version") ?? 0)
    }

    /// Sets `PRAGMA user_version`; part of the transaction it is called in.
    public func setUserVersion(_ version: Int32) throws(SQLiteError) {
        try executeScript("PRAGMA user_version = \(version)")
    }

    /// What `PRAGMA quick_check` finds wrong with the file, at most 100 lines; empty when it is sound. Damage that stops the
    /// check itself is a line too; a file that is no database at all throws (``SQLiteError/isNotADatabase``).
    public func quickCheck() throws(SQLiteError) -> [String] {
        do throws(SQLiteError) {
            var problems: [String] = []
            for row in try query("PRAGMA quick_check(100)") {
                problems.append(try row.text("quick_check"))
            }
            return problems == ["ok"] ? [] : problems
        } catch  where error.isCorrupt {
            return [error.message]
        }
    }

    private func statement(for sql: String) throws(SQLiteError) -> Statement {
        if let kept = statements[sql] {
            return kept
        }
        let statement = try Statement(sql, on: self)
        if statementOrder.count >= Self.maxStatements {
            statements[statementOrder.removeFirst()] = nil
        }
        statements[sql] = statement
        statementOrder.append(sql)
        return statement
    }
}
