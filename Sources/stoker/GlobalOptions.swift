import ArgumentParser
import FoundationEssentials
import Logging
import StokerCore
import StokerHost

extension LineLog.Format: ExpressibleByArgument {}
extension Logger.Level: @retroactive ExpressibleByArgument {}

/// The options of every command.
struct GlobalOptions: ParsableArguments {
    @Option(
        name: [.customLong("config.file"), .customShort("c")],
        help: ArgumentHelp("Configuration file.", valueName: "file"))
    var configFile = "stoker.yml"

    @Option(
        name: .customLong("storage.path"),
        help: ArgumentHelp("Where Stoker keeps its journal, git cache and releases.", valueName: "dir"))
    var storagePath = "data"

    @Option(
        name: .customLong("log.level"),
        help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "level"))
    var logLevel = Logger.Level.info

    @Option(name: .customLong("log.format"), help: ArgumentHelp("logfmt or json.", valueName: "format"))
    var logFormat = LineLog.Format.logfmt

    /// Absolute, so that what is written into the journal holds wherever the next command is run.
    var storage: String { Self.absolute(storagePath) }

    var logger: Logger {
        let (format, level) = (logFormat, logLevel)
        return Logger(label: "stoker") { _ in LineLog(format: format, level: level) }
    }

    static func absolute(_ path: String) -> String {
        let joined = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        return Glob.cleaned(joined)
    }

    /// The configuration, or every mistake in it.
    func read() throws -> Configuration { try readFile().configuration }

    func readFile() throws -> ConfigFile {
        let bytes: Data
        do {
            bytes = try Data(contentsOf: URL(filePath: configFile))
        } catch {
            throw CommandError("\(configFile): the configuration file cannot be read: give its path with --config.file")
        }
        do throws(ConfigFileError) {
            return try ConfigFile.read([UInt8](bytes), name: configFile)
        } catch {
            throw CommandError("\(error)")
        }
    }
}

/// Environments named on the command line; all where none is.
struct EnvironmentNames: ParsableArguments {
    @Argument(help: ArgumentHelp("Environments; all where none is named.", valueName: "env"))
    var names: [String] = []
}
