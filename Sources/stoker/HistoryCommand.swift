import ArgumentParser
import StokerCore
import StokerHost

struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Attempts and how they ended, newest first.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("Only this environment.", valueName: "env")) var environment: String?
    @Option(name: .shortAndLong, help: "table or json.") var output = OutputFormat.table
    @Option(help: "How many attempts to show at most.") var limit = 50

    func run() async throws {
        try await stoker.run {
            let configuration = try options.read()
            let name = try environment.map { try configuration.environment($0).name }
            let entries: [HistoryEntry]
            do throws(Journal.Problem) {
                let journal = try Journal.reading(storage: options.storage)
                entries = try journal?.history(of: name, limit: max(1, min(limit, 10_000))) ?? []
                journal?.close()
            } catch {
                throw CommandError(error.message)
            }
            switch output {
            case .json: try Output.json(HistoryJSON(entries))
            case .table:
                Output.table(
                    ["ID", "ENV", "REVISION", "RELEASE", "TRIGGER", "OUTCOME", "REASON", "STARTED"],
                    entries.map { entry in
                        [
                            "\(entry.id)", entry.environment, Revision(entry.revision)?.short ?? entry.revision,
                            entry.release, entry.trigger, entry.outcome ?? "running", entry.reason ?? "-",
                            TimeText.iso(entry.startedAt),
                        ]
                    })
                for entry in entries where !entry.message.isEmpty {
                    Output.line("\(entry.id): \(entry.message)")
                    for finding in entry.findings { Output.line("    \(finding)") }
                }
            }
            return 0
        }
    }
}
