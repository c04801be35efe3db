/// Whether our main file is structurally *contained* in what the process serves as `/api/v1/status/config`: the file
/// it loaded, re-marshalled with defaults added and secrets masked. A job, rule file, remote_write, remote_read or
/// Alertmanager that is missing, or still there after it was removed, is a failure. Any other leaf that we cannot match
/// is a warning only: the rewriting differs between versions, and a wrong guess must never roll anything back.
public struct Containment: Sendable {
    /// How the process sees our files.
    public struct Context: Hashable, Sendable {
        /// The folder of the main file as the process sees it, absolute where known.
        public let configDirectory: String
        /// Where relative paths in the served text start; empty where unknown.
        public let workingDirectory: String

        /// Both as `ProcessFlags` has them.
        public init(configDirectory: String, workingDirectory: String = "") {
            self.configDirectory = configDirectory
            self.workingDirectory = workingDirectory
        }
    }

    /// No more differences than this are collected: a message nobody reads helps nobody.
    static let limit = 1000

    let scalars: ScalarText
    var differences: [Difference] = []

    /// All differences between the declared main file and the served text, failures first.
    public static func compare(declared: Node, served: Node, context: Context) -> [Difference] {
        var comparison = Containment(
            scalars: ScalarText(
                configDirectory: context.configDirectory, workingDirectory: context.workingDirectory))
        comparison.compareTop(declared, served)
        return comparison.differences.filter(\.isFailure) + comparison.differences.filter { !$0.isFailure }
    }

    private mutating func compareTop(_ declared: Node, _ served: Node) {
        for pair in MappingView(declared).entries {
            let theirs = served[pair.key]
            switch pair.key {
            case "scrape_configs": compareJobs(pair.value, theirs, hasIncludes: declared["scrape_config_files"])
            case "rule_files": comparePaths(pair.value, theirs, key: pair.key, part: .ruleFile, "rule file")
            case "scrape_config_files":
                comparePaths(pair.value, theirs, key: pair.key, part: .scrapeConfigFile, "scrape config file")
            case "remote_write": compareRemotes(pair.value, theirs, key: pair.key, part: .remoteWrite)
            case "remote_read": compareRemotes(pair.value, theirs, key: pair.key, part: .remoteRead)
            case "alerting": compareAlerting(pair.value, theirs)
            default: compare(pair.value, theirs, key: pair.key, path: pair.key)
            }
        }
        compareRemovedSections(declared, served)
    }

    /// A whole section may be gone from our file: what it held must be gone from the process too.
    private mutating func compareRemovedSections(_ declared: Node, _ served: Node) {
        let nothing = Node(.sequence([]))
        if absent("scrape_configs", in: declared) {
            compareJobs(nothing, served["scrape_configs"], hasIncludes: declared["scrape_config_files"])
        }
        if absent("rule_files", in: declared) {
            comparePaths(nothing, served["rule_files"], key: "rule_files", part: .ruleFile, "rule file")
        }
        if absent("remote_write", in: declared) {
            compareRemotes(nothing, served["remote_write"], key: "remote_write", part: .remoteWrite)
        }
        if absent("remote_read", in: declared) {
            compareRemotes(nothing, served["remote_read"], key: "remote_read", part: .remoteRead)
        }
    }

    private func absent(_ key: String, in declared: Node) -> Bool {
        guard let value = declared[key] else { return true }
        return MappingView.isZero(value)
    }

    mutating func note(_ kind: Difference.Kind, at path: String, _ message: String) {
        if differences.count < Self.limit {
            differences.append(Difference(path: path, kind: kind, message: message))
        }
    }
}
