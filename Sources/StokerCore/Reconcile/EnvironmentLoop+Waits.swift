extension EnvironmentLoop {
    /// What is tried again after a while by itself, and need not remember that across a restart.
    enum Wait: Hashable { case journal, settle, publish, restore, proof }

    /// Once more in vain: the next try is due later than the last time.
    mutating func postpone(_ what: Wait) {
        let failures = (waits[what]?.failures ?? 0) + 1
        guard let until = wait(after: failures) else { return }
        waits[what] = (failures, until)
    }

    func isPostponed(_ what: Wait) -> Bool { isRunning(until: waits[what]?.until) }

    /// The later of now and the time, or nil where it has passed: a wake-up in the past would spin.
    func later(_ instant: Instant?) -> Instant? { isRunning(until: instant) ? instant : nil }

    func isRunning(until instant: Instant?) -> Bool {
        guard let instant, let now = observation?.now.instant else { return false }
        return now < instant
    }

    /// For ever, at most a minute apart, jittered.
    func wait(after failures: Int) -> Instant? {
        guard let observation else { return nil }
        let base = min(60_000, 1000 << min(failures, 6))
        let jittered = Double(base) * (0.75 + 0.25 * observation.jitter)
        return observation.now.instant + .milliseconds(Int64(jittered))
    }

    mutating func backOff(_ attempt: Attempt, _ failure: Failure) {
        let before = record.backoff?.content == attempt.goal.content ? record.backoff : nil
        record.backoff = backoff(after: before, attempt.goal.content, failure) ?? record.backoff
        sawTargetAway = false
    }

    mutating func backOffRepair(_ attempt: Attempt, _ failure: Failure) {
        record.repairBackoff = backoff(after: record.repairBackoff, attempt.goal.content, failure)
        sawTargetAway = false
    }

    private func backoff(
        after last: EnvironmentRecord.Backoff?, _ content: ContentID, _ failure: Failure
    ) -> EnvironmentRecord.Backoff? {
        let failures = (last?.failures ?? 0) + 1
        return wait(after: failures).map {
            EnvironmentRecord.Backoff(content: content, failures: failures, until: $0, failure: failure)
        }
    }

    /// A wait that has not passed, unless a target that was away has become ready since it began.
    func isWaiting(_ backoff: EnvironmentRecord.Backoff?) -> Bool {
        isRunning(until: backoff?.until) && !(sawTargetAway && allTargetsUp)
    }

    private var allTargetsUp: Bool {
        guard let runtime = observation?.runtime, !runtime.isEmpty else { return false }
        return runtime.values.allSatisfy(\.isUp)
    }

    /// How long nothing is to be done, and why.
    func rest() -> Rest {
        guard let attempt = running else { return restAtRest() }
        switch attempt.phase {
        case .baking, .verifying, .verifyingRestored:
            let verification = verification()
            if verification == .waitingForTarget { return Rest(.waitingForTarget, until: later(nextProbe)) }
            let decided = verification == .failed || isRefused(attempt)
            if decided, record.suspension != nil { return Rest(.suspended) }
            return Rest(.verifying, until: later(nextProbe))
        case .restoring:
            return Rest(.backoff(failure), until: later(waits[.restore]?.until))
        case .publishing where result == .held:
            return Rest(.backoff(failure), until: later(waits[.publish]?.until))
        case .held where record.suspension == nil:
            return Rest(.held, until: gateHold.flatMap(whenToLook))
        case .surveying, .adopting, .validating, .held, .staging, .publishing, .reloading, .reloadingRestored,
            .finished:
            return Rest(record.suspension != nil ? .suspended : .held)
        }
    }

    /// When a gate may be open: a moment later, because clocks and answers are rounded. Nil where a person or another
    /// environment must act first.
    private func whenToLook(at gate: GateStanding) -> Instant? {
        guard let now = observation?.now.instant else { return nil }
        if gate.reason == .gateCheckFailed {
            return now + (configuration.gates.checks.compactMap(\.interval).min() ?? .seconds(30))
        }
        // An upstream that did not look again since has no more to tell.
        let least = gate.reason == .soaking ? Duration.seconds(1) : .zero
        return gate.opensIn.map { now + max($0, least) + .milliseconds(50) }
    }

    private func restAtRest() -> Rest {
        if record.settlement != nil {
            let failure = lastFailure ?? Failure(.journalFailed, .environmental, "the last attempt is not settled yet")
            return Rest(.backoff(failure), until: later(waits[.settle]?.until))
        }
        var ends: [(Instant, Failure)] = []
        let mayAct = record.suspension == nil
        if mayAct, candidateStanding() == .waiting, let backoff = record.backoff {
            ends.append((backoff.until, backoff.failure))
        }
        if mayAct || record.rollbackGoal != nil, needsRepair, let backoff = repairWait {
            ends.append((backoff.until, backoff.failure))
        }
        if let (until, failure) = ends.min(by: { $0.0 < $1.0 }) { return Rest(.backoff(failure), until: later(until)) }
        if !mayAct { return Rest(.suspended) }
        if let hold = trainHold ?? upstreamHold { return Rest(.held, until: whenToLook(at: hold)) }
        if let at = record.recheckAt { return Rest(.idle, until: later(at)) }
        // A proof that failed once is asked for again before anybody is told that all is well.
        let until = factsMoved || record.runtimeDrift != nil ? later(waits[.proof]?.until) : nil
        return Rest(restProofFailures > 0 && until != nil ? .verifying : .idle, until: until)
    }

    private var needsRepair: Bool {
        !record.unsettled.isEmpty || record.restoreUnconfirmed != nil || record.rollbackGoal != nil
            || driftStanding() == .correctable
    }

    /// The wait that stands before a repair: its own, or that of the content that is live and unproved.
    var repairWait: EnvironmentRecord.Backoff? {
        if isWaiting(record.repairBackoff) { return record.repairBackoff }
        if !record.unsettled.isEmpty, record.rollbackGoal == nil, let backoff = record.backoff,
            backoff.content == record.live?.content, isWaiting(backoff)
        {
            return backoff
        }
        return nil
    }
}

extension RuntimeLook {
    var isUp: Bool { if case .up = self { true } else { false } }
}
