import FoundationEssentials
import Logging
import StokerCore
import StokerHost

/// Everything a command that acts needs, put together once: journal, source, environments, and the locks that keep a
/// second Stoker away.
@HostActor
final class Composition {
    let configuration: Configuration
    let storage: String
    let journal: Journal
    let feed: SourceFeed
    let environments: [EnvironmentHost]
    /// Those of the file that do not run here and name who runs them.
    let remotes: RemoteStandings
    let log: Logger
    private let http: HTTPAccessor
    private let lock: FileLock
    private let places: Places
    /// Environments whose start is done: what a crash left there is repaired.
    private var repaired: Set<EnvironmentName> = []
    /// Why nothing is done in an environment now.
    private(set) var obstacles: [EnvironmentName: Failure] = [:]

    /// Takes the locks and opens the journal; nothing has been looked at yet.
    init(_ options: GlobalOptions, _ configuration: Configuration, environments names: [String]) throws {
        self.configuration = configuration
        storage = options.storage
        log = options.logger
        try Self.makeStorage(storage)
        let selected = try configuration.here(names)
        lock = try Self.hold("the storage directory \(storage)") { [storage] () throws(DiskError) in
            try FileLock.acquire(file: storage + "/lock")
        }
        places = try Places(selected)
        do throws(Journal.Problem) {
            journal = try Journal(storage: storage)
        } catch {
            throw CommandError(error.message)
        }
        feed = SourceFeed(configuration, storage: storage)
        let others = configuration.environments.filter { !selected.contains($0) }
        feed.keepsAll = try Self.areUnknown(others, to: journal)
        http = HTTPAccessor(userAgent: "stoker/\(Stoker.version)")
        let board = StandingBoard(journal: journal)
        remotes = RemoteStandings(
            others, board: board, userAgent: "stoker/\(Stoker.version)", pollInterval: configuration.pollInterval)
        let roots =
            [storage]
            + selected.flatMap(\.targets).flatMap { target in
                [target.deployTo, target.releasesDirectory ?? target.deployTo + ".releases"]
            }
        let disk = RealDisk(roots: roots)
        var hosts: [EnvironmentHost] = []
        for environment in selected {
            do throws(Journal.Problem) {
                hosts.append(
                    try EnvironmentHost(
                        environment, source: configuration.source, journal: journal, disk: disk, feed: feed,
                        http: http, storage: storage, log: log, board: board, zones: configuration.zones,
                        pollInterval: configuration.pollInterval))
            } catch {
                throw CommandError(error.message)
            }
        }
        for host in hosts { host.askUpstreams = { [remotes] names in await remotes.ask(names) } }
        environments = hosts
    }

    func environment(_ name: String) throws -> EnvironmentHost {
        guard let host = environments.first(where: { $0.configuration.name.rawValue == name }) else {
            throw CommandError("there is no environment \"\(name)\" in the configuration")
        }
        return host
    }

    /// Repairs what a crash left, before anything else: in every environment where that is possible.
    /// - Throws: where it was not possible somewhere.
    func recover() throws {
        let failures = environments.compactMap { host in
            obstacle(of: host).map { "\(host.configuration.name): \($0.message)" }
        }
        if !failures.isEmpty { throw CommandError(failures.joined(separator: "\n")) }
    }

    /// Makes an environment fit for a turn: its folders are locked as soon as they are there, and what a crash left is
    /// repaired. To be asked before each turn; what was done is not done again.
    /// - Returns: why it cannot be worked on now, which says nothing about the others.
    func obstacle(of host: EnvironmentHost) -> Failure? {
        let name = host.configuration.name
        do throws(Failure) {
            try places.claim(host.configuration)
            if !repaired.contains(name) {
                try host.recover()
                repaired.insert(name)
            }
        } catch {
            if obstacles[name] != error {
                log.error(
                    "the environment cannot be worked on",
                    metadata: ["environment": "\(name)", "error": "\(error.message)"])
            }
            obstacles[name] = error
            note(host)
            return error
        }
        if obstacles.removeValue(forKey: name) != nil {
            log.info("the environment can be worked on again", metadata: ["environment": "\(name)"])
            note(host)
        }
        return nil
    }

    /// What there is to say about an environment, an obstacle before everything else.
    func status(of host: EnvironmentHost) -> EnvironmentStatus {
        var status = host.status
        guard let obstacle = obstacles[host.configuration.name] else { return status }
        status.reason = obstacle.reason
        status.message = obstacle.message
        status.health = .degraded
        status.failing = true
        return status
    }

    /// Of every environment of the file, in its order: as known here, else as last noted.
    func statuses() throws -> [EnvironmentStatus] {
        do throws(Journal.Problem) {
            var statuses: [EnvironmentStatus] = []
            for environment in configuration.environments {
                if let host = environments.first(where: { $0.configuration.name == environment.name }) {
                    statuses.append(status(of: host))
                } else {
                    statuses.append(try StatusReader.noted(environment, journal, zones: configuration.zones))
                }
            }
            return statuses
        } catch {
            throw CommandError(error.message)
        }
    }

    private func note(_ host: EnvironmentHost) {
        do throws(Journal.Problem) {
            try journal.note(
                host.configuration.name, status: status(of: host), fresh: EnvironmentRecord(bootID: Clock.bootID()))
        } catch {
            log.error("the status cannot be written to the journal", metadata: ["error": "\(error)"])
        }
    }

    /// The folders that a turn made are ours from now on.
    func claimNewPlaces(of host: EnvironmentHost) {
        do throws(Failure) {
            try places.claim(host.configuration)
        } catch {
            // The next turn is not begun, and its status says why.
            log.error(
                "the environment cannot be worked on",
                metadata: ["environment": "\(host.configuration.name)", "error": "\(error.message)"])
        }
    }

    func close() {
        journal.close()
        http.close()
        remotes.close()
        feed.close()
    }

    /// What one fetch will cover, asked before it begins: only when it is over, an environment that looks meanwhile may take
    /// a request for answered.
    func newestRequest() -> Int64 {
        do throws(Journal.Problem) {
            return try journal.newestRequest()
        } catch {
            log.error("the journal's requests cannot be read", metadata: ["error": "\(error)"])
            return feed.coveredRequests
        }
    }

    /// Whether a person has asked for something that no fetch before covers.
    func isNew(_ request: Int64) -> Bool { request > feed.coveredRequests }

    /// A fetch is over, or the last one stands for it.
    func cover(_ request: Int64) { feed.coveredRequests = max(feed.coveredRequests, request) }

    /// What was never worked on here needs nothing of the cache.
    private static func areUnknown(_ others: [EnvironmentConfiguration], to journal: Journal) throws -> Bool {
        do throws(Journal.Problem) {
            for other in others where try journal.record(of: other.name) != nil { return false }
            return true
        } catch {
            throw CommandError(error.message)
        }
    }

    private nonisolated static func makeStorage(_ storage: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: storage, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw CommandError(
                "the storage directory \(storage) cannot be made: create it for this user, or give another one with --storage.path"
            )
        }
    }

    nonisolated static func hold(
        _ what: String, _ acquire: () throws(DiskError) -> FileLock.Acquisition
    ) throws -> FileLock {
        let acquisition: FileLock.Acquisition
        do throws(DiskError) {
            acquisition = try acquire()
        } catch {
            throw CommandError("\(what) cannot be locked: \(error): \(advice(error))")
        }
        switch acquisition {
        case .held(let lock): return lock
        case .busy(let holder): throw Busy(what, holder: holder)
        }
    }

    private nonisolated static func advice(_ error: DiskError) -> String {
        switch error.code {
        case .readOnly: "mount its file system read-write"
        case .noSpace, .quota: "free space on its file system"
        case .accessDenied, .notPermitted: "let this user write it, or run as its owner"
        default: "check the disk it is on"
        }
    }
}

/// Another Stoker holds what this one needs.
struct Busy: Error {
    let message: String

    init(_ what: String, holder: Int32?) {
        let who = holder.map { "process \($0)" } ?? "another process"
        message = "\(what) is held by \(who): only one stoker may work on it, stop that one first"
    }
}
