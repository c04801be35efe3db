import CSQLite

// The journal and the other small tables live in SQLite. This folder is the whole of what the program knows about its C
// interface: a connection, values, rows, one error.
//
// A connection belongs to one thread at a time; it is not `Sendable`, and the compiler keeps it that way, so SQLite's own
// mutexes are off. Statements are prepared once and kept by their text. A writing connection is WAL with
// synchronous=FULL: when a transaction has returned, it survives a power cut. A reader must also work for somebody who
// may only read the files, which WAL makes harder than it sounds: see `openReadable`.

/// One open database. Closed by ``close()`` or by its release, whichever comes first.
public final class Connection {
    /// How a database is opened.
    public enum Mode: Sendable {
        /// Created when missing; WAL, synchronous=FULL.
        case readWriteCreate
        /// Never creates or changes the database. Falls back to ``immutable`` where the `-wal` or `-shm` file cannot be
        /// opened, as for a user who may only read.
        case readOnly
        /// The main file as it lies there: no locks, no write-ahead log. Only right while nobody writes.
        case immutable
    }

    /// The path as given by the caller, for messages.
    public let path: String
    /// How the database is open now: ``Mode/immutable`` when a plain read-only opening was impossible.
    public let mode: Mode

    var handle: OpaquePointer?
    var statements: [String: Statement] = [:]
    var statementOrder: [String] = []
    var transactionDepth = 0

    /// The largest text or blob, and the longest SQL, in bytes. Above it SQLite answers `SQLITE_TOOBIG`.
    public static let maxValueBytes: Int32 = 256 << 20
    /// How many prepared statements are kept; the oldest goes first.
    static let maxStatements = 64
    /// The write-ahead log is cut back to this size, in bytes, at each checkpoint.
    static let maxLogBytes = 4 << 20

    /// Opens the database.
    ///
    /// - Parameter busyTimeoutMilliseconds: how long a statement waits for another process's lock before it fails with
    ///   ``SQLiteError/isBusy``.
    /// - Parameter isTrusted: false: a database that is there is not changed yet, so that the caller may look at it first;
    ///   it calls ``makeDurable()`` before it writes.
    public init(
        path: String, mode: Mode, busyTimeoutMilliseconds: Int32 = 5000, isTrusted: Bool = true
    ) throws(SQLiteError) {
        self.path = path
        switch mode {
        case .readWriteCreate:
            handle = try Self.open(path, flags: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, busyTimeoutMilliseconds)
            self.mode = .readWriteCreate
        case .readOnly:
            (handle, self.mode) = try Self.openReadable(path, busyTimeoutMilliseconds)
        case .immutable:
            handle = try Self.openImmutable(path, busyTimeoutMilliseconds)
            self.mode = .immutable
        }
        switch self.mode {
        case .readWriteCreate:
            // Only `close()` tidies up: what was opened and found to be wrong is left as it was found.
            stoker_sqlite_checkpoint_on_close(handle, 0)
            if isTrusted { try makeDurable() }
        case .readOnly, .immutable: try execute("PRAGMA query_only = ON")
        }
    }

    deinit {
        close(keepingLog: true)
    }

    /// Finalises every statement and closes the database. Calling it again does nothing; any other call afterwards
    /// throws.
    /// - Parameter keepingLog: the `-wal` and `-shm` files stay as they are, and so does the database. Otherwise the last
    ///   writer moves the log into the database and removes both.
    public func close(keepingLog: Bool = false) {
        statements.removeAll()
        statementOrder.removeAll()
        guard let handle else { return }
        if !keepingLog { stoker_sqlite_checkpoint_on_close(handle, 1) }
        // All statements are gone, so this cannot answer SQLITE_BUSY and leave the handle open.
        sqlite3_close_v2(handle)
        self.handle = nil
    }

    /// Write-ahead log and a sync for each commit. A file system that cannot do WAL is an error, not a weaker promise.
    public func makeDurable() throws(SQLiteError) {
        let answer = try query("PRAGMA journal_mode = WAL").first?["journal_mode"]
        guard answer == .text("wal") || path == ":memory:" else {
            throw SQLiteError(
                code: .cannotOpen, message: "the file system does not support its write-ahead log", path: path)
        }
        try execute("PRAGMA synchronous = FULL")
        try execute("PRAGMA foreign_keys = ON")
        try query("PRAGMA journal_size_limit = \(Self.maxLogBytes)")
        // Of a quarter of the usual pages: rows are read by their key, a few at a time.
        try execute("PRAGMA cache_size = -512")
    }

    /// The open handle, or the error that says the connection is closed.
    func openHandle() throws(SQLiteError) -> OpaquePointer {
        guard let handle else {
            throw SQLiteError(code: .misuse, message: "the connection is closed", path: path)
        }
        return handle
    }

    /// The error SQLite reports last on this connection.
    func lastError(_ code: Int32) -> SQLiteError {
        SQLiteError(resultCode: code, handle: handle, path: path)
    }
}
