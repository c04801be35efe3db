// Tests of the environment's hands: real git, real disk, a real Prometheus; the loop is driven turn by turn.
import Foundation
import Logging
import SQLite
import StokerCore
import TestSupport

@testable import StokerHost

/// One environment with its process and its repository. `start` makes a host as a new start of the program does.
@HostActor
final class HostFixture {
    let directory: TemporaryDirectory
    let git: GitRepository
    let process: PrometheusProcess
    let configuration: Configuration
    let http = HTTPAccessor(userAgent: "stoker-tests")
    let disk: RealDisk
    var journal: Journal
    var feed: SourceFeed

    nonisolated var etc: String { directory("etc") }
    nonisolated var storage: String { directory("data") }
    /// `deploy_to`.
    let live: String

    /// How a fixture differs from the usual one.
    struct Setup {
        var files: (UInt16) -> [String: String] = Sample.files
        /// On disk before the first turn; nil: the same files.
        var onDisk: ((UInt16) -> [String: String])?
        var deployTo = "etc"
        var target: [String] = []
        var verify: String?
        /// Further lines of the source.
        var source: (TemporaryDirectory) -> [String] = { _ in [] }
        /// Called before the first push.
        var before: @HostActor (HostFixture) async throws -> Void = { _ in }
        var drift = "report"
        var version = Programs.PrometheusVersion.installed
        var runs = true
    }

    static func run(_ setup: Setup = Setup(), _ body: @HostActor (HostFixture) async throws -> Void) async throws {
        let directory = try TemporaryDirectory(prefix: "stoker-host")
        defer { directory.remove() }
        let fixture = try await HostFixture(setup, directory)
        defer { fixture.end() }
        try await fixture.prepare(setup)
        try await body(fixture)
    }

    private init(_ setup: Setup, _ directory: TemporaryDirectory) async throws {
        self.directory = directory
        git = try await GitRepository(in: directory.path)
        let port = try FreePort.next()
        live = directory(setup.deployTo)
        for (path, text) in (setup.onDisk ?? setup.files)(port) where setup.runs {
            try Files.write(text, to: "\(directory.path)/etc/\(path)")
        }
        var options = PrometheusProcess.Options(version: setup.version)
        options.flags = ["--scrape.discovery-reload-interval=100ms"]
        process = try PrometheusProcess(
            configFile: live.hasSuffix(".yml") ? live : "\(live)/prometheus.yml",
            directory: directory("run"), port: port, options: options)
        var file = StokerFile(
            sourceURL: git.bare,
            environments: [
                .init(
                    verify: setup.verify, extra: ["drift: \(setup.drift)"],
                    targets: [
                        .init(
                            deployTo: live, url: process.url,
                            promtool: try Programs.prometheus("promtool", version: setup.version),
                            extra: setup.target)
                    ])
            ])
        file.source = setup.source(directory)
        configuration = try ConfigFile.read(Array(file.text.utf8), name: "stoker.yml").configuration
        try FileManager.default.createDirectory(
            atPath: directory("data"), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        disk = RealDisk(roots: [directory("data"), live, live + ".releases"])
        journal = try Journal(storage: directory("data"))
        feed = SourceFeed(configuration, storage: directory("data"), executable: try Programs.stoker())
    }

    private func prepare(_ setup: Setup) async throws {
        try await setup.before(self)
        try await push(setup.files(process.port).mapValues { $0 })
        if setup.runs { try await process.start() }
    }

    private func end() {
        process.stop()
        journal.close()
        http.close()
    }

    /// A host as a start of the program makes it; recovered, nothing looked at yet.
    func start() throws -> EnvironmentHost {
        journal.close()
        journal = try Journal(storage: storage)
        feed = SourceFeed(configuration, storage: storage, executable: try Programs.stoker())
        let host = try EnvironmentHost(
            configuration.environments[0], source: configuration.source, journal: journal, disk: disk, feed: feed,
            http: http, storage: storage, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return host
    }

    @discardableResult
    func push(_ files: [String: String?]) async throws -> String {
        try await git.push(Dictionary(uniqueKeysWithValues: files.map { ("production/\($0.key)", $0.value) }))
    }

    /// Fetches, and takes turns until nothing is to be done any more, or `isEnough` says so.
    /// - Parameter patient: a target that was down before is waited for.
    func drive(
        _ host: EnvironmentHost, fetching: Bool = true, patient: Bool = false,
        until isEnough: (EnvironmentStatus) -> Bool = { _ in false }
    ) async throws {
        if fetching { _ = await feed.poll() }
        let limit = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < limit {
            let rest = await host.turn(.push)
            if isEnough(host.status) { return }
            switch rest.why {
            case .idle, .held, .suspended: return
            case .backoff: return
            case .waitingForTarget where !patient: return
            case .verifying, .waitingForTarget:
                let wait = (rest.until ?? Clock.instant()) - Clock.instant()
                try await Task.sleep(for: max(.milliseconds(20), wait))
            }
        }
        throw TestFailure("not at rest after a minute: \(host.status)")
    }

    /// Until the journal is healed, nothing can be written to it.
    func journal(isWritable: Bool) throws {
        _ = try journal.connection.query("PRAGMA query_only = \(isWritable ? "OFF" : "ON")")
    }

    func request(_ request: StoredRequest) throws {
        _ = try journal.add(
            request, to: configuration.environments[0].name, actor: "test", at: WallTime(milliseconds: 0))
    }

    var inventory: Inventory {
        get throws { try journal.inventory(of: Target.ID("prometheus"), in: configuration.environments[0].name) }
    }

    var intents: [Journal.StoredIntent] {
        get throws { try journal.intents(of: configuration.environments[0].name) }
    }
}
