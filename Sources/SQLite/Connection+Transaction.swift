import CSQLite

extension Connection {
    /// Runs `body` in one transaction: committed, and durable, when it returns; undone when it throws.
    ///
    /// The outermost is `BEGIN IMMEDIATE`, so that the wait for another writer happens here and not at the first write,
    /// where SQLite would refuse at once. Inside another transaction it is a savepoint: what it undoes is its own, what it
    /// keeps becomes durable with the outermost.
    @discardableResult
    public func transaction<Answer>(
        _ body: () throws(SQLiteError) -> Answer
    ) throws(SQLiteError) -> Answer {
        let isOutermost = transactionDepth == 0
        let savepoint = "nested_\(transactionDepth)"
        try executeScript(isOutermost ? "BEGIN IMMEDIATE" : "SAVEPOINT \(savepoint)")
        transactionDepth += 1
        defer { transactionDepth -= 1 }
        do {
            let answer = try body()
            try executeScript(isOutermost ? "COMMIT" : "RELEASE \(savepoint)")
            return answer
        } catch {
            undo(isOutermost ? "ROLLBACK" : "ROLLBACK TO \(savepoint); RELEASE \(savepoint)")
            throw error
        }
    }

    /// Undoes without an error of its own: the caller hears why, and a full disk or an I/O error has already made SQLite
    /// roll back everything, in which case there is nothing left to undo.
    private func undo(_ sql: String) {
        guard let handle, sqlite3_get_autocommit(handle) == 0 else { return }
        sqlite3_exec(handle, sql, nil, nil, nil)
    }
}
