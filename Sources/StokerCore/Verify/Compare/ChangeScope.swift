/// What a change touched: only there a vital sign that got worse condemns it.
public struct ChangeScope: Hashable, Codable, Sendable {
    /// Jobs whose definition, discovery files or common settings changed.
    public enum Jobs: Hashable, Codable, Sendable {
        case all
        case some(Set<String>)

        /// Whether a job is among them.
        public func contains(_ job: String) -> Bool {
            switch self {
            case .all: true
            case .some(let jobs): jobs.contains(job)
            }
        }
    }

    /// Jobs whose vital signs the change may have made worse.
    public var jobs: Jobs
    /// Jobs that the change removed, and that should be gone.
    public var removedJobs: Set<String>
    /// Changed or new rule files, by their path as the process sees it.
    public var ruleFiles: Set<String>
    /// Removed rule files, and those whose groups changed their names: groups of them may go.
    public var removedGroups: Set<String>
    /// Names of alerts in changed rule files.
    public var alerts: Set<String>
    /// The `alerting` section changed.
    public var alerting: Bool

    /// A change that touched nothing, to be filled in.
    public init(
        jobs: Jobs = .some([]), removedJobs: Set<String> = [], ruleFiles: Set<String> = [],
        removedGroups: Set<String> = [], alerts: Set<String> = [], alerting: Bool = false
    ) {
        self.jobs = jobs
        self.removedJobs = removedJobs
        self.ruleFiles = ruleFiles
        self.removedGroups = removedGroups
        self.alerts = alerts
        self.alerting = alerting
    }
}
