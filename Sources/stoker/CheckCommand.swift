import ArgumentParser
import FoundationEssentials
import StokerCore
import StokerHost

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Checks files of Stoker's own.", subcommands: [CheckConfigCommand.self])
}

struct CheckConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Checks the configuration file, like promtool; all errors at once.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("The file; the one of --config.file where none is named.", valueName: "file"))
    var file: String?

    func run() async throws {
        try await stoker.run {
            var options = options
            if let file { options.configFile = file }
            let read = try options.readFile()
            let warnings = read.warnings(fileExists: { FileManager.default.isReadableFile(atPath: $0) })
            for warning in (warnings + read.closedWindows(at: Clock.wall())).sorted() { Output.error("\(warning)") }
            let environments = read.configuration.environments
            let targets = environments.reduce(0) { $0 + $1.targets.count }
            Output.line(
                "\(options.configFile) is valid: \(environments.count) environment\(environments.count == 1 ? "" : "s"), "
                    + "\(targets) target\(targets == 1 ? "" : "s")")
            return 0
        }
    }
}
