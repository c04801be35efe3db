/// All that the decision depends on, reduced to what can be told apart. Small enough to be walked exhaustively.
public struct Situation: Hashable, Sendable {
    /// `Phase` without its payload.
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

    /// What drift asks for.
    public enum Drift: Hashable, Sendable, CaseIterable { case none, reported, correctable, proofDue }

    /// Intents of an attempt that is over: to be forgotten now, or again in a while.
    public enum Settlement: Hashable, Sendable, CaseIterable { case none, due, waiting }

    /// Whether the commit of an attempt of which nothing is live may still be deployed.
    public enum Vouching: Hashable, Sendable, CaseIterable {
        case vouched
        /// Nobody can say yet: no look at the source has ended since the start.
        case awaited
        /// Nobody who is trusted stands for it any more, or it cannot be found out.
        case withdrawn
    }

    /// Where the attempt is.
    public var stage: Stage
    /// A person stopped all writes.
    public var suspended: Bool
    /// The newest known content.
    public var candidate: Candidate
    /// Another content should be live instead of the running attempt's.
    public var newer: Bool
    /// A person rejected the running attempt's content.
    public var refused: Bool
    /// At rest: `environmentFailure` while the wait of a repair has not passed.
    public var result: Result
    /// Of the running attempt.
    public var verification: Verification
    /// The goal is on disk already (surveying, adopting).
    public var equal: Bool
    /// Adoption of what was there before Stoker, or re-proof for a repair: the proof alone decides.
    public var proofDecides: Bool
    /// A rollback or a drift repair: no validation; goes on while suspended when a person asked.
    public var repair: Bool
    /// It goes on, suspended or not: a person wants it, or half of a publication is live.
    public var askedByPerson: Bool
    /// A target is still to be deployed, or to be reloaded after a restore.
    public var targetsLeft: Bool
    /// Something published is not settled.
    public var touched: Bool
    /// There is something to go back to.
    public var rollbackTarget: Bool
    /// At rest, and while an attempt is held.
    public var drift: Drift
    /// The disk was restored, and nobody saw it served.
    public var restoreUnconfirmed: Bool
    /// A person asked for a rollback that has not begun.
    public var rollbackRequested: Bool
    /// Intents of the last attempt.
    public var settlement: Settlement

    /// The check that a rollback answered is to be asked again.
    public var recheckDue: Bool
    /// Of the running attempt. What is live and a repair need nobody who stands for them.
    public var vouching: Vouching
    /// A gate keeps the running attempt, of which nothing is live, or what would be tried next, from its deploy.
    public var gated: Bool

    /// All it consists of.
    public init(
        stage: Stage, suspended: Bool, candidate: Candidate, newer: Bool, refused: Bool, result: Result,
        verification: Verification, equal: Bool, proofDecides: Bool, repair: Bool, askedByPerson: Bool,
        targetsLeft: Bool, touched: Bool, rollbackTarget: Bool, drift: Drift, restoreUnconfirmed: Bool,
        rollbackRequested: Bool, settlement: Settlement, recheckDue: Bool = false, vouching: Vouching = .vouched,
        gated: Bool = false
    ) {
        self.gated = gated
        self.vouching = vouching
        self.recheckDue = recheckDue
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
    /// At rest after a rollback: does the failing check still fail?
    case recheck
    case survey, adopt, validate, hold, stage, publish, reload, probe
    case restore, reloadRestored, probeRestored
    /// After a restore that nobody saw served: ask again.
    case confirmRestore
    case finishVerified, finishRejected, finishRolledBack, finishDegraded, finishSuperseded, finishErrored
}
