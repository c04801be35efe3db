import Glibc
import SQLite
import Testing

@Suite struct OpeningTests {
    private func makeDatabase(_ path: String) throws -> Connection {
        let database = try Connection(path: path, mode: .readWriteCreate)
        try database.execute("CREATE TABLE t (v)")
        try database.execute("INSERT INTO t VALUES ('here')")
        return database
    }

    @Test func readingNeverCreatesADatabase() throws {
        try withTemporaryFolder { folder in
            for mode in [Connection.Mode.readOnly, .immutable] {
                let error = #expect(throws: SQLiteError.self) { try Connection(path: "\(folder)/none.db", mode: mode) }
                #expect(error?.cannotOpen == true)
                #expect(error?.path == "\(folder)/none.db")
            }
            #expect(access("\(folder)/none.db", F_OK) != 0)
        }
    }

    @Test(arguments: [Connection.Mode.readOnly, .immutable])
    func aReaderCannotWrite(mode: Connection.Mode) throws {
        try withTemporaryFolder { folder in
            try makeDatabase("\(folder)/a.db").close()
            let reader = try Connection(path: "\(folder)/a.db", mode: mode)
            let error = #expect(throws: SQLiteError.self) { try reader.execute("INSERT INTO t VALUES (1)") }
            #expect(error?.isReadOnly == true)
            #expect(try reader.query("SELECT v FROM t").first?.values == ["here"])
        }
    }

    @Test func whoMayOnlyReadTheFolderReadsWhatWasWritten() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/a.db"
            try makeDatabase(path).close()
            chmod(path, 0o444)
            chmod(folder, 0o555)
            let seen = withoutPrivileges { Self.read(path) }
            #expect(seen == "immutable: here")
        }
    }

    @Test func whoMayOnlyReadSeesALivingWritersCommits() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/a.db"
            let writer = try makeDatabase(path)
            defer { writer.close() }
            for name in ["a.db", "a.db-wal", "a.db-shm"] {
                #expect(chmod("\(folder)/\(name)", 0o444) == 0)
            }
            chmod(folder, 0o555)
            // The row is only in the write-ahead log, so an immutable opening would miss it.
            #expect(withoutPrivileges { Self.read(path) } == "readOnly: here")
        }
    }

    @Test func whoMayNotReadIsToldSo() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/a.db"
            try makeDatabase(path).close()
            chmod(path, 0o000)
            let seen = withoutPrivileges { Self.read(path) } ?? ""
            #expect(seen.contains("unable to open"))
            #expect(seen.contains(path))
        }
    }

    @Test func whoMayNotWriteTheFolderCannotCreate() throws {
        try withTemporaryFolder { folder in
            chmod(folder, 0o555)
            let isRefused = withoutPrivileges {
                do throws(SQLiteError) {
                    _ = try Connection(path: "\(folder)/new.db", mode: .readWriteCreate)
                    return false
                } catch {
                    return error.cannotOpen
                }
            }
            #expect(isRefused == true)
        }
    }

    @Test func aPathFullOfURISyntaxIsOpenedAsItIs() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/a%20b?mode=memory#x ü.db"
            try makeDatabase(path).close()
            let reader = try Connection(path: path, mode: .immutable)
            #expect(try reader.query("SELECT v FROM t").first?.values == ["here"])
        }
    }

    @Test(arguments: [Connection.Mode.readWriteCreate, .readOnly])
    func aFileThatIsNoDatabaseIsSaidToBeNone(mode: Connection.Mode) throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/a.db"
            writeFile(path, Array(String(repeating: "this is no database\n", count: 400).utf8))
            let error = #expect(throws: SQLiteError.self) { try Connection(path: path, mode: mode) }
            #expect(error?.isNotADatabase == true)
        }
    }

    @Test func damageInsideIsFound() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/a.db"
            let database = try makeDatabase(path)
            try database.execute("CREATE INDEX i ON t (v)")
            for number in 0..<2000 {
                try database.execute("INSERT INTO t VALUES (?)", [.text("row \(number)")])
            }
            #expect(try database.quickCheck() == [])
            database.close()
            // Leaves of the table or its index, past the schema and the roots.
            writeFile(path, [UInt8](repeating: 0x5a, count: 3 * 4096), at: 7 * 4096)
            let damaged = try Connection(path: path, mode: .readWriteCreate)
            let error = #expect(throws: SQLiteError.self) { try damaged.query("SELECT count(*), max(v) FROM t") }
            #expect(error?.isCorrupt == true)
            #expect(try damaged.quickCheck().isEmpty == false)
        }
    }

    /// How it was opened and what it holds, as text, so that it can leave its thread.
    private static func read(_ path: String) -> String {
        do throws(SQLiteError) {
            let reader = try Connection(path: path, mode: .readOnly)
            let values = try reader.query("SELECT v FROM t")
            return "\(reader.mode): " + (try values.first?.text("v") ?? "nothing")
        } catch {
            return error.description
        }
    }
}
