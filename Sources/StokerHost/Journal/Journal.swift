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
    public typealias Problem = JournalProblem

    /// The schema this program writes.
    static let version: Int32 = 1
    /// Attempts kept for each environment, and requests.
    static let keptAttempts = 500
    /// Verified attempts kept for each environment, however many others came after them.
    static let keptVerified = 50
    let connection: Connection
    private let files: JournalFiles
    /// Nil for a reader.
    private let reserve: Reserve?
    private var reserveIsWhole = false
    private var nextID: Int64 = 0

    /// Opens the journal of a storage directory for writing, creating it where it is absent. Where it throws, the files
    /// are as they were found.
    /// - Throws: `Problem` where it is corrupt, of a newer version, or cannot be opened.
    public init(storage: String) throws(Problem) {
        files = JournalFiles(storage: storage)
        let reserve = Reserve(storage: storage)
        self.reserve = reserve
        try files.examine(forWriting: true)
        Self.makePrivate(files.path)
        do throws(Problem) {
            connection = try Self.open(files)
        } catch {
            guard reserve.release() else { throw error }
            connection = try Self.open(files)
        }
        reserveIsWhole = reserve.fill()
        let row = try sql("read") { () throws(SQLiteError) in
            try connection.query("SELECT COALESCE(MAX(id), 0) AS id FROM attempt").first
        }
        if let row { nextID = try sql("read") { () throws(SQLiteError) in try row.integer("id") } }
    }

    /// Opens it for reading only, also for a user who may only read; nil where there is none.
    public static func reading(storage: String) throws(Problem) -> Journal? {
        let files = JournalFiles(storage: storage)
        guard try files.exist() else { return nil }
        return try Journal(reading: files)
    }

    private init?(reading files: JournalFiles) throws(Problem) {
        self.files = files
        reserve = nil
        try files.examine(forWriting: false)
        connection = try Self.sql("open", files) { () throws(SQLiteError) in
            try Connection(path: files.path, mode: .readOnly)
        }
        // Its creation was cut short: nothing was ever in it.
        if try Self.check(connection, files) == 0 { return nil }
    }

    /// Opens, looks at all of it, and only then begins to write.
    private static func open(_ files: JournalFiles) throws(Problem) -> Connection {
        let connection = try sql("open", files) { () throws(SQLiteError) in
            try Connection(path: files.path, mode: .readWriteCreate, isTrusted: false)
        }
        let version = try check(connection, files)
        try sql("open", files) { () throws(SQLiteError) in try connection.makeDurable() }
        if version == 0 {
            try sql("create", files) { () throws(SQLiteError) in
                try connection.transaction { () throws(SQLiteError) in
                    // Two commands may find it empty at the same time.
                    if try connection.userVersion() != 0 { return }
                    try connection.executeScript(schema)
                    try connection.setUserVersion(Self.version)
                }
            }
        }
        return connection
    }

    /// The version of its schema, 0 where it is empty.
    private static func check(_ connection: Connection, _ files: JournalFiles) throws(Problem) -> Int32 {
        let (version, tables) = try sql("read", files) { () throws(SQLiteError) in
            (try connection.userVersion(), try connection.query("SELECT 1 FROM sqlite_schema LIMIT 1").count)
        }
        guard version == Self.version || (version == 0 && tables == 0) else {
            throw Problem(
                message: version == 0
                    ? "\(files.path) is a database of another program: give Stoker a storage directory of its own"
                    : "the journal \(files.path) has version \(version), and this stoker knows version \(Self.version): "
                        + "use the newer stoker that wrote it; or \(files.wayOut)")
        }
        let complaints = try sql("check", files) { () throws(SQLiteError) in try connection.quickCheck() }
        if let first = complaints.first {
            throw Problem(message: "the journal \(files.path) is corrupt (\(first)): \(files.wayOut)")
        }
        return version
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

    /// Closes the file; nothing may be asked afterwards. A journal that is not closed but let go keeps its files as they
    /// are.
    public func close() {
        // On a full disk SQLite's other two files stay: without the reserve the next start could not make them.
        connection.close(keepingLog: reserve.map { !$0.fill() } ?? true)
    }

    /// Runs SQL and turns its failure into a message with the way out.
    private static func sql<Answer>(
        _ doing: String, _ files: JournalFiles, _ body: () throws(SQLiteError) -> Answer
    ) throws(Problem) -> Answer {
        do {
            return try body()
        } catch {
            let way: String
            switch error.code {
            case .corrupt, .notADatabase: way = "it is corrupt: \(files.wayOut)"
            case .busy: way = "another process writes it; try again"
            case _ where error.isFull || files.isFull: way = "free space on its file system"
            case .readOnly: way = "its file system is full, or it or the file is read-only for this user"
            case .cannotOpen:
                way = "does the storage directory exist, may this user write it, and is its file system full?"
            case .mismatch: way = "another program or version wrote it: \(files.wayOut)"
            default: way = "check the disk it is on"
            }
            throw Problem(message: "cannot \(doing) the journal \(files.path): \(error.message): \(way)")
        }
    }

    func sql<Answer>(_ doing: String, _ body: () throws(SQLiteError) -> Answer) throws(Problem) -> Answer {
        let answer = try Self.sql(doing, files, body)
        // What a start on a full disk took is put by again as soon as there is space.
        if !reserveIsWhole, doing == "write", let reserve { reserveIsWhole = reserve.fill() }
        return answer
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
                message: "the journal \(files.path) has a \(what) that this stoker cannot read: use the version that "
                    + "wrote it; or \(files.wayOut)")
        }
    }
}

extension [UInt8] {
    /// For the decoders of FoundationEssentials.
    var data: Data { Data(self) }
}
