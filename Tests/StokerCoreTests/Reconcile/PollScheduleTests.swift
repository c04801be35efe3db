import StokerCore
import StokerSimulation
import Testing

/// When the source is asked next.
@Suite("Poll schedule") struct PollScheduleTests {
    private let start = Instant(seconds: 1000)

    private func waits(_ interval: Duration, failures: Int, chance: Double) -> [Duration] {
        var schedule = PollSchedule(interval: interval, now: start)
        return (0..<failures).map { _ in
            schedule.failed(at: start, retryAfter: nil, chance: chance)
            return schedule.due - start
        }
    }

    private func expect(
        _ schedule: inout PollSchedule, admits trigger: Trigger, at now: Instant,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let isAdmitted = schedule.admits(trigger, at: now)
        #expect(isAdmitted, "\(trigger)", sourceLocation: sourceLocation)
    }

    private func expect(
        _ schedule: inout PollSchedule, refuses trigger: Trigger, at now: Instant,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let isAdmitted = schedule.admits(trigger, at: now)
        #expect(!isAdmitted, "\(trigger)", sourceLocation: sourceLocation)
    }

    @Test("the first look is at once, the next an interval later, give or take a tenth")
    func interval() {
        var schedule = PollSchedule(interval: .seconds(60), now: start)
        #expect(schedule.due == start)
        for (chance, seconds) in [(0.0, 54), (0.5, 60), (1.0, 66)] {
            schedule.succeeded(at: start, chance: chance)
            #expect(abs((schedule.due - start).inSeconds - Double(seconds)) < 1e-6)
        }
    }

    @Test("failures double the wait, up to a minute or the interval, and spread it by half")
    func backoff() {
        #expect(waits(.seconds(5), failures: 6, chance: 0.5) == [5, 10, 20, 40, 60, 60].map { .seconds($0) })
        #expect(waits(.seconds(60), failures: 3, chance: 0.5) == [60, 60, 60].map { .seconds($0) })
        #expect(waits(.seconds(300), failures: 3, chance: 0.5) == [300, 300, 300].map { .seconds($0) })
        #expect(waits(.seconds(60), failures: 1, chance: 0) == [.seconds(30)])
        #expect(waits(.seconds(60), failures: 1, chance: 1) == [.seconds(90)])
    }

    @Test("a year of failures ends at the longest wait, and a success begins anew")
    func recovery() {
        var schedule = PollSchedule(interval: .milliseconds(1), now: start)
        for _ in 0..<100_000 { schedule.failed(at: start, retryAfter: nil, chance: 0.5) }
        #expect(schedule.due - start == .seconds(60))
        schedule.succeeded(at: start, chance: 0.5)
        schedule.failed(at: start, retryAfter: nil, chance: 0.5)
        #expect(schedule.due - start == .milliseconds(1))
    }

    @Test("a server that asks us to stay away is obeyed, later and never earlier, and not for more than an hour")
    func retryAfter() {
        var schedule = PollSchedule(interval: .seconds(5), now: start)
        schedule.failed(at: start, retryAfter: .seconds(120), chance: 0)
        #expect(schedule.due - start == .seconds(120))
        schedule.failed(at: start, retryAfter: .seconds(120), chance: 1)
        #expect(schedule.due - start == .seconds(150))
        var long = PollSchedule(interval: .seconds(5), now: start)
        long.failed(at: start, retryAfter: .seconds(86_400), chance: 0)
        #expect(long.due - start == .seconds(3600))
        var none = PollSchedule(interval: .seconds(5), now: start)
        none.failed(at: start, retryAfter: .seconds(0), chance: 0.5)
        #expect(none.due - start == .seconds(5))
        expect(&none, admits: .push, at: start)
    }

    @Test("neither hook nor timer breaks through Retry-After; a person does, once")
    func person() {
        var schedule = PollSchedule(interval: .seconds(5), now: start)
        schedule.failed(at: start, retryAfter: .seconds(100), chance: 0)
        let later = start + .seconds(50)
        for trigger in [Trigger.push, .poll, .retry, .drift, .rollback, .adopt] {
            expect(&schedule, refuses: trigger, at: later)
        }
        expect(&schedule, admits: .request, at: later)
        expect(&schedule, refuses: .request, at: later)
        // It failed again, for another reason: the server's wish stands.
        schedule.failed(at: later, retryAfter: nil, chance: 0.5)
        #expect(schedule.due - start == .seconds(100))
        expect(&schedule, refuses: .request, at: later)
        expect(&schedule, admits: .poll, at: start + .seconds(100))
        // Another wish, another exception.
        schedule.failed(at: start + .seconds(100), retryAfter: .seconds(100), chance: 0)
        expect(&schedule, admits: .request, at: start + .seconds(199))
        schedule.succeeded(at: later, chance: 0)
        expect(&schedule, admits: .push, at: later)
    }

    @Test("without a wish of the server a hook is admitted at any time, also while the source fails")
    func hooks() {
        var schedule = PollSchedule(interval: .seconds(60), now: start)
        expect(&schedule, admits: .push, at: start)
        schedule.failed(at: start, retryAfter: nil, chance: 0.5)
        expect(&schedule, admits: .push, at: start)
    }

    @Test("a thousand agents that failed at the same moment come back at different ones")
    func spread() {
        var random = SeededGenerator(seed: 1)
        for retryAfter in [nil, Duration.seconds(60)] {
            var seconds: [Int64: Int] = [:]
            for _ in 0..<1000 {
                var schedule = PollSchedule(interval: .seconds(60), now: start)
                schedule.failed(at: start, retryAfter: retryAfter, chance: .random(in: 0..<1, using: &random))
                seconds[(schedule.due - start).components.seconds, default: 0] += 1
            }
            // Evenly, a minute would have 17 in each second.
            #expect(seconds.values.max() ?? 0 < 40, "\(seconds)")
        }
    }
}
