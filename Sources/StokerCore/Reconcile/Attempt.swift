/// What an attempt wants to be live: a content, found at a revision or kept as a release.
public struct Goal: Hashable, Codable, Sendable {
    /// Where it was found.
    public let revision: Revision
    /// What it looks like.
    public let content: ContentID
    /// All it consists of.
    public init(revision: Revision, content: ContentID) {
        self.revision = revision
        self.content = content
    }
}

/// Why an attempt began.
public enum Trigger: String, Hashable, Codable, Sendable { case push, poll, retry, drift, rollback, adopt, request }

/// One try to make a content live and verified. Lives in the record while it runs, and as a row of the history.
public struct Attempt: Hashable, Codable, Sendable {
    /// Unique and ascending.
    public let id: Int64
    /// What shall be live. Its revision moves along as long as nothing of it is.
    public internal(set) var goal: Goal
    /// Why it began.
    public let trigger: Trigger
    /// Where it is.
    public var phase: Phase
    /// Who signed its commit, where that was asked.
    public internal(set) var signer: String?
    /// Who let it in past others, and what was skipped for it; nil where nobody did. Absent in earlier records.
    public internal(set) var promoted: String?
    /// For display.
    public let startedAt: WallTime
    /// For display; nil while it runs.
    public var finishedAt: WallTime?
    /// Said when it ends, beside the failure's own words.
    public var message: String
    /// Of the validator.
    public var findings: [Finding]
    /// Targets whose files or process must change, in file order; those left to do.
    public var todo: [Target.ID]
    /// What the survey said of each target.
    public var surveys: [Target.ID: TargetSurvey]
    /// Targets that must be reloaded although their files are right.
    public var unproved: Set<Target.ID>
    /// What was read from each process before its deploy; absent where it was down.
    public var evidence: [Target.ID: Evidence]
    /// Targets that answered before anything was touched.
    public var wasUp: Set<Target.ID>
    /// Targets reloaded in this attempt.
    public var reloaded: [Target.ID]
    /// Of these, the ones whose reload gave no answer: a signal, or a time-out.
    public var unanswered: Set<Target.ID>
    /// Of these, the ones that were restarted: their process is to be another one. Nil in records of earlier versions.
    public var restarted: Set<Target.ID>?
    /// The same of the reloads after a restore.
    public var restartedBack: Set<Target.ID>?
    /// Targets still to be reloaded after a restore.
    public var toReloadRestored: [Target.ID]
    /// A baseline or verified content exists to go back to.
    public var hasRollbackTarget: Bool
    /// What a drift repair corrects, as `target/path`: counted once it is written.
    public var correcting: [String]

    /// All it consists of.
    public init(
        id: Int64, goal: Goal, trigger: Trigger, startedAt: WallTime, hasRollbackTarget: Bool, signer: String? = nil
    ) {
        self.signer = signer
        self.id = id
        self.goal = goal
        self.trigger = trigger
        self.phase = .surveying
        self.startedAt = startedAt
        self.finishedAt = nil
        self.message = ""
        self.findings = []
        self.todo = []
        self.surveys = [:]
        self.unproved = []
        self.evidence = [:]
        self.wasUp = []
        self.reloaded = []
        self.unanswered = []
        self.toReloadRestored = []
        self.hasRollbackTarget = hasRollbackTarget
        self.correcting = []
    }

    /// Nil while it runs.
    public var outcome: Outcome? {
        if case .finished(let outcome) = phase { outcome } else { nil }
    }

    /// The target whose turn it is in the middle of a deploy.
    var deploying: Target.ID? {
        switch phase {
        case .staging(let id), .publishing(let id), .reloading(let id): id
        case .surveying, .adopting, .validating, .held, .baking, .verifying, .restoring, .reloadingRestored,
            .verifyingRestored,
            .finished:
            nil
        }
    }

    /// A drift repair and a rollback go to a content that was verified before: proof of load only, no validation.
    public var isRepair: Bool { trigger == .drift || trigger == .rollback }
}

extension Set<Target.ID>? {
    /// Absent is empty.
    mutating func add(_ id: Target.ID) { self = (self ?? []).union([id]) }
}

/// What the survey of one target found, without writing anything.
public struct TargetSurvey: Hashable, Codable, Sendable {
    /// Files that would be created, updated or deleted.
    public let changes: Int
    /// The deletion budget's words where it is exceeded.
    public let overBudget: String?
    /// True where a changed file is not picked up by the process itself.
    public let needsReload: Bool
    /// Scrape configuration, discovery or targets change: the checks settle longer.
    public let changesScraping: Bool
    /// There was something at the desired paths before Stoker came: it can be gone back to.
    public let hasBaseline: Bool
    /// How long the process needs until its metrics speak of the new configuration.
    public let settle: Duration
    /// How long it needs until they speak of what is there now again, should it come back; nil: as long.
    public let settleBack: Duration?

    /// All it consists of.
    public init(
        changes: Int, overBudget: String?, needsReload: Bool, changesScraping: Bool, hasBaseline: Bool,
        settle: Duration, settleBack: Duration? = nil
    ) {
        self.changes = changes
        self.overBudget = overBudget
        self.needsReload = needsReload
        self.changesScraping = changesScraping
        self.hasBaseline = hasBaseline
        self.settle = settle
        self.settleBack = settleBack
    }
}

extension Collection where Element == TargetSurvey {
    /// How long the metrics of all targets need after the change, or after it was taken back.
    func settling(back: Bool) -> Duration {
        map { back ? $0.settleBack ?? $0.settle : $0.settle }.max() ?? .zero
    }
}
