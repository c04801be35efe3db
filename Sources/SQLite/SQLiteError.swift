import CSQLite
import Glibc

/// What a database refused, on which file.
public struct SQLiteError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A primary result code of SQLite (https://www.sqlite.org/rescode.html); the set is open.
    public struct Code: RawRepresentable, Sendable, Hashable {
        /// SQLite's number.
        public let rawValue: Int32

        /// The code with SQLite's number.
        public init(rawValue: Int32) { self.rawValue = rawValue }

        /// SQL that does not compile, or a missing table.
        public static let error = Code(rawValue: SQLITE_ERROR)
        /// Another process holds the lock for longer than the busy timeout.
        public static let busy = Code(rawValue: SQLITE_BUSY)
        /// A write to something that may only be read.
        public static let readOnly = Code(rawValue: SQLITE_READONLY)
        /// The disk failed.
        public static let ioError = Code(rawValue: SQLITE_IOERR)
        /// The file's structure is damaged.
        public static let corrupt = Code(rawValue: SQLITE_CORRUPT)
        /// The disk, or the page limit, is full.
        public static let full = Code(rawValue: SQLITE_FULL)
        /// The file, or its `-wal` or `-shm`, cannot be opened.
        public static let cannotOpen = Code(rawValue: SQLITE_CANTOPEN)
        /// A value, statement or result beyond its limit.
        public static let tooBig = Code(rawValue: SQLITE_TOOBIG)
        /// A UNIQUE, CHECK, NOT NULL or FOREIGN KEY constraint.
        public static let constraint = Code(rawValue: SQLITE_CONSTRAINT)
        /// A value of another kind than expected.
        public static let mismatch = Code(rawValue: SQLITE_MISMATCH)
        /// A call that breaks the rules of this wrapper.
        public static let misuse = Code(rawValue: SQLITE_MISUSE)
        /// A file that is something else than a database.
        public static let notADatabase = Code(rawValue: SQLITE_NOTADB)
    }

    /// What kind of failure it is.
    public let code: Code
    /// SQLite's extended result code, which tells for instance which system call failed.
    public let extendedCode: Int32
    /// SQLite's own words, without the path.
    public let message: String
    /// The database file.
    public let path: String

    /// An error of this wrapper, or of a caller's own check of the data.
    public init(code: Code, message: String, path: String) {
        self.code = code
        extendedCode = code.rawValue
        self.message = message
        self.path = path
    }

    /// What SQLite says about its last call on this handle; without one, the words for the code.
    init(resultCode: Int32, handle: OpaquePointer?, path: String) {
        let words = handle.flatMap { sqlite3_errmsg($0) } ?? sqlite3_errstr(resultCode)
        let cause = handle.map { sqlite3_system_errno($0) } ?? 0
        let found = Code(rawValue: resultCode & 0xff)
        extendedCode = resultCode
        var text = words.map { String(cString: $0) } ?? "unknown error"
        switch found {
        case .ioError, .cannotOpen, .readOnly, .full:
            // What the system said to SQLite tells what to do; "disk I/O error" does not.
            if cause != 0 { text += " (\(String(cString: strerror(cause))))" }
            code = cause == ENOSPC || cause == EDQUOT ? .full : cause == EROFS ? .readOnly : found
        default: code = found
        }
        message = text
        self.path = path
    }

    /// The disk, or the page limit, is full.
    public var isFull: Bool { code == .full }
    /// A write to something that may only be read.
    public var isReadOnly: Bool { code == .readOnly }
    /// The file's structure is damaged.
    public var isCorrupt: Bool { code == .corrupt }
    /// Another process held the lock for the whole busy timeout.
    public var isBusy: Bool { code == .busy }
    /// The file is no database.
    public var isNotADatabase: Bool { code == .notADatabase }
    /// The file, or one beside it, is missing or may not be opened.
    public var cannotOpen: Bool { code == .cannotOpen }

    /// One sentence: what failed, on which file, and what to do.
    public var description: String {
        "database \(path): \(message) (code \(extendedCode)); \(advice)"
    }

    private var advice: String {
        switch code {
        case .full: "free some space on its file system"
        case .busy: "another process holds it, try again when that has finished"
        case .readOnly: "let this user write the file and its folder"
        case .cannotOpen: "check that the folder exists and this user may open the file"
        case .corrupt, .notADatabase: "move the file away or restore it from a copy"
        case .ioError: "check the disk and its mount"
        default: "this is a defect of the program or a file written by another version"
        }
    }
}
