import ArgumentParser
import StokerCore
import StokerHost

struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Which gate holds a revision, since when and for whom; or what let the running one in.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("The environment.", valueName: "env")) var environment: String
    @Argument(
        help: ArgumentHelp("The revision; what runs and what is next where none is named.", valueName: "revision"))
    var revision: String?
    @Option(name: .shortAndLong, help: "table or json.") var output = OutputFormat.table

    func run() async throws {
        try await stoker.run {
            let configuration = try options.read()
            let named = try configuration.environment(environment)
            if let remote = named.remote, try !Configuration.knows(named.name, options) {
                try await Self.tell(named, remote, configuration, output)
                return 0
            }
            let explanations = try await Self.explain(named, revision, configuration, options)
            try Output.explanations(explanations, named, output)
            return 0
        }
    }

    @HostActor
    static func explain(
        _ environment: EnvironmentConfiguration, _ revision: String?, _ configuration: Configuration,
        _ options: GlobalOptions, promotion: Promotion? = nil
    ) async throws -> [Explanation] {
        let journal: Journal?
        do throws(Journal.Problem) {
            journal = try Journal.reading(storage: options.storage)
        } catch {
            throw CommandError(error.message)
        }
        defer { journal?.close() }
        let board = StandingBoard(
            journal: journal, isKept: WakeFIFO(storage: options.storage).isHeard)
        let reader = PipelineReader(configuration, storage: options.storage, journal: journal, board: board)
        defer { reader.close() }
        await ask(configuration.environments.filter { environment.after.names.contains($0.name) }, configuration, board)
        let found: Revision?
        do throws(SourceFailure) {
            found = try revision.map { text throws(SourceFailure) in try reader.revision(text, in: environment) }
        } catch {
            throw CommandError(Revisions.unknown(revision ?? ""))
        }
        do throws(Failure) {
            return try await reader.explain(environment, found, promotion: promotion)
        } catch {
            throw CommandError("\(environment.name): \(error.message)")
        }
    }

    /// What other Stokers say of those of the environments that they run.
    @HostActor
    private static func ask(
        _ environments: [EnvironmentConfiguration], _ configuration: Configuration, _ board: StandingBoard
    ) async {
        let remotes = RemoteStandings(
            environments, board: board, userAgent: "stoker/\(Stoker.version)",
            pollInterval: configuration.pollInterval)
        await remotes.ask()
        remotes.close()
    }

    /// An environment that another Stoker runs: its gates are known there, what it has verified also here.
    @HostActor
    private static func tell(
        _ environment: EnvironmentConfiguration, _ remote: RemoteEnvironment, _ configuration: Configuration,
        _ output: OutputFormat
    ) async throws {
        let board = StandingBoard(journal: nil)
        await ask([environment], configuration, board)
        let standing = board.standing(of: environment.name, at: Clock.instant())
        switch output {
        case .json:
            try Output.json(RemoteJSON(environment: environment.name.rawValue, runsAt: remote.url, standing))
        case .table:
            Output.line(
                "\(environment.name): the Stoker at \(remote.url) runs it: ask there what holds its next revision")
            if let trouble = standing?.trouble { Output.line("  it cannot be asked: \(trouble.message)") }
            if let last = standing?.verified.first, standing?.trouble == nil {
                let revision = last.takings.first.map { " at \($0.revision.short)" } ?? ""
                let soaked = Duration.seconds(last.soaked.components.seconds).prometheusText
                Output.line(
                    "  verified\(revision), where it has run for \(soaked), \(TimeText.iso(last.verifiedAt))")
            }
        }
    }
}
