import ArgumentParser
import StokerCore
import StokerHost

struct PromoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote", abstract: "Makes a revision the next one; with --break-glass past soak and windows.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("The environment.", valueName: "env")) var environment: String
    @Argument(help: ArgumentHelp("The revision.", valueName: "revision")) var revision: String
    @Flag(name: .customLong("break-glass"), help: "Past soak, windows and blackouts; needs --reason.")
    var breakGlass = false
    @Option(help: ArgumentHelp("Why; shown to everybody.", valueName: "text")) var reason: String?
    @Flag(name: .customLong("dry-run"), help: "Only say what would happen.") var dryRun = false
    @Option(name: .shortAndLong, help: "table or json, with --dry-run.") var output = OutputFormat.table

    func run() async throws {
        try await stoker.run {
            let configuration = try options.read()
            let named =
                try dryRun
                ? configuration.environment(environment) : configuration.decided(environment, options)
            if breakGlass, Requests.isBlank(reason) {
                throw CommandError("--break-glass needs --reason: it is shown to everybody who asks why")
            }
            let revisions = Revisions(options, configuration)
            let (found, content) = try await revisions.resolve(revision, in: named)
            if let objection = try await revisions.objection(toPromoting: found, in: named) {
                throw CommandError(objection)
            }
            guard let content else {
                throw CommandError(
                    "\(found) has no content that could be deployed to \(named.name): see `stoker plan \(named.name) "
                        + "--revision \(found.commit)`")
            }
            if !dryRun, let rejection = try revisions.rejection(of: content, in: named) {
                throw CommandError(
                    "\(found) stands rejected in \(named.name) (\(rejection.message)): `stoker approve \(named.name) "
                        + "\(found)` lets it through; promote it after that")
            }
            let goal = Goal(revision: found, content: content)
            let explanations = try await explain(goal, named, configuration)
            if let newer = explanations.lazy.compactMap(\.overtakenBy).first {
                throw CommandError(
                    "\(found.short) would never come: \(newer.short) contains it, may enter \(named.name) and goes before "
                        + "it; promote that one: `stoker promote \(named.name) \(newer)`")
            }
            if breakGlass { Output.error(Self.warning(goal, named)) }
            if dryRun { return try show(explanations, named, configuration) }
            try await Requests(options: options).decide(
                StoredRequest(.promote, revision: found, content: content, reason: reason, breakGlass: breakGlass),
                configuration, [named.name])
            Output.line(
                "\(found) is next for \(named.name): `stoker why \(named.name) \(found)` says what it waits for")
            return 0
        }
    }

    /// As if it had been said.
    private func explain(
        _ goal: Goal, _ named: EnvironmentConfiguration, _ configuration: Configuration
    ) async throws -> [Explanation] {
        let promotion = Promotion(
            goal: goal, actor: Actor.name(storage: options.storage), reason: reason ?? "", at: Clock.wall(),
            breakGlass: breakGlass)
        return try await WhyCommand.explain(
            named, goal.revision.description, configuration, options, promotion: promotion)
    }

    private func show(
        _ explanations: [Explanation], _ named: EnvironmentConfiguration, _ configuration: Configuration
    ) throws -> Int32 {
        let standing = try Revisions(options, configuration).promotion(in: named)
        try Output.explanations(explanations, named, standing: standing, output)
        return 0
    }

    /// Loud, and exact about what is left.
    static func warning(_ goal: Goal, _ environment: EnvironmentConfiguration) -> String {
        let gates = environment.gates
        var skipped: [String] = []
        if gates.soak > .zero { skipped.append("soak (\(gates.soak.prometheusText))") }
        if !gates.windows.isEmpty { skipped.append("windows") }
        if !gates.blackouts.isEmpty { skipped.append("blackouts") }
        var kept: [String] = []
        if !environment.after.names.isEmpty {
            let names = environment.after.names.map(\.rawValue)
            kept.append("verification in \(names.joined(separator: environment.after.any ? " or " : " and "))")
        }
        if gates.approval != nil || gates.unexercised == .hold { kept.append("approval") }
        if !gates.checks.isEmpty { kept.append("checks") }
        kept += ["a freeze", "a deletion budget", "validation", "verification here", "rollback"]
        let what =
            skipped.isEmpty
            ? "nothing, as \(environment.name) has no soak and no windows" : skipped.joined(separator: ", ")
        return "WARNING: breaking the glass for \(goal.revision.short) in \(environment.name): skipped: \(what); not "
            + "skipped: \(kept.joined(separator: ", "))"
    }
}
