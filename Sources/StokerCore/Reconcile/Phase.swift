// Reconcile: the loop. It looks, decides, notes, acts and notes again, for ever, the same way after a push, a timer, a
// crash or a restart. `nextStep` is the whole policy and knows only a `Situation`; `EnvironmentLoop` is the machine
// around it: it folds what was seen and what an action reported into the record, and asks for the next effect. Nothing
// here waits, reads or writes: a driver performs the effects, and a simulator can perform them too.

/// Where an attempt is. Stored, so that a restart goes on from here.
public enum Phase: Hashable, Codable, Sendable {
    /// What would change, and is it there already?
    case surveying
    /// The disk already has it: does the process serve it?
    case adopting
    case validating
    case held(Hold)
    /// New files lie beside the tree, nothing live has changed.
    case staging(Target.ID)
    /// The journal has the intent; files are being replaced.
    case publishing(Target.ID)
    case reloading(Target.ID)
    /// The targets that are done must stay proved for a while before this one's turn.
    case baking(before: Target.ID)
    case verifying
    case restoring(because: Failure)
    case reloadingRestored(Target.ID, because: Failure)
    case verifyingRestored(because: Failure)
    case finished(Outcome)

    /// The word that `status` shows.
    public var word: String {
        switch self {
        case .surveying, .adopting: "surveying"
        case .validating: "validating"
        case .held: "held"
        case .staging, .publishing: "deploying"
        case .reloading: "reloading"
        case .baking: "baking"
        case .verifying: "verifying"
        case .restoring: "restoring"
        case .reloadingRestored: "reloading_restored"
        case .verifyingRestored: "verifying_restored"
        case .finished: "finished"
        }
    }

    /// The failure that a restore answers.
    public var because: Failure? {
        switch self {
        case .restoring(let failure), .reloadingRestored(_, let failure), .verifyingRestored(let failure): failure
        case .surveying, .adopting, .validating, .held, .staging, .publishing, .reloading, .baking, .verifying,
            .finished:
            nil
        }
    }
}

/// How an attempt ended.
public enum Outcome: Hashable, Codable, Sendable {
    case verified
    /// Refused before anything live changed; remembered.
    case rejected(Failure)
    /// Was live, failed, and the last verified content is served again.
    case rolledBack(Failure)
    /// What runs is not proved.
    case degraded(Failure)
    case superseded(by: Revision)
    /// The world was in the way before anything live changed (or everything is back); tried again with backoff.
    case errored(Failure)

    /// As `status` and the history spell it.
    public var word: String {
        switch self {
        case .verified: "verified"
        case .rejected: "rejected"
        case .rolledBack: "rolled_back"
        case .degraded: "degraded"
        case .superseded: "superseded"
        case .errored: "errored"
        }
    }

    /// What it failed of; nil where it did not.
    public var failure: Failure? {
        switch self {
        case .rejected(let failure), .rolledBack(let failure), .degraded(let failure), .errored(let failure): failure
        case .verified, .superseded: nil
        }
    }
}

/// What keeps a validated content from being deployed, and what ends it.
public struct Hold: Hashable, Codable, Sendable {
    /// In the closed set of reasons.
    public let reason: Reason
    /// What is missing, and how to let it through.
    public let message: String
    /// For `MissingFile`: the paths on this host that must appear.
    public let missingPaths: [String]

    /// All it consists of.
    public init(_ reason: Reason, _ message: String, missingPaths: [String] = []) {
        self.reason = reason
        self.message = message
        self.missingPaths = missingPaths
    }
}
