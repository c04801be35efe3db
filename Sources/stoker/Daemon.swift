import Logging
import ServiceLifecycle
import StokerCore
import StokerHost
import Synchronization
import UnixSignals

/// `run`: one service that fetches, one for each environment, one that listens. SIGTERM and SIGINT finish the step in
/// hand and exit 0.
struct Daemon {
    private let composition: Composition
    private let address: ListenAddress
    private let pollWaker = Waker()

    init(_ composition: Composition, _ address: ListenAddress) {
        self.composition = composition
        self.address = address
    }

    func run() async throws -> Int32 {
        let log = composition.log
        let hosts = composition.environments
        // The repair comes before everything else; an environment where it is not possible does not stop the others.
        for host in hosts { _ = await composition.obstacle(of: host) }
        let names = hosts.map { "\($0.configuration.name)" }.joined(separator: ",")
        let ready = Readiness(count: hosts.count)
        let wakers = Dictionary(uniqueKeysWithValues: hosts.map { ($0.configuration.name, Waker()) })
        let neighbours = Neighbours(composition.configuration.environments, wakers)
        let loops = hosts.map { host in
            EnvironmentService(
                host: host, composition: composition, ready: ready, waker: wakers[host.configuration.name] ?? Waker(),
                neighbours: neighbours)
        }
        // Nothing is looked at before we listen: an address that is taken must end the daemon before it touches anything.
        let listening = Waker()
        let polled = Readiness(count: 1)
        let poller = PollService(
            composition: composition, waker: pollWaker, listening: listening, loops: loops, polled: polled)
        let remote = RemoteService(composition: composition, neighbours: neighbours, polled: polled)
        do throws(DiskError) {
            try WakeFIFO(storage: composition.storage).listen { [pollWaker] in
                for loop in loops { loop.waker.wake(.request) }
                pollWaker.wake(.request)
                remote.waker.wake(.request)
            }
        } catch {
            throw CommandError("the pipe that wakes the daemon cannot be made: \(error)")
        }
        let web = WebService(
            address: address, composition: composition, ready: ready, listening: [listening, remote.listening], log: log
        )
        let services: [any Service] = [web, poller] + (remote.isNeeded ? [remote] : []) + loops
        // One that fails stops the others as SIGTERM does: cancelling them would look like processes that are gone.
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map { .init(service: $0, failureTerminationBehavior: .gracefullyShutdownGroup) },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: Self.quiet(log)))
        log.info("stoker started", metadata: ["version": "\(Stoker.version)", "environments": "\(names)"])
        do {
            try await group.run()
        } catch let error as CommandError {
            throw error
        } catch {
            throw CommandError("stoker stopped: \(error)")
        }
        await composition.close()
        log.info("stoker stopped")
        return 0
    }

    private static func quiet(_ log: Logger) -> Logger {
        var quiet = log
        quiet.logLevel = max(log.logLevel, .warning)
        return quiet
    }
}

/// Counts down what must be done before something is ready: the environments that had no first turn yet.
final class Readiness: Sendable {
    private let missing: Mutex<Int>
    init(count: Int) { missing = Mutex(count) }
    var isReady: Bool { missing.withLock { $0 <= 0 } }
    func done() { missing.withLock { $0 -= 1 } }
}

/// The loop of one environment, for ever.
struct EnvironmentService: Service {
    let host: EnvironmentHost
    let composition: Composition
    let ready: Readiness
    let waker: Waker
    private let neighbours: Neighbours
    private let stopped = Stopped()

    init(
        host: EnvironmentHost, composition: Composition, ready: Readiness, waker: Waker, neighbours: Neighbours
    ) {
        self.host = host
        self.composition = composition
        self.ready = ready
        self.waker = waker
        self.neighbours = neighbours
    }

    func run() async throws {
        await withGracefulShutdownHandler {
            var trigger = await waker.next(until: nil) ?? .poll
            var first = true
            var told: UpstreamStanding?
            while !stopped.value {
                let until = await turn(trigger)
                await tell(&told)
                if first {
                    first = false
                    ready.done()
                }
                if stopped.value { return }
                trigger = await waker.next(until: until) ?? .poll
            }
        } onGracefulShutdown: {
            stopped.set()
            waker.wake(.poll)
            Task { await host.stop() }
        }
    }

    /// What the neighbours decide by may have changed in a turn.
    private func tell(_ told: inout UpstreamStanding?) async {
        let name = host.configuration.name
        guard neighbours.exist(of: name) else { return }
        let standing = await host.standing(at: Clock.instant())?.lasting
        if standing == told { return }
        told = standing
        neighbours.wake(of: name)
    }

    /// When the next one is due; nil where the next poll is soon enough.
    private func turn(_ trigger: Trigger) async -> Instant? {
        if await composition.obstacle(of: host) != nil { return nil }
        let rest = await host.turn(trigger)
        await composition.claimNewPlaces(of: host)
        // What another Stoker says of a soak is some seconds old: near its end we would look again without a pause.
        if case .held = rest.why { return rest.until.map { max($0, Clock.instant() + .seconds(1)) } }
        return rest.until
    }
}

/// A flag that is only ever set.
final class Stopped: Sendable {
    private let flag = Mutex(false)
    var value: Bool { flag.withLock { $0 } }
    func set() { flag.withLock { $0 = true } }
}
