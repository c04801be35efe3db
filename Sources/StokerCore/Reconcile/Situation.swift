/// All that the decision depends on, reduced to what can be told apart. Small enough to be walked exhaustively.
public struct Situation: Hashable, Sendable {
    public enum Stage: Hashable, Sendable, CaseIterable {
        case resting, surveying, adopting, validating, held, staging, publishing, reloading, verifying
        case restoring, reloadingRestored, verifyingRestored
    }

    /// How the newest known content of the source stands.
    public enum Candidate: Hashable, Sendable, CaseIterable {
        /// Nothing usable is known: no fetch yet, an invalid tree, history held back.
        case none
        /// Verified and live; `moved`: under another revision than recorded.
        case verified, verifiedMoved
        case rejected
        /// To be tried, but an environmental failure's backoff has not passed.
        case waiting
        case fresh
    }

    /// What the last action of the stage said.
    public enum Result: Hashable, Sendable, CaseIterable { case none, ok, held, contentFailure, environmentFailure }

    /// Where the verification stands.
    public enum Verification: Hashable, Sendable, CaseIterable {
        /// A probe is due.
        case due
        case healthy
        /// A check or proof is failing or inconclusive, not long enough for a verdict.
        case shaky
        /// The target was down before the deploy and still is.
        case waitingForTarget
        case passed, failed, unproven
    }

    public enum Drift: Hashable, Sendable, CaseIterable { case none, reported, correctable, proofDue }

    /// Intents of an attempt that is over: to be forgotten now, or again in a while.
    public enum Settlement: Hashable, Sendable, CaseIterable { case none, due, waiting }

    public var stage: Stage
    public var suspended: Bool
    public var candidate: Candidate
    /// Another content should be live instead of the running attempt's.
    public var newer: Bool
    /// A person rejected the running attempt's content.
    public var refused: Bool
    /// At rest: `environmentFailure` while the wait of a repair has not passed.
    public var result: Result
    public var verification: Verification
    /// The goal is on disk already (surveying, adopting).
    public var equal: Bool
    /// Adoption of what was there before Stoker, or re-proof for a repair: the proof alone decides.
    public var proofDecides: Bool
    /// A rollback or a drift repair: no validation; goes on while suspended when a person asked.
    public var repair: Bool
    public var askedByPerson: Bool
    public var targetsLeft: Bool
    /// Something published is not settled.
    public var touched: Bool
    public var rollbackTarget: Bool
    public var drift: Drift
    public var restoreUnconfirmed: Bool
    public var rollbackRequested: Bool
    public var settlement: Settlement

    public init(
        stage: Stage, suspended: Bool, candidate: Candidate, newer: Bool, refused: Bool, result: Result,
        verification: Verification, equal: Bool, proofDecides: Bool, repair: Bool, askedByPerson: Bool,
        targetsLeft: Bool, touched: Bool, rollbackTarget: Bool, drift: Drift, restoreUnconfirmed: Bool,
        rollbackRequested: Bool, settlement: Settlement
    ) {
        self.stage = stage
        self.suspended = suspended
        self.candidate = candidate
        self.newer = newer
        self.refused = refused
        self.result = result
        self.verification = verification
        self.equal = equal
        self.proofDecides = proofDecides
        self.repair = repair
        self.askedByPerson = askedByPerson
        self.targetsLeft = targetsLeft
        self.touched = touched
        self.rollbackTarget = rollbackTarget
        self.drift = drift
        self.restoreUnconfirmed = restoreUnconfirmed
        self.rollbackRequested = rollbackRequested
        self.settlement = settlement
    }
}

/// What to do next.
public enum Step: Hashable, Sendable, CaseIterable {
    case rest
    /// The verified content is found under another commit: desired, running and verified revisions move along.
    case moveAlong
    case beginCandidate, beginDrift, beginRollback
    /// Judge what is live once more: it was superseded before its verdict, and nothing came of its successor.
    case beginLive
    /// Forget the intents of the attempt that is over.
    case settle
    /// At rest: ask the process for the whole proof again.
    case prove
    case survey, adopt, validate, hold, stage, publish, reload, probe
    case restore, reloadRestored, probeRestored
    /// After a restore that nobody saw served: ask again.
    case confirmRestore
    case finishVerified, finishRejected, finishRolledBack, finishDegraded, finishSuperseded, finishErrored
}
