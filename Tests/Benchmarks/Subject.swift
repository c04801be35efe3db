import Foundation
import Logging
import StokerCore
import StokerHost
import TestSupport

/// The parts of a running Stoker in this process: what `stoker run` puts together, without tasks, locks and a listener.
@HostActor
final class Subject {
    let configuration: Configuration
    let feed: SourceFeed
    let host: EnvironmentHost
    let journal: Journal
    let disk: RealDisk
    private let http = HTTPAccessor(userAgent: "stoker-benchmarks")

    /// The first environment of a stoker.yml.
    init(configFile: String, storage: String, log: Logger) throws {
        guard let text = Files.read(configFile) else { throw TestFailure("\(configFile) is not there") }
        let configuration = try ConfigFile.read(Array(text.utf8), name: configFile).configuration
        guard let environment = configuration.environments.first else { throw TestFailure("no environment") }
        try FileManager.default.createDirectory(
            atPath: storage, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        self.configuration = configuration
        journal = try Journal(storage: storage)
        feed = SourceFeed(configuration, storage: storage)
        disk = RealDisk(roots: [storage] + environment.targets.map(\.deployTo))
        host = try EnvironmentHost(
            environment, source: configuration.source, journal: journal, disk: disk, feed: feed, http: http,
            storage: storage, log: log)
    }

    /// Asks the source once.
    func poll() async throws {
        if let failure = await feed.poll() { throw TestFailure("the source could not be fetched: \(failure.message)") }
    }

    /// Turns until the environment is at rest; a wait for the process is waited out.
    func settle(within limit: Duration = .seconds(300)) async throws {
        let deadline = Clock.instant() + limit
        var rest = await host.turn(.poll)
        while case .verifying = rest.why {
            guard Clock.instant() < deadline else { throw TestFailure("not at rest within \(limit)") }
            if let until = rest.until, Clock.instant() < until { try await Task.sleep(for: until - Clock.instant()) }
            rest = await host.turn(.poll)
        }
    }

    /// The environment is at rest, and what the repository has is verified.
    func expectVerified() throws {
        let status = host.status
        guard status.outcome == "verified", status.sync == .synced else {
            throw TestFailure(
                "not verified but \(status.outcome ?? "without an outcome"), \(status.sync.rawValue): \(status.message)"
            )
        }
    }

    /// Closes what is open.
    func close() {
        journal.close()
        http.close()
    }
}
