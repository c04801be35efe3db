/// The loop of one environment as a synchronous machine: an event in, an effect out. It holds no task, no clock and no
/// connection, so a seed replays it and a simulator drives it.
public struct EnvironmentLoop: Sendable {
    /// What it keeps in order.
    public let configuration: EnvironmentConfiguration
    /// What a rewritten history means.
    public let onRewrite: SourceConfiguration.OnRewrite
    /// What must survive a restart, as far as it is decided.
    public internal(set) var record: EnvironmentRecord
    /// When revisions may enter, with the rules of every zone that the configuration names.
    public let gateWindows: Windows
    /// Between two looks while nothing happens.
    public let watchInterval: Duration
    /// The last look.
    public internal(set) var observation: Observation?
    /// When they open next, once it was looked for.
    var opening: Opening?
    /// The revision that is next, by the last look.
    var contender: Contender?

    /// What the last action of the present stage said; lost in a crash, and asked for again.
    var result: Situation.Result = .none
    var lastFailure: Failure?
    /// One window per target, running while `verifying` or `verifyingRestored`.
    var windows: [Target.ID: VerifyWindow] = [:]
    var verdicts: [Target.ID: Verdict] = [:]
    var nextProbe: Instant?
    /// What the adopting look proved.
    var adoptedProof: [Target.ID: [String]] = [:]
    /// Why validation held the attempt back, until the hold is entered.
    var pendingHold: Hold?
    /// Full proofs at rest that failed in a row.
    var restProofFailures = 0
    /// The last look that saw the verified content live and served.
    var servedAt: Instant?
    /// Waits that need not survive a restart.
    var waits: [Wait: (failures: Int, until: Instant)] = [:]
    /// A target was seen away while a wait was running: becoming ready ends it.
    var sawTargetAway = false
    /// Requests folded in since the last note.
    var consumed: [Int64] = []
    /// Files beyond the hourly limit of corrections.
    var contested: [String] = []
    /// Why the journal cannot be written; nil once it could be.
    var journalFailure: Failure?
    /// Attempts that were begun and ended since the start: `run --once` counts them.
    public internal(set) var attemptsFinished = 0
    /// An action took its time since the last look: what people ask, the clock and the newest commit may be others.
    var lookIsStale = true
    /// What the last look was asked for.
    private var lastRequest: LookRequest?
    var attemptEndedSinceLook = false
    var unsaved = false
    private var queue: [Effect] = []

    /// All it consists of.
    public init(
        configuration: EnvironmentConfiguration, onRewrite: SourceConfiguration.OnRewrite, record: EnvironmentRecord,
        gateWindows: Windows = Windows(windows: [], blackouts: [], zones: []), watchInterval: Duration = .seconds(60)
    ) {
        self.watchInterval = watchInterval
        self.gateWindows = gateWindows
        self.configuration = configuration
        self.onRewrite = onRewrite
        self.record = record
    }

    /// Takes what happened, and says what to do. Every effect is answered by exactly one event.
    public mutating func handle(_ event: LoopEvent) -> Effect {
        switch event {
        case .woke:
            queue = []
            return look()
        case .looked(let observation):
            let before = record
            absorb(observation)
            unsaved = unsaved || record != before || !consumed.isEmpty
            // What could not be noted is noted first: nothing new is decided on top of it.
            if journalFailure != nil, unsaved { return .note(record, consumed: consumed) }
        case .noted:
            unsaved = false
            consumed = []
            journalFailure = nil
            waits[.journal] = nil
        case .noteFailed(let message):
            if let effect = noteFailed(message) { return effect }
        case .acted(let report):
            let before = record
            absorb(report)
            lookIsStale = true
            unsaved = unsaved || record != before
        }
        if !queue.isEmpty { return queue.removeFirst() }
        return advance()
    }

    /// Decides, applies the decision to the record, and queues note and action.
    private mutating func advance() -> Effect {
        // Deciding alone never needs more turns than there are stages: a longer run is a broken invariant.
        for _ in 0..<32 {
            let step = nextStep(situation())
            if lookIsStale ? needsLook(before: step) : opensQuestions(step) { return noting(look()) }
            let before = record
            let effect = apply(step)
            unsaved = unsaved || record != before
            if let effect { return noting(effect) }
        }
        preconditionFailure("the decision for \(configuration.name) does not come to rest")
    }

    /// The record first, then the effect.
    private mutating func noting(_ effect: Effect) -> Effect {
        guard unsaved else { return effect }
        queue = [effect]
        return .note(record, consumed: consumed)
    }

    private mutating func look() -> Effect {
        let request = lookRequest
        lastRequest = request
        return .look(request)
    }

    /// A gate has opened with this look, and now it is the turn of those that are asked last.
    private func opensQuestions(_ step: Step) -> Bool {
        step == .hold && areGateChecksDue && observation?.pipeline?.checks == nil && lastRequest?.gateChecks == false
    }

    /// Validation takes seconds, a reload minutes: before anything is written, begun, timed or ended, what happened
    /// meanwhile is looked at. A suspension or a newer commit that came during a validation still counts.
    private func needsLook(before step: Step) -> Bool {
        switch step {
        case .stage, .beginCandidate, .beginDrift, .beginRollback, .beginLive, .confirmRestore: true
        case .finishVerified, .finishRejected, .finishRolledBack, .finishDegraded, .finishSuperseded, .finishErrored:
            true
        // The gates' checks are asked only now.
        case .hold: areGateChecksDue && observation?.pipeline?.checks == nil
        case .probe: record.attempt?.phase != .verifying || windows.isEmpty
        case .bake: windows.isEmpty
        case .probeRestored: !isWatchingRestored || windows.isEmpty
        case .rest: running == nil && attemptEndedSinceLook
        // A process that restarted between the look and its proof would be asked again and again for the facts of the look.
        case .prove: true
        case .moveAlong, .recheck, .settle, .survey, .adopt, .validate, .publish, .reload, .restore,
            .reloadRestored:
            false
        }
    }

    private var isWatchingRestored: Bool {
        if case .verifyingRestored = record.attempt?.phase { true } else { false }
    }

    /// The journal cannot be written, so nothing that needs it is done. What is live stays and goes on being watched; a
    /// restore goes on, because the deploy's intent authorises it.
    private mutating func noteFailed(_ message: String) -> Effect? {
        let failure = Failure(.journalFailed, .environmental, message)
        journalFailure = failure
        switch record.attempt?.phase {
        case .reloading, .baking, .verifying, .restoring, .reloadingRestored, .verifyingRestored:
            return nil
        case .staging(let id), .publishing(let id):
            let rests = if case .rest = queue.first { true } else { false }
            queue = []
            lastFailure = failure
            if record.unsettled.isEmpty || record.attempt?.hasRollbackTarget != true {
                deployAgain(id)
            } else {
                // Other targets are live already, and nobody would watch them: take them back, unless suspended.
                result = .environmentFailure
                if !rests { return nil }
            }
        case nil, .surveying, .adopting, .validating, .held, .finished:
            queue = []
        }
        postpone(.journal)
        return .rest(Rest(.backoff(failure), until: waits[.journal]?.until))
    }

    /// Back to before the deploy of a target whose files are untouched. Validation comes again right before it, unless
    /// other targets of the attempt are live already.
    mutating func deployAgain(_ id: Target.ID) {
        let again = record.unsettled.isEmpty && record.attempt?.isRepair == false
        record.attempt?.phase = again ? .validating : .staging(id)
        result = .none
    }

    /// A revision was validated, and nothing of it is live: the last look before its deploy.
    private var isAboutToEnter: Bool {
        guard let attempt = running, !attempt.isRepair, !isLive(attempt), !configuration.after.names.isEmpty else {
            return false
        }
        return attempt.phase == .validating && result == .ok
    }

    private var lookRequest: LookRequest {
        var missing: [String] = []
        var deployed = true
        switch record.attempt?.phase {
        case .held(let hold): missing = hold.missingPaths
        case nil, .finished: break
        case .surveying, .adopting, .validating, .staging, .publishing, .reloading, .baking, .verifying, .restoring,
            .reloadingRestored, .verifyingRestored:
            deployed = false
        }
        return LookRequest(
            deployed: deployed, seen: record.seen, attempted: attempted, missingPaths: missing,
            gateChecks: areGateChecksDue, upstreams: isAboutToEnter)
    }
}
