import ArgumentParser
import FoundationEssentials
import Glibc
import StokerCore
import StokerHost

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Whether every target can be written, validated, reloaded and read back; changes nothing.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var environments: EnvironmentNames
    @Option(name: .shortAndLong, help: "table or json.") var output = OutputFormat.table

    func run() async throws {
        try await stoker.run {
            let selected = try options.read().here(environments.names)
            let scratch = try Self.scratch(options.storage)
            defer { scratch.remove() }
            let reports = await Self.reports(selected, storage: options.storage, scratch: scratch.path)
            switch output {
            case .json: try Output.json(DoctorJSON(targets: reports))
            case .table: Self.show(reports)
            }
            return reports.contains(where: \.hasFailure) ? 1 : 0
        }
    }

    /// In the storage directory, whose file system takes the copies of a deployment; where that is not there or not ours,
    /// among the temporary files.
    private static func scratch(_ storage: String) throws -> ScratchFolder {
        guard access(storage, W_OK | X_OK) == 0 else { return try ScratchFolder.make("stoker-doctor") }
        do {
            return try ScratchFolder.make("doctor", in: storage)
        } catch {
            // A full disk is a finding of its own.
            return try ScratchFolder.make("stoker-doctor")
        }
    }

    private static let sideBySide = 4

    /// A few targets at a time, their answers in the order of the file.
    private static func reports(
        _ environments: [EnvironmentConfiguration], storage: String, scratch: String
    ) async -> [DoctorReport] {
        let http = HTTPAccessor(userAgent: "stoker/\(Stoker.version)")
        defer { http.close() }
        let targets = environments.flatMap { environment in environment.targets.map { (environment, $0) } }
        return await withTaskGroup(of: (Int, DoctorReport).self) { group in
            var waiting = targets.enumerated().makeIterator()
            func begin() {
                guard let (index, (environment, target)) = waiting.next() else { return }
                group.addTask { (index, await examine(target, environment, http, storage: storage, scratch: scratch)) }
            }
            for _ in 0..<sideBySide { begin() }
            var found: [(Int, DoctorReport)] = []
            while let report = await group.next() {
                found.append(report)
                begin()
            }
            return found.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    @HostActor
    private static func examine(
        _ target: TargetConfiguration, _ environment: EnvironmentConfiguration, _ http: HTTPAccessor, storage: String,
        scratch: String
    ) async -> DoctorReport {
        await Doctor(environment, disk: RealDisk(roots: []), http: http, scratch: scratch, storage: storage)
            .examine(target)
    }

    private static func show(_ reports: [DoctorReport]) {
        Output.table(
            ["ENV", "TARGET", "CHECK", "VERDICT", "MESSAGE"],
            reports.flatMap { report in
                report.checks.map { check in
                    let message = check.message.split(whereSeparator: \.isNewline).joined(separator: "; ")
                    return [report.environment, report.target, check.name, check.verdict.rawValue, message]
                }
            })
    }
}

/// The JSON of `doctor`.
struct DoctorJSON: Encodable {
    let targets: [DoctorReport]
}
