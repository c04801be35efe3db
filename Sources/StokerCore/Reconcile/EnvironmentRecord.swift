/// What one environment must remember across restarts. The journal stores it whole before and after every step;
/// disk and process hold the truth about themselves.
public struct EnvironmentRecord: Hashable, Codable, Sendable {
    /// Content that was proved, and where it came from.
    public struct Standing: Hashable, Codable, Sendable {
        /// Where it was found.
        public var revision: Revision
        /// What it looks like.
        public let content: ContentID
        /// When.
        public let at: WallTime
        /// What was proved of each target.
        public var proof: [Target.ID: [String]]
        /// All it consists of.
        public init(revision: Revision, content: ContentID, at: WallTime, proof: [Target.ID: [String]]) {
            self.revision = revision
            self.content = content
            self.at = at
            self.proof = proof
        }
    }

    /// Content that is not tried again by itself.
    public struct Rejection: Hashable, Codable, Sendable {
        /// Where it was found.
        public let revision: Revision
        /// What it looks like.
        public let content: ContentID
        /// Validator version and the targets' configuration it was judged with; nil where a person decided.
        public let fingerprint: String?
        /// Why.
        public let failure: Failure
        /// It was live before it was rejected.
        public let rolledBack: Bool
        /// All it consists of.
        public init(revision: Revision, content: ContentID, fingerprint: String?, failure: Failure, rolledBack: Bool) {
            self.revision = revision
            self.content = content
            self.fingerprint = fingerprint
            self.failure = failure
            self.rolledBack = rolledBack
        }
    }

    /// A person stopped all writes.
    public struct Suspension: Hashable, Codable, Sendable {
        /// In the words of the person.
        public let reason: String
        /// Who asked.
        public let actor: String
        /// When it ends; nil for a suspension that only a person ends.
        public let until: WallTime?
        /// All it consists of.
        public init(reason: String, actor: String, until: WallTime?) {
            self.reason = reason
            self.actor = actor
            self.until = until
        }

        /// Whether it has not ended. The loop forgets what has; others may read the record before that.
        func isOn(at now: WallTime) -> Bool { until.map { $0 > now } ?? true }
    }

    /// A process went away.
    public struct Away: Hashable, Codable, Sendable {
        /// What it ran.
        public let content: ContentID
        /// Why it cannot be asked.
        public let message: String
        /// All it consists of.
        public init(content: ContentID, message: String) {
            self.content = content
            self.message = message
        }
    }

    /// The newest commit accepted of a ref: what a rewrite is measured against.
    public struct Seen: Hashable, Codable, Sendable {
        /// What was followed.
        public let ref: GitRef
        /// The newest accepted.
        public let commit: CommitID
        /// Of a tag pattern: the tag that led there.
        public let tag: String?
        /// All it consists of.
        public init(ref: GitRef, commit: CommitID, tag: String? = nil) {
            self.ref = ref
            self.commit = commit
            self.tag = tag
        }

        /// A commit as what was seen of its ref.
        init(_ candidate: Candidate) {
            ref = candidate.ref
            commit = candidate.revision.commit
            tag = if case .tagPattern = candidate.ref { candidate.revision.ref } else { nil }
        }
    }

    /// Environmental failures in a row, and when the next try is due.
    public struct Backoff: Hashable, Codable, Sendable {
        /// What was tried; a newer content pre-empts the wait.
        public let content: ContentID
        /// In a row.
        public let failures: Int
        /// When it ends; nil for a suspension that only a person ends.
        public let until: Instant
        /// Why.
        public let failure: Failure
        /// All it consists of.
        public init(content: ContentID, failures: Int, until: Instant, failure: Failure) {
            self.content = content
            self.failures = failures
            self.until = until
            self.failure = failure
        }
    }

    /// One correction of a drifted file, to count them by the hour: on the clock that never jumps.
    public struct Correction: Hashable, Codable, Sendable {
        /// As `target/path`.
        public let path: String
        /// When.
        public let at: Instant
        /// All it consists of.
        public init(path: String, at: Instant) {
            self.path = path
            self.at = at
        }
    }

    /// The intents of an attempt that is over, not forgotten yet. Nothing begins before they are: the next restore
    /// would take them back as well, and go two contents too far.
    public struct Settlement: Hashable, Codable, Sendable {
        /// What is live now; nil where the attempt changed nothing about that.
        public let goal: Goal?
        /// The goal is the content to go back to from now on.
        public let verified: Bool
        /// All it consists of.
        public init(goal: Goal?, verified: Bool) {
            self.goal = goal
            self.verified = verified
        }
    }

    /// The boot that instants in this record belong to.
    public var bootID: String
    /// What to go back to; nil before the first proof.
    public var verified: Standing?
    /// Verified before the present one, newest first; what `rollback` without a release goes to. At most ten.
    public var earlier: [Standing]
    /// What is on disk: content and revision of the last completed deploy or restore. Nil before the first.
    public var live: Goal?
    /// Targets with published, unsettled changes over the last verified content.
    public var unsettled: [Target.ID]
    /// Of these, the ones whose process must read its files again after a restore.
    public var reloadOnRestore: Set<Target.ID>
    /// What each of these processes showed before the first unsettled deploy: a check that a superseded content broke
    /// must not excuse its successor.
    public var evidenceBefore: [Target.ID: Evidence]
    /// Taking back the unsettled changes leads to something verified, or to what was there before Stoker.
    public var unsettledHaveWayBack: Bool
    /// What is to be forgotten of the last attempt.
    public var settlement: Settlement?
    /// What the configuration said of each target when its content went live: where, and which files of it.
    public var shapes: [Target.ID: TargetShape]?
    /// After a rollback for a failing check: when to ask the check again, to say whether the change was the cause.
    public var recheckAt: Instant?
    /// After a restore: until then the metrics still speak of what was taken back, and the next change must not be compared
    /// with that. Nil also in records of earlier versions.
    public var settlesAt: Instant?
    /// What the next change is compared with until then: the vital signs and checks of before what was taken back.
    public var evidenceBeforeRestore: [Target.ID: Evidence]?
    /// Until then the metrics speak of something else than what is loaded, whichever attempt loaded it last. Nil also in
    /// records of earlier versions.
    public var metricsSettleAt: Instant?
    /// What was live when a target could not be asked any more, and why not; nil while all can. Absent in earlier records.
    public var away: Away?
    /// What a person wants to be live, until the rollback has begun.
    public var rollbackGoal: Goal?
    /// A content that a person wants tried again.
    public var forced: ContentID?
    /// The running attempt, or the last one.
    public var attempt: Attempt?
    /// Newest first.
    public var rejections: [Rejection]
    /// Commits and contents a person let through.
    public var consents: [String]
    /// Nil where writes are allowed.
    public var suspension: Suspension?
    /// Nil before the first commit.
    public var seen: Seen?
    /// Of the newest content that the world was in the way of.
    public var backoff: Backoff?
    /// The same for repairs of what is verified: drift, a restore that was not confirmed.
    public var repairBackoff: Backoff?
    /// Of the last hour.
    public var corrections: [Correction]
    /// The process's start and configuration time when it was last proved.
    public var provedFacts: [Target.ID: RuntimeFacts]
    /// What each process gives no proof of, when it was last asked; nil where none said so.
    public var notProvable: [Target.ID: String]?
    /// How long each content has run verified. Nil in records of earlier versions, as is what follows.
    public var soak: SoakLedger?
    /// People's words for contents, newest first.
    public var approvals: [Approval]?
    /// No new revisions; what runs is still repaired.
    public var freeze: Suspension?
    /// The revision a person chose, until it is in or refused.
    public var promotion: Promotion?
    /// The revision that is on its way in.
    public var contending: Contending?
    /// What let in the contents that were deployed last, newest first.
    public var entries: [Entry]?
    /// Why the last full proof at rest failed; nil while the process serves what is on disk.
    public var runtimeDrift: Failure?
    /// The disk has the verified content (or what was there before Stoker) again, but the process was not seen serving it.
    public var restoreUnconfirmed: Failure?
    /// What that restore answered.
    public var restoreBecause: Failure?

    /// All it consists of.
    public init(bootID: String) {
        self.bootID = bootID
        self.verified = nil
        self.earlier = []
        self.live = nil
        self.unsettled = []
        self.reloadOnRestore = []
        self.evidenceBefore = [:]
        self.unsettledHaveWayBack = false
        self.settlement = nil
        self.rollbackGoal = nil
        self.recheckAt = nil
        self.settlesAt = nil
        self.evidenceBeforeRestore = nil
        self.metricsSettleAt = nil
        self.away = nil
        self.shapes = nil
        self.forced = nil
        self.attempt = nil
        self.rejections = []
        self.consents = []
        self.suspension = nil
        self.seen = nil
        self.backoff = nil
        self.repairBackoff = nil
        self.corrections = []
        self.provedFacts = [:]
        self.notProvable = nil
        self.soak = nil
        self.approvals = nil
        self.freeze = nil
        self.promotion = nil
        self.contending = nil
        self.entries = nil
        self.runtimeDrift = nil
        self.restoreUnconfirmed = nil
        self.restoreBecause = nil
    }

    /// Nothing published is open any more: it was verified, taken back, or there is no way back.
    mutating func closeUnsettled() {
        unsettled = []
        reloadOnRestore = []
        evidenceBefore = [:]
        unsettledHaveWayBack = false
    }

    /// Nil where everything about the target is proved.
    mutating func noteNotProvable(_ text: String?, of id: Target.ID) {
        if text == nil, notProvable?[id] == nil { return }
        notProvable = notProvable ?? [:]
        notProvable?[id] = text
        if notProvable?.isEmpty == true { notProvable = nil }
    }

    /// How many rejections, consents and earlier standings are kept.
    public static let memory = 100
}
