import ArgumentParser
import StokerCore
import StokerHost

struct FreezeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "freeze", abstract: "No new revisions until unfrozen; what runs is still rolled back and repaired."
    )

    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("The environment; all that run here where none is named.", valueName: "env"))
    var environment: String?
    @Option(help: ArgumentHelp("Why; shown to everybody.", valueName: "text")) var reason: String
    @Option(name: .customLong("for"), help: ArgumentHelp("Unfrozen by itself after this long.", valueName: "duration"))
    var duration: String?

    func run() async throws {
        try await stoker.run {
            let configuration = try options.read()
            let named = try configuration.decided(environment, options)
            let until = try Requests.end(of: duration)
            try await Requests(options: options).decide(
                StoredRequest(.freeze, reason: try Requests.reason(reason), until: until), configuration,
                named.map(\.name))
            for environment in named {
                Output.line(
                    "\(environment.name) is frozen" + (until.map { " until \(TimeText.iso($0))" } ?? "")
                        + ": no new revision enters; rollbacks and repairs go on")
            }
            return 0
        }
    }
}

struct UnfreezeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "unfreeze", abstract: "Ends a freeze.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("The environment; all that run here where none is named.", valueName: "env"))
    var environment: String?
    @Option(help: ArgumentHelp("Why.", valueName: "text")) var reason: String?

    func run() async throws {
        try await stoker.run {
            let configuration = try options.read()
            let named = try configuration.decided(environment, options)
            try await Requests(options: options).decide(
                StoredRequest(.unfreeze, reason: reason), configuration, named.map(\.name))
            for environment in named { Output.line("\(environment.name) is not frozen any more") }
            return 0
        }
    }
}
