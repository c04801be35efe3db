import Logging
import ServiceLifecycle
import StokerCore
import StokerHost
import StokerServer

/// The listener as a service.
struct WebService: Service {
    let address: ListenAddress
    let composition: Composition
    let ready: Readiness
    /// Who waits until we do.
    let listening: [Waker]
    let log: Logger

    func run() async throws {
        let log = log
        let listening = listening
        let composition = composition
        let questions = WebServer.Questions(
            isReady: { ready.isReady },
            onListening: { port in
                log.info("listening", metadata: ["address": "\(address.host):\(port)"])
                for waker in listening { waker.wake(.poll) }
            },
            environments: { await Self.environments(composition) },
            environment: { await Self.environment($0, composition) })
        do {
            try await WebServer(host: address.host, port: address.port, questions: questions, log: log).run()
        } catch is CancellationError {
            return
        } catch {
            throw CommandError(
                "cannot listen on \(address.host):\(address.port): \(error); choose another --web.listen-address")
        }
    }

    /// What `stoker status -o json` prints.
    @HostActor
    private static func environments(_ composition: Composition) -> WebServer.Answer {
        do {
            return .data(StatusJSON(try composition.statuses()))
        } catch {
            return .unavailable("\(error)")
        }
    }

    /// One of them, with where it stands: only what is watched here is told to others.
    @HostActor
    private static func environment(_ name: String, _ composition: Composition) -> WebServer.Answer {
        guard let host = composition.environments.first(where: { $0.configuration.name.rawValue == name }) else {
            let names = composition.environments.map(\.configuration.name.rawValue).joined(separator: ", ")
            return .notFound("this Stoker does not run \(name): it runs \(names)")
        }
        if let obstacle = composition.obstacles[host.configuration.name] {
            return .unavailable("\(name) cannot be worked on: \(obstacle.message)")
        }
        guard host.hasLooked else { return .unavailable("\(name) had no first look yet: ask again in a moment") }
        guard let standing = host.standing(at: Clock.instant()) else {
            return .unavailable("the journal of \(name) cannot be read now: ask again in a moment")
        }
        return .data(EnvironmentJSON(composition.status(of: host), standing))
    }
}

/// One environment of the API: what `status` prints of it, and where it stands for those after it.
struct EnvironmentJSON: Encodable, Sendable {
    private let status: StatusJSON.Environment
    private let standing: StandingJSON
    private enum CodingKeys: String, CodingKey { case standing }

    init(_ status: EnvironmentStatus, _ standing: UpstreamStanding) {
        self.status = StatusJSON.Environment(status: status)
        self.standing = StandingJSON(standing)
    }

    func encode(to encoder: any Encoder) throws {
        try status.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(standing, forKey: .standing)
    }
}
