extension EnvironmentLoop {
    mutating func finishVerified() -> Effect? {
        guard let attempt = running, let observation else { return nil }
        if !attempt.isRepair || attempt.trigger == .rollback { pushEarlier(besides: attempt.goal.content) }
        var proof = record.verified?.content == attempt.goal.content ? record.verified?.proof ?? [:] : [:]
        proof.merge(adoptedProof) { $1 }
        for (id, verdict) in verdicts { proof[id] = verdict.proof }
        record.verified = EnvironmentRecord.Standing(
            revision: attempt.goal.revision, content: attempt.goal.content, at: observation.now.wall, proof: proof)
        record.live = attempt.goal
        record.closeUnsettled()
        record.rejections.removeAll { $0.content == attempt.goal.content && $0.fingerprint != nil }
        record.backoff = nil
        record.repairBackoff = nil
        record.runtimeDrift = nil
        record.restoreUnconfirmed = nil
        record.restoreBecause = nil
        record.settlement = EnvironmentRecord.Settlement(goal: attempt.goal, verified: true)
        if record.promotion?.goal.content == attempt.goal.content { record.promotion = nil }
        keepLedger(anew: attempt.trigger != .drift)
        let warnings = configuration.targets.flatMap { verdicts[$0.id]?.warnings ?? [] } + unproved
        return end(.verified, message: ([attempt.promoted].compactMap { $0 } + warnings).joined(separator: "; "))
    }

    private mutating func pushEarlier(besides content: ContentID) {
        record.earlier.removeAll { $0.content == content }
        guard var verified = record.verified, verified.content != content else { return }
        // Whoever goes back to it proves it anew.
        verified.proof = [:]
        record.earlier.removeAll { $0.content == verified.content }
        record.earlier.insert(verified, at: 0)
        record.earlier = Array(record.earlier.prefix(10))
    }

    mutating func finishRolledBack() -> Effect? {
        guard let attempt = running, let because = attempt.phase.because else { return nil }
        condemn(attempt, because, rolledBack: true)
        record.restoreUnconfirmed = nil
        record.restoreBecause = nil
        record.settlement = EnvironmentRecord.Settlement(goal: record.live, verified: false)
        rememberVitals(attempt)
        keepLedger()
        if because.reason == .checkFailed, let now = observation?.now.instant {
            // Right after a restore the metrics still speak of the bad configuration.
            record.recheckAt = now + attempt.surveys.values.settling(back: true)
        }
        return end(.rolledBack(because), message: rollbackMessage(because))
    }

    /// What the next change is compared with, as long as the metrics speak of what was taken back.
    private mutating func rememberVitals(_ attempt: Attempt) {
        record.settlesAt = settling(attempt).flatMap { duration in observation.map { $0.now.instant + duration } }
        record.evidenceBeforeRestore = nil
        guard record.settlesAt != nil else { return }
        var before: [Target.ID: Evidence] = [:]
        for target in configuration.targets {
            guard let seen = evidence(of: target.id, attempt), seen.wasUp else { continue }
            var evidence = Evidence(wasUp: true)
            evidence.vitals = seen.vitals
            evidence.checks = seen.checks
            before[target.id] = evidence
        }
        record.evidenceBeforeRestore = before
    }

    /// Evidence that was read right after a restore, with the vital signs and checks of before what was taken back.
    func settled(_ evidence: Evidence, of id: Target.ID) -> Evidence {
        guard let until = record.settlesAt, let now = observation?.now.instant, now < until, evidence.wasUp,
            let before = record.evidenceBeforeRestore?[id]
        else { return evidence }
        var evidence = evidence
        if evidence.vitals != nil, let vitals = before.vitals { evidence.vitals = vitals }
        if evidence.checks.count == before.checks.count { evidence.checks = before.checks }
        return evidence
    }

    /// How long what was taken back shows in what the next change is compared with: nil where that is nothing.
    private func settling(_ attempt: Attempt) -> Duration? {
        let surveys = attempt.surveys.values
        if let verify = configuration.verify, !verify.checks.isEmpty || verify.compare.comparesAnything {
            return surveys.settling(back: true)
        }
        return surveys.contains(where: \.changesScraping) ? VerifyWindow.poolGrace : nil
    }

    private func rollbackMessage(_ because: Failure) -> String {
        let to =
            record.verified.map { "\($0.revision.short), which is served again" }
            ?? "what was there before Stoker (unverified), which is served again"
        return "\(because.message); rolled back to \(to)"
    }

    /// Stop and remember, or try again for ever: the failure's class decides.
    private mutating func condemn(_ attempt: Attempt, _ failure: Failure, rolledBack: Bool) {
        switch failure.kind {
        case .content: rememberRejected(attempt, failure, rolledBack: rolledBack)
        case .environmental: backOff(attempt, failure)
        }
    }

    mutating func finishDegraded() -> Effect? {
        guard let attempt = running else { return nil }
        let now = verdictFailure ?? failure
        if let because = attempt.phase.because { return finishUnconfirmed(attempt, because, now) }
        if attempt.trigger == .drift {
            backOffRepair(attempt, now)
            // The files are right by now; what is left to correct is the process.
            if record.restoreUnconfirmed == nil { record.runtimeDrift = now }
            return end(.degraded(now), message: now.message)
        }
        condemn(attempt, now, rolledBack: false)
        guard !attempt.hasRollbackTarget else { return end(.degraded(now), message: now.message) }
        if !record.unsettled.isEmpty {
            record.closeUnsettled()
            record.settlement = EnvironmentRecord.Settlement(goal: record.live, verified: false)
        }
        return end(.degraded(now), message: now.message + "; there is nothing verified to go back to, so it stays")
    }

    /// The restore was not seen served: the disk keeps the verified content, and the reload is tried again.
    private mutating func finishUnconfirmed(_ attempt: Attempt, _ because: Failure, _ now: Failure) -> Effect? {
        condemn(attempt, because, rolledBack: true)
        record.restoreUnconfirmed = now
        record.restoreBecause = because
        backOffRepair(attempt, now)
        record.settlement = EnvironmentRecord.Settlement(goal: record.live, verified: false)
        let kept = record.verified == nil ? "what was there before Stoker" : "the verified content"
        let message =
            "\(because.message); the rollback failed (RollbackFailed): \(now.message); the disk has \(kept) and the "
            + "reload is tried again"
        return end(
            .degraded(Failure(because.reason, because.kind, message, findings: because.findings)), message: message)
    }

    mutating func finishSuperseded() -> Effect? {
        guard let attempt = running else { return nil }
        let by = record.rollbackGoal?.revision ?? newest?.revision ?? attempt.goal.revision
        // Of the commit itself: whatever else is there, it did not take this one's place.
        if record.rollbackGoal == nil, !isRefused(attempt), let withdrawal {
            return end(.superseded(by: by), message: "given up before it was live: \(withdrawal)")
        }
        return end(.superseded(by: by), message: "superseded by \(by.short)")
    }

    /// Ends an attempt that was refused before it changed anything live.
    mutating func finishRejected() -> Effect? {
        guard let attempt = running else { return nil }
        let failure = failure
        rememberRejected(attempt, failure, rolledBack: false)
        return end(.rejected(failure), message: failure.message)
    }

    /// Ends an attempt that the world was in the way of; it comes again after a while.
    mutating func finishErrored() -> Effect? {
        guard let attempt = running else { return nil }
        let failure = failure
        if attempt.isRepair { backOffRepair(attempt, failure) } else { backOff(attempt, failure) }
        // What a person asked for is not forgotten because the disk was full.
        if attempt.trigger == .rollback, record.rollbackGoal == nil { record.rollbackGoal = attempt.goal }
        return end(.errored(failure), message: failure.message)
    }

    private mutating func end(_ outcome: Outcome, message: String) -> Effect? {
        if record.attempt?.trigger == .drift, !record.unsettled.isEmpty {
            // What a repair replaced is nothing to go back to.
            record.closeUnsettled()
            record.settlement = EnvironmentRecord.Settlement(goal: nil, verified: false)
        }
        record.attempt?.phase = .finished(outcome)
        let signed = record.attempt?.signer.map { "its commit is signed by \($0)" } ?? ""
        record.attempt?.message = [message, signed].filter { !$0.isEmpty }.joined(separator: "; ")
        record.attempt?.findings = outcome.failure?.findings ?? []
        record.attempt?.finishedAt = observation?.now.wall
        record.attempt?.todo = []
        record.attempt?.evidence = [:]
        attemptsFinished += 1
        // Looked at, and so noted, before another one begins: its row of the history must have its end.
        attemptEndedSinceLook = true
        lookIsStale = true
        result = .none
        pendingHold = nil
        windows = [:]
        verdicts = [:]
        nextProbe = nil
        waits = [:]
        return nil
    }

    /// A person's word is kept as it was given: a verdict of ours must not turn it into one that a new validator lifts.
    private mutating func rememberRejected(_ attempt: Attempt, _ failure: Failure, rolledBack: Bool) {
        if record.promotion?.goal.content == attempt.goal.content { record.promotion = nil }
        // It was verified here once, and is not what it was.
        record.soak?.revoke(attempt.goal.content, because: failure.message, byPerson: false)
        if personsRejection(of: attempt.goal.content) == nil {
            remember(
                EnvironmentRecord.Rejection(
                    revision: attempt.goal.revision, content: attempt.goal.content,
                    fingerprint: observation?.fingerprint ?? "", failure: failure, rolledBack: rolledBack))
        }
        record.backoff = nil
    }
}
