/// What a look found. Cheap: no work that grows with files, apart from one lstat per inventory file.
public struct Observation: Sendable {
    /// Both clocks.
    public let now: Now
    /// Instants of another boot mean nothing.
    public let bootID: String
    /// The id a new attempt would get.
    public let nextAttempt: Int64
    /// A number in 0..<1 for jitter; the core draws none itself.
    public let jitter: Double
    /// What the last fetch left.
    public let source: SourceLook
    /// Not folded in yet, oldest first.
    public let requests: [OperatorRequest]
    /// Only where the look was asked for it.
    public let disk: [Target.ID: DriftLook]
    /// Only where the look was asked for it.
    public let runtime: [Target.ID: RuntimeLook]
    /// Validator version and target configuration, as one text.
    public let fingerprint: String
    /// Of the paths asked about, those still missing.
    public let stillMissing: [String]
    /// What woke the loop.
    public let trigger: Trigger
    /// Whether the commit of the running attempt, which may not be the newest any more, may still be deployed.
    public let trustOfAttempt: Candidate.Trust
    /// The environments around this one; nil where there are none.
    public let pipeline: PipelineLook?

    /// All it consists of.
    public init(
        now: Now, bootID: String, nextAttempt: Int64, jitter: Double, source: SourceLook, requests: [OperatorRequest],
        disk: [Target.ID: DriftLook], runtime: [Target.ID: RuntimeLook], fingerprint: String, stillMissing: [String],
        trigger: Trigger, trustOfAttempt: Candidate.Trust = .trusted, pipeline: PipelineLook? = nil
    ) {
        self.pipeline = pipeline
        self.trustOfAttempt = trustOfAttempt
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
    /// Where it was found.
    public let revision: Revision
    /// What was followed.
    public let ref: GitRef
    /// The content, or why there is none.
    public let content: Result<ContentID, SourceInvalid>
    /// How the commit relates to the one asked about in the look.
    public let relation: Relation
    /// Whether it may be deployed at all, whatever it looks like.
    public let trust: Trust
    /// Who signed it, where that was asked and counts.
    public let signer: String?

    /// Whether a branch only moved forward.
    public enum Relation: Hashable, Sendable {
        /// The same or a descendant, nothing seen before, or another ref.
        case forward
        /// History was rewritten or went back; the message says which commits disappeared.
        case rewritten(String)
    }

    /// What its signature says. It belongs to the commit: another one with the same content has its own.
    public enum Trust: Hashable, Sendable {
        /// Signed by somebody who is trusted, or no signature is asked for.
        case trusted
        /// Nobody who is trusted signed it; the message says who did, and why that does not count.
        case refused(String)
        /// It could not be checked; the message says why.
        case unknown(String)
    }

    /// All it consists of.
    public init(
        revision: Revision, ref: GitRef, content: Result<ContentID, SourceInvalid>, relation: Relation,
        trust: Trust = .trusted, signer: String? = nil
    ) {
        self.signer = signer
        self.revision = revision
        self.ref = ref
        self.content = content
        self.relation = relation
        self.trust = trust
    }
}

/// Drift of one target's files.
public struct DriftLook: Hashable, Sendable {
    /// Files that are not as deployed: path in the target, and what is wrong with it.
    public let drifted: [String: String]
    /// All it consists of.
    public init(drifted: [String: String]) { self.drifted = drifted }
}

/// What a person asked for; a row in the journal.
public struct OperatorRequest: Hashable, Sendable {
    /// What is asked.
    public enum Kind: Hashable, Sendable {
        /// A commit, and its content where it is known.
        case approve(CommitID, ContentID?, reason: String = "")
        case reject(Revision, ContentID, reason: String)
        case suspend(reason: String, until: WallTime?)
        case resume
        case reconcile(retry: Bool)
        /// Nil: to the content verified before the present one.
        case rollback(to: Goal?)
        /// No new revisions.
        case freeze(reason: String, until: WallTime?)
        case unfreeze
        /// This revision is next.
        case promote(Goal, reason: String, breakGlass: Bool)
    }

    /// Unique and ascending.
    public let id: Int64
    /// What is asked.
    public let kind: Kind
    /// Who asked.
    public let actor: String
    /// When; nil where that is not known.
    public let at: WallTime?
    /// All it consists of.
    public init(id: Int64, kind: Kind, actor: String, at: WallTime? = nil) {
        self.at = at
        self.id = id
        self.kind = kind
        self.actor = actor
    }
}

/// What a look shall cover.
public struct LookRequest: Hashable, Sendable {
    /// Drift and readiness are looked at when nothing is going on.
    public let deployed: Bool
    /// What a rewrite is measured against.
    public let seen: EnvironmentRecord.Seen?
    /// What is being tried and needs somebody who stands for it.
    public let attempted: Revision?
    /// Paths to look for on this host.
    public let missingPaths: [String]
    /// The gates' checks are to be asked.
    public let gateChecks: Bool
    /// Upstreams of other hosts are to be asked anew: what they said last may be long ago.
    public let upstreams: Bool
    /// All it consists of.
    public init(
        deployed: Bool, seen: EnvironmentRecord.Seen?, attempted: Revision? = nil, missingPaths: [String],
        gateChecks: Bool = false, upstreams: Bool = false
    ) {
        self.upstreams = upstreams
        self.gateChecks = gateChecks
        self.attempted = attempted
        self.deployed = deployed
        self.seen = seen
        self.missingPaths = missingPaths
    }
}
