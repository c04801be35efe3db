import ServiceLifecycle
import StokerCore
import StokerHost

/// Asks the source whenever its schedule says so and when woken, and wakes every environment afterwards.
struct PollService: Service {
    let composition: Composition
    let waker: Waker
    let listening: Waker
    let loops: [EnvironmentService]
    /// Done with the first poll.
    let polled: Readiness
    private let stopped = Stopped()

    init(
        composition: Composition, waker: Waker, listening: Waker, loops: [EnvironmentService], polled: Readiness
    ) {
        self.polled = polled
        self.composition = composition
        self.waker = waker
        self.listening = listening
        self.loops = loops
    }

    func run() async throws {
        await withGracefulShutdownHandler {
            _ = await listening.next(until: nil)
            var schedule = PollSchedule(interval: composition.configuration.pollInterval, now: Clock.instant())
            var health = SourceHealth(log: composition.log)
            var trigger = Trigger.poll
            var finished: Int?
            while !stopped.value {
                let asked = await composition.newestRequest()
                let failure = await ask(lookingFirst: !composition.isNew(asked))
                await composition.cover(asked)
                if stopped.value { return wakeLoops(trigger) }
                let now = Clock.instant()
                if let failure {
                    schedule.failed(
                        at: now, retryAfter: failure.retryAfterSeconds.map { .seconds($0) }, chance: Self.chance)
                } else {
                    schedule.succeeded(at: now, chance: Self.chance)
                }
                health.note(failure, next: schedule.due - now)
                polled.done()
                wakeLoops(trigger)
                await cancelWhenGracefulShutdown { await composition.feed.tidy() }
                await giveBack(after: &finished)
                trigger = await next(&schedule)
            }
        } onGracefulShutdown: {
            stopped.set()
            listening.wake(.poll)
            waker.wake(.poll)
        }
    }

    /// Waits until there is a reason to ask again that the schedule admits.
    private func next(_ schedule: inout PollSchedule) async -> Trigger {
        while true {
            let trigger = await waker.next(until: schedule.due) ?? .poll
            if stopped.value || schedule.admits(trigger, at: Clock.instant()) { return trigger }
            // The server asked us to stay away, and the last answer stands: whoever waits for news has it at once.
            await composition.cover(composition.newestRequest())
            wakeLoops(trigger)
        }
    }

    /// What the start and each attempt took in passing.
    @HostActor
    private func giveBack(after finished: inout Int?) {
        let now = composition.environments.reduce(0) { $0 + $1.attemptsFinished }
        if finished == now { return }
        finished = now
        Heap.giveBack()
    }

    private func wakeLoops(_ trigger: Trigger) {
        for loop in loops { loop.waker.wake(trigger) }
    }

    private static var chance: Double { .random(in: 0..<1) }

    /// A fetch in flight is given up when the daemon stops: it changes nothing that is live.
    ///
    /// A look goes over a connection that is kept for up to ten minutes, and may lead to a server that the name no longer
    /// leads to. A timer can live with that, a person who says "now" cannot: the child of a fetch begins with a connection
    /// of its own.
    private func ask(lookingFirst: Bool) async -> FetchFailure? {
        await cancelWhenGracefulShutdown { await composition.feed.poll(lookingFirst: lookingFirst) }
    }
}
