import ArgumentParser
import StokerCore
import StokerHost

struct DiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Deployed against desired, as a unified diff; secrets are masked.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var environments: EnvironmentNames
    @OptionGroup var comparison: Comparison
    @Flag(name: .customLong("show-secrets"), help: "Print values of secret fields.") var showSecrets = false
    @Option(name: .shortAndLong, help: "table (a unified diff) or json.") var output = OutputFormat.table
    @Flag(name: .customLong("detailed-exitcode"), help: "Exit with 2 when something would change.")
    var detailedExitcode = false

    func run() async throws {
        try await stoker.run {
            let results = try await comparison.run(options, environments.names, validating: false)
            switch output {
            case .json: try Output.json(DiffJSON(results, showSecrets: showSecrets))
            case .table:
                for (_, result) in results {
                    for file in result.files { Output.write(file.diff(showSecrets: showSecrets)) }
                }
            }
            return detailedExitcode && results.contains { !$0.1.plan.isEmpty } ? 2 : 0
        }
    }
}

extension Preview.ChangedFile {
    func diff(showSecrets: Bool) -> String {
        let text = UnifiedDiff.render(
            path: path, old: old.map { side($0, showSecrets) }, new: new.map { side($0, showSecrets) })
        return String(decoding: text, as: UTF8.self)
    }

    private func side(_ version: (bytes: [UInt8], executable: Bool), _ showSecrets: Bool) -> UnifiedDiff.Side {
        let shown = showSecrets ? nil : Preview.masked(version.bytes, isSecret: isSecret)
        return UnifiedDiff.Side(version.bytes, shown: shown, executable: version.executable)
    }
}

/// The JSON of `diff`: one text for each changed file.
struct DiffJSON: Encodable {
    struct File: Encodable {
        let path: String
        let diff: String
    }

    struct Environment: Encodable {
        let name: String
        let revision: String
        let files: [File]
    }

    let environments: [Environment]

    init(_ results: [(EnvironmentName, Preview.Result)], showSecrets: Bool) {
        environments = results.map { name, result in
            Environment(
                name: name.rawValue, revision: result.goal.revision.description,
                files: result.files.map { File(path: $0.path, diff: $0.diff(showSecrets: showSecrets)) })
        }
    }
}
