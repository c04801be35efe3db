import Logging
import ServiceLifecycle
import StokerCore
import StokerHost

/// Asks about the environments that other Stokers run: each as often as the source is asked, and more often while one here
/// waits for it.
struct RemoteService: Service {
    /// While somebody waits.
    private static let impatience = Duration.seconds(15)
    /// Wakes it for a person: then all are asked.
    let waker = Waker()
    private let composition: Composition
    private let neighbours: Neighbours
    /// Nothing is asked before we listen.
    let listening = Waker()
    /// Before it nobody is woken: every environment looks at the board after the first poll.
    private let polled: Readiness
    private let stopped = Stopped()

    /// One of them.
    private struct Course {
        var schedule: PollSchedule
        var asked: Instant?
        var trouble: String?
    }

    init(composition: Composition, neighbours: Neighbours, polled: Readiness) {
        self.composition = composition
        self.neighbours = neighbours
        self.polled = polled
    }

    /// Whether there is anybody to ask.
    var isNeeded: Bool { !composition.remotes.names.isEmpty }

    func run() async throws {
        await withGracefulShutdownHandler {
            _ = await listening.next(until: nil)
            let start = Clock.instant()
            var courses = Dictionary(
                uniqueKeysWithValues: composition.remotes.names.map {
                    ($0, Course(schedule: PollSchedule(interval: composition.configuration.pollInterval, now: start)))
                })
            var trigger: Trigger?
            while !stopped.value {
                let now = Clock.instant()
                let due = trigger == .request ? composition.remotes.names : await due(courses, now)
                if !due.isEmpty { await ask(due, &courses) }
                if stopped.value { return }
                let next = courses.values.map(\.schedule.due).min() ?? now
                trigger = await waker.next(until: max(now + .seconds(1), min(next, now + Self.impatience)))
            }
        } onGracefulShutdown: {
            stopped.set()
            listening.wake(.poll)
            waker.wake(.poll)
        }
    }

    private func due(_ courses: [EnvironmentName: Course], _ now: Instant) async -> [EnvironmentName] {
        let awaited = await awaited()
        return composition.remotes.names.filter { name in
            guard let course = courses[name] else { return false }
            if course.schedule.due <= now { return true }
            return awaited.contains(name) && (course.asked.map { now - $0 >= Self.impatience } ?? true)
        }
    }

    /// Those whose answer an environment of ours waits for.
    @HostActor
    private func awaited() -> Set<EnvironmentName> {
        var names: Set<EnvironmentName> = []
        let all = Set(composition.remotes.names)
        for host in composition.environments {
            let around = neighbours.around(host.configuration.name).intersection(all)
            guard !around.isEmpty else { continue }
            let reason = host.status.reason
            if reason == .waitingForUpstream || reason == .soaking { names.formUnion(around) }
        }
        return names
    }

    private func ask(_ names: [EnvironmentName], _ courses: inout [EnvironmentName: Course]) async {
        let answers = await cancelWhenGracefulShutdown { await composition.remotes.ask(names) }
        let now = Clock.instant()
        for answer in answers {
            guard var course = courses[answer.name] else { continue }
            note(answer, before: course)
            course.asked = now
            course.trouble = answer.trouble
            if answer.trouble == nil {
                course.schedule.succeeded(at: now, chance: .random(in: 0..<1))
            } else {
                course.schedule.failed(at: now, retryAfter: nil, chance: .random(in: 0..<1))
            }
            courses[answer.name] = course
            if answer.isNews, polled.isReady { neighbours.wake(of: answer.name) }
        }
    }

    /// One line for each change.
    private func note(_ answer: RemoteStandings.Answered, before: Course) {
        if answer.trouble == before.trouble, before.asked != nil { return }
        var facts: Logger.Metadata = ["environment": "\(answer.name)"]
        if let trouble = answer.trouble {
            facts["error"] = "\(trouble)"
            composition.log.warning("an environment of another stoker cannot be asked", metadata: facts)
        } else {
            composition.log.info("an environment of another stoker answers", metadata: facts)
        }
    }
}
