import Glibc
import StokerCore
import StokerSimulation
import TestSupport
import Testing

/// Lives of an environment, drawn from seeds.
///
/// `STOKER_SCHEDULES` asks for another number of them, `STOKER_FIRST_SEED` for others, and `STOKER_SEED` replays one and tells
/// its story.
@Suite struct ScheduleTests {
    /// As many as the ordinary test run makes.
    private static let ordinary = 100_000
    /// Parts that run side by side.
    private static let parts = 8

    private static func number(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }

    @Test("whatever happens, it comes to rest with what was promised") func schedules() async throws {
        if let seed = Self.number("STOKER_SEED") { return try Self.replay(UInt64(seed)) }
        let number = Self.number("STOKER_SCHEDULES") ?? Self.ordinary
        let first = Self.number("STOKER_FIRST_SEED") ?? 1
        let size = (number + Self.parts - 1) / Self.parts
        var counts = Schedule.Counts()
        var failed: [UInt64] = []
        try await withThrowingTaskGroup(of: (Schedule.Counts, [UInt64]).self) { group in
            for part in 0..<Self.parts {
                let seeds = UInt64(first + part * size)..<UInt64(first + (part + 1) * size)
                group.addTask { try await Background.run { try Self.run(seeds) } }
            }
            for try await (some, seeds) in group {
                counts.add(some)
                failed += seeds
            }
        }
        print("simulation: seeds from \(first): \(counts)")
        for seed in failed.sorted().prefix(3) { try Self.replay(seed) }
        #expect(failed.isEmpty, "seeds \(failed.sorted().prefix(20)); replay one with STOKER_SEED")
        // A walk in which nothing happens proves nothing.
        #expect(counts.crashes > number / 10 && counts.powerCuts > number / 50 && counts.faults > number / 10)
        for outcome in ["verified", "rejected", "rolled_back", "degraded", "superseded", "errored"] {
            #expect((counts.outcomes[outcome] ?? 0) > number / 50, "hardly anything ended \(outcome)")
        }
    }

    private static func run(_ seeds: Range<UInt64>) throws -> (Schedule.Counts, [UInt64]) {
        var counts = Schedule.Counts()
        var failed: [UInt64] = []
        for seed in seeds {
            let schedule = try Schedule(seed: seed)
            schedule.run()
            counts.add(schedule.counts)
            if !schedule.violations.isEmpty { failed.append(seed) }
        }
        return (counts, failed)
    }

    private static func replay(_ seed: UInt64) throws {
        let schedule = try Schedule(seed: seed, tells: true)
        schedule.run()
        print("seed \(seed):\n\(schedule.story.joined(separator: "\n"))")
        #expect(schedule.violations.isEmpty, "seed \(seed): \(schedule.violations.joined(separator: "; "))")
    }
}
