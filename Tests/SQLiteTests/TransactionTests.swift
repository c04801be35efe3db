import Glibc
import SQLite
import Testing

@Suite struct TransactionTests {
    private let stop = SQLiteError(code: .error, message: "stop", path: "")

    private func numbers(_ database: Connection) throws -> [Value] {
        try database.query("SELECT v FROM t ORDER BY v").flatMap(\.values)
    }

    @Test func aThrowUndoesEverything() throws {
        let database = try Connection(path: ":memory:", mode: .readWriteCreate)
        try database.execute("CREATE TABLE t (v)")
        let error = #expect(throws: SQLiteError.self) {
            try database.transaction { () throws(SQLiteError) in
                try database.execute("INSERT INTO t VALUES (1)")
                throw stop
            }
        }
        #expect(error == stop)
        #expect(try numbers(database) == [])
        // The next transaction starts clean.
        let answer = try database.transaction { () throws(SQLiteError) in
            try database.execute("INSERT INTO t VALUES (2)")
        }
        #expect(answer == 1)
        #expect(try numbers(database) == [2])
    }

    @Test func aNestedThrowUndoesOnlyItsOwn() throws {
        let database = try Connection(path: ":memory:", mode: .readWriteCreate)
        try database.execute("CREATE TABLE t (v)")
        try database.transaction { () throws(SQLiteError) in
            try database.execute("INSERT INTO t VALUES (1)")
            do throws(SQLiteError) {
                try database.transaction { () throws(SQLiteError) in
                    try database.execute("INSERT INTO t VALUES (2)")
                    throw stop
                }
            } catch {
                #expect(error == stop)
            }
            try database.transaction { () throws(SQLiteError) in
                try database.execute("INSERT INTO t VALUES (3)")
            }
        }
        #expect(try numbers(database) == [1, 3])
    }

    @Test func whatANestedTransactionKeptGoesWithTheOuter() throws {
        let database = try Connection(path: ":memory:", mode: .readWriteCreate)
        try database.execute("CREATE TABLE t (v)")
        #expect(throws: SQLiteError.self) {
            try database.transaction { () throws(SQLiteError) in
                try database.transaction { () throws(SQLiteError) in
                    try database.execute("INSERT INTO t VALUES (1)")
                }
                throw stop
            }
        }
        #expect(try numbers(database) == [])
    }

    @Test func committedRowsAreThereForOthersAtOnce() throws {
        try withTemporaryFolder { folder in
            let writer = try Connection(path: "\(folder)/a.db", mode: .readWriteCreate)
            try writer.execute("CREATE TABLE t (v)")
            let reader = try Connection(path: "\(folder)/a.db", mode: .readOnly)
            try writer.transaction { () throws(SQLiteError) in
                try writer.execute("INSERT INTO t VALUES (1)")
                #expect(try reader.query("SELECT v FROM t").count == 0)
            }
            #expect(try numbers(reader) == [1])
        }
    }

    @Test func afterAFullDiskTheDatabaseIsWholeAndUsable() throws {
        try withTemporaryFolder { folder in
            let database = try Connection(path: "\(folder)/a.db", mode: .readWriteCreate)
            try database.execute("CREATE TABLE t (v)")
            try database.execute("INSERT INTO t VALUES ('kept')")
            try database.query("PRAGMA max_page_count = 8")
            let error = #expect(throws: SQLiteError.self) {
                try database.transaction { () throws(SQLiteError) in
                    try database.execute("INSERT INTO t VALUES ('lost')")
                    try database.execute("INSERT INTO t VALUES (zeroblob(100000))")
                }
            }
            #expect(error?.isFull == true)
            #expect(error?.description.contains("free some space") == true)
            #expect(try numbers(database) == ["kept"])
            #expect(try database.quickCheck() == [])
            try database.query("PRAGMA max_page_count = 1000")
            try database.transaction { () throws(SQLiteError) in
                try database.execute("INSERT INTO t VALUES ('later')")
            }
            #expect(try numbers(database) == ["kept", "later"])
        }
    }
}
