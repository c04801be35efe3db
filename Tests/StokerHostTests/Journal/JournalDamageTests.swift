import CPlatform
import Foundation
import SQLite
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// A journal that is damaged, or that something else wrote: one clear error, and not a byte of it is changed.
@Suite("A damaged journal")
struct JournalDamageTests {
    @Test("bytes that are no database, with and without a log")
    func noDatabase() throws {
        try JournalFixture.with { journal in
            try journal.crash()
            try journal.change(journal.path) { $0.replaceSubrange(0..<100, with: Data(repeating: 0x5a, count: 100)) }
            try journal.requireRefused(saying: "is corrupt")
            try Files.remove(journal.log)
            try journal.requireRefused(saying: "is corrupt")
        }
    }

    @Test("a database that was cut off", arguments: [50, 100, 512, 4096, 5000, 20_480])
    func cut(_ size: Int) throws {
        try JournalFixture.with { journal in
            try journal.fill()
            try journal.change(journal.path) { $0 = $0.prefix(size) }
            try journal.requireRefused(saying: "corrupt")
        }
    }

    @Test("an empty database beside a log, which SQLite would remove")
    func emptyDatabase() throws {
        try JournalFixture.with { journal in
            try journal.crash()
            try Data().write(to: URL(fileURLWithPath: journal.path))
            try journal.requireRefused(saying: "-wal", "newest entries")
        }
    }

    @Test("a log whose database was moved away alone")
    func logWithoutDatabase() throws {
        try JournalFixture.with { journal in
            try journal.crash()
            try Files.remove(journal.path)
            try journal.requireRefused(saying: "-wal", "empty or missing")
            #expect(!Files.exists(journal.path))
        }
    }

    @Test("one page in the middle that is not what was written, with and without a log")
    func page() throws {
        try JournalFixture.with { journal in
            try journal.fill()
            try journal.change(journal.path) {
                let middle = $0.count / 2 / 4096 * 4096
                $0.replaceSubrange(middle..<middle + 4096, with: Data(repeating: 0xa5, count: 4096))
            }
            try journal.requireRefused(saying: "is corrupt")
        }
        // Killed before, and only then damaged: closing must not move the log into a wrong database.
        try JournalFixture.with { journal in
            try journal.crash()
            try journal.change(journal.path) {
                $0.replaceSubrange($0.count - 4096..<$0.count, with: Data(repeating: 0xa5, count: 4096))
            }
            try journal.requireRefused(saying: "is corrupt")
        }
    }

    @Test("a log that a power cut left torn loses what was not synced, and nothing else")
    func tornLog() throws {
        try JournalFixture.with { journal in
            let lengths = try journal.crash()
            let whole = try journal.bytes()
            // The entry behind the 30th was being written: any part of it may be there, or other bytes in its place.
            let synced = lengths[29]
            for kept in [0, 10, 24, 1000, lengths[30] - synced - 1] {
                for junk in [0, 700] {
                    for (name, bytes) in whole {
                        try bytes.write(to: URL(fileURLWithPath: "\(journal.storage)/\(name)"))
                    }
                    try journal.change(journal.log) {
                        $0 = $0.prefix(synced + kept) + Data(repeating: 0xee, count: junk)
                    }
                    #expect(try journal.intents() == 30, "\(kept) bytes and \(junk) others")
                    for name in ["-wal", "-shm"] where Files.exists(journal.path + name) {
                        try Files.remove(journal.path + name)
                    }
                }
            }
        }
    }

    @Test("out of order: the end of the last entry is there, its beginning is not")
    func tornInside() throws {
        try JournalFixture.with { journal in
            let lengths = try journal.crash()
            try journal.change(journal.log) {
                let start = lengths[38]
                $0.replaceSubrange(start..<start + 500, with: Data(repeating: 0, count: 500))
            }
            #expect(try journal.intents() == 39)
        }
    }

    @Test("synced entries of a log that have changed are not forgotten in silence", arguments: [40, 5000, 60_000])
    func changedLog(_ place: Int) throws {
        try JournalFixture.with { journal in
            try journal.crash()
            try journal.change(journal.log) { $0[place] ^= 1 }
            try journal.requireRefused(saying: "is corrupt", "-wal")
        }
    }

    @Test("the header of a log that has changed")
    func changedHeader() throws {
        try JournalFixture.with { journal in
            try journal.crash()
            try journal.change(journal.log) { $0[17] ^= 1 }
            try journal.requireRefused(saying: "is corrupt", "header")
        }
    }

    @Test("a log that never came to be is no damage")
    func zeroLog() throws {
        try JournalFixture.with { journal in
            try journal.crash()
            try Data(repeating: 0, count: 9000).write(to: URL(fileURLWithPath: journal.log))
            #expect(try journal.intents() == 0)
        }
    }

    @Test("a log that is being written is never called damaged")
    func livingLog() throws {
        try JournalFixture.with { journal in
            let writer = try Journal(storage: journal.storage)
            let log = journal.log
            let storage = journal.storage
            let looks = Thread.detached {
                for _ in 0..<400 where LogDamage.found(in: log) != nil { return false }
                return true
            }
            // Long enough for the log to begin anew several times.
            _ = try writer.connection.query("PRAGMA wal_autocheckpoint = 20")
            var written = 0
            while !looks.isFinished {
                try JournalFixture.intend(1, in: writer)
                written += 1
            }
            #expect(looks.value)
            #expect(written > 0)
            writer.close()
            #expect(Files.exists(storage))
        }
    }

    @Test(
        "rows that this version cannot read: one error, and the journal stays as it was",
        arguments: ["record", "status", "body of intent", "body of inventory", "trees", "findings"])
    func row(_ column: String) throws {
        try JournalFixture.with { fixture in
            let name = JournalFixture.name.rawValue
            let journal = try Journal(storage: fixture.storage)
            let insert =
                switch column {
                case "record": "INSERT INTO environment VALUES ('\(name)', '{\"later\":1}', '{}')"
                case "status": "INSERT INTO environment VALUES ('\(name)', '{}', '{\"later\":1}')"
                case "body of intent":
                    "INSERT INTO intent (environment, target, published, body) VALUES ('\(name)', 't', 0, '{}')"
                case "body of inventory": "INSERT INTO inventory VALUES ('\(name)', 'prometheus', 'no JSON')"
                case "trees": "INSERT INTO release VALUES ('\(name)', 'c', 'r', '[]')"
                default:
                    "INSERT INTO attempt VALUES (1, '\(name)', 'r', 'c', 'poll', NULL, NULL, '', '{\"x\":1}', 1, NULL)"
                }
            try journal.connection.execute(insert)
            let problem = #expect(throws: Journal.Problem.self) {
                switch column {
                case "record": _ = try journal.record(of: JournalFixture.name)
                case "status": _ = try journal.status(of: JournalFixture.name)
                case "body of intent": _ = try journal.intents(of: JournalFixture.name)
                case "body of inventory":
                    _ = try journal.inventory(of: JournalFixture.target, in: JournalFixture.name)
                case "trees": _ = try journal.release(of: JournalFixture.name, ContentID("c"))
                default: _ = try journal.history(of: nil, limit: 5)
                }
            }
            for word in [fixture.path, "use the version that wrote it", "adopts what is on disk"] {
                #expect(problem?.message.contains(word) == true, "\(problem?.message ?? "")")
            }
            journal.close()
        }
    }

    @Test("a journal that is let go and not closed keeps its log, as a start that fails must")
    func letGo() throws {
        try JournalFixture.with { fixture in
            try fixture.crash()
            let before = try fixture.bytes()
            for _ in 0..<3 {
                #expect(try Journal(storage: fixture.storage).intents(of: JournalFixture.name).count == 40)
            }
            var after = try fixture.bytes()
            after["reserve"] = nil
            #expect(after == before)
            try Journal(storage: fixture.storage).close()
            #expect(!Files.exists(fixture.log))
            #expect(try fixture.intents() == 40)
        }
    }

    @Test("a database of another program is left alone")
    func foreign() throws {
        try JournalFixture.with { journal in
            let other = try Connection(path: journal.path, mode: .readWriteCreate)
            try other.execute("CREATE TABLE addresses (name)")
            other.close()
            let before = try journal.bytes()
            for open in [
                { _ = try Journal(storage: journal.storage) }, { _ = try Journal.reading(storage: journal.storage) },
            ] {
                let problem = #expect(throws: Journal.Problem.self) { try open() }
                #expect(problem?.message.contains("of another program") == true)
                #expect(try journal.bytes() == before)
            }
        }
    }

    @Test("a folder in the place of the journal")
    func folder() throws {
        try JournalFixture.with { journal in
            try Files.makeDirectory(journal.path)
            for open in [
                { _ = try Journal(storage: journal.storage) }, { _ = try Journal.reading(storage: journal.storage) },
            ] {
                let problem = #expect(throws: Journal.Problem.self) { try open() }
                #expect(problem?.message.contains("is no regular file") == true)
                #expect(problem?.message.contains(journal.path) == true)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: journal.path).isEmpty)
        }
    }

    @Test("a creation that was cut short is no damage")
    func halfMade() throws {
        try JournalFixture.with { journal in
            try Data().write(to: URL(fileURLWithPath: journal.path))
            #expect(try Journal.reading(storage: journal.storage) == nil)
            #expect(try journal.intents() == 0)
        }
    }
}

/// A thread with an answer, for a test that must do two things at once.
final class Answering: @unchecked Sendable {
    // Guarded by `lock`.
    private let lock = NSLock()
    private var answer: Bool?

    var isFinished: Bool { lock.withLock { answer != nil } }
    var value: Bool { lock.withLock { answer ?? false } }
    func finish(_ value: Bool) { lock.withLock { answer = value } }
}

extension Thread {
    static func detached(_ body: @escaping @Sendable () -> Bool) -> Answering {
        let answering = Answering()
        detachNewThread { answering.finish(body()) }
        return answering
    }
}
