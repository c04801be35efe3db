import Glibc
import StokerCore
import StokerSimulation
import TestSupport
import Testing

/// Lives of pipelines, drawn from seeds.
///
/// `STOKER_PIPELINES` asks for another number of them, `STOKER_FIRST_SEED` for others, and `STOKER_PIPELINE_SEED` replays one
/// and tells its story.
@Suite struct PipelineTests {
    /// As many as the ordinary test run makes.
    private static let ordinary = 100_000
    /// Parts that run side by side.
    private static let parts = 4

    private static func number(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }

    @Test("nothing enters without its evidence, and everything that may go live does") func pipelines() async throws {
        if let seed = Self.number("STOKER_PIPELINE_SEED") { return Self.replay(UInt64(seed)) }
        let number = Self.number("STOKER_PIPELINES") ?? Self.ordinary
        let first = Self.number("STOKER_FIRST_SEED") ?? 1
        let size = (number + Self.parts - 1) / Self.parts
        var counts = PipelineSchedule.Counts()
        var failed: [UInt64] = []
        try await withThrowingTaskGroup(of: (PipelineSchedule.Counts, [UInt64]).self) { group in
            for part in 0..<Self.parts {
                let seeds = UInt64(first + part * size)..<UInt64(first + (part + 1) * size)
                group.addTask { try await Background.run { Self.run(seeds) } }
            }
            for try await (some, seeds) in group {
                counts.add(some)
                failed += seeds
            }
        }
        print("simulation: seeds from \(first): \(counts)")
        for seed in failed.sorted().prefix(3) { Self.replay(seed) }
        #expect(failed.isEmpty, "seeds \(failed.sorted().prefix(20)); replay one with STOKER_PIPELINE_SEED")
        // A walk in which nothing happens proves nothing.
        #expect(counts.promotions > number)
        let reasons: [Reason] = [
            .waitingForUpstream, .soaking, .approvalRequired, .outsideWindow, .frozen, .gateCheckFailed,
        ]
        for reason in reasons {
            #expect((counts.holds[reason.rawValue] ?? 0) > number / 20, "hardly anything was held by \(reason)")
        }
    }

    @Test("with a commit every minute production is never further behind than two soaks", arguments: [2, 3])
    func stream(_ length: Int) throws {
        let soak = Duration.seconds(1800)
        let train = PipelineStream(length: length, soak: soak, advance: .train)
        let lag = try #require(train.worstLag(minutes: 900), "nothing arrived")
        // Each environment on the way costs two soaks at most, and a minute for each turn.
        let bound = (soak * 2 + .seconds(240)) * (length - 1)
        print("stream: \(length) environments, soak \(soak): the worst lag is \(lag), the bound \(bound)")
        #expect(lag <= bound)
        #expect(lag >= soak, "nothing soaked")
    }

    @Test("where always the newest is asked for, nothing that is replaced every minute soaks") func latest() {
        let stream = PipelineStream(length: 2, soak: .seconds(1800), advance: .latest)
        #expect(stream.worstLag(minutes: 300) == nil)
    }

    private static func run(_ seeds: Range<UInt64>) -> (PipelineSchedule.Counts, [UInt64]) {
        var counts = PipelineSchedule.Counts()
        var failed: [UInt64] = []
        for seed in seeds {
            let schedule = PipelineSchedule(seed: seed)
            schedule.run()
            counts.add(schedule.counts)
            if !schedule.violations.isEmpty { failed.append(seed) }
        }
        return (counts, failed)
    }

    private static func replay(_ seed: UInt64) {
        let schedule = PipelineSchedule(seed: seed, tells: true)
        schedule.run()
        print("seed \(seed):\n\(schedule.story.joined(separator: "\n"))")
        #expect(schedule.violations.isEmpty, "seed \(seed): \(schedule.violations.joined(separator: "; "))")
    }
}
