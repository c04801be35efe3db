import StokerCore
import StokerHost

/// `why` of an environment with `remote`: its gates are known where it runs, and what it has verified also here.
struct RemoteWhy {
    private let options: GlobalOptions
    private let configuration: Configuration

    init(_ options: GlobalOptions, _ configuration: Configuration) {
        self.options = options
        self.configuration = configuration
    }

    /// What the other Stoker says; nil where the environment runs here, because it was named to.
    @HostActor
    func told(of environment: EnvironmentConfiguration) async throws -> UpstreamStanding? {
        let (status, live) = try noted(environment.name)
        let board = StandingBoard(journal: nil)
        await WhyCommand.ask([environment], configuration, board)
        let standing =
            board.standing(of: environment.name, at: Clock.instant()) ?? UpstreamStanding(name: environment.name)
        // Noted before it was handed over: of a time that is over.
        guard status?.isNamedHere == true else { return standing }
        // Nobody else answers; or it is our own daemon that does, and says the same.
        if standing.trouble != nil { return nil }
        return WakeFIFO(storage: options.storage).isHeard && standing.running == live ? nil : standing
    }

    @HostActor
    private func noted(_ name: EnvironmentName) throws -> (EnvironmentStatus?, live: ContentID?) {
        do throws(Journal.Problem) {
            let journal = try Journal.reading(storage: options.storage)
            defer { journal?.close() }
            return (try journal?.status(of: name), try journal?.record(of: name)?.live?.content)
        } catch {
            throw CommandError(error.message)
        }
    }
}

extension Output {
    /// What another Stoker says of an environment that it runs.
    static func told(
        _ standing: UpstreamStanding, _ environment: EnvironmentConfiguration, runsAt url: String,
        _ format: OutputFormat
    ) throws {
        switch format {
        case .json: try json(RemoteJSON(environment: environment.name.rawValue, runsAt: url, standing))
        case .table:
            line("\(environment.name): the Stoker at \(url) runs it: ask there what holds its next revision")
            if let trouble = standing.trouble {
                line("  it cannot be asked: \(trouble.message); what runs there is not known here")
            } else if let last = standing.verified.first {
                let revision = last.takings.first.map { " at \($0.revision.short)" } ?? ""
                let soaked = Duration.seconds(last.soaked.components.seconds).prometheusText
                line("  verified\(revision), where it has run for \(soaked), \(TimeText.iso(last.verifiedAt))")
                if standing.running != last.content { line("  what runs there now is not verified") }
                for (_, why) in standing.degraded { line("  it does not do well with it now: \(why)") }
            } else {
                line("  it has verified nothing yet")
            }
        }
    }
}
