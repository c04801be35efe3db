import SQLite
import StokerCore

/// One row of the history, as `history -o json` shows it.
public struct HistoryEntry: Sendable {
    /// Number of the attempt, over all environments.
    public let id: Int64
    /// Its environment's name.
    public let environment: String
    /// `ref@sha1:…`.
    public let revision: String
    /// The content's id, in hex.
    public let content: String
    /// Why it began, in the spelling of the design.
    public let trigger: String
    /// How it ended; nil while it runs.
    public let outcome: String?
    /// What ended it; nil where it was verified.
    public let reason: String?
    /// One sentence.
    public let message: String
    /// What the validators said.
    public let findings: [Finding]
    /// When it began.
    public let startedAt: WallTime
    /// When it ended; nil while it runs.
    public let finishedAt: WallTime?
}

extension Journal {
    /// Attempts, newest first, at most `limit`.
    public func history(of name: EnvironmentName?, limit: Int) throws(Problem) -> [HistoryEntry] {
        let filter = name == nil ? "" : "WHERE environment = ?"
        let values: [Value] = (name.map { [.text($0.rawValue)] } ?? []) + [.integer(Int64(limit))]
        let rows = try sql("read") { () throws(SQLiteError) in
            try connection.query("SELECT * FROM attempt \(filter) ORDER BY id DESC LIMIT ?", values)
        }
        var entries: [HistoryEntry] = []
        for row in rows { entries.append(try entry(row)) }
        return entries
    }

    private func entry(_ row: Row) throws(Problem) -> HistoryEntry {
        let findings = try sql("read") { () throws(SQLiteError) in try row.text("findings") }
        let parsed = try value([Finding].self, findings, of: "finding")
        return try sql("read") { () throws(SQLiteError) in
            HistoryEntry(
                id: try row.integer("id"), environment: try row.text("environment"),
                revision: try row.text("revision"), content: try row.text("content"),
                trigger: try row.text("trigger"), outcome: try row.optionalText("outcome"),
                reason: try row.optionalText("reason"), message: try row.text("message"), findings: parsed,
                startedAt: WallTime(milliseconds: try row.integer("started_at")),
                finishedAt: try row.optionalInteger("finished_at").map { WallTime(milliseconds: $0) })
        }
    }

    /// Forgets attempts and consumed requests beyond the bound; verified attempts stay longer, since they are what
    /// `rollback --to` names.
    func prune(_ name: EnvironmentName) throws(SQLiteError) {
        _ = try connection.execute(
            """
            DELETE FROM attempt WHERE environment = ?1
                AND id NOT IN (SELECT id FROM attempt WHERE environment = ?1 ORDER BY id DESC LIMIT ?2)
                AND id NOT IN (SELECT id FROM attempt WHERE environment = ?1 AND outcome = 'verified'
                    ORDER BY id DESC LIMIT ?3)
            """, [.text(name.rawValue), .integer(Int64(Self.keptAttempts)), .integer(Int64(Self.keptVerified))])
        _ = try connection.execute(
            """
            DELETE FROM request WHERE environment = ?1 AND consumed = 1 AND id NOT IN
                (SELECT id FROM request WHERE environment = ?1 ORDER BY id DESC LIMIT ?2)
            """, [.text(name.rawValue), .integer(Int64(Self.keptAttempts))])
    }
}
