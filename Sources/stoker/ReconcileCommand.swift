import ArgumentParser
import StokerCore
import StokerHost

struct ReconcileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile", abstract: "Now, and wait until at rest; through the daemon where one runs.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var environments: EnvironmentNames
    @Flag(help: "Even content that was rejected.") var retry = false
    @Option(help: ArgumentHelp("How long to wait.", valueName: "duration")) var timeout = "10m"
    @Flag(name: .customLong("no-wait"), help: "Only ask.") var noWait = false
    @Option(name: .shortAndLong, help: "table or json.") var output = OutputFormat.table

    func run() async throws {
        try await stoker.run {
            let configuration = try options.read()
            for name in environments.names { _ = try configuration.decided(name, options) }
            let selected = try configuration.here(environments.names)
            guard let limit = PrometheusDuration.parse(timeout) else {
                throw CommandError("--timeout \(timeout): write a duration such as 10m")
            }
            let requests = Requests(options: options)
            let request = StoredRequest(.reconcile, retry: retry)
            do {
                let composition = try await Composition(options, configuration, environments: environments.names)
                for environment in selected { _ = try requests.write(request, environment.name) }
                return try await OncePass(composition, output: output, limit: limit).run()
            } catch is Busy {
                return try await ask(requests, request, selected, limit, configuration)
            }
        }
    }

    private func ask(
        _ requests: Requests, _ request: StoredRequest, _ selected: [EnvironmentConfiguration], _ limit: Duration,
        _ configuration: Configuration
    ) async throws -> Int32 {
        var ids: [(EnvironmentName, Int64)] = []
        for environment in selected { ids.append((environment.name, try requests.write(request, environment.name))) }
        if noWait { return 0 }
        var statuses: [EnvironmentStatus] = []
        for (name, id) in ids { statuses.append(try await requests.wait(for: id, name, timeout: limit)) }
        switch output {
        case .json: try Output.json(StatusJSON(statuses))
        case .table: Output.status(statuses, configuration)
        }
        return StokerCore.ExitCode.of(statuses)
    }
}
