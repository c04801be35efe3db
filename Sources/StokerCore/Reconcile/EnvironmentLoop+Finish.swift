extension EnvironmentLoop {
    mutating func finishVerified() -> Effect? {
        guard let attempt = running, let observation else { return nil }
        if !attempt.isRepair || attempt.trigger == .rollback { pushEarlier(besides: attempt.goal.content) }
        var proof = record.verified?.content == attempt.goal.content ? record.verified?.proof ?? [:] : [:]
        for (id, verdict) in verdicts { proof[id] = verdict.proof }
        for (id, earlier) in record.verified?.proof ?? [:] where proof[id] == nil { proof[id] = earlier }
        record.verified = EnvironmentRecord.Standing(
            revision: attempt.goal.revision, content: attempt.goal.content, at: observation.now.wall, proof: proof)
        record.live = attempt.goal
        record.unsettled = []
        record.rejections.removeAll { $0.content == attempt.goal.content && $0.fingerprint != nil }
        record.backoff = nil
        record.repairBackoff = nil
        record.runtimeDrift = nil
        record.restoreUnconfirmed = nil
        end(.verified, message: configuration.targets.flatMap { verdicts[$0.id]?.warnings ?? [] }.joined(separator: "; "))
        return .act(.settle(attempt.goal, verified: true))
    }

    private mutating func pushEarlier(besides content: ContentID) {
        record.earlier.removeAll { $0.content == content }
        guard let verified = record.verified, verified.content != content else { return }
        record.earlier.removeAll { $0.content == verified.content }
        record.earlier.insert(verified, at: 0)
        record.earlier = Array(record.earlier.prefix(10))
    }

    mutating func finishRolledBack() -> Effect? {
        guard let attempt = running, let because = attempt.phase.because else { return nil }
        if because.kind == .content { rememberRejected(attempt, because, rolledBack: true) } else { backOff(attempt, because) }
        end(.rolledBack(because), message: rollbackMessage(because))
        return .act(.settle(record.live, verified: false))
    }

    private func rollbackMessage(_ because: Failure) -> String {
        let to = record.verified.map { "\($0.revision.short), which is served again" }
            ?? "what was there before Stoker (unverified), which is served again"
        return "\(because.message); rolled back to \(to)"
    }

    mutating func finishDegraded() -> Effect? {
        guard let attempt = running else { return nil }
        let because = attempt.phase.because
        let now = verdictFailure ?? failure
        if let because {
            // The restore itself was not seen served: the disk keeps the verified content, the reload is tried again.
            if because.kind == .content { rememberRejected(attempt, because, rolledBack: true) } else { backOff(attempt, because) }
            record.restoreUnconfirmed = now
            backOffRepair(now)
            let message = "\(because.message); the rollback failed (RollbackFailed): \(now.message); the disk has the "
                + "verified content and the reload is tried again"
            end(.degraded(Failure(because.reason, because.kind, message, findings: because.findings)), message: message)
            return .act(.settle(record.live, verified: false))
        }
        if attempt.trigger == .drift {
            backOffRepair(now)
            end(.degraded(now), message: now.message)
            return .act(.settle(nil, verified: false))
        }
        if now.kind == .content { rememberRejected(attempt, now, rolledBack: false) } else { backOff(attempt, now) }
        let noWayBack = attempt.hasRollbackTarget ? "" : "; there is nothing verified to go back to, so it stays"
        end(.degraded(now), message: now.message + noWayBack)
        if !attempt.hasRollbackTarget { record.unsettled = [] }
        return attempt.hasRollbackTarget ? nil : .act(.settle(attempt.goal, verified: false))
    }

    mutating func finishSuperseded() -> Effect? {
        guard let attempt = running else { return nil }
        if let rejection = rejection(of: attempt.goal.content), rejection.fingerprint == nil {
            lastFailure = rejection.failure
            return finish(.rejected(rejection.failure), remember: false)
        }
        let by = newest?.revision ?? attempt.goal.revision
        end(.superseded(by: by), message: "superseded by \(by.short)")
        return nil
    }

    /// Ends an attempt that never touched anything live.
    mutating func finish(_ outcome: Outcome, remember: Bool) -> Effect? {
        guard let attempt = running, let failure = outcome.failure else { return nil }
        if remember { rememberRejected(attempt, failure, rolledBack: false) }
        if case .errored = outcome {
            if attempt.isRepair { backOffRepair(failure) } else { backOff(attempt, failure) }
        }
        end(outcome, message: failure.message)
        return nil
    }

    private mutating func end(_ outcome: Outcome, message: String) {
        record.attempt?.phase = .finished(outcome)
        record.attempt?.message = message
        record.attempt?.findings = outcome.failure?.findings ?? []
        record.attempt?.finishedAt = observation?.now.wall
        record.attempt?.todo = []
        record.attempt?.evidence = [:]
        attemptsFinished += 1
        result = .none
        windows = [:]
        verdicts = [:]
        nextProbe = nil
    }

    private mutating func rememberRejected(_ attempt: Attempt, _ failure: Failure, rolledBack: Bool) {
        remember(
            EnvironmentRecord.Rejection(
                revision: attempt.goal.revision, content: attempt.goal.content,
                fingerprint: observation?.fingerprint ?? "", failure: failure, rolledBack: rolledBack))
        record.backoff = nil
    }

    /// For ever, at most a minute apart, jittered.
    private mutating func backOff(_ attempt: Attempt, _ failure: Failure) {
        let failures = record.backoff?.content == attempt.goal.content ? (record.backoff?.failures ?? 0) + 1 : 1
        guard let wait = wait(after: failures) else { return }
        record.backoff = EnvironmentRecord.Backoff(
            content: attempt.goal.content, failures: failures, until: wait, failure: failure)
    }

    private mutating func backOffRepair(_ failure: Failure) {
        guard let verified = record.verified else { return }
        let failures = (record.repairBackoff?.failures ?? 0) + 1
        guard let wait = wait(after: failures) else { return }
        record.repairBackoff = EnvironmentRecord.Backoff(
            content: verified.content, failures: failures, until: wait, failure: failure)
    }

    private func wait(after failures: Int) -> Instant? {
        guard let observation else { return nil }
        let base = min(60_000, 1000 << min(failures, 6))
        let jittered = Double(base) * (0.75 + 0.25 * observation.jitter)
        return observation.now.instant + .milliseconds(Int64(jittered))
    }
}
