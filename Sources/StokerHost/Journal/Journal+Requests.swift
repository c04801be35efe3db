import SQLite
import StokerCore

/// What a person asked for on the command line, as it is written into the journal.
public struct StoredRequest: Codable, Sendable {
    /// The command.
    public enum Kind: String, Codable, Sendable {
        case approve, reject, suspend, resume, reconcile, rollback, freeze, unfreeze, promote
    }
    /// The command.
    public var kind: Kind
    /// Which commit is meant.
    public var revision: Revision?
    /// Its content, where it is known.
    public var content: ContentID?
    /// Why, in the person's words.
    public var reason: String?
    /// When a suspension or a freeze ends by itself.
    public var until: WallTime?
    /// Even content that was rejected.
    public var retry: Bool?
    /// Past soak and windows.
    public var breakGlass: Bool?

    /// A request; what its kind does not need is nil.
    public init(
        _ kind: Kind, revision: Revision? = nil, content: ContentID? = nil, reason: String? = nil,
        until: WallTime? = nil, retry: Bool? = nil, breakGlass: Bool? = nil
    ) {
        self.breakGlass = breakGlass
        self.kind = kind
        self.revision = revision
        self.content = content
        self.reason = reason
        self.until = until
        self.retry = retry
    }

    /// As the loop understands it; nil where the row lacks what its kind needs.
    func request(id: Int64, actor: String, at: WallTime? = nil) -> OperatorRequest? {
        kindOfRequest.map { OperatorRequest(id: id, kind: $0, actor: actor, at: at) }
    }

    private var kindOfRequest: OperatorRequest.Kind? {
        let goal = revision.flatMap { revision in content.map { Goal(revision: revision, content: $0) } }
        return switch kind {
        case .approve: revision.map { .approve($0.commit, content, reason: reason ?? "") }
        case .reject: goal.map { .reject($0.revision, $0.content, reason: reason ?? "") }
        case .suspend: .suspend(reason: reason ?? "", until: until)
        case .resume: .resume
        case .reconcile: .reconcile(retry: retry ?? false)
        case .rollback: .rollback(to: goal)
        case .freeze: .freeze(reason: reason ?? "", until: until)
        case .unfreeze: .unfreeze
        case .promote: goal.map { .promote($0, reason: reason ?? "", breakGlass: breakGlass ?? false) }
        }
    }
}

extension Journal {
    /// Writes a request; its number.
    public func add(
        _ request: StoredRequest, to name: EnvironmentName, actor: String, at: WallTime
    ) throws(Problem) -> Int64 {
        let text = try Self.text(request)
        return try sql("write") { () throws(SQLiteError) in
            _ = try connection.execute(
                "INSERT INTO request (environment, body, actor, at) VALUES (?, ?, ?, ?)",
                [.text(name.rawValue), .text(text), .text(actor), .integer(at.milliseconds)])
            return connection.lastInsertedRowID
        }
    }

    /// Requests that nobody has folded in yet, oldest first; at most a thousand at a time.
    public func openRequests(for name: EnvironmentName) throws(Problem) -> [OperatorRequest] {
        let rows = try sql("read") { () throws(SQLiteError) in
            try connection.query(
                "SELECT id, body, actor, at FROM request WHERE environment = ? AND consumed = 0 ORDER BY id LIMIT 1000",
                [.text(name.rawValue)])
        }
        return try requests(rows)
    }

    /// What people have decided about an environment, newest first, as far as it is kept.
    public func decisions(for name: EnvironmentName) throws(Problem) -> [OperatorRequest] {
        let rows = try sql("read") { () throws(SQLiteError) in
            try connection.query(
                "SELECT id, body, actor, at FROM request WHERE environment = ? ORDER BY id DESC LIMIT 1000",
                [.text(name.rawValue)])
        }
        return try requests(rows)
    }

    private func requests(_ rows: [Row]) throws(Problem) -> [OperatorRequest] {
        var requests: [OperatorRequest] = []
        for row in rows {
            let (id, body, actor, at) = try sql("read") { () throws(SQLiteError) in
                (try row.integer("id"), try row.text("body"), try row.text("actor"), try row.integer("at"))
            }
            let stored = try value(StoredRequest.self, body, of: "request")
            if let request = stored.request(id: id, actor: actor, at: WallTime(milliseconds: at)) {
                requests.append(request)
            }
        }
        return requests
    }

    /// The number of the newest request; 0 where there is none.
    public func newestRequest() throws(Problem) -> Int64 {
        let rows = try sql("read") { () throws(SQLiteError) in
            try connection.query("SELECT COALESCE(MAX(id), 0) AS id FROM request")
        }
        guard let row = rows.first else { return 0 }
        return try sql("read") { () throws(SQLiteError) in try row.integer("id") }
    }

    /// Whether a request was folded in.
    public func isConsumed(_ id: Int64) throws(Problem) -> Bool {
        let rows = try sql("read") { () throws(SQLiteError) in
            try connection.query("SELECT consumed FROM request WHERE id = ?", [.integer(id)])
        }
        guard let row = rows.first else { return true }
        return try sql("read") { () throws(SQLiteError) in try row.integer("consumed") } != 0
    }
}
