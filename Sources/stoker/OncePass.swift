import Logging
import StokerCore
import StokerHost

/// `run --once`: one look at the source, every environment as far as it goes now. It waits for `verify.for`, not for
/// gates; an environmental failure is tried again once, and for thirty seconds at most.
struct OncePass {
    /// How long an environmental failure may keep us.
    static let patience = Duration.seconds(30)
    private let composition: Composition
    private let output: OutputFormat
    private let limit: Duration?

    /// - Parameter limit: how long to wait at most, also for `verify.for`; what is begun then goes on with the next run.
    init(_ composition: Composition, output: OutputFormat = .table, limit: Duration? = nil) {
        self.composition = composition
        self.output = output
        self.limit = limit
    }

    func run() async throws -> Int32 {
        // An environment that cannot be repaired now does not stop the others; its status says so, and the exit code is 1.
        var hosts: [EnvironmentHost] = []
        for host in composition.environments where await composition.obstacle(of: host) == nil { hosts.append(host) }
        if output == .table { for host in composition.environments { Output.line(await Self.opening(of: host)) } }
        let progress = Progress()
        let asked = await composition.newestRequest()
        let fetch = await composition.feed.poll { progress.show($0) }
        await composition.cover(asked)
        progress.finish()
        if let fetch { composition.log.error("the source cannot be fetched", metadata: ["error": "\(fetch.message)"]) }
        for answer in await composition.remotes.ask() {
            guard let trouble = answer.trouble else { continue }
            composition.log.warning(
                "an environment of another stoker cannot be asked",
                metadata: ["environment": "\(answer.name)", "error": "\(trouble)"])
        }
        let end = limit.map { Clock.instant() + $0 }
        let done = await Self.driveAll(hosts, until: end)
        await composition.feed.tidy()
        var statuses: [EnvironmentStatus] = []
        for host in composition.environments { statuses.append(await composition.status(of: host)) }
        await composition.close()
        switch output {
        case .json: try Output.json(StatusJSON(statuses))
        case .table: Output.status(statuses, composition.configuration)
        }
        let code = StokerCore.ExitCode.of(statuses)
        // A restore that waits for space, a verdict that is not there yet: whatever the status says, this is not done.
        return fetch == nil && (done || code != 0) ? code : 1
    }

    /// Where an environment stands before anything is done.
    private static func opening(of host: EnvironmentHost) async -> String {
        let status = await host.status
        let name = host.configuration.name
        guard let running = status.runningRevision.flatMap(Revision.init)?.short else {
            return "\(name): nothing was deployed here by Stoker yet"
        }
        let proof = status.verifiedRevision == status.runningRevision ? "verified" : "not verified"
        return "\(name): \(running) is running, \(proof)"
    }

    /// All at once, and those again whose neighbours stand differently by then: what one verifies another may take.
    private static func driveAll(_ hosts: [EnvironmentHost], until end: Instant?) async -> Bool {
        var done: [EnvironmentName: Bool] = [:]
        var seen: [EnvironmentName: [EnvironmentName: UpstreamStanding]] = [:]
        // A pipeline is no deeper than it is long, and each round moves at least one revision on.
        for _ in 0...hosts.count {
            let standings = await standings(of: hosts)
            // What was given up has had its patience.
            let todo = hosts.filter {
                done[$0.configuration.name] != false && seen[$0.configuration.name] != around($0, hosts, standings)
            }
            if todo.isEmpty { break }
            for host in todo { seen[host.configuration.name] = around(host, hosts, standings) }
            await withTaskGroup(of: (EnvironmentName, Bool).self) { group in
                for host in todo { group.addTask { (host.configuration.name, await drive(host, until: end)) } }
                for await (name, isAtRest) in group { done[name] = isAtRest }
            }
        }
        return done.values.allSatisfy { $0 }
    }

    private static func standings(of hosts: [EnvironmentHost]) async -> [EnvironmentName: UpstreamStanding] {
        var standings: [EnvironmentName: UpstreamStanding] = [:]
        for host in hosts { standings[host.configuration.name] = await host.standing(at: Clock.instant())?.lasting }
        return standings
    }

    /// Of the environments before and after one.
    private static func around(
        _ host: EnvironmentHost, _ hosts: [EnvironmentHost], _ standings: [EnvironmentName: UpstreamStanding]
    ) -> [EnvironmentName: UpstreamStanding] {
        let own = host.configuration
        let near = hosts.map(\.configuration).filter {
            own.after.names.contains($0.name) || $0.after.names.contains(own.name)
        }
        return standings.filter { name, _ in near.contains { $0.name == name } }
    }

    /// - Returns: whether the environment is at rest, as opposed to given up.
    @discardableResult
    static func drive(_ host: EnvironmentHost, trigger: Trigger = .poll, until end: Instant? = nil) async -> Bool {
        var trigger = trigger
        var retried = false
        var waitingSince: Instant?
        while true {
            let rest = await host.turn(trigger)
            let until = rest.until ?? Clock.instant() + .seconds(1)
            switch rest.why {
            case .idle, .held, .suspended: return true
            case .verifying: break
            case .waitingForTarget:
                let since = waitingSince ?? Clock.instant()
                waitingSince = since
                if Clock.instant() >= since + patience { return false }
            case .backoff:
                let since = waitingSince ?? Clock.instant()
                waitingSince = since
                if retried || until > since + patience { return false }
                retried = true
                trigger = .retry
            }
            if let end, until > end { return false }
            await sleep(until: until)
        }
    }

    static func sleep(until: Instant) async {
        let left = until - Clock.instant()
        guard left > .zero else { return }
        do { try await Task.sleep(for: left) } catch {}
    }
}
