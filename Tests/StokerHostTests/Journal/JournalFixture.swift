import Foundation
import SQLite
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// A storage directory with a journal, and the states a crash can leave it in.
struct JournalFixture {
    static let name = EnvironmentName("production")
    static let target = Target.ID("prometheus")
    let directory: TemporaryDirectory
    var storage: String { directory("storage") }
    var path: String { "\(storage)/journal.sqlite" }
    var log: String { "\(path)-wal" }

    static func with(_ body: (JournalFixture) throws -> Void) throws {
        let directory = try TemporaryDirectory(prefix: "stoker-journal")
        defer { directory.remove() }
        let fixture = JournalFixture(directory: directory)
        try Files.makeDirectory(fixture.storage)
        try body(fixture)
    }

    static func intent(_ attempt: Int64) -> DeploymentIntent {
        DeploymentIntent(
            target: target, attempt: attempt,
            place: DeployPlace(layout: .inPlace, root: "/etc/p", configFile: "prometheus.yml"), staging: "/s",
            operations: [], inventoryBefore: Inventory(), deployed: [:], removed: ["a.yml"])
    }

    /// Writes `count` intents, one transaction each, the first of which is number 1.
    @discardableResult
    static func intend(_ count: Int64, in journal: Journal) throws -> [Int64] {
        try (0..<count).map { try journal.intend(intent($0), in: name) }
    }

    /// A journal of many pages, closed well.
    func fill() throws {
        let journal = try Journal(storage: storage)
        try Self.intend(300, in: journal)
        journal.close()
    }

    /// A journal as a power cut leaves it: a sound database, and `count` entries in the log that were synced.
    /// - Returns: how long the log was after each of them.
    @discardableResult
    func crash(entries count: Int64 = 40) throws -> [Int] {
        let elsewhere = directory("living")
        try Files.makeDirectory(elsewhere)
        let journal = try Journal(storage: elsewhere)
        _ = try journal.connection.query("PRAGMA wal_checkpoint(TRUNCATE)")
        var lengths: [Int] = []
        for attempt in 0..<count {
            _ = try journal.intend(Self.intent(attempt), in: Self.name)
            lengths.append(try Data(contentsOf: URL(fileURLWithPath: "\(elsewhere)/journal.sqlite-wal")).count)
        }
        for name in ["journal.sqlite", "journal.sqlite-wal"] {
            try FileManager.default.copyItem(atPath: "\(elsewhere)/\(name)", toPath: "\(storage)/\(name)")
        }
        journal.close()
        return lengths
    }

    /// What is in the journal now.
    func intents() throws -> Int {
        let journal = try Journal(storage: storage)
        defer { journal.close() }
        return try journal.intents(of: Self.name).count
    }

    func change(_ file: String, _ body: (inout Data) -> Void) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        body(&bytes)
        try bytes.write(to: URL(fileURLWithPath: file))
    }

    /// The bytes of the database and its log. The `-shm` file is no data: an index of the log that any reader makes anew.
    func bytes() throws -> [String: Data] {
        var found: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: storage) where !name.hasSuffix("-shm") {
            let data = FileManager.default.contents(atPath: "\(storage)/\(name)") ?? Data()
            // An empty log is no log.
            if !(name.hasSuffix("-wal") && data.isEmpty) { found[name] = data }
        }
        return found
    }

    /// Both ways to open it are refused with the same way out, and nothing is changed by that.
    func requireRefused(saying words: String..., sourceLocation: SourceLocation = #_sourceLocation) throws {
        let before = try bytes()
        for open in [{ _ = try Journal(storage: storage) }, { _ = try Journal.reading(storage: storage) }] {
            let problem = #expect(throws: Journal.Problem.self, sourceLocation: sourceLocation) { try open() }
            let message = problem?.message ?? ""
            for word in words + [path, "adopts what is on disk", "restore it from a backup"] {
                #expect(message.contains(word), "\(message)", sourceLocation: sourceLocation)
            }
            #expect(try bytes() == before, sourceLocation: sourceLocation)
        }
    }
}
