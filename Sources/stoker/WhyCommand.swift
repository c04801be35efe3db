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
        let reader = PipelineReader(
            configuration, storage: options.storage, journal: journal, board: StandingBoard(journal: journal))
        defer { reader.close() }
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
}
