import StokerCore

/// A mistake in the configuration file, or something that will be one at use; printed as `file:line:column: message`.
public struct ConfigProblem: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Whether the file is refused for it.
    public enum Severity: Hashable, Sendable { case error, warning }

    /// The file as the caller named it.
    public let file: String
    /// The key or value it is about.
    public let mark: Node.Mark
    /// An error, or only a warning.
    public let severity: Severity
    /// One sentence without any secret; keys and values of the file are shortened.
    public let message: String

    /// `file:line:column: message`, with `warning: ` before the message of one.
    public var description: String {
        let place = "\(file):\(mark.line):\(mark.column): "
        switch severity {
        case .error: return place + message
        case .warning: return place + "warning: " + message
        }
    }

    /// By place, then by message.
    public static func < (a: Self, b: Self) -> Bool {
        (a.mark.line, a.mark.column, a.message) < (b.mark.line, b.mark.column, b.message)
    }
}

/// Why a configuration file is not used: all its mistakes, sorted by place, never none.
public struct ConfigFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// At least one, sorted by place.
    public let problems: [ConfigProblem]

    /// One line a mistake.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}
