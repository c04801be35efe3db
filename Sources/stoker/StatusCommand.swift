import ArgumentParser
import Glibc
import StokerCore
import StokerHost

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "What runs where, and why; reads the journal, with or without a daemon.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var environments: EnvironmentNames
    @Option(name: .shortAndLong, help: "table or json.") var output = OutputFormat.table
    @Flag(help: "Show it again every two seconds until interrupted.") var watch = false

    func run() async throws {
        try await stoker.run {
            let configuration = try options.read()
            let selected = try configuration.selected(environments.names)
            while true {
                let statuses = try StatusReader.read(options.storage, selected, zones: configuration.zones)
                switch output {
                case .json: try Output.json(StatusJSON(statuses))
                case .table:
                    if watch, isatty(STDOUT_FILENO) == 1 { Output.write("\u{1B}[H\u{1B}[2J") }
                    Output.status(statuses, configuration)
                }
                guard watch else { return 0 }
                await OncePass.sleep(until: Clock.instant() + .seconds(2))
            }
        }
    }
}

/// Statuses as last noted, read as of now; an environment that never ran is unknown.
enum StatusReader {
    static func read(
        _ storage: String, _ environments: [EnvironmentConfiguration], zones: [ZoneRules]
    ) throws -> [EnvironmentStatus] {
        do throws(Journal.Problem) {
            guard let journal = try Journal.reading(storage: storage) else {
                return environments.map(unknown)
            }
            defer { journal.close() }
            var statuses: [EnvironmentStatus] = []
            for environment in environments {
                statuses.append(try noted(environment, journal, zones: zones))
            }
            return statuses
        } catch {
            throw CommandError(error.message)
        }
    }

    /// One of them. What was noted of an environment that another Stoker runs is of a time before that.
    static func noted(
        _ environment: EnvironmentConfiguration, _ journal: Journal, zones: [ZoneRules]
    ) throws(Journal.Problem) -> EnvironmentStatus {
        guard let status = try journal.status(of: environment.name),
            environment.remote == nil || status.isNamedHere == true
        else { return unknown(environment) }
        let record = try journal.record(of: environment.name) ?? EnvironmentRecord(bootID: Clock.bootID())
        return status.read(at: Clock.wall(), record, environment, zones: zones)
    }

    /// Before anything was noted of it here.
    private static func unknown(_ environment: EnvironmentConfiguration) -> EnvironmentStatus {
        var status = EnvironmentStatus.unknown(environment)
        if let remote = environment.remote { status.message = "the Stoker at \(remote.url) runs it" }
        return status
    }
}
