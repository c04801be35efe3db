/// What the loop asks its driver for, one at a time; each is answered by one `LoopEvent`.
public enum Effect: Sendable {
    case look(LookRequest)
    /// Write the record (and the attempt, as history) durably. Answered by `noted` or `noteFailed`.
    case note(EnvironmentRecord, consumed: [Int64])
    case act(Action)
    case rest(Rest)
}

/// What the driver answers.
public enum LoopEvent: Sendable {
    case woke
    case looked(Observation)
    case noted
    case noteFailed(String)
    case acted(Report)
}

/// One side effect. Each is idempotent: after a crash it is asked for again.
public enum Action: Hashable, Sendable {
    /// Compare the goal with the inventory and the disk; store the goal as a release.
    case survey(Goal, trigger: Trigger)
    /// Ask the processes once whether they serve what is on disk.
    case prove(Goal)
    case validate(Goal)
    /// Write new files beside the tree, read the evidence of the process before.
    case stage(Target.ID, Goal, trigger: Trigger)
    /// Write the intent to the journal, then replace the live files. Nothing is touched where the intent cannot be written.
    case publish(Target.ID)
    case reload(Target.ID)
    /// One look at the running processes, against the goal.
    case probe(Goal, ProbeContext)
    /// Ask the user's checks once, after a rollback.
    case recheck
    /// Undo every unsettled publish, newest first. Needs no journal and no space.
    case restore
    /// Forget intents and prune what no release needs. `verified`: the goal is now the content to go back to.
    case settle(Goal?, verified: Bool)
}

/// What the probe must know of the attempt.
public struct ProbeContext: Hashable, Sendable {
    /// Who is asked; nil: everybody.
    public let targets: Set<Target.ID>?
    /// What each process showed before, by target.
    public let evidence: [Target.ID: Evidence]
    /// Targets that were told to read their files.
    public let reloaded: Set<Target.ID>
    /// Of the reloaded ones, those whose reload gave no answer.
    public let unanswered: Set<Target.ID>
    /// Of the reloaded ones, those that were restarted: another process must answer.
    public let restarted: Set<Target.ID>
    /// Targets whose files changed.
    public let changed: Set<Target.ID>
    /// A restored configuration is judged by proof of load only, and bytes already served need no moved timestamp.
    public let restored: Bool
    /// The user's checks that are due, by their place in the configuration.
    public let checks: [Target.ID: Set<Int>]
    /// Targets whose vital signs are to be compared with before.
    public let comparing: Set<Target.ID>
    /// All it consists of.
    public init(
        targets: Set<Target.ID>? = nil, evidence: [Target.ID: Evidence], reloaded: Set<Target.ID>,
        unanswered: Set<Target.ID>,
        restarted: Set<Target.ID> = [], changed: Set<Target.ID>, restored: Bool, checks: [Target.ID: Set<Int>] = [:],
        comparing: Set<Target.ID> = []
    ) {
        self.targets = targets
        self.evidence = evidence
        self.reloaded = reloaded
        self.unanswered = unanswered
        self.restarted = restarted
        self.changed = changed
        self.restored = restored
        self.checks = checks
        self.comparing = comparing
    }
}

/// What an action reports. Bad news is a value.
public enum Report: Sendable {
    case surveyed([Target.ID: TargetSurvey])
    case proved([Target.ID: ProofAtRest])
    case validated
    case heldBack(Hold)
    case staged(Target.ID, evidence: Evidence?, wasUp: Bool, changes: Int)
    case published(Target.ID)
    /// The disk was in the way of a publication, and every file it had replaced is put back.
    case takenBack(Target.ID, Failure)
    case reloaded(Target.ID, ReloadResult)
    case probed([Target.ID: Probe])
    case restored([Target.ID])
    case rechecked([Probe.CheckResult])
    case settled
    /// The action could not be done, or says no.
    case failed(Failure)
}

/// The answer to a proof at rest.
public enum ProofAtRest: Hashable, Sendable {
    case proved(RuntimeFacts, proof: [String], notProvable: String? = nil)
    case notProved(Failure)
    /// It could not be asked.
    case noAnswer(String)
}

/// What came of asking a process to read its configuration.
public enum ReloadResult: Hashable, Sendable {
    /// `answered`: with success; a signal has no answer. `restarted`: by a restart, so another process is to come.
    case accepted(answered: Bool, restarted: Bool = false)
    /// Nothing answered before either: it will read the files when it starts.
    case down
    /// The process said no, or the way to ask it is closed.
    case refused(Failure)
    /// No answer in time, or the connection broke: only a look can tell. `restarted`: a restart was asked for.
    case unknown(String, restarted: Bool = false)
}

/// Nothing to do now.
public struct Rest: Hashable, Sendable {
    /// What the rest is for.
    public enum Why: Hashable, Sendable {
        case idle
        /// Waiting for a person or a gate.
        case held
        case suspended
        /// Watching a new configuration.
        case verifying
        /// An environmental failure; tried again at `until`.
        case backoff(Failure)
        /// A target that was down before is awaited.
        case waitingForTarget
    }

    /// What the rest is for.
    public let why: Why
    /// When to wake at the latest; nil: at the next poll or request.
    public let until: Instant?
    /// All it consists of.
    public init(_ why: Why, until: Instant? = nil) {
        self.why = why
        self.until = until
    }
}

extension ReloadResult {
    /// Whether another process is to come.
    public var isRestart: Bool {
        switch self {
        case .accepted(_, let restarted), .unknown(_, let restarted): restarted
        case .down, .refused: false
        }
    }
}
