import Foundation

/// One Prometheus, one repository, one stoker: what most integration tests begin with.
///
/// The files of the environment `production` are in the repository and on disk, and the process serves them, so that the
/// first turn adopts them and the test can push a change.
public final class World: Sendable {
    /// How a world differs from the usual one.
    public struct Setup: Sendable {
        /// Files of the environment; nil: `Sample.files`.
        public var files: (@Sendable (UInt16) -> [String: String])?
        /// `verify` of the environment, in flow style.
        public var verify: String?
        /// Further lines of the environment.
        public var environment: [String] = []
        /// Further lines of the target; gets the world's directory.
        public var target: (@Sendable (String) -> [String])?
        /// How Prometheus differs; gets the world's directory.
        public var prometheus: (@Sendable (inout PrometheusProcess.Options, String) -> Void)?
        /// Runs before Prometheus starts; gets the world's directory.
        public var before: (@Sendable (String) throws -> Void)?
        /// Whether the files are on disk, and the process runs, before the first turn.
        public var deployed = true
        /// `deploy_to`, by the world's directory; nil: the folder `etc`.
        public var deployTo: (@Sendable (String) -> String)?
        /// Whether the process has scraped once, which follows its start by seconds, before the first turn.
        public var settled = true
        /// Whether a first turn has adopted the files before the test's own part.
        public var adopted = true

        /// The usual world.
        public init() {}
    }

    /// The world's folder.
    public let directory: TemporaryDirectory
    /// Clean-up, newest first.
    public let deferred: Deferred
    /// The repository.
    public let repository: GitRepository
    /// The process.
    public let prometheus: PrometheusProcess
    /// The binary.
    public let stoker: StokerProcess
    /// The folder the process reads: `deploy_to` of the usual target.
    public let etc: String
    /// What was written as stoker.yml at first.
    public let stokerFile: StokerFile
    /// The first commit.
    public let firstCommit: String

    /// Makes a world, runs `body` in it, and takes it down again. Where `body` throws, the logs and the tree are printed.
    public static func run(
        _ version: Programs.PrometheusVersion, _ setup: Setup = Setup(), _ body: (World) async throws -> Void
    ) async throws {
        await Slots.shared.acquire()
        let deferred = Deferred()
        let result = await attempt(version, setup, deferred, body)
        deferred.runAll()
        await Slots.shared.release()
        try result.get()
    }

    private static func attempt(
        _ version: Programs.PrometheusVersion, _ setup: Setup, _ deferred: Deferred,
        _ body: (World) async throws -> Void
    ) async -> Result<Void, any Error> {
        do {
            let world = try await World(version, setup, deferred)
            do {
                if setup.adopted { try await world.adopt() }
                try await body(world)
                return .success(())
            } catch {
                print(world.report(error))
                return .failure(error)
            }
        } catch {
            return .failure(error)
        }
    }

    private init(_ version: Programs.PrometheusVersion, _ setup: Setup, _ deferred: Deferred) async throws {
        self.deferred = deferred
        let directory = try TemporaryDirectory()
        deferred.add { directory.remove() }
        self.directory = directory
        etc = directory("etc")
        let port = try FreePort.next()
        let files = setup.files?(port) ?? Sample.files(port: port)
        repository = try await GitRepository(in: directory.path)
        firstCommit = try await repository.push(Self.inEnvironment(files), message: "first")
        if setup.deployed {
            for (path, text) in files { try Files.write(text, to: "\(etc)/\(path)") }
        } else {
            try Files.makeDirectory(etc)
        }
        var options = PrometheusProcess.Options(version: version)
        setup.prometheus?(&options, directory.path)
        let prometheus = try PrometheusProcess(
            configFile: "\(etc)/prometheus.yml", directory: directory("prometheus"), port: port, options: options)
        self.prometheus = prometheus
        deferred.add { prometheus.stop() }
        var file = StokerFile(
            sourceURL: repository.bare,
            environments: [
                .init(
                    verify: setup.verify, extra: setup.environment,
                    targets: [
                        .init(
                            deployTo: setup.deployTo?(directory.path) ?? etc, url: prometheus.url,
                            promtool: try Programs.prometheus("promtool", version: version),
                            extra: setup.target?(directory.path) ?? [])
                    ])
            ])
        file.pollInterval = "1s"
        stokerFile = file
        try Files.write(file.text, to: directory("stoker.yml"))
        let stoker = try StokerProcess(
            configFile: directory("stoker.yml"), storage: directory("data"), logPath: directory("stoker.log"))
        self.stoker = stoker
        deferred.add { stoker.stop() }
        try setup.before?(directory.path)
        guard setup.deployed else { return }
        try await prometheus.start()
        if setup.settled { try await prometheus.waitForSamples() }
    }

    private static func inEnvironment(_ files: [String: String], _ name: String = "production") -> [String: String?] {
        Dictionary(uniqueKeysWithValues: files.map { ("\(name)/\($0.key)", $0.value) })
    }

    /// The first turn: nothing is to be written, and what is served is recorded as verified.
    public func adopt() async throws {
        let turn = try await once()
        guard turn.code == 0, turn.outcome == "verified" else {
            throw TestFailure("the first turn did not adopt what is there: \(turn)")
        }
    }

    /// Commits files of `production` (nil removes one) and pushes them.
    ///
    /// - Returns: the commit's id.
    @discardableResult
    public func push(_ files: [String: String?], message: String = "change") async throws -> String {
        let named = Dictionary(uniqueKeysWithValues: files.map { ("production/\($0.key)", $0.value) })
        return try await repository.push(named, message: message)
    }

    /// One `stoker run --once`, and what status and history say after it.
    public func once(_ arguments: String..., limit: Duration = .seconds(90)) async throws -> Turn {
        let result = try await stoker.run(["run", "--once"] + arguments, limit: limit)
        return Turn(
            result: result, status: try await stoker.status(), attempt: try await stoker.history().first ?? .null)
    }

    /// Status and history now.
    public func now() async throws -> Turn {
        Turn(
            result: Shell.Result(code: 0, output: "", error: ""), status: try await stoker.status(),
            attempt: try await stoker.history().first ?? .null)
    }

    /// Writes stoker.yml anew.
    public func reconfigure(_ change: (inout StokerFile) -> Void) throws {
        var file = stokerFile
        change(&file)
        try Files.write(file.text, to: stoker.configFile)
    }

    /// A further Prometheus that reads `folder`, stopped at the end.
    public func anotherPrometheus(_ name: String, folder: String) throws -> PrometheusProcess {
        let other = try PrometheusProcess(
            configFile: "\(folder)/prometheus.yml", directory: directory(name),
            options: .init(version: prometheus.options.version))
        deferred.add { other.stop() }
        return other
    }

    /// The files of the process' folder.
    public var tree: [String: String] { Files.tree(etc) }

    private func report(_ error: any Error) -> String {
        """
        ==== \(error)
        ---- stoker.yml
        \(Files.read(stoker.configFile) ?? "")
        ---- the daemon's log
        \(stoker.tail())
        ---- Prometheus' log
        \(prometheus.tail())
        ---- the tree
        \(tree.sorted { $0.key < $1.key }.map { "\($0.key):\n\($0.value)" }.joined(separator: "\n"))
        """
    }
}
