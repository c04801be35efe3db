import Foundation
import Logging
import StokerCore
import TestSupport

@testable import StokerHost

/// One environment with a real relative of Prometheus, driven turn by turn as HostFixture does with Prometheus.
@HostActor
final class FamilyFixture {
    let directory: TemporaryDirectory
    let git: GitRepository
    let process: FamilyProcess
    let configuration: Configuration
    private let http = HTTPAccessor(userAgent: "stoker-tests")
    private let disk: RealDisk
    private let journal: Journal
    private let feed: SourceFeed
    let host: EnvironmentHost

    /// How a fixture differs from the usual one.
    struct Setup {
        var kind: FamilyProcess.Kind
        /// The target's files; the first deploy finds them on disk.
        var files: [String: String]
        /// What the process is started with, below `etc`.
        var config: String
        var target: [String] = []
        var environment: [String] = []
        /// The folder that the process reads, where it is not the one that is deployed to.
        var processReads = "etc"
        var version = Programs.PrometheusVersion.installed
        var release = Programs.FamilyRelease.installed
        var stokerKind: String { kind == .agent ? "prometheus" : kind.rawValue }
    }

    /// - Parameter kind: what stoker.yml says it is.
    static func run(
        _ setup: Setup, as kind: String? = nil, _ body: @HostActor (FamilyFixture) async throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory(prefix: "stoker-family")
        defer { directory.remove() }
        let fixture = try await FamilyFixture(setup, kind ?? setup.stokerKind, directory)
        defer { fixture.end() }
        try await fixture.push(setup.files.mapValues { $0 })
        try await fixture.process.start()
        try await body(fixture)
    }

    private init(_ setup: Setup, _ kind: String, _ directory: TemporaryDirectory) async throws {
        self.directory = directory
        git = try await GitRepository(in: directory.path)
        for (path, text) in setup.files {
            try Files.write(text, to: directory("etc/\(path)"))
            if setup.processReads != "etc" { try Files.write(text, to: directory("\(setup.processReads)/\(path)")) }
        }
        process = try FamilyProcess(
            setup.kind, config: directory("\(setup.processReads)/\(setup.config)"), directory: directory("run"),
            version: setup.version, release: setup.release)
        let validator =
            setup.kind == .agent
            ? try Programs.prometheus("promtool", version: setup.version)
            : try Programs.family(setup.kind.validator, setup.release)
        let file = StokerFile(
            sourceURL: git.bare,
            environments: [
                .init(
                    extra: setup.environment,
                    targets: [
                        .init(
                            name: "it", deployTo: directory("etc"), url: process.url, promtool: validator,
                            extra: ["kind: \(kind)"] + setup.target)
                    ])
            ])
        configuration = try ConfigFile.read(Array(file.text.utf8), name: "stoker.yml").configuration
        try FileManager.default.createDirectory(
            atPath: directory("data"), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        disk = RealDisk(roots: [directory("data"), directory("etc"), directory("etc.releases")])
        journal = try Journal(storage: directory("data"))
        feed = SourceFeed(configuration, storage: directory("data"), executable: try Programs.stoker())
        host = try EnvironmentHost(
            configuration.environments[0], source: configuration.source, journal: journal, disk: disk, feed: feed,
            http: http, storage: directory("data"), log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func end() {
        process.stop()
        journal.close()
        http.close()
    }

    /// A commit with these files changed; nil removes one.
    func push(_ files: [String: String?]) async throws {
        try await git.push(Dictionary(uniqueKeysWithValues: files.map { ("production/\($0.key)", $0.value) }))
    }

    /// Fetches, and takes turns until nothing is to be done any more.
    func drive(within limit: Duration = .seconds(150)) async throws {
        _ = await feed.poll()
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            let rest = await host.turn(.push)
            switch rest.why {
            case .idle, .held, .suspended, .backoff, .waitingForTarget: return
            case .verifying:
                let wait = (rest.until ?? Clock.instant()) - Clock.instant()
                try await Task.sleep(for: max(.milliseconds(20), wait))
            }
        }
        throw TestFailure("not at rest: \(host.status)")
    }

    var status: EnvironmentStatus { host.status }
    var target: EnvironmentStatus.TargetStatus? { host.status.targets.first }
    func live(_ path: String) -> String? { Files.read(directory("etc/\(path)")) }
}
