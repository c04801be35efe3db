import Logging
import StokerCore
import StokerHost

/// `run --once`: one look at the source, every environment as far as it goes now. It waits for `verify.for`, not for
/// gates; an environmental failure is tried again once, and for thirty seconds at most.
struct OncePass {
    /// How long an environmental failure may keep us.
    static let patience = Duration.seconds(30)
    private let composition: Composition

    init(_ composition: Composition) { self.composition = composition }

    func run() async throws -> Int32 {
        try await composition.recover()
        let progress = Progress()
        await composition.coverRequests()
        let fetch = await composition.feed.poll { progress.show($0) }
        progress.finish()
        if let fetch { composition.log.error("the source cannot be fetched", metadata: ["error": "\(fetch.message)"]) }
        let hosts = composition.environments
        await withTaskGroup(of: Void.self) { group in
            for host in hosts { group.addTask { await Self.drive(host) } }
        }
        var statuses: [EnvironmentStatus] = []
        for host in hosts { statuses.append(await host.status) }
        await composition.close()
        Output.status(statuses)
        let code = StokerCore.ExitCode.of(statuses)
        return fetch == nil ? code : 1
    }

    static func drive(_ host: EnvironmentHost, trigger: Trigger = .poll) async {
        var trigger = trigger
        var retried = false
        var waitingSince: Instant?
        while true {
            let rest = await host.turn(trigger)
            let until = rest.until ?? Clock.instant() + .seconds(1)
            switch rest.why {
            case .idle, .held, .suspended: return
            case .verifying: break
            case .waitingForTarget:
                let since = waitingSince ?? Clock.instant()
                waitingSince = since
                if Clock.instant() >= since + patience { return }
            case .backoff:
                let since = waitingSince ?? Clock.instant()
                waitingSince = since
                if retried || until > since + patience { return }
                retried = true
                trigger = .retry
            }
            await sleep(until: until)
        }
    }

    static func sleep(until: Instant) async {
        let left = until - Clock.instant()
        guard left > .zero else { return }
        do { try await Task.sleep(for: left) } catch {}
    }
}
