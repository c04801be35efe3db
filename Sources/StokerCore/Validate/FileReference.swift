/// A path or pattern in a configuration file that names other files.
public struct FileReference: Hashable, Sendable {
    /// What the named files are to Prometheus.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// `rule_files`
        case rules
        /// `scrape_config_files`
        case scrapeConfigs
        /// `files` of `file_sd_configs`: read again by itself when they change
        case discovery
        /// Alertmanager's `templates`
        case templates
        /// passwords, tokens, certificates and keys: read at use
        case secret
    }

    /// What the named files are.
    public let kind: Kind
    /// The key it is written under, such as `ca_file`.
    public let key: String
    /// As written.
    public let text: String
    /// The path or pattern as the process resolves it: absolute, cleaned.
    public let path: String
    /// Whether it is a glob pattern.
    public let isPattern: Bool
    /// The file it is written in, relative to the target's folder.
    public let file: String
    /// The place of the scalar in that file.
    public let mark: Node.Mark
    /// Where in that file the scalar stands: `[start, end)`.
    public let bytes: Range<Int>
    /// For people: the scrape job or remote_write entry it belongs to; empty at top level.
    public let owner: String

    /// Whether the file is a password or token, and nothing else; certificates and their keys are no words.
    public var isSecretText: Bool { kind == .secret && !["ca_file", "cert_file", "key_file"].contains(key) }

    /// A finding at the place of the reference. `file` is relative to the target's folder.
    public func finding(_ message: String) -> Finding { Finding(file: file, line: mark.line, message: message) }
}
