import ArgumentParser
import StokerCore
import StokerHost

struct ApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Lets the candidate shown through a gate; also a rewrite of history, or a deletion.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("The environment.", valueName: "env")) var environment: String
    @Argument(help: ArgumentHelp("The revision; the candidate shown where none is named.", valueName: "revision"))
    var revision: String?
    @Option(help: ArgumentHelp("Why; shown to everybody.", valueName: "text")) var reason: String?

    func run() async throws {
        try await stoker.run {
            let configuration = try options.read()
            let named = try configuration.decided(environment, options)
            let actor = try Self.approver(named, options)
            let (revision, content) = try await Revisions(options, configuration).resolve(revision, in: named)
            try await Requests(options: options).decide(
                StoredRequest(.approve, revision: revision, content: content, reason: reason), configuration,
                [named.name], by: actor)
            Output.line("approved \(revision) for \(named.name)")
            return 0
        }
    }

    /// Whoever's word would not count must not think that it does.
    private static func approver(_ environment: EnvironmentConfiguration, _ options: GlobalOptions) throws -> String {
        let approvers = environment.gates.policy.approvers
        let actor = Actor.name(storage: options.storage, among: approvers)
        guard environment.gates.policy.admits(actor) else {
            throw CommandError(
                "\(actor) is not among the approvers of \(environment.name): ask \(approvers.joined(separator: " or "))"
            )
        }
        return actor
    }
}

struct RejectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reject", abstract: "Keeps a revision away until its content changes or it is approved.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("The environment.", valueName: "env")) var environment: String
    @Argument(help: ArgumentHelp("The revision.", valueName: "revision")) var revision: String
    @Option(help: ArgumentHelp("Why; shown to everybody.", valueName: "text")) var reason: String

    func run() async throws {
        try await stoker.run {
            let configuration = try options.read()
            let named = try configuration.decided(environment, options)
            let reason = try Requests.reason(reason)
            let (found, content) = try await Revisions(options, configuration).resolve(revision, in: named)
            guard let content else {
                throw CommandError(
                    "the content of \(found) cannot be read: fetch it first with `stoker plan \(named.name)`")
            }
            let status = try StatusReader.read(options.storage, [named], zones: configuration.zones).first
            if status?.runningRevision == found.description {
                throw CommandError("\(found) is running: `stoker rollback \(named.name)` takes it back")
            }
            try await Requests(options: options).decide(
                StoredRequest(.reject, revision: found, content: content, reason: reason), configuration, [named.name])
            Output.line("rejected \(found) for \(named.name)")
            return 0
        }
    }
}

struct SuspendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suspend", abstract: "No writes at all, drift repair included, until resumed.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("The environment.", valueName: "env")) var environment: String
    @Option(help: ArgumentHelp("Why; shown to everybody.", valueName: "text")) var reason: String
    @Option(name: .customLong("for"), help: ArgumentHelp("Resumed by itself after this long.", valueName: "duration"))
    var duration: String?

    func run() async throws {
        try await stoker.run {
            let configuration = try options.read()
            let named = try configuration.decided(environment, options)
            let until = try Requests.end(of: duration)
            try await Requests(options: options).decide(
                StoredRequest(.suspend, reason: try Requests.reason(reason), until: until), configuration, [named.name])
            Output.line("suspended \(named.name)" + (until.map { " until \(TimeText.iso($0))" } ?? ""))
            return 0
        }
    }
}

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "resume", abstract: "Ends a suspension.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("The environment.", valueName: "env")) var environment: String

    func run() async throws {
        try await stoker.run {
            let configuration = try options.read()
            let named = try configuration.decided(environment, options)
            try await Requests(options: options).decide(StoredRequest(.resume), configuration, [named.name])
            Output.line("resumed \(named.name)")
            return 0
        }
    }
}
