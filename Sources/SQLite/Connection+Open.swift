import CSQLite
import Glibc

extension Connection {
    /// Plain read-only first, which sees what a living writer has committed. In WAL mode that needs the `-shm` file, so
    /// where it is missing and the folder is not ours to write, SQLite answers "unable to open"; then nobody is writing,
    /// and the main file alone is the whole database.
    static func openReadable(_ path: String, _ busyTimeout: Int32) throws(SQLiteError) -> (OpaquePointer, Mode) {
        let handle = try open(path, flags: SQLITE_OPEN_READONLY, busyTimeout)
        // Opening is lazy: only a read touches the files.
        let code = sqlite3_exec(handle, "SELECT 1 FROM sqlite_schema LIMIT 1", nil, nil, nil)
        if code == SQLITE_OK {
            return (handle, .readOnly)
        }
        let error = SQLiteError(resultCode: code, handle: handle, path: path)
        sqlite3_close_v2(handle)
        guard error.cannotOpen || error.isReadOnly, !hasLog(path) else { throw error }
        return (try openImmutable(path, busyTimeout), .immutable)
    }

    /// Whether commits are waiting in the write-ahead log: the main file alone would be an old state, or a torn one.
    private static func hasLog(_ path: String) -> Bool {
        var found = stat()
        return stat(path + "-wal", &found) == 0 && found.st_size > 0
    }

    static func openImmutable(_ path: String, _ busyTimeout: Int32) throws(SQLiteError) -> OpaquePointer {
        try open(immutableURI(path), flags: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, busyTimeout, shownAs: path)
    }

    /// Opens and sets the limits that hold for every mode. Nothing is read yet.
    static func open(
        _ name: String, flags: Int32, _ busyTimeout: Int32, shownAs shown: String? = nil
    ) throws(SQLiteError) -> OpaquePointer {
        let path = shown ?? name
        guard !name.utf8.contains(0) else {
            throw SQLiteError(code: .cannotOpen, message: "the path contains a zero byte", path: path)
        }
        var handle: OpaquePointer?
        let code = sqlite3_open_v2(name, &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let handle else {
            let error = SQLiteError(resultCode: code, handle: handle, path: path)
            // A failed opening still returns a handle that has to be closed.
            sqlite3_close_v2(handle)
            throw error
        }
        sqlite3_busy_timeout(handle, busyTimeout)
        sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, maxValueBytes)
        return handle
    }

    /// `file:` and the path with everything escaped that a URI would take for its own (`%`, `?`, `#`), so that a folder of
    /// any name can be opened. What follows two slashes would be taken for a host, so such a path gets an empty one.
    static func immutableURI(_ path: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var escaped: [UInt8] = []
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "_"):
                escaped.append(byte)
            default:
                escaped += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        let name = String(decoding: escaped, as: UTF8.self)
        return "file:" + (name.hasPrefix("//") ? "//" : "") + name + "?immutable=1"
    }
}
