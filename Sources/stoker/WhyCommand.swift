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
            try Revisions.check(revision, named, configuration)
            if let remote = named.remote, let told = try await RemoteWhy(options, configuration).told(of: named) {
                try Output.told(told, named, runsAt: remote.url, output)
                return 0
            }
            let explanations = try await Self.explain(named, revision, configuration, options)
            let standing = try Revisions(options, configuration).promotion(in: named)
            try Output.explanations(explanations, named, standing: standing, output)
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
        let upstreams = configuration.environments.filter { environment.after.names.contains($0.name) }
        let noted = board.isKept ? try noted(environment.name, journal)?.unreachable ?? [:] : [:]
        let since = noted.map { (EnvironmentName($0.key), $0.value) }
        await ask(upstreams, configuration, board, troubleSince: Dictionary(uniqueKeysWithValues: since))
        let found: Revision?
        do throws(SourceFailure) {
            found = try revision.map { text throws(SourceFailure) in try reader.revision(text, in: environment) }
        } catch {
            throw CommandError(Revisions.unknown(revision ?? ""))
        }
        let explanations: [Explanation]
        do throws(Failure) {
            explanations = try await reader.explain(environment, found, promotion: promotion)
        } catch {
            throw CommandError("\(environment.name): \(error.message)")
        }
        guard let found, let live = try live(environment.name, journal) else { return explanations }
        do throws(SourceFailure) {
            let isPassed = try SourceFeed(configuration, storage: options.storage).isContained(found, in: live)
            return isPassed ? explanations.map { $0.contained(in: live) } : explanations
        } catch {
            throw CommandError("\(environment.name): \(error.failure.message)")
        }
    }

    /// What runs, as last noted.
    @HostActor
    private static func live(_ name: EnvironmentName, _ journal: Journal?) throws -> Revision? {
        do throws(Journal.Problem) {
            return try journal?.record(of: name)?.live?.revision
        } catch {
            throw CommandError(error.message)
        }
    }

    /// What a daemon notes of it.
    @HostActor
    private static func noted(_ name: EnvironmentName, _ journal: Journal?) throws -> EnvironmentStatus? {
        do throws(Journal.Problem) {
            return try journal?.status(of: name)
        } catch {
            throw CommandError(error.message)
        }
    }

    /// What other Stokers say of those of the environments that they run.
    /// - Parameter troubleSince: since when a daemon of ours cannot ask them.
    @HostActor
    static func ask(
        _ environments: [EnvironmentConfiguration], _ configuration: Configuration, _ board: StandingBoard,
        troubleSince: [EnvironmentName: WallTime] = [:]
    ) async {
        let remotes = RemoteStandings(
            environments, board: board, userAgent: "stoker/\(Stoker.version)",
            pollInterval: configuration.pollInterval, troubleSince: troubleSince)
        await remotes.ask()
        remotes.close()
    }
}
