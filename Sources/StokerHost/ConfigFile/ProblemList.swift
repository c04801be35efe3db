import StokerCore

/// What the readers of one file have found so far. Shared by all of them, so that no mistake hides another.
final class ProblemList {
    private let file: String
    private var found: Set<ConfigProblem> = []
    private(set) var references: [ConfigFile.FileReference] = []
    private(set) var windows: [WrittenWindows] = []

    init(file: String) { self.file = file }

    var isEmpty: Bool { found.isEmpty }
    var sorted: [ConfigProblem] { found.sorted() }

    func add(_ mark: Node.Mark, _ message: String) {
        found.insert(ConfigProblem(file: file, mark: mark, severity: .error, message: message))
    }

    /// Notes when revisions may enter, for what only the clock can judge.
    func note(_ written: WrittenWindows) { windows.append(written) }

    /// Notes a file that will be read at use, and returns its path as seen from where Stoker runs.
    func reference(_ path: Located<String>, key: String) -> String {
        let resolved = resolve(path.value)
        references.append(ConfigFile.FileReference(key: key, path: resolved, mark: path.mark))
        return resolved
    }

    /// Relative paths count from the folder of the configuration file, as in Prometheus.
    func resolve(_ path: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return file[...slash] + path
    }
}

/// A value of the file and the place it stands at.
struct Located<Value> {
    let value: Value
    let mark: Node.Mark
}

/// Text of the file for a message: in quotes, cut to a readable length, without what would disturb a terminal.
func quoted(_ text: String) -> String {
    let limit = 60
    let shown = text.unicodeScalars.prefix(limit).map { scalar -> String in
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: "?"
        default: String(scalar)
        }
    }.joined()
    return "\"\(shown)\(text.unicodeScalars.count > limit ? "…" : "")\""
}
