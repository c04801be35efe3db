import SQLite
import StokerCore

extension Journal {
    /// A deploy that is not settled.
    public typealias StoredIntent = StokerCore.StoredIntent

    // MARK: - Releases

    /// The files of a content, by target.
    public func release(of name: EnvironmentName, _ content: ContentID) throws(Problem) -> [Target.ID: FileTree]? {
        let rows = try sql("read") { () throws(SQLiteError) in
            try connection.query(
                "SELECT trees FROM release WHERE environment = ? AND content = ?",
                [.text(name.rawValue), .text(content.rawValue)])
        }
        guard let row = rows.first else { return nil }
        let text = try sql("read") { () throws(SQLiteError) in try row.text("trees") }
        let trees = try value([String: FileTree].self, text, of: "release of \(name)")
        return Dictionary(uniqueKeysWithValues: trees.map { (Target.ID($0.key), $0.value) })
    }

    /// All that are kept: a handful, since a verdict prunes them.
    public func releases(of name: EnvironmentName) throws(Problem) -> [ContentID: [Target.ID: FileTree]] {
        let rows = try sql("read") { () throws(SQLiteError) in
            try connection.query("SELECT content FROM release WHERE environment = ?", [.text(name.rawValue)])
        }
        var found: [ContentID: [Target.ID: FileTree]] = [:]
        for row in rows {
            let content = ContentID(try sql("read") { () throws(SQLiteError) in try row.text("content") })
            found[content] = try release(of: name, content)
        }
        return found
    }

    /// Keeps the files of a content by target, so that it can be deployed again without git.
    public func store(release trees: [Target.ID: FileTree], of goal: Goal, in name: EnvironmentName) throws(Problem) {
        let text = try Self.text(Dictionary(uniqueKeysWithValues: trees.map { ($0.key.rawValue, $0.value) }))
        try sql("write") { () throws(SQLiteError) in
            _ = try connection.execute(
                "INSERT OR REPLACE INTO release (environment, content, revision, trees) VALUES (?, ?, ?, ?)",
                [
                    .text(name.rawValue), .text(goal.content.rawValue), .text(goal.revision.description), .text(text),
                ])
        }
    }

    /// Forgets the releases that are not in the keep-set.
    public func pruneReleases(of name: EnvironmentName, keep: Set<ContentID>) throws(Problem) {
        try sql("write") { () throws(SQLiteError) in try prune(releasesOf: name, keep: keep) }
    }

    /// The same, as part of a transaction.
    func prune(releasesOf name: EnvironmentName, keep: Set<ContentID>) throws(SQLiteError) {
        let rows = try connection.query("SELECT content FROM release WHERE environment = ?", [.text(name.rawValue)])
        for row in rows {
            let content = try row.text("content")
            if keep.contains(ContentID(content)) { continue }
            _ = try connection.execute(
                "DELETE FROM release WHERE environment = ? AND content = ?", [.text(name.rawValue), .text(content)])
        }
    }

    // MARK: - Intents

    /// Writes the intent durably, before the disk is touched.
    public func intend(_ intent: DeploymentIntent, in name: EnvironmentName) throws(Problem) -> Int64 {
        let text = try Self.text(intent)
        return try sql("write") { () throws(SQLiteError) in
            _ = try connection.execute(
                "INSERT INTO intent (environment, target, published, body) VALUES (?, ?, 0, ?)",
                [.text(name.rawValue), .text(intent.target.rawValue), .text(text)])
            return connection.lastInsertedRowID
        }
    }

    /// The intent is carried out; the inventory is what it left.
    public func published(
        _ id: Int64, _ inventory: Inventory, of target: Target.ID, in name: EnvironmentName
    ) throws(Problem) {
        let text = try Self.text(inventory)
        try sql("write") { () throws(SQLiteError) in
            try connection.transaction { () throws(SQLiteError) in
                _ = try connection.execute("UPDATE intent SET published = 1 WHERE id = ?", [.integer(id)])
                try write(inventory: text, of: target, in: name)
            }
        }
    }

    /// Intents that are not settled, newest first.
    public func intents(of name: EnvironmentName) throws(Problem) -> [StoredIntent] {
        let rows = try sql("read") { () throws(SQLiteError) in
            try connection.query(
                "SELECT id, published, body FROM intent WHERE environment = ? ORDER BY id DESC",
                [.text(name.rawValue)])
        }
        var intents: [StoredIntent] = []
        for row in rows {
            let (id, published, body) = try sql("read") { () throws(SQLiteError) in
                (try row.integer("id"), try row.integer("published"), try row.text("body"))
            }
            intents.append(
                StoredIntent(
                    id: id, published: published != 0,
                    intent: try value(DeploymentIntent.self, body, of: "deploy intent of \(name)")))
        }
        return intents
    }

    /// Forgets intents, and notes the inventories that are true now.
    public func settle(
        _ ids: [Int64], inventories: [Target.ID: Inventory], in name: EnvironmentName
    ) throws(Problem) {
        var texts: [Target.ID: String] = [:]
        for (target, inventory) in inventories { texts[target] = try Self.text(inventory) }
        try sql("write") { () throws(SQLiteError) in
            try connection.transaction { () throws(SQLiteError) in
                for id in ids { _ = try connection.execute("DELETE FROM intent WHERE id = ?", [.integer(id)]) }
                for (target, text) in texts { try write(inventory: text, of: target, in: name) }
            }
        }
    }

    // MARK: - Inventory

    /// The files of a target that are ours; empty before the first deploy.
    public func inventory(of target: Target.ID, in name: EnvironmentName) throws(Problem) -> Inventory {
        let rows = try sql("read") { () throws(SQLiteError) in
            try connection.query(
                "SELECT body FROM inventory WHERE environment = ? AND target = ?",
                [.text(name.rawValue), .text(target.rawValue)])
        }
        guard let row = rows.first else { return Inventory() }
        let text = try sql("read") { () throws(SQLiteError) in try row.text("body") }
        return try value(Inventory.self, text, of: "inventory of \(name)/\(target)")
    }

    private func write(inventory text: String, of target: Target.ID, in name: EnvironmentName) throws(SQLiteError) {
        _ = try connection.execute(
            "INSERT OR REPLACE INTO inventory (environment, target, body) VALUES (?, ?, ?)",
            [.text(name.rawValue), .text(target.rawValue), .text(text)])
    }
}
