import StokerCore

/// Examines the targets of one environment on this host. Needs no lock and works beside a daemon.
@HostActor
public final class Doctor {
    /// Of one question to a process; a whole examination asks about fifteen.
    private static let questionLimit = Duration.seconds(10)

    private let configuration: EnvironmentConfiguration
    private let disk: any Disk
    private let http: HTTPAccessor
    private let scratch: String
    private let storage: String

    /// - Parameter scratch: a folder for copies and validation, that the caller removes.
    public init(
        _ configuration: EnvironmentConfiguration, disk: any Disk, http: HTTPAccessor, scratch: String, storage: String
    ) {
        self.configuration = configuration
        self.disk = disk
        self.http = http
        self.scratch = scratch
        self.storage = storage
    }

    /// Asks everything about one target. Never throws: bad news is a check.
    public func examine(_ target: TargetConfiguration) async -> DoctorReport {
        let host = TargetHost(
            TargetFiles(target, in: configuration.name, storage: storage, disk: disk), storage: storage,
            http: http.client, validateIn: scratch, timeout: Self.questionLimit)
        let examination = TargetDoctor(host, in: configuration, disk: disk, scratch: scratch, storage: storage)
        do throws(Journal.Problem) {
            let journal = try Journal.reading(storage: storage)
            defer { journal?.close() }
            examination.known = try journal?.inventory(of: target.id, in: configuration.name) ?? Inventory()
        } catch {
            examination.add("journal", .fail, error.message)
        }
        await examination.examine()
        return DoctorReport(
            environment: configuration.name.rawValue, target: target.id.rawValue, checks: examination.checks)
    }
}
