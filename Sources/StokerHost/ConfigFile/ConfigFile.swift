// ConfigFile: from the bytes of stoker.yml to a `Configuration` that the core can trust, or to every mistake in it at
// once, each with its place. One reader a section (`SourceSectionReader`, `TargetReader`, …) asks a `FieldReader` for the keys
// it knows; what nobody asked for is an unknown key. What concerns several sections (two targets in one folder) is
// checked last, in `Overlaps` and `UpstreamGraph`. Of the disk only the system's time zones are read: files that secrets stand
// in are listed, and read at use.

import StokerCore
import YAML

/// A configuration file that was read without a mistake.
public struct ConfigFile: Hashable, Sendable {
    /// What it says.
    public let configuration: Configuration
    /// Files it names that are only read at use.
    public let references: [FileReference]
    private let windows: [WrittenWindows]
    private let name: String

    /// A file named in the configuration, already relative to where Stoker runs.
    public struct FileReference: Hashable, Sendable {
        /// The key it is the value of, such as `password_file`.
        public let key: String
        /// Absolute, or relative to where Stoker runs.
        public let path: String
        /// Where it is written.
        public let mark: Node.Mark
    }

    /// Reads a whole file. `name` is its path, as messages shall show it; relative paths of files in it (secrets,
    /// certificates, `pid_file`, a local `source.url`) count from its folder. Environment variables are not expanded.
    /// Throws every mistake there is, sorted by place.
    public static func read(_ bytes: [UInt8], name: String) throws(ConfigFileError) -> ConfigFile {
        try read(bytes, name: name, zones: ZoneList())
    }

    static func read(_ bytes: [UInt8], name: String, zones: ZoneList) throws(ConfigFileError) -> ConfigFile {
        let problems = ProblemList(file: name)
        let configuration = document(bytes, problems).flatMap { RootReader(problems, zones).read($0) }
        guard let configuration, problems.isEmpty else { throw ConfigFileError(problems: problems.sorted) }
        return ConfigFile(
            configuration: configuration, references: problems.references, windows: problems.windows, name: name)
    }

    /// What is no mistake of the file but will be one of its use: files that are not there, on this machine and now.
    public func warnings(fileExists: (String) -> Bool) -> [ConfigProblem] {
        references.filter { !fileExists($0.path) }.map {
            ConfigProblem(
                file: name, mark: $0.mark, severity: .warning,
                message: "\($0.key) \(quoted($0.path)) cannot be read here; it must be there when Stoker runs")
        }.sorted()
    }

    /// Windows that let nothing in for ten years from now on, because of what is written in them, or of the blackouts.
    public func closedWindows(at now: WallTime) -> [ConfigProblem] {
        windows.flatMap { $0.closed(at: now, zones: configuration.zones) }.map {
            ConfigProblem(file: name, mark: $0.mark, severity: .warning, message: $0.message)
        }.sorted()
    }

    private static func document(_ bytes: [UInt8], _ problems: ProblemList) -> Node? {
        do throws(YAMLError) {
            let documents = try YAML.parseAll(bytes, limits: YAML.Limits(nodes: 1_000_000, depth: 50))
            if documents.count > 1 {
                problems.add(documents[1].mark, "a second YAML document is never read: keep everything in one")
            }
            return documents.first ?? Node(.scalar("", .plain))
        } catch {
            problems.add(Node.Mark(line: error.line, column: error.column), error.message)
            return nil
        }
    }
}
