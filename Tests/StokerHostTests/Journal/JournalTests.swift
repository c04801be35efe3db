// Tests of the journal: what it keeps, what it refuses, and that it stays small.
import CPlatform
import Foundation
import SQLite
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

@Suite("Journal")
struct JournalTests {
    private let name = EnvironmentName("production")
    private let target = Target.ID("prometheus")

    private func with(_ body: (String) throws -> Void) throws {
        let directory = try TemporaryDirectory(prefix: "stoker-journal")
        defer { directory.remove() }
        try body(directory.path)
    }

    private func goal(_ letter: Character) -> Goal {
        Goal(
            revision: Revision(ref: "main", commit: CommitID(String(repeating: letter, count: 40))),
            content: ContentID(String(repeating: letter, count: 64)))
    }

    private func attempt(_ id: Int64, _ outcome: Outcome?) -> Attempt {
        var attempt = Attempt(
            id: id, goal: goal("a"), trigger: .push, startedAt: WallTime(milliseconds: 1_000),
            hasRollbackTarget: true)
        if let outcome {
            attempt.phase = .finished(outcome)
            attempt.finishedAt = WallTime(milliseconds: 2_000)
        }
        return attempt
    }

    private func record(_ attempt: Attempt? = nil) -> EnvironmentRecord {
        var record = EnvironmentRecord(bootID: "boot")
        record.attempt = attempt
        record.live = goal("a")
        record.consents = ["x"]
        return record
    }

    private var status: EnvironmentStatus {
        get throws {
            let file = StokerFile(
                sourceURL: "/nowhere",
                environments: [
                    .init(targets: [.init(deployTo: "/nowhere/etc", url: "http://127.0.0.1:1", promtool: "x")])
                ])
            let read = try ConfigFile.read(Array(file.text.utf8), name: "stoker.yml")
            return .unknown(try #require(read.configuration.environments.first))
        }
    }

    private func intent(_ attempt: Int64) -> DeploymentIntent {
        let stamp = FileStamp(device: 1, inode: 2, size: 3, modifiedNanoseconds: 4, changedNanoseconds: 5)
        let file = Inventory.File(entry: FileEntry(blob: BlobID("b"), executable: true), stamp: stamp)
        return DeploymentIntent(
            target: target, attempt: attempt,
            place: DeployPlace(layout: .inPlace, root: "/etc/p", configFile: "prometheus.yml"), staging: "/s",
            operations: [], inventoryBefore: Inventory(["a.yml": file]), deployed: [:], removed: ["a.yml"])
    }

    @Test("what is written is read back, by the same and by the next process")
    func roundTrip() throws {
        try with { storage in
            let journal = try Journal(storage: storage)
            let written = record(attempt(7, .rolledBack(Failure(.checkFailed, .content, "no"))))
            try journal.note(name, record: written, status: try status, consumed: [])
            let inventory = intent(7).inventoryBefore
            let id = try journal.intend(intent(7), in: name)
            try journal.published(id, inventory, of: target, in: name)
            let second = try journal.intend(intent(8), in: name)
            try journal.store(release: [target: inventory.tree], of: goal("a"), in: name)
            journal.close()

            let again = try Journal(storage: storage)
            defer { again.close() }
            #expect(try again.record(of: name) == written)
            #expect(try again.status(of: name) == (try status))
            #expect(try again.inventory(of: target, in: name) == inventory)
            #expect(try again.release(of: name, goal("a").content) == [target: inventory.tree])
            let open = try again.intents(of: name)
            #expect(open.map(\.id) == [second, id], "newest first: a restore goes backwards")
            #expect(open.map(\.published) == [false, true])
            #expect(open.map(\.intent) == [intent(8), intent(7)])
            let history = try again.history(of: name, limit: 10)
            #expect(history.map(\.id) == [7])
            #expect(history.first?.outcome == "rolled_back")
            #expect(history.first?.reason == "CheckFailed")
            #expect(again.reserveAttemptID() == 8)
        }
    }

    @Test("nobody else may read it, whatever the umask is")
    func permissions() throws {
        try with { storage in
            let journal = try Journal(storage: storage)
            defer { journal.close() }
            try journal.note(name, record: record(), status: try status, consumed: [])
            for file in try FileManager.default.contentsOfDirectory(atPath: storage) {
                #expect(try Files.identity("\(storage)/\(file)").mode == 0o600, "\(file)")
            }
            #expect(Files.exists("\(storage)/journal.sqlite-wal"))
        }
    }

    @Test("permissions that an administrator gave stay")
    func permissionsStay() throws {
        try with { storage in
            try Journal(storage: storage).close()
            #expect(chmod("\(storage)/journal.sqlite", 0o640) == 0)
            try Journal(storage: storage).close()
            #expect(try Files.identity("\(storage)/journal.sqlite").mode == 0o640)
        }
    }

    @Test("a journal of a newer version is refused, for writing and for reading")
    func newerVersion() throws {
        try with { storage in
            let journal = try Journal(storage: storage)
            try journal.connection.setUserVersion(Journal.version + 1)
            journal.close()
            for open in [{ _ = try Journal(storage: storage) }, { _ = try Journal.reading(storage: storage) }] {
                let problem = #expect(throws: Journal.Problem.self) { try open() }
                #expect(problem?.message.contains("has version \(Journal.version + 1)") == true)
                #expect(problem?.message.contains("newer stoker") == true)
            }
        }
    }

    @Test("bytes that are no journal are refused with the way out, and left as they are")
    func corrupt() throws {
        try with { storage in
            let path = "\(storage)/journal.sqlite"
            try Files.write(String(repeating: "this is no database\n", count: 400), to: path)
            let before = Files.read(path)
            let problem = #expect(throws: Journal.Problem.self) { try Journal(storage: storage) }
            #expect(problem?.message.contains("move \(path)") == true, "\(problem?.message ?? "")")
            #expect(Files.read(path) == before)
        }
    }

    @Test("damaged pages are found at the start")
    func damaged() throws {
        try with { storage in
            let journal = try Journal(storage: storage)
            for id in 1...200 {
                try journal.note(
                    name, record: record(attempt(Int64(id), .verified)), status: try status, consumed: [])
            }
            _ = try journal.connection.query("PRAGMA wal_checkpoint(TRUNCATE)")
            journal.close()
            let path = "\(storage)/journal.sqlite"
            let size = try #require(FileManager.default.contents(atPath: path)).count
            let handle = try #require(FileHandle(forUpdatingAtPath: path))
            for page in stride(from: 8192, to: size - 4096, by: 4096) {
                try handle.seek(toOffset: UInt64(page))
                try handle.write(contentsOf: Data(repeating: 0x5a, count: 2048))
            }
            try handle.close()
            #expect(throws: Journal.Problem.self) { try Journal(storage: storage) }
        }
    }

    @Test("a full disk is said with the way out, and what was there stays")
    func full() throws {
        try with { storage in
            let journal = try Journal(storage: storage)
            defer { journal.close() }
            let written = record(attempt(1, nil))
            try journal.note(name, record: written, status: try status, consumed: [])
            let pages = try #require(try journal.connection.query("PRAGMA page_count").first).integer("page_count")
            _ = try journal.connection.query("PRAGMA max_page_count = \(pages)")
            let many = Inventory(
                Dictionary(
                    uniqueKeysWithValues: (0..<2000).map {
                        ("rules/\($0).yml", intent(1).inventoryBefore.files["a.yml"])
                    }
                ).compactMapValues { $0 })
            let problem = #expect(throws: Journal.Problem.self) {
                try journal.settle([], inventories: [target: many], in: name)
            }
            #expect(problem?.message.contains("free space") == true, "\(problem?.message ?? "")")
            #expect(try journal.record(of: name) == written)
            _ = try journal.connection.query("PRAGMA max_page_count = 1000000")
            try journal.settle([], inventories: [target: many], in: name)
            #expect(try journal.inventory(of: target, in: name) == many)
        }
    }

    @Test("a reader sees what a living writer wrote, and makes nothing")
    func reader() throws {
        try with { storage in
            #expect(try Journal.reading(storage: storage) == nil)
            #expect(try FileManager.default.contentsOfDirectory(atPath: storage).isEmpty)
            let journal = try Journal(storage: storage)
            defer { journal.close() }
            try journal.note(name, record: record(), status: try status, consumed: [])
            let reader = try #require(try Journal.reading(storage: storage))
            defer { reader.close() }
            #expect(try reader.record(of: name) == record())
            #expect(throws: Journal.Problem.self) {
                try reader.note(name, record: record(), status: try status, consumed: [])
            }
        }
    }

    @Test("the status is there before anything was decided, and does not touch a record")
    func statusOnly() throws {
        try with { storage in
            let journal = try Journal(storage: storage)
            defer { journal.close() }
            var status = try status
            status.message = "the source cannot be fetched"
            try journal.note(name, status: status, fresh: EnvironmentRecord(bootID: "b"))
            #expect(try journal.status(of: name)?.message == status.message)
            try journal.note(name, record: record(), status: status, consumed: [])
            status.message = "later"
            try journal.note(name, status: status, fresh: EnvironmentRecord(bootID: "b"))
            #expect(try journal.record(of: name) == record())
            #expect(try journal.status(of: name)?.message == "later")
        }
    }

    @Test("requests are open until they are folded in, in their order")
    func requests() throws {
        try with { storage in
            let journal = try Journal(storage: storage)
            defer { journal.close() }
            let at = WallTime(milliseconds: 1)
            let first = try journal.add(StoredRequest(.suspend, reason: "why"), to: name, actor: "ann", at: at)
            let second = try journal.add(
                StoredRequest(.approve, revision: goal("c").revision, content: goal("c").content), to: name,
                actor: "bob", at: at)
            _ = try journal.add(StoredRequest(.resume), to: EnvironmentName("staging"), actor: "ann", at: at)
            #expect(
                try journal.openRequests(for: name) == [
                    OperatorRequest(id: first, kind: .suspend(reason: "why", until: nil), actor: "ann", at: at),
                    OperatorRequest(
                        id: second, kind: .approve(goal("c").revision.commit, goal("c").content), actor: "bob", at: at),
                ])
            try journal.note(name, record: record(), status: try status, consumed: [first])
            #expect(try journal.openRequests(for: name).map(\.id) == [second])
            #expect(try journal.isConsumed(first))
            #expect(try !journal.isConsumed(second))
            // What was decided stays known, newest first.
            #expect(try journal.decisions(for: name).map(\.id) == [second, first])
        }
    }

    @Test("every decision keeps who, when, why and until")
    func decisions() throws {
        try with { storage in
            let journal = try Journal(storage: storage)
            defer { journal.close() }
            let until = WallTime(milliseconds: 9)
            let (revision, content) = (goal("c").revision, goal("c").content)
            let requests: [(StoredRequest, OperatorRequest.Kind)] = [
                (StoredRequest(.freeze, reason: "sale", until: until), .freeze(reason: "sale", until: until)),
                (StoredRequest(.unfreeze, reason: "over"), .unfreeze),
                (
                    StoredRequest(.promote, revision: revision, content: content, reason: "fix", breakGlass: true),
                    .promote(goal("c"), reason: "fix", breakGlass: true)
                ),
                (
                    StoredRequest(.approve, revision: revision, content: content, reason: "good"),
                    .approve(revision.commit, content, reason: "good")
                ),
                (StoredRequest(.suspend, reason: "work", until: until), .suspend(reason: "work", until: until)),
            ]
            for (index, request) in requests.enumerated() {
                let at = WallTime(milliseconds: Int64(index))
                let id = try journal.add(request.0, to: name, actor: "ann", at: at)
                let newest = try #require(try journal.decisions(for: name).first)
                #expect(newest == OperatorRequest(id: id, kind: request.1, actor: "ann", at: at))
            }
            #expect(try journal.decisions(for: EnvironmentName("staging")).isEmpty)
        }
    }

    @Test("a target that is closed for a month fills no disk, and verified releases stay known")
    func bounded() throws {
        try with { storage in
            let journal = try Journal(storage: storage)
            defer { journal.close() }
            try journal.note(name, record: record(attempt(1, .verified)), status: try status, consumed: [])
            let failure = Outcome.errored(Failure(.reloadFailed, .environmental, "403"))
            for id in 2...Int64(Journal.keptAttempts + 60) {
                let request = try journal.add(
                    StoredRequest(.reconcile), to: name, actor: "cron", at: WallTime(milliseconds: 1))
                try journal.note(
                    name, record: record(attempt(id, failure)), status: try status, consumed: [request])
            }
            let history = try journal.history(of: name, limit: 10_000)
            #expect(history.count == Journal.keptAttempts + 1)
            #expect(history.last?.outcome == "verified")
            let rows = try #require(try journal.connection.query("SELECT COUNT(*) AS n FROM request").first)
            #expect(try rows.integer("n") == Int64(Journal.keptAttempts))
            #expect(try journal.isConsumed(1), "a request that was forgotten was done")
        }
    }

    @Test("neither the journal nor its log grows with the number of attempts")
    func small() throws {
        try with { storage in
            let journal = try Journal(storage: storage)
            defer { journal.close() }
            func size(_ file: String) -> Int { FileManager.default.contents(atPath: "\(storage)/\(file)")?.count ?? 0 }
            let findings = (0..<20).map { (number: Int) in
                Finding(file: "rules/\(number).yml", line: number, message: "a finding of many words")
            }
            var sizes: [Int] = []
            for id in 1...1_200 {
                var failed = attempt(
                    Int64(id), .rejected(Failure(.validationFailed, .content, "no", findings: findings)))
                failed.findings = findings
                try journal.note(name, record: record(failed), status: try status, consumed: [])
                try journal.store(release: [target: FileTree()], of: goal(["b", "c", "d", "e"][id % 4]), in: name)
                if id >= 600 && id % 300 == 0 { sizes.append(size("journal.sqlite")) }
                // A checkpoint is due after a thousand pages; the largest transaction comes on top.
                if id % 100 == 0 { #expect(size("journal.sqlite-wal") < 5 << 20) }
            }
            #expect(sizes[2] <= sizes[0] * 5 / 4, "\(sizes)")
            #expect(try journal.releases(of: name).count <= 2)
        }
    }

    @Test("ids of a journal that was lost are not given out again")
    func lostIDs() throws {
        try with { storage in
            let journal = try Journal(storage: storage)
            defer { journal.close() }
            journal.skipAttemptIDs(upTo: 41)
            journal.skipAttemptIDs(upTo: 3)
            #expect(journal.reserveAttemptID() == 42)
        }
    }
}
