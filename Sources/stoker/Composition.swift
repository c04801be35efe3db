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
    let log: Logger
    private let http: HTTPAccessor
    private let locks: [FileLock]

    /// Takes the locks and opens the journal; nothing has been looked at yet.
    init(_ options: GlobalOptions, _ configuration: Configuration, environments names: [String]) throws {
        self.configuration = configuration
        storage = options.storage
        log = options.logger
        try Self.makeStorage(storage)
        let selected = try configuration.selected(names)
        locks = try Self.lock(storage, selected)
        do throws(Journal.Problem) {
            journal = try Journal(storage: storage)
        } catch {
            throw CommandError(error.message)
        }
        feed = SourceFeed(configuration, storage: storage)
        http = HTTPAccessor(userAgent: "stoker/\(Stoker.version)")
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
                        http: http, storage: storage, log: log))
            } catch {
                throw CommandError(error.message)
            }
        }
        self.environments = hosts
    }

    func environment(_ name: String) throws -> EnvironmentHost {
        guard let host = environments.first(where: { $0.configuration.name.rawValue == name }) else {
            throw CommandError("there is no environment \"\(name)\" in the configuration")
        }
        return host
    }

    /// Repairs what a crash left, before anything else.
    func recover() throws {
        for host in environments {
            do throws(Failure) {
                try host.recover()
            } catch {
                throw CommandError("\(host.configuration.name): \(error.message)")
            }
        }
    }

    func close() {
        journal.close()
        http.close()
    }

    /// What one fetch covers, asked before it begins.
    func coverRequests() {
        do throws(Journal.Problem) {
            feed.coveredRequests = try journal.newestRequest()
        } catch {
            log.error("the journal's requests cannot be read", metadata: ["error": "\(error)"])
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

    /// One lock for the storage directory and one for each target folder that exists.
    private nonisolated static func lock(
        _ storage: String, _ environments: [EnvironmentConfiguration]
    ) throws -> [FileLock] {
        var locks = [
            try hold("the storage directory \(storage)") { () throws(DiskError) in
                try FileLock.acquire(file: storage + "/lock")
            }
        ]
        for target in environments.flatMap(\.targets) {
            let path =
                target.layout == .linked ? target.releasesDirectory ?? target.deployTo + ".releases" : target.deployTo
            guard FileManager.default.fileExists(atPath: path) else { continue }
            locks.append(
                try hold("\(path) of target \(target.id)") { () throws(DiskError) in
                    try FileLock.acquire(existing: path)
                })
        }
        return locks
    }

    private nonisolated static func hold(
        _ what: String, _ acquire: () throws(DiskError) -> FileLock.Acquisition
    ) throws -> FileLock {
        let acquisition: FileLock.Acquisition
        do throws(DiskError) {
            acquisition = try acquire()
        } catch {
            throw CommandError("\(what) cannot be locked: \(error)")
        }
        switch acquisition {
        case .held(let lock): return lock
        case .busy(let holder):
            let who = holder.map { "process \($0)" } ?? "another process"
            throw Busy(message: "\(what) is held by \(who): only one stoker may work on it, stop that one first")
        }
    }
}

/// Another Stoker holds what this one needs.
struct Busy: Error {
    let message: String
}
