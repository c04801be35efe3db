// Journal: what Stoker remembers, in one SQLite file of the storage directory (WAL, synchronous=FULL). It holds intents
// and verdicts; disk and process hold the truth about themselves. A row is written before the disk is touched, so a
// crash always finds the intention behind a half-done deploy. One thread uses it, the same one that touches the disk.
import CPlatform
import FoundationEssentials
import Glibc
import SQLite
import StokerCore

/// The journal of one storage directory.
public final class Journal {
    /// A journal that cannot be opened, read or written.
    public struct Problem: Error, Sendable, CustomStringConvertible {
        /// One sentence with the way out.
        public let message: String
        /// The same sentence.
        public var description: String { message }
    }

    /// The schema this program writes.
    static let version: Int32 = 1
    /// Attempts kept for each environment, and requests.
    static let keptAttempts = 500
    /// Verified attempts kept for each environment, however many others came after them.
    static let keptVerified = 50
    static let fileName = "journal.sqlite"

    let connection: Connection
    private var nextID: Int64 = 0

    /// Opens the journal of a storage directory for writing, creating it where it is absent.
    /// - Throws: `Problem` where it is corrupt, of a newer version, or cannot be opened.
    public convenience init(storage: String) throws(Problem) {
        let path = storage + "/" + Self.fileName
        Self.makePrivate(path)
        try self.init(path: path, mode: .readWriteCreate)
        try migrate()
        let rows = try Self.sql("read", connection.path) { () throws(SQLiteError) in
            try connection.query("SELECT COALESCE(MAX(id), 0) AS id FROM attempt")
        }
        if let row = rows.first {
            nextID = try Self.sql("read", connection.path) { () throws(SQLiteError) in try row.integer("id") }
        }
    }

    /// Opens it for reading only, also for a user who may only read; nil where there is none.
    public static func reading(storage: String) throws(Problem) -> Journal? {
        let path = storage + "/" + fileName
        var found = stat()
        guard stat(path, &found) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            // A folder we may not enter is not a folder without a journal: "unknown" would be a lie.
            throw Problem(
                message: "cannot read the journal \(path): \(String(cString: strerror(errno))): run it as the user of "
                    + "the daemon, or let this user read the storage directory")
        }
        let journal = try Journal(path: path, mode: .readOnly)
        let version = try sql("read", path) { () throws(SQLiteError) in try journal.connection.userVersion() }
        if version == 0 { return nil }
        try checkVersion(version, path)
        return journal
    }

    private init(path: String, mode: Connection.Mode) throws(Problem) {
        connection = try Self.sql("open", path) { () throws(SQLiteError) in
            try Connection(path: path, mode: mode)
        }
    }

    /// The journal names what was deployed and why: for its owner alone, whatever the umask is. SQLite gives its
    /// other files the permissions of this one. A file that is there keeps what its administrator gave it.
    private static func makePrivate(_ path: String) {
        let descriptor = stoker_open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
        // Where it cannot be made, opening it says why.
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
    }

    /// From here on ids are above this one: files of an attempt carry its id, and those of a journal that was lost must
    /// not be taken for those of a new attempt.
    func skipAttemptIDs(upTo used: Int64) { nextID = max(nextID, used) }

    /// An id that no other attempt has or will get.
    public func reserveAttemptID() -> Int64 {
        nextID += 1
        return nextID
    }

    /// Closes the file; nothing may be asked afterwards.
    public func close() { connection.close() }

    private func migrate() throws(Problem) {
        let path = connection.path
        let version = try Self.sql("read", path) { () throws(SQLiteError) in try connection.userVersion() }
        if version == 0 {
            try Self.sql("create", path) { () throws(SQLiteError) in
                try connection.transaction { () throws(SQLiteError) in
                    try connection.executeScript(Self.schema)
                    try connection.setUserVersion(Self.version)
                }
            }
            return
        }
        try Self.checkVersion(version, path)
        let complaints = try Self.sql("check", path) { () throws(SQLiteError) in try connection.quickCheck() }
        if let first = complaints.first {
            throw Problem(
                message: "the journal \(path) is corrupt (\(first)): restore it from a backup, or move it away; the "
                    + "next start then adopts what is on disk, and history, approvals and suspensions are lost")
        }
    }

    private static func checkVersion(_ version: Int32, _ path: String) throws(Problem) {
        if version == Self.version { return }
        throw Problem(
            message: "the journal \(path) has version \(version), and this stoker knows version \(Self.version): use "
                + "the newer stoker that wrote it")
    }

    /// Runs SQL and turns its failure into a message with the way out.
    static func sql<Answer>(
        _ doing: String, _ path: String, _ body: () throws(SQLiteError) -> Answer
    ) throws(Problem) -> Answer {
        do {
            return try body()
        } catch {
            var way = ""
            if error.isFull { way = ": free space on its file system" }
            if error.isReadOnly { way = ": its file system or the file is read-only for this user" }
            if error.isCorrupt || error.isNotADatabase {
                way = ": restore it from a backup, or move it away; the next start then adopts what is on disk"
            }
            if error.cannotOpen { way = ": does the storage directory exist, and may this user write it?" }
            throw Problem(message: "cannot \(doing) the journal \(path): \(error.message)\(way)")
        }
    }

    func sql<Answer>(_ doing: String, _ body: () throws(SQLiteError) -> Answer) throws(Problem) -> Answer {
        try Self.sql(doing, connection.path, body)
    }

    private static let schema = """
        CREATE TABLE environment (name TEXT PRIMARY KEY, record TEXT NOT NULL, status TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE attempt (id INTEGER PRIMARY KEY, environment TEXT NOT NULL, revision TEXT NOT NULL,
            content TEXT NOT NULL, trigger TEXT NOT NULL, outcome TEXT, reason TEXT, message TEXT NOT NULL,
            findings TEXT NOT NULL, started_at INTEGER NOT NULL, finished_at INTEGER);
        CREATE INDEX attempt_environment ON attempt (environment, id);
        CREATE TABLE release (environment TEXT NOT NULL, content TEXT NOT NULL, revision TEXT NOT NULL,
            trees TEXT NOT NULL, PRIMARY KEY (environment, content)) WITHOUT ROWID;
        CREATE TABLE intent (id INTEGER PRIMARY KEY, environment TEXT NOT NULL, target TEXT NOT NULL,
            published INTEGER NOT NULL, body TEXT NOT NULL);
        CREATE TABLE inventory (environment TEXT NOT NULL, target TEXT NOT NULL, body TEXT NOT NULL,
            PRIMARY KEY (environment, target)) WITHOUT ROWID;
        CREATE TABLE request (id INTEGER PRIMARY KEY AUTOINCREMENT, environment TEXT NOT NULL, body TEXT NOT NULL,
            actor TEXT NOT NULL, at INTEGER NOT NULL, consumed INTEGER NOT NULL DEFAULT 0);
        CREATE INDEX request_open ON request (environment, consumed);
        """

    /// JSON text of a value.
    static func text(_ value: some Encodable) throws(Problem) -> String {
        do {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            throw Problem(message: "a value of the journal cannot be encoded: \(error)")
        }
    }

    func value<Value: Decodable>(_ type: Value.Type, _ text: String, of what: String) throws(Problem) -> Value {
        do {
            return try JSONDecoder().decode(type, from: [UInt8](text.utf8).data)
        } catch {
            throw Problem(
                message: "the journal \(connection.path) has a \(what) that this stoker cannot read: use the version "
                    + "that wrote it, or move the file away; the next start then adopts what is on disk")
        }
    }
}

extension [UInt8] {
    /// For the decoders of FoundationEssentials.
    var data: Data { Data(self) }
}
