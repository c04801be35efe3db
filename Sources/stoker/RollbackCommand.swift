import ArgumentParser
import StokerCore
import StokerHost

struct RollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Back to the content verified before, or to a release; and suspends, or the next turn would redo it.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("The environment.", valueName: "env")) var environment: String
    @Option(help: ArgumentHelp("A release as `history` shows it.", valueName: "release")) var to: String?
    @Option(help: ArgumentHelp("How long to wait.", valueName: "duration")) var timeout = "10m"

    func run() async throws {
        try await stoker.run {
            let configuration = try options.read()
            let named = try configuration.decided(environment, options)
            guard let limit = PrometheusDuration.parse(timeout) else {
                throw CommandError("--timeout \(timeout): write a duration such as 10m")
            }
            let goal = try to.map { try release($0, named) }
            if goal == nil { try requireEarlier(named) }
            let requests = Requests(options: options)
            let request = StoredRequest(.rollback, revision: goal?.revision, content: goal?.content)
            let status: EnvironmentStatus
            var done = true
            do {
                let composition = try await Composition(options, configuration, environments: [environment])
                try await composition.recover()
                _ = try requests.write(request, named.name)
                let host = try await composition.environment(environment)
                done = await OncePass.drive(host, trigger: .request, until: Clock.instant() + limit)
                status = await host.status
                await composition.close()
            } catch is Busy {
                let id = try requests.write(request, named.name)
                status = try await requests.wait(for: id, named.name, timeout: limit, evenSuspended: true)
            }
            Output.status([status], configuration)
            Output.line(
                "\(named.name) is suspended, so that it stays there: `stoker resume \(named.name)` goes on with git")
            let code = StokerCore.ExitCode.of([status])
            return done || code != 0 ? code : 1
        }
    }

    /// Without an earlier verified content there is nothing to go back to, and nothing should be suspended.
    private func requireEarlier(_ environment: EnvironmentConfiguration) throws {
        let record: EnvironmentRecord?
        do throws(Journal.Problem) {
            let journal = try Journal.reading(storage: options.storage)
            record = try journal?.record(of: environment.name)
            journal?.close()
        } catch {
            throw CommandError(error.message)
        }
        guard let record, !record.earlier.isEmpty || !record.unsettled.isEmpty else {
            throw CommandError(
                "\(environment.name) has no earlier verified content to go back to: see `stoker history \(environment.name)`"
            )
        }
    }

    /// An attempt of the history by the release it made live.
    private func release(_ text: String, _ environment: EnvironmentConfiguration) throws -> Goal {
        let entries: [HistoryEntry]
        do throws(Journal.Problem) {
            let journal = try Journal.reading(storage: options.storage)
            entries = try journal?.history(of: environment.name, limit: 10_000) ?? []
            journal?.close()
        } catch {
            throw CommandError(error.message)
        }
        guard text.count >= 6,
            let entry = entries.first(where: { $0.content.hasPrefix(text) && $0.outcome == "verified" }),
            let revision = Revision(entry.revision)
        else {
            throw CommandError(
                "no verified release \(text) of \(environment.name): see `stoker history \(environment.name)`")
        }
        return Goal(revision: revision, content: ContentID(entry.content))
    }
}
