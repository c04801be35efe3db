// Server: what Stoker shows over HTTP. It never imports StokerHost and never changes anything: it gets closures that
// answer, and asks them.
import Hummingbird
import Logging

/// The listener of `--web.listen-address`.
public struct WebServer: Sendable {
    /// What the server asks.
    public struct Questions: Sendable {
        /// Whether every environment had its first turn.
        public var isReady: @Sendable () -> Bool
        /// Called with the port once it listens.
        public var onListening: @Sendable (Int) -> Void
        /// Every environment of the file.
        public var environments: @Sendable () async -> Answer
        /// One environment that runs here, by its name.
        public var environment: @Sendable (String) async -> Answer

        /// The closures; the first two must answer at once.
        public init(
            isReady: @escaping @Sendable () -> Bool, onListening: @escaping @Sendable (Int) -> Void,
            environments: @escaping @Sendable () async -> Answer,
            environment: @escaping @Sendable (String) async -> Answer
        ) {
            self.isReady = isReady
            self.onListening = onListening
            self.environments = environments
            self.environment = environment
        }
    }

    private let host: String
    private let port: Int
    private let questions: Questions
    private let log: Logger

    /// A server that is not listening yet. Port 0 takes a free one.
    public init(host: String, port: Int, questions: Questions, log: Logger) {
        self.host = host
        self.port = port
        self.questions = questions
        self.log = log
    }

    /// Serves until a graceful shutdown. Throws where the address cannot be listened on.
    public func run() async throws {
        let router = Router()
        router.add(middleware: Unrouted())
        let questions = questions
        router.get("/-/healthy") { _, _ in Self.text("Stoker is healthy.\n") }
        router.get("/-/ready") { _, _ in
            questions.isReady()
                ? Self.text("Stoker is ready.\n")
                : Self.text(
                    "Stoker is starting: not every environment had its first look.\n", status: .serviceUnavailable)
        }
        API(questions: questions).add(to: router)
        var quiet = log
        quiet.logLevel = max(log.logLevel, .warning)
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname(host, port: port), serverName: "stoker"),
            onServerRunning: { channel in questions.onListening(channel.localAddress?.port ?? 0) }, logger: quiet)
        try await application.run()
    }

    private static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
