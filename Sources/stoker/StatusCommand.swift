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
                let statuses = try StatusReader.read(options.storage, selected)
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

/// Statuses as last noted; an environment that never ran is unknown.
enum StatusReader {
    static func read(_ storage: String, _ environments: [EnvironmentConfiguration]) throws -> [EnvironmentStatus] {
        do throws(Journal.Problem) {
            guard let journal = try Journal.reading(storage: storage) else {
                return environments.map(unknown)
            }
            defer { journal.close() }
            var statuses: [EnvironmentStatus] = []
            for environment in environments {
                statuses.append(try journal.status(of: environment.name) ?? unknown(environment))
            }
            return statuses
        } catch {
            throw CommandError(error.message)
        }
    }

    /// Before anything was noted of it here.
    static func unknown(_ environment: EnvironmentConfiguration) -> EnvironmentStatus {
        var status = EnvironmentStatus.unknown(environment)
        if let remote = environment.remote { status.message = "the Stoker at \(remote.url) runs it" }
        return status
    }
}
