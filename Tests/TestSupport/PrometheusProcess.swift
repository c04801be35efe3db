import Foundation

/// A real Prometheus on a free port, with its own storage.
///
/// Its port stays the same over restarts, so that a `url` in stoker.yml keeps meaning it.
public final class PrometheusProcess: @unchecked Sendable {
    /// What it was started with.
    public struct Options: Sendable {
        /// Which Prometheus.
        public var version: Programs.PrometheusVersion
        /// Whether `POST /-/reload` is allowed.
        public var lifecycle = true
        /// Further flags.
        public var flags: [String] = []
        /// Shell commands run in a mount namespace of its own before it starts; empty: none.
        public var mounts: [String] = []
        /// The path of the config file as the process sees it, where that is another one.
        public var configSeenAt: String?
        /// Whether it is started again whenever it ends, as systemd's `Restart=always` would.
        public var supervised = false
        /// Headers of every question the tests ask, such as an Authorization.
        public var headers: [String: String] = [:]
        /// A user and group id to run as; nil: the tests' own.
        public var user: UInt32?

        /// The usual options for a version.
        public init(version: Programs.PrometheusVersion) {
            self.version = version
        }
    }

    /// The port it listens on.
    public let port: UInt16
    /// The config file on this host.
    public let configFile: String
    /// What it was started with.
    public var options: Options
    /// Its log, over all its lives.
    public let logPath: String
    /// A file with its process id, written at each start.
    public let pidFile: String
    private let data: String
    // Guarded by `lock`: the supervisor and the test both start and stop.
    private let lock = NSLock()
    private var child: Child?
    private var supervisor: Thread?
    private var stopped = false

    /// The base URL, as stoker.yml has it.
    public var url: String { "http://127.0.0.1:\(port)" }
    /// Its process id now.
    public var pid: pid_t? { lock.withLock { child?.pid } }
    /// Whether it runs now.
    public var isRunning: Bool { lock.withLock { child?.isRunning ?? false } }

    /// Prepares one; `start` starts it.
    ///
    /// - Parameters:
    ///   - directory: where its storage, log and pid file go.
    ///   - port: the port to listen on; nil: a free one.
    public init(configFile: String, directory: String, port: UInt16? = nil, options: Options) throws {
        self.port = try port ?? FreePort.next()
        self.configFile = configFile
        self.options = options
        try Files.makeDirectory(directory)
        data = "\(directory)/tsdb"
        logPath = "\(directory)/prometheus.log"
        pidFile = "\(directory)/prometheus.pid"
        if let user = options.user {
            try Files.makeDirectory(data)
            guard chown(data, user, user) == 0 else { throw TestFailure("chown of \(data) to \(user) failed") }
        }
    }

    /// Starts it and waits until it is ready.
    public func start(readyWithin limit: Duration = .seconds(60)) async throws {
        try launch()
        try await waitUntilReady(within: limit)
    }

    /// Starts it without waiting.
    public func launch() throws {
        let arguments = try commandLine()
        try lock.withLock {
            stopped = false
            child = try Child(arguments, output: logPath)
            try Files.write("\(child?.pid ?? 0)\n", to: pidFile)
        }
        if options.supervised { supervise(arguments) }
    }

    private func commandLine() throws -> [String] {
        var command = [
            try Programs.prometheus("prometheus", version: options.version),
            "--config.file=\(options.configSeenAt ?? configFile)", "--storage.tsdb.path=\(data)",
            "--web.listen-address=127.0.0.1:\(port)", "--log.level=info",
        ]
        if options.lifecycle { command.append("--web.enable-lifecycle") }
        command += options.flags
        if let user = options.user {
            command = ["setpriv", "--reuid", "\(user)", "--regid", "\(user)", "--clear-groups"] + command
        }
        if !options.mounts.isEmpty {
            let script = options.mounts.joined(separator: " && ") + " && exec \"$@\""
            command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh"] + command
        }
        return command
    }

    private func supervise(_ arguments: [String]) {
        guard supervisor == nil else { return }
        let thread = Thread { [weak self] in
            while let self, !self.lock.withLock({ self.stopped }) {
                self.lock.withLock {
                    guard !self.stopped, self.child?.isRunning == false else { return }
                    self.child = try? Child(arguments, output: self.logPath)
                    try? Files.write("\(self.child?.pid ?? 0)\n", to: self.pidFile)
                }
                usleep(200_000)
            }
        }
        supervisor = thread
        thread.start()
    }

    /// Waits until `/-/ready` answers 200.
    public func waitUntilReady(within limit: Duration = .seconds(60)) async throws {
        do {
            try await eventually("\(options.version) on port \(port) being ready", within: limit) {
                if !options.supervised, !isRunning { throw TestFailure("it ended; its log:\n\(tail())") }
                return try self.get("/-/ready").status == 200
            }
        } catch {
            throw TestFailure("\(error)\n\(tail())")
        }
    }

    /// Waits until it has scrape pools and has scraped once: that follows its start by up to 6 s, and a check that is asked
    /// before counts as failing before the change.
    public func waitForSamples() async throws {
        try await eventually("a first sample on port \(port)", within: .seconds(30)) {
            try !jobs().isEmpty && !query("up").isEmpty
        }
    }

    /// Stops it, politely first.
    public func stop() {
        let running = lock.withLock {
            stopped = true
            return child
        }
        running?.stop()
    }

    /// Kills it with SIGKILL.
    public func kill() {
        let running = lock.withLock { child }
        running?.killNow()
    }

    /// The last lines of its log.
    public func tail(_ lines: Int = 40) -> String {
        (Files.read(logPath) ?? "").split(separator: "\n").suffix(lines).joined(separator: "\n")
    }
}
