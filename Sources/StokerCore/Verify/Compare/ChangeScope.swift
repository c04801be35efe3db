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
    /// Jobs that the change added: there is nothing to compare them with. Absent in records of earlier versions.
    public var addedJobs: Set<String>?
    /// Jobs that ask another discovery than before for their targets (a file_sd is not asked, it lists them).
    public var rediscoveredJobs: Set<String>?
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

    /// What two changes, one after the other, touch together.
    public func union(_ other: ChangeScope) -> ChangeScope {
        let together: Jobs =
            switch (jobs, other.jobs) {
            case (.all, _), (_, .all): .all
            case (.some(let mine), .some(let others)): .some(mine.union(others))
            }
        var both = ChangeScope(
            jobs: together, removedJobs: removedJobs.union(other.removedJobs),
            ruleFiles: ruleFiles.union(other.ruleFiles), removedGroups: removedGroups.union(other.removedGroups),
            alerts: alerts.union(other.alerts), alerting: alerting || other.alerting)
        both.addedJobs = addedJobs.map { $0.union(other.addedJobs ?? []) } ?? other.addedJobs
        both.rediscoveredJobs =
            rediscoveredJobs.map { $0.union(other.rediscoveredJobs ?? []) } ?? other.rediscoveredJobs
        return both
    }
}

extension Evidence {
    /// The vital signs and counters alone. Nothing says that the process was up, so no reload must show.
    public var withoutReload: Evidence {
        var evidence = Evidence(wasUp: false)
        evidence.runtime = runtime
        evidence.failures = failures
        evidence.missingPools = missingPools
        evidence.scope = scope
        evidence.vitals = vitals
        evidence.process = process
        evidence.version = version
        return evidence
    }

    /// With the vital signs of before everything that is not settled yet: a change that was overtaken while it was watched
    /// must not become what the next one is compared with.
    /// - Parameter first: what was read before the first of them; nil where there is none.
    public func compared(since first: Evidence?) -> Evidence {
        guard let first, first.wasUp, let vitals = first.vitals, let touched = first.scope else { return self }
        var evidence = self
        evidence.vitals = vitals
        evidence.scope = scope.map(touched.union) ?? touched
        return evidence
    }
}
