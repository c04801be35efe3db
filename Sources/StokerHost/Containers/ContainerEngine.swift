// Containers: Docker's or podman's engine over its Unix socket, as far as a reload, a look at mounts and a log need it. No
// `docker` program is run. A container's name is resolved at each use: Compose makes new containers under old names.

import FoundationEssentials
import HTTP
import StokerCore

/// The HTTP API of one container engine.
struct ContainerEngine: Sendable {
    /// Why there is no answer.
    struct Problem: Error, Hashable {
        enum Kind: Hashable {
            /// Nothing was done: no socket, no permission, no such container, several of them.
            case impossible
            /// The container is there and does not run.
            case stopped
            /// No answer in time, or the connection broke: nobody knows.
            case unknown
        }

        let kind: Kind
        let message: String
    }

    /// Inspections are small; a list of all containers of a service, too.
    private static let answerLimit = 4 << 20
    private static let lookLimit = Duration.seconds(20)

    let socket: String
    let http: HTTPClient

    // MARK: - Looking

    /// The container that a configuration means.
    func find(_ name: TargetConfiguration.ContainerPlace.Name) async throws(Problem) -> ContainerInspection {
        switch name {
        case .container(let name): try await inspect(name)
        case .service(let service, let project): try await inspect(id(ofService: service, project))
        }
    }

    /// `GET /containers/NAME/json`.
    func inspect(_ name: String) async throws(Problem) -> ContainerInspection {
        let response = try await send("GET", "/containers/\(FormText.escape(name))/json", timeout: Self.lookLimit)
        switch response.status {
        case 200: return try decode(ContainerInspection.self, response)
        case 404:
            throw Problem(
                kind: .impossible,
                message: "the engine at \(socket) has no container \(name): correct container in reload, or start it")
        default: throw refusal(response, "container \(name)")
        }
    }

    /// The one container of a Compose service. Stopped ones do not count where one runs, and what `compose run` left
    /// behind never does.
    private func id(ofService service: String, _ project: String?) async throws(Problem) -> String {
        var labels = ["com.docker.compose.service=\(service)"]
        if let project { labels.append("com.docker.compose.project=\(project)") }
        let found: [ContainerSummary]
        do {
            let filters = try JSONEncoder().encode(["label": labels])
            let query = FormText.escape(String(decoding: filters, as: UTF8.self))
            let response = try await send(
                "GET", "/containers/json?all=1&filters=\(query)", timeout: Self.lookLimit)
            guard response.status == 200 else { throw refusal(response, "service \(service)") }
            found = try decode([ContainerSummary].self, response).filter(\.isOfService)
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Problem(kind: .impossible, message: "the name of service \(service) cannot be sent: \(error)")
        }
        let running = found.filter { $0.state == "running" }
        let candidates = running.count == 1 ? running : found
        let place = "service \(service)" + (project.map { " of project \($0)" } ?? "")
        guard let first = candidates.first else {
            throw Problem(
                kind: .impossible,
                message: "the engine at \(socket) has no container of \(place): correct service, or start it")
        }
        guard candidates.count == 1 else {
            let names = candidates.map(\.shown).sorted().prefix(10).joined(separator: ", ")
            throw Problem(
                kind: .impossible,
                message: "\(candidates.count) containers belong to \(place): \(names); name one with container, or "
                    + "give project")
        }
        return first.id
    }

    // MARK: - Acting

    /// `POST /containers/ID/kill`.
    func kill(_ container: ContainerInspection, signal: String, timeout: Duration) async throws(Problem) {
        try await act(container, "kill?signal=\(FormText.escape(signal))", timeout: timeout)
    }

    /// `POST /containers/ID/restart`: it is killed where it has not ended `patience` after its stop signal.
    func restart(_ container: ContainerInspection, patience: Duration, timeout: Duration) async throws(Problem) {
        try await act(container, "restart?t=\(patience.components.seconds)", timeout: timeout)
    }

    /// `POST /containers/ID/start`.
    func start(_ container: ContainerInspection, timeout: Duration) async throws(Problem) {
        try await act(container, "start", timeout: timeout)
    }

    private func act(_ container: ContainerInspection, _ verb: String, timeout: Duration) async throws(Problem) {
        let response = try await send("POST", "/containers/\(container.id)/\(verb)", timeout: timeout)
        switch response.status {
        // 304: it is started already.
        case 200...299, 304: return
        case 409: throw Problem(kind: .stopped, message: "container \(container.shown) does not run; start it")
        case 404:
            throw Problem(
                kind: .impossible,
                message: "container \(container.shown) has just been removed; the next look finds its heir"
            )
        default: throw refusal(response, "container \(container.shown)")
        }
    }

    /// The end of a container's log since a time, newest last, without the frames around it.
    func log(of container: ContainerInspection, since seconds: Int64, lines: Int) async throws(Problem) -> [UInt8] {
        let path = "/containers/\(container.id)/logs?stdout=1&stderr=1&since=\(seconds)&tail=\(lines)"
        let response = try await send("GET", path, timeout: Self.lookLimit)
        guard response.status == 200 else { throw refusal(response, "the log of container \(container.shown)") }
        return container.hasTerminal ? response.body : LogFrames.unpacked(response.body)
    }

    // MARK: - HTTP

    private func send(_ method: String, _ path: String, timeout: Duration) async throws(Problem) -> Response {
        do {
            return try await http.send(
                Request(
                    method: method, url: "http://engine\(path)", timeout: timeout, connectTimeout: .seconds(10),
                    maxResponseBytes: Self.answerLimit, unixSocketPath: socket))
        } catch {
            if error.mayHaveArrived {
                throw Problem(kind: .unknown, message: "the engine at \(socket) gave no answer: \(error.message)")
            }
            throw Problem(
                kind: .impossible,
                message:
                    "the engine's socket \(socket) cannot be used (\(error.message)): is the engine running, and may "
                    + "this user open the socket (group docker)?")
        }
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ response: Response) throws(Problem) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(response.body))
        } catch {
            throw Problem(
                kind: .impossible, message: "\(socket) does not answer as a container engine does: correct socket")
        }
    }

    private func refusal(_ response: Response, _ what: String) -> Problem {
        Problem(
            kind: .impossible,
            message: "the engine at \(socket) answers \(response.status) for \(what): \(Excerpt.of(response.body))")
    }
}
