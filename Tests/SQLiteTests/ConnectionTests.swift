import Glibc
import SQLite
import Testing

@Suite struct ConnectionTests {
    @Test func aWritingConnectionIsDurable() throws {
        try withTemporaryFolder { folder in
            let database = try Connection(path: "\(folder)/a.db", mode: .readWriteCreate)
            #expect(try database.query("PRAGMA journal_mode").first?.values == ["wal"])
            #expect(try database.query("PRAGMA synchronous").first?.values == [2])
            #expect(try database.query("PRAGMA foreign_keys").first?.values == [1])
            #expect(database.mode == .readWriteCreate)
        }
    }

    @Test func everyKindOfValueComesBackAsItWas() throws {
        try withTemporaryFolder { folder in
            let database = try Connection(path: "\(folder)/a.db", mode: .readWriteCreate)
            try database.execute("CREATE TABLE t (v)")
            let values: [Value] = [
                nil, 0, .integer(.min), .integer(.max), .real(0.5), "", "grün\u{0}🙂", .blob([]),
                .blob(Array(0...255)), .optional("x"), .optional(Int64?.none),
            ]
            for value in values {
                #expect(try database.execute("INSERT INTO t VALUES (?)", [value]) == 1)
            }
            #expect(try database.query("SELECT v FROM t ORDER BY rowid").flatMap(\.values) == values)
            #expect(database.lastInsertedRowID == Int64(values.count))
            #expect(try database.execute("DELETE FROM t WHERE v IS NULL") == 2)
        }
    }

    @Test func rowsAnswerByNameAndKind() throws {
        let database = try Connection(path: ":memory:", mode: .readWriteCreate)
        let row = try #require(
            try database.query("SELECT 1 AS i, 'a' AS t, x'0102' AS b, 2.5 AS r, NULL AS n").first)
        #expect(try row.integer("i") == 1)
        #expect(try row.text("t") == "a")
        #expect(try row.blob("b") == [1, 2])
        #expect(try row.real("r") == 2.5)
        #expect(try row.real("i") == 1)
        #expect(try row.optionalText("n") == nil)
        #expect(try row.optionalInteger("n") == nil)
        #expect(try row.optionalBlob("b") == [1, 2])
        let wrongKind = #expect(throws: SQLiteError.self) { try row.integer("t") }
        #expect(wrongKind?.code == .mismatch)
        #expect(wrongKind?.message == "column t holds text instead of an integer")
        let missing = #expect(throws: SQLiteError.self) { try row.text("nowhere") }
        #expect(missing?.code == .mismatch)
        #expect(row["nowhere"] == nil)
    }

    @Test func aWrongNumberOfValuesIsRefused() throws {
        let database = try Connection(path: ":memory:", mode: .readWriteCreate)
        for values: [Value] in [[], [1, 2]] {
            let error = #expect(throws: SQLiteError.self) { try database.query("SELECT ?", values) }
            #expect(error?.code == .misuse)
        }
        #expect(try database.query("SELECT ? AS v", [7]).first?.values == [7])
    }

    @Test func aSecondStatementIsNotDroppedSilently() throws {
        let database = try Connection(path: ":memory:", mode: .readWriteCreate)
        let error = #expect(throws: SQLiteError.self) { try database.execute("SELECT 1; SELECT 2") }
        #expect(error?.code == .misuse)
        try database.execute("SELECT 1;\n")
        try database.executeScript("CREATE TABLE a (x); CREATE TABLE b (x);")
        #expect(try database.query("SELECT name FROM sqlite_schema ORDER BY name").count == 2)
    }

    @Test func moreRowsThanAllowedAreAnError() throws {
        let database = try Connection(path: ":memory:", mode: .readWriteCreate)
        let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 5) SELECT i FROM n"
        #expect(try database.query(numbers, maxRows: 5).count == 5)
        let error = #expect(throws: SQLiteError.self) { try database.query(numbers, maxRows: 4) }
        #expect(error?.code == .tooBig)
    }

    @Test func manyDifferentStatementsDoNotPileUp() throws {
        let database = try Connection(path: ":memory:", mode: .readWriteCreate)
        for number in 0..<500 {
            #expect(try database.query("SELECT \(number) AS n").first?.integer("n") == Int64(number))
        }
        #expect(try database.query("SELECT 0 AS n").first?.integer("n") == 0)
    }

    @Test func aConstraintNamesItself() throws {
        let database = try Connection(path: ":memory:", mode: .readWriteCreate)
        try database.execute("CREATE TABLE t (k TEXT PRIMARY KEY)")
        try database.execute("INSERT INTO t VALUES ('a')")
        let error = #expect(throws: SQLiteError.self) { try database.execute("INSERT INTO t VALUES ('a')") }
        #expect(error?.code == .constraint)
        #expect(error?.extendedCode == 1555)
        #expect(error?.message.contains("t.k") == true)
    }

    @Test func theSchemaVersionIsKept() throws {
        try withTemporaryFolder { folder in
            let database = try Connection(path: "\(folder)/a.db", mode: .readWriteCreate)
            #expect(try database.userVersion() == 0)
            try database.setUserVersion(3)
            database.close()
            #expect(try Connection(path: "\(folder)/a.db", mode: .readOnly).userVersion() == 3)
        }
    }

    @Test func aClosedConnectionRefusesAndClosesOnce() throws {
        let database = try Connection(path: ":memory:", mode: .readWriteCreate)
        try database.execute("SELECT 1")
        database.close()
        database.close()
        let error = #expect(throws: SQLiteError.self) { try database.execute("SELECT 1") }
        #expect(error?.code == .misuse)
        #expect(throws: SQLiteError.self) { try database.transaction { () throws(SQLiteError) in } }
    }

    @Test func anotherWriterIsWaitedForOnlySoLong() throws {
        try withTemporaryFolder { folder in
            let one = try Connection(path: "\(folder)/a.db", mode: .readWriteCreate)
            try one.execute("CREATE TABLE t (v)")
            let two = try Connection(path: "\(folder)/a.db", mode: .readWriteCreate, busyTimeoutMilliseconds: 10)
            try one.transaction { () throws(SQLiteError) in
                do throws(SQLiteError) {
                    try two.transaction { () throws(SQLiteError) in }
                    Issue.record("two writers at once")
                } catch {
                    #expect(error.isBusy)
                }
                try one.execute("INSERT INTO t VALUES (1)")
            }
            #expect(try two.query("SELECT v FROM t").count == 1)
        }
    }
}
