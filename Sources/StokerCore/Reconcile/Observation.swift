/// What a look found. Cheap: no work that grows with files, apart from one lstat per inventory file.
public struct Observation: Sendable {
    public let now: Now
    public let bootID: String
    /// The id a new attempt would get.
    public let nextAttempt: Int64
    /// A number in 0..<1 for jitter; the core draws none itself.
    public let jitter: Double
    public let source: SourceLook
    public let requests: [OperatorRequest]
    /// Only where the look was asked for it.
    public let disk: [Target.ID: DriftLook]
    public let runtime: [Target.ID: RuntimeLook]
    /// Validator version and target configuration, as one text.
    public let fingerprint: String
    /// Of the paths asked about, those still missing.
    public let stillMissing: [String]
    /// What woke the loop.
    public let trigger: Trigger

    public init(
        now: Now, bootID: String, nextAttempt: Int64, jitter: Double, source: SourceLook, requests: [OperatorRequest],
        disk: [Target.ID: DriftLook], runtime: [Target.ID: RuntimeLook], fingerprint: String, stillMissing: [String],
        trigger: Trigger
    ) {
        self.now = now
        self.bootID = bootID
        self.nextAttempt = nextAttempt
        self.jitter = jitter
        self.source = source
        self.requests = requests
        self.disk = disk
        self.runtime = runtime
        self.fingerprint = fingerprint
        self.stillMissing = stillMissing
        self.trigger = trigger
    }
}

/// The newest the source knows of one environment.
public enum SourceLook: Sendable {
    /// No fetch has ended yet.
    case unknown
    /// The last fetch failed; `last` is what was known before.
    case failed(Failure, last: Candidate?)
    case known(Candidate)
}

/// A commit under the environment's ref, and what can be made of it.
public struct Candidate: Hashable, Sendable {
    public let revision: Revision
    public let ref: GitRef
    /// The content, or why there is none.
    public let content: Result<ContentID, SourceInvalid>
    /// How the commit relates to the one asked about in the look.
    public let relation: Relation

    public enum Relation: Hashable, Sendable {
        /// The same or a descendant, nothing seen before, or another ref.
        case forward
        /// History was rewritten or went back; the message says which commits disappeared.
        case rewritten(String)
    }

    public init(revision: Revision, ref: GitRef, content: Result<ContentID, SourceInvalid>, relation: Relation) {
        self.revision = revision
        self.ref = ref
        self.content = content
        self.relation = relation
    }
}

/// Drift of one target's files.
public struct DriftLook: Hashable, Sendable {
    /// Files that are not as deployed: path in the target, and what is wrong with it.
    public let drifted: [String: String]
    public init(drifted: [String: String]) { self.drifted = drifted }
}

/// What a person asked for; a row in the journal.
public struct OperatorRequest: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// A commit, and its content where it is known.
        case approve(CommitID, ContentID?)
        case reject(Revision, ContentID, reason: String)
        case suspend(reason: String, until: WallTime?)
        case resume
        case reconcile(retry: Bool)
        /// Nil: to the content verified before the present one.
        case rollback(to: Goal?)
    }

    public let id: Int64
    public let kind: Kind
    public let actor: String
    public init(id: Int64, kind: Kind, actor: String) {
        self.id = id
        self.kind = kind
        self.actor = actor
    }
}

/// What a look shall cover.
public struct LookRequest: Hashable, Sendable {
    /// Drift and readiness are looked at when nothing is going on.
    public let deployed: Bool
    public let seen: EnvironmentRecord.Seen?
    public let missingPaths: [String]
    public init(deployed: Bool, seen: EnvironmentRecord.Seen?, missingPaths: [String]) {
        self.deployed = deployed
        self.seen = seen
        self.missingPaths = missingPaths
    }
}
