import Foundation
import HTTP
import Logging
import StokerCore
import StokerHost
import StokerServer
import Synchronization
import TestSupport

/// The real server on a free loopback port, with answers that a test may change.
final class ServedAPI: Sendable {
    /// One environment, as a daemon would say it, as far as tests read it.
    struct Environment: Encodable, Sendable {
        let name: String
        let standing: StandingJSON
    }

    private let answers = Mutex<[String: WebServer.Answer]>([:])
    private let opened = Mutex(0)
    private var port: UInt16 { UInt16(opened.withLock { $0 }) }
    var url: String { "http://127.0.0.1:\(port)" }

    /// Serves while `body` runs.
    static func run(
        isolation: isolated (any Actor)? = #isolation, _ body: (ServedAPI) async throws -> Void
    ) async throws {
        let api = ServedAPI()
        let server = WebServer(
            host: "127.0.0.1", port: 0,
            questions: WebServer.Questions(
                isReady: { true }, onListening: { port in api.opened.withLock { $0 = port } },
                environments: { api.answer(to: "") }, environment: { api.answer(to: $0) }),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do { try await server.run() } catch is CancellationError {}
            }
            defer { group.cancelAll() }
            try await eventually("a server that listens") { api.port != 0 }
            try await body(api)
        }
    }

    /// What is answered from now on; `""` is the list.
    func set(_ name: String, _ answer: WebServer.Answer) { answers.withLock { $0[name] = answer } }

    func set(_ standing: UpstreamStanding) {
        set(standing.name.rawValue, .data(Environment(name: standing.name.rawValue, standing: StandingJSON(standing))))
    }

    private func answer(to name: String) -> WebServer.Answer {
        answers.withLock { $0[name] } ?? .notFound("this Stoker does not run \(name)")
    }

    /// One request, spoken without the client under test.
    func request(_ method: String = "GET", _ path: String) async throws -> LoopbackHTTP.Response {
        let port = port
        return try await Background.run { try LoopbackHTTP.request(method, port: port, path: path) }
    }
}
