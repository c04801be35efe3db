import FoundationEssentials
import StokerCore
import StokerSimulation
import TestSupport
import Testing

@testable import StokerHost

/// The simulator keeps values; the journal keeps their JSON. Here every write of the simulated journal goes through the text
/// that the real one writes, and nothing may be different afterwards.
@Suite struct JournalEncodingTests {
    @Test("whole lives survive the way through the journal's text") func lives() async throws {
        try await Background.run {
            var attempts = 0
            for seed in UInt64(1)...300 {
                let schedule = try Schedule(seed: seed, roundTrip: Self.throughText)
                schedule.run()
                #expect(schedule.violations.isEmpty, "seed \(seed): \(schedule.violations.joined(separator: "; "))")
                attempts += schedule.counts.outcomes.values.reduce(0, +)
            }
            #expect(attempts > 300)
        }
    }

    @Test("a record of an older version is read: no tag beside the newest commit, no signer of an attempt")
    func older() throws {
        let seen = #"{"ref":{"branch":{"_0":"main"}},"commit":"c1"}"#
        #expect(
            try JSONDecoder().decode(EnvironmentRecord.Seen.self, from: [UInt8](seen.utf8).data)
                == EnvironmentRecord.Seen(ref: .branch("main"), commit: CommitID("c1")))
        var record = EnvironmentRecord(bootID: "boot")
        record.seen = EnvironmentRecord.Seen(ref: .tagPattern("v1.*"), commit: CommitID("c1"), tag: "v1.2.3")
        record.attempt = Attempt(
            id: 1, goal: Goal(revision: Revision(ref: "v1.2.3", commit: CommitID("c1")), content: ContentID("content")),
            trigger: .poll, startedAt: WallTime(milliseconds: 0), hasRollbackTarget: false, signer: "alice")
        let text = try Journal.text(record)
        let old = text.replacing(#","tag":"v1.2.3""#, with: "").replacing(#""signer":"alice","#, with: "")
        #expect(text.count - old.count == #","tag":"v1.2.3""#.count + #""signer":"alice","#.count, "\(text)")
        let read = try JSONDecoder().decode(EnvironmentRecord.self, from: [UInt8](old.utf8).data)
        #expect(read.seen == EnvironmentRecord.Seen(ref: .tagPattern("v1.*"), commit: CommitID("c1")))
        #expect(read.attempt?.id == 1)
        #expect(read.attempt?.signer == nil)
    }

    private static func throughText(_ rows: SimulatedJournal.Rows) -> SimulatedJournal.Rows {
        var copy = rows
        do {
            copy.record = try rows.record.map(same)
            copy.intents = try rows.intents.map {
                StoredIntent(id: $0.id, published: $0.published, intent: try same($0.intent))
            }
            copy.inventories = try rows.inventories.mapValues(same)
            copy.releases = try rows.releases.mapValues { trees in
                // As `store(release:)` writes it: by the text of the name.
                let texts = Dictionary(uniqueKeysWithValues: trees.map { ($0.key.rawValue, $0.value) })
                return Dictionary(uniqueKeysWithValues: try same(texts).map { (Target.ID($0.key), $0.value) })
            }
        } catch {
            Issue.record("a row does not come back: \(error)")
        }
        return copy
    }

    private static func same<Value: Codable & Equatable>(_ value: Value) throws -> Value {
        let text = try Journal.text(value)
        let back = try JSONDecoder().decode(Value.self, from: [UInt8](text.utf8).data)
        #expect(back == value)
        return back
    }
}
