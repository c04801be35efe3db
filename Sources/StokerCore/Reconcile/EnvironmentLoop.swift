/// The loop of one environment as a synchronous machine: an event in, an effect out. It holds no task, no clock and no
/// connection, so a seed replays it and a simulator drives it.
public struct EnvironmentLoop: Sendable {
    public let configuration: EnvironmentConfiguration
    public let onRewrite: SourceConfiguration.OnRewrite
    public internal(set) var record: EnvironmentRecord
    /// The last look.
    public internal(set) var observation: Observation?

    /// What the last action of the present stage said; lost in a crash, and asked for again.
    var result: Situation.Result = .none
    var lastFailure: Failure?
    /// One window per target, running while `verifying` or `verifyingRestored`.
    var windows: [Target.ID: VerifyWindow] = [:]
    var verdicts: [Target.ID: Verdict] = [:]
    var nextProbe: Instant?
    /// What shall be live once a rollback was asked for.
    var rollbackGoal: Goal?
    var rollbackRequested = false
    /// A content tried again although remembered as bad.
    var forced: ContentID?
    /// Why validation held the attempt back, until the hold is entered.
    var pendingHold: Hold?
    /// Full proofs at rest that failed in a row.
    var restProofFailures = 0
    /// When the wait of a restore that the disk refused is over.
    var restoreRetry: Instant?
    /// Requests folded in since the last note.
    var consumed: [Int64] = []
    /// Files beyond the hourly limit of corrections.
    var contested: [String] = []
    /// Attempts that were begun and ended since the start: `run --once` counts them.
    public internal(set) var attemptsFinished = 0
    private var queue: [Effect] = []
    private var unsaved = false

    public init(
        configuration: EnvironmentConfiguration, onRewrite: SourceConfiguration.OnRewrite, record: EnvironmentRecord
    ) {
        self.configuration = configuration
        self.onRewrite = onRewrite
        self.record = record
    }

    /// Takes what happened, and says what to do. Every effect is answered by exactly one event.
    public mutating func handle(_ event: LoopEvent) -> Effect {
        switch event {
        case .woke:
            queue = []
            return .look(lookRequest)
        case .looked(let observation):
            let before = record
            absorb(observation)
            unsaved = unsaved || record != before || !consumed.isEmpty
        case .noted:
            unsaved = false
            consumed = []
        case .noteFailed(let message):
            if let effect = noteFailed(message) { return effect }
        case .acted(let report):
            let before = record
            absorb(report)
            unsaved = unsaved || record != before
        }
        if !queue.isEmpty { return queue.removeFirst() }
        return advance()
    }

    /// Decides, applies the decision to the record, and queues note and action.
    private mutating func advance() -> Effect {
        // Deciding alone never needs more turns than there are stages: a longer run is a broken invariant.
        for _ in 0..<32 {
            let before = record
            let effect = apply(nextStep(situation()))
            unsaved = unsaved || record != before
            guard let effect else { continue }
            if case .note = effect { preconditionFailure("a decision does not note by itself") }
            guard unsaved else { return effect }
            queue = [effect]
            return .note(record, consumed: consumed)
        }
        preconditionFailure("the decision for \(configuration.name) does not come to rest")
    }

    /// The journal cannot be written. What is live stays; a restore goes on, because the deploy's intent authorises it.
    private mutating func noteFailed(_ message: String) -> Effect? {
        switch record.attempt?.phase {
        case .restoring, .reloadingRestored, .verifyingRestored, .reloading, .verifying, .publishing:
            return nil
        case nil, .surveying, .adopting, .validating, .held, .staging, .finished:
            queue = []
            let failure = Failure(.journalFailed, .environmental, message)
            lastFailure = failure
            return .rest(Rest(.backoff(failure), until: observation.map { $0.now.instant + .seconds(5) }))
        }
    }

    private var lookRequest: LookRequest {
        var missing: [String] = []
        var deployed = true
        switch record.attempt?.phase {
        case .held(let hold): missing = hold.missingPaths
        case nil, .finished: break
        case .surveying, .adopting, .validating, .staging, .publishing, .reloading, .verifying, .restoring,
            .reloadingRestored, .verifyingRestored:
            deployed = false
        }
        return LookRequest(deployed: deployed, seen: record.seen, missingPaths: missing)
    }
}
