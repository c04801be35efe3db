import SQLite
import StokerCore

extension Journal {
    /// The record of an environment; nil before its first turn.
    public func record(of name: EnvironmentName) throws(Problem) -> EnvironmentRecord? {
        let rows = try sql("read") { () throws(SQLiteError) in
            try connection.query("SELECT record FROM environment WHERE name = ?", [.text(name.rawValue)])
        }
        guard let row = rows.first else { return nil }
        let text = try sql("read") { () throws(SQLiteError) in try row.text("record") }
        return try value(EnvironmentRecord.self, text, of: "record of \(name)")
    }

    /// Writes record, status and the attempt's row of the history, and marks requests as done: all or nothing.
    public func note(
        _ name: EnvironmentName, record: EnvironmentRecord, status: EnvironmentStatus, consumed: [Int64]
    ) throws(Problem) {
        let recordText = try Self.text(record)
        let statusText = try Self.text(status)
        let attempt = try record.attempt.map { attempt throws(Problem) in try Self.row(attempt, in: name) }
        try sql("write") { () throws(SQLiteError) in
            try connection.transaction { () throws(SQLiteError) in
                _ = try connection.execute(
                    "INSERT OR REPLACE INTO environment (name, record, status) VALUES (?, ?, ?)",
                    [.text(name.rawValue), .text(recordText), .text(statusText)])
                if let attempt { _ = try connection.execute(Self.upsertAttempt, attempt) }
                for id in consumed {
                    _ = try connection.execute("UPDATE request SET consumed = 1 WHERE id = ?", [.integer(id)])
                }
                // Here and not only after a verdict: a target that is closed for a month is tried each minute.
                if record.attempt?.outcome != nil || !consumed.isEmpty { try prune(name) }
                // A deployment prunes when it is settled; contents that are rejected one after the other never are.
                if record.attempt?.outcome != nil {
                    try prune(releasesOf: name, keep: record.keptContents(besides: nil))
                }
            }
        }
    }

    /// The status as last noted.
    public func status(of name: EnvironmentName) throws(Problem) -> EnvironmentStatus? {
        let rows = try sql("read") { () throws(SQLiteError) in
            try connection.query("SELECT status FROM environment WHERE name = ?", [.text(name.rawValue)])
        }
        guard let row = rows.first else { return nil }
        let text = try sql("read") { () throws(SQLiteError) in try row.text("status") }
        return try value(EnvironmentStatus.self, text, of: "status of \(name)")
    }

    /// Writes only the status: what a look saw without anything being decided. Before the first turn that decided
    /// something there is no record yet, and `fresh` becomes it: why nothing begins is what people want to see.
    public func note(
        _ name: EnvironmentName, status: EnvironmentStatus, fresh: EnvironmentRecord
    ) throws(Problem) {
        let text = try Self.text(status)
        let record = try Self.text(fresh)
        try sql("write") { () throws(SQLiteError) in
            _ = try connection.execute(
                """
                INSERT INTO environment (name, record, status) VALUES (?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET status = excluded.status
                """, [.text(name.rawValue), .text(record), .text(text)])
        }
    }

    private static let upsertAttempt = """
        INSERT INTO attempt (id, environment, revision, content, trigger, outcome, reason, message, findings,
            started_at, finished_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET trigger = excluded.trigger, outcome = excluded.outcome,
            reason = excluded.reason, message = excluded.message, findings = excluded.findings,
            finished_at = excluded.finished_at
        """

    private static func row(_ attempt: Attempt, in name: EnvironmentName) throws(Problem) -> [Value] {
        let reason = attempt.outcome?.failure?.reason.rawValue
        let superseded: Reason? = if case .superseded = attempt.outcome { .superseded } else { nil }
        return [
            .integer(attempt.id), .text(name.rawValue), .text(attempt.goal.revision.description),
            .text(attempt.goal.content.rawValue), .text(attempt.trigger.rawValue),
            .optional(attempt.outcome?.word), .optional(reason ?? superseded?.rawValue), .text(attempt.message),
            .text(try text(attempt.findings)), .integer(attempt.startedAt.milliseconds),
            .optional(attempt.finishedAt?.milliseconds),
        ]
    }
}
