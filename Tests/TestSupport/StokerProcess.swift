import Foundation

/// The stoker binary with one config file and one storage directory: single commands, and the daemon.
public final class StokerProcess: @unchecked Sendable {
    /// The stoker.yml it reads.
    public let configFile: String
    /// Its storage directory.
    public let storage: String
    /// Commands run before it in its place, such as `setpriv --reuid 65534 …`; each ends by exec.
    public let prefix: [String]
    private let binary: String
    private let logPath: String
    // Guarded by `lock`.
    private let lock = NSLock()
    private var child: Child?

    /// The daemon's process id, nil before `start`.
    public var pid: pid_t? { lock.withLock { child?.pid } }

    /// Nothing runs yet.
    public init(configFile: String, storage: String, logPath: String, prefix: [String] = [], binary: String? = nil)
        throws
    {
        self.configFile = configFile
        self.storage = storage
        self.logPath = logPath
        self.prefix = prefix
        self.binary = try binary ?? Programs.stoker()
    }

    /// The same binary and files with another storage, config or user.
    public func variant(configFile: String? = nil, storage: String? = nil, prefix: [String]? = nil) throws
        -> StokerProcess
    {
        try StokerProcess(
            configFile: configFile ?? self.configFile, storage: storage ?? self.storage, logPath: logPath + ".variant",
            prefix: prefix ?? self.prefix, binary: binary)
    }

    /// The whole command line of a command, with `prefix` before it.
    public func commandLine(_ arguments: [String]) -> [String] {
        prefix + [binary] + arguments + ["--config.file", configFile, "--storage.path", storage]
    }

    /// Runs one command to its end.
    public func run(_ arguments: String..., limit: Duration = .seconds(90)) async throws -> Shell.Result {
        try await run(arguments, limit: limit)
    }

    /// Runs one command to its end.
    public func run(_ arguments: [String], limit: Duration = .seconds(90)) async throws -> Shell.Result {
        try await Shell.run(commandLine(arguments), limit: limit)
    }

    /// Runs one command that must exit 0 and answers with its JSON.
    public func json(_ arguments: String...) async throws -> JSON {
        let text = try await Shell.succeed(commandLine(arguments + ["-o", "json"]))
        return try JSON(parsing: text)
    }

    /// `status -o json` of one environment.
    public func status(_ environment: String = "production") async throws -> JSON {
        let all = try await json("status")["environments"].array
        guard let found = all.first(where: { $0["name"].string == environment }) else {
            throw TestFailure("`stoker status` does not know \(environment): \(all)")
        }
        return found
    }

    /// Attempts of one environment, newest first.
    public func history(_ environment: String = "production") async throws -> [JSON] {
        try await json("history", environment)["attempts"].array
    }

    /// Starts the daemon; its listener gets a free port, because daemons of other tests run at the same time.
    public func start(_ arguments: String...) throws {
        precondition(!isRunning, "one daemon at a time")
        var arguments = arguments
        if !arguments.contains("--web.listen-address") {
            arguments += ["--web.listen-address", "127.0.0.1:\(try FreePort.next())"]
        }
        let started = try Child(commandLine(["run"] + arguments), output: logPath)
        lock.withLock { child = started }
    }

    /// Waits until `status` of an environment satisfies a condition.
    @discardableResult
    public func wait(
        for what: String, in environment: String = "production", within limit: Duration = .seconds(90),
        _ condition: (JSON) throws -> Bool
    ) async throws -> JSON {
        var last = JSON.null
        do {
            return try await eventually(what, within: limit, every: .milliseconds(150)) {
                if let child = lock.withLock({ child }), let exit = child.poll() {
                    throw TestFailure("the daemon ended with \(exit)")
                }
                last = try await status(environment)
                return try condition(last) ? last : nil
            }
        } catch {
            throw TestFailure("\(error); the last status was \(last)")
        }
    }

    /// Waits until an environment is at rest on a revision with an outcome (`verified`, `rolled_back`, …).
    @discardableResult
    public func wait(
        outcome: String, revision: String, in environment: String = "production", within limit: Duration = .seconds(90)
    ) async throws -> JSON {
        try await wait(for: "\(outcome) of \(revision.prefix(12))", in: environment, within: limit) {
            $0["outcome"].string == outcome && ($0["desired_revision"].string ?? "").hasSuffix(revision)
        }
    }

    /// Waits until the daemon's log has a line that contains `text`.
    public func wait(forLogLine text: String, within limit: Duration = .seconds(60)) async throws {
        try await eventually("a log line with `\(text)`", within: limit) { log.contains(text) }
    }

    /// The daemon's log.
    public var log: String { Files.read(logPath) ?? "" }

    /// SIGTERM, and the way it ended.
    public func terminate(within limit: Duration = .seconds(30)) async throws -> Child.Exit {
        guard let child = lock.withLock({ child }) else { throw TestFailure("the daemon was not started") }
        child.signal(SIGTERM)
        return try await child.wait(within: limit)
    }

    /// SIGKILL.
    public func kill() {
        lock.withLock { child }?.killNow()
    }

    /// Whether the daemon runs.
    public var isRunning: Bool { lock.withLock { child }?.isRunning ?? false }

    /// Stops the daemon, for clean-up.
    public func stop() {
        lock.withLock { child }?.stop()
    }

    /// The last lines of its log.
    public func tail(_ lines: Int = 60) -> String { log.split(separator: "\n").suffix(lines).joined(separator: "\n") }
}
