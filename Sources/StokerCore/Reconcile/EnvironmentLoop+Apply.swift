extension EnvironmentLoop {
    /// Carries a decision into the record and says which effect it needs; nil: decide again.
    mutating func apply(_ step: Step) -> Effect? {
        switch step {
        case .rest: return .rest(rest())
        case .moveAlong: return moveAlong()
        case .beginCandidate: return beginCandidate()
        case .beginDrift: return beginDrift()
        case .beginRollback: return beginRollback()
        case .beginLive: return beginLive()
        case .settle: return record.settlement.map { .act(.settle($0.goal, verified: $0.verified)) }
        case .prove: return proveAtRest()
        case .survey: return act(.surveying) { .survey($0.goal, trigger: $0.trigger) }
        case .adopt: return act(.adopting) { .prove($0.goal) }
        case .validate: return act(.validating) { .validate($0.goal) }
        case .recheck: return recheck()
        case .hold: return enterHold()
        case .stage: return stage()
        case .publish: return publish()
        case .reload: return reload()
        case .bake: return bake()
        case .probe, .probeRestored: return probe(restored: step == .probeRestored)
        case .restore: return restore()
        case .reloadRestored: return reloadRestored()
        case .confirmRestore: return confirmRestore()
        case .finishVerified: return finishVerified()
        case .finishRejected: return finishRejected()
        case .finishRolledBack: return finishRolledBack()
        case .finishDegraded: return finishDegraded()
        case .finishSuperseded: return finishSuperseded()
        case .finishErrored: return finishErrored()
        }
    }

    /// What the next ending is about.
    var failure: Failure {
        running.flatMap { personsRejection(of: $0.goal.content)?.failure } ?? lastFailure
            ?? gateHold.map { Failure($0.reason, .environmental, $0.lasting) }
            ?? Failure(.unproven, .environmental, "the attempt ended without a reason")
    }

    // MARK: - Beginning

    private mutating func begin(_ goal: Goal, _ trigger: Trigger, signer: String? = nil) {
        guard let observation else { return }
        // Unsettled changes know where they lead back to; otherwise it is what is verified, or the baseline.
        let wayBack = record.unsettled.isEmpty ? record.verified != nil : record.unsettledHaveWayBack
        record.attempt = Attempt(
            id: observation.nextAttempt, goal: goal, trigger: trigger, startedAt: observation.now.wall,
            hasRollbackTarget: wayBack, signer: signer)
        record.recheckAt = nil
        result = .none
        lastFailure = nil
        pendingHold = nil
        windows = [:]
        verdicts = [:]
        adoptedProof = [:]
        lookIsStale = true
    }

    private mutating func beginCandidate() -> Effect? {
        guard let newest, case .success(let content) = newest.content, let observation else { return nil }
        let retried = record.backoff?.content == content || record.forced == content
        let first = record.attempt == nil && record.live == nil
        begin(
            Goal(revision: newest.revision, content: content),
            first ? .adopt : retried ? .retry : observation.trigger, signer: newest.signer)
        record.forced = nil
        return nil
    }

    private mutating func beginDrift() -> Effect? {
        guard let verified = record.verified, let observation else { return nil }
        begin(Goal(revision: verified.revision, content: verified.content), .drift)
        record.attempt?.hasRollbackTarget = false
        let files = observation.disk.sorted { $0.key < $1.key }.flatMap { id, look in
            look.drifted.keys.sorted().map { "\(id)/\($0)" }
        }
        record.attempt?.correcting = files.isEmpty ? [Self.runtimeCorrection] : files
        return nil
    }

    private mutating func beginRollback() -> Effect? {
        guard let goal = record.rollbackGoal else { return nil }
        begin(goal, .rollback)
        record.rollbackGoal = nil
        return nil
    }

    /// What is live and was never judged to the end.
    private mutating func beginLive() -> Effect? {
        guard let live = record.live else {
            preconditionFailure("something is unsettled and nothing is live in \(configuration.name)")
        }
        begin(live, .retry)
        return nil
    }

    /// A commit with the same content is no attempt.
    private mutating func moveAlong() -> Effect? {
        guard let newest else { return nil }
        record.verified?.revision = newest.revision
        record.live = record.verified.map { Goal(revision: $0.revision, content: $0.content) }
        keepLedger()
        return nil
    }

    // MARK: - Before the deploy

    private func proveAtRest() -> Effect? {
        record.verified.map { .act(.prove(Goal(revision: $0.revision, content: $0.content))) }
    }

    /// Asks for an action of the running attempt, in a phase of its own.
    private mutating func act(_ phase: Phase, _ action: (Attempt) -> Action) -> Effect? {
        guard let attempt = running else { return nil }
        record.attempt?.phase = phase
        result = .none
        return .act(action(attempt))
    }

    private mutating func enterHold() -> Effect? {
        if let hold = pendingHold ?? gateHold.map(hold) { record.attempt?.phase = .held(hold) }
        pendingHold = nil
        return .rest(rest())
    }

    // MARK: - Deploying

    private mutating func stage() -> Effect? {
        guard let attempt = running, let id = attempt.todo.first else { return nil }
        if !attempt.isRepair, let entry = entering.flatMap({ keeper?.entry(of: $0) }) { record.note(entry) }
        return act(.staging(id)) { .stage(id, $0.goal, trigger: $0.trigger) }
    }

    private mutating func publish() -> Effect? {
        guard let attempt = running, let id = attempt.todo.first else { return nil }
        // Said with the outcome, whatever is promoted next meanwhile.
        if !attempt.isRepair, let promotion = record.promotion, promotion.goal.content == attempt.goal.content {
            record.attempt?.promoted = promotion.words
        }
        doubt(attempt)
        return act(.publishing(id)) { _ in .publish(id) }
    }

    private mutating func doubt(_ attempt: Attempt) {
        if !attempt.isRepair, let now = observation?.now.instant {
            record.soak?.doubt(attempt.goal.content, by: attempt.id, at: now)
        }
    }

    private mutating func reload() -> Effect? {
        guard let attempt = running, let id = attempt.deploying ?? attempt.todo.first else { return nil }
        doubt(attempt)
        record.attempt?.phase = .reloading(id)
        let needed = attempt.surveys[id]?.needsReload ?? true
        guard needed || attempt.unproved.contains(id) else {
            // Live without a reload: file_sd, credentials, web.config. Proved by targets or readiness.
            record.attempt?.todo.removeAll { $0 == id }
            result = .ok
            return nil
        }
        result = .none
        return .act(.reload(id))
    }

    // MARK: - Verifying

    private mutating func probe(restored: Bool) -> Effect? {
        guard let attempt = running, let now = observation?.now.instant else { return nil }
        if restored, case .verifyingRestored = attempt.phase {
        } else if restored, let because = attempt.phase.because {
            record.attempt?.phase = .verifyingRestored(because: because)
            openWindows(attempt, restored: true, at: now)
        } else if !restored, attempt.phase != .verifying {
            record.attempt?.phase = .verifying
            openWindows(attempt, restored: false, at: now)
        }
        // After a restart of Stoker the windows begin again.
        if windows.isEmpty { openWindows(attempt, restored: restored, at: now) }
        let goal: Goal
        if restored {
            guard let back = record.live ?? record.attempt?.goal else { return nil }
            goal = back
        } else {
            goal = attempt.goal
        }
        return .act(.probe(goal, context(attempt, at: now, restored: restored)))
    }

    /// Asks the targets that are done already, between two.
    private mutating func bake() -> Effect? {
        guard let attempt = running, let now = observation?.now.instant, let next = attempt.todo.first else {
            return nil
        }
        if attempt.phase != .baking(before: next) {
            record.attempt?.phase = .baking(before: next)
            windows = [:]
        }
        if windows.isEmpty { openBaking(attempt, at: now) }
        return .act(.probe(attempt.goal, context(attempt, at: now, restored: false)))
    }

    private func context(_ attempt: Attempt, at now: Instant, restored: Bool) -> ProbeContext {
        let changed = Set(attempt.surveys.filter { $0.value.changes > 0 }.keys)
        return ProbeContext(
            targets: Set(windows.keys), evidence: evidenceOfProbe(attempt), reloaded: Set(attempt.reloaded),
            unanswered: attempt.unanswered, restarted: attempt.restarted ?? [], changed: changed, restored: restored,
            checks: windows.mapValues { $0.dueChecks(at: now) }.filter { !$0.value.isEmpty },
            comparing: Set(windows.filter { $0.value.wantsComparison(at: now) }.keys))
    }

    /// Proof and comparison without the user's checks: those are about the whole.
    private mutating func openBaking(_ attempt: Attempt, at now: Instant) {
        var rules =
            configuration.verify
            ?? VerifyConfiguration(
                forDuration: .zero, interval: .seconds(5), timeout: .seconds(300), checks: [])
        rules.forDuration = configuration.bake
        rules.checks = []
        openWindows(attempt, rules, configuration.targets.filter { !attempt.todo.contains($0.id) }, at: now)
    }

    /// What a probe compares with. Another try of what is on disk already has read no evidence of its own: what was seen
    /// before its content went live still holds, but nothing of it proves a reload.
    private func evidenceOfProbe(_ attempt: Attempt) -> [Target.ID: Evidence] {
        var all: [Target.ID: Evidence] = [:]
        for target in configuration.targets {
            let first = record.evidenceBefore[target.id]
            if let own = attempt.evidence[target.id] {
                all[target.id] = own.compared(since: first)
            } else if let first, first.wasUp, !attempt.isRepair {
                all[target.id] = first.withoutReload
            }
        }
        return all
    }

    private mutating func openWindows(_ attempt: Attempt, restored: Bool, at now: Instant) {
        guard restored else {
            return openWindows(
                attempt, attempt.isRepair ? nil : configuration.verify, configuration.targets, at: now)
        }
        closeWindows()
        settleMetrics(attempt, restored: true, at: now)
        for target in configuration.targets {
            windows[target.id] = .restored(
                readyTimeout: target.readyTimeout, reloadTimeout: target.confirmTimeout,
                evidence: evidence(of: target.id, attempt), reloadedAt: now,
                restartExpected: attempt.restartedBack?.contains(target.id) ?? false)
        }
    }

    private mutating func openWindows(
        _ attempt: Attempt, _ rules: VerifyConfiguration?, _ targets: [TargetConfiguration], at now: Instant
    ) {
        closeWindows()
        let settle = settleMetrics(attempt, restored: false, at: now)
        for target in targets {
            // The checks are the first target's; the comparison is everybody's.
            var rules = rules
            if target.id != configuration.targets.first?.id { rules?.checks = [] }
            windows[target.id] = VerifyWindow(
                VerifyWindow.Rules(
                    rules, settle: rules == nil ? .zero : settle,
                    readyTimeout: target.readyTimeout, reloadTimeout: target.confirmTimeout,
                    evidence: evidence(of: target.id, attempt),
                    restartExpected: attempt.restarted?.contains(target.id) ?? false),
                reloadedAt: now)
        }
    }

    private mutating func closeWindows() {
        windows = [:]
        verdicts = [:]
        nextProbe = nil
    }

    /// How long the metrics speak of something else than what was just loaded. What was changed or taken back shortly
    /// before still shows in them as well: a check must not condemn a harmless change for that.
    @discardableResult
    private mutating func settleMetrics(_ attempt: Attempt, restored: Bool, at now: Instant) -> Duration {
        let own = now + attempt.surveys.values.settling(back: restored)
        let until = max(own, record.metricsSettleAt ?? own)
        record.metricsSettleAt = until
        return until - now
    }

    /// What the process showed before anything unsettled was deployed. Of an earlier attempt's evidence the identity of
    /// the process does not count: it may have restarted since for reasons of its own.
    func evidence(of id: Target.ID, _ attempt: Attempt) -> Evidence? {
        guard let first = record.evidenceBefore[id] else { return attempt.evidence[id] }
        var evidence = attempt.evidence[id] ?? first
        if attempt.evidence[id] == nil { evidence.runtime = nil }
        evidence.wasUp = evidence.wasUp || first.wasUp
        if first.wasUp { evidence.checks = first.checks }
        return evidence.compared(since: first)
    }

    // MARK: - Restoring

    private mutating func restore() -> Effect? {
        guard let attempt = running else { return nil }
        let because =
            attempt.phase.because ?? personsRejection(of: attempt.goal.content)?.failure ?? verdictFailure ?? failure
        record.attempt?.phase = .restoring(because: because)
        lastFailure = because
        result = .none
        return .act(.restore)
    }

    /// Why the verification failed: the first failing target in file order.
    var verdictFailure: Failure? {
        for target in configuration.targets {
            if let failure = verdicts[target.id]?.failure { return failure }
        }
        return nil
    }

    private mutating func reloadRestored() -> Effect? {
        guard let attempt = running, let because = attempt.phase.because, let id = attempt.toReloadRestored.first
        else { return nil }
        record.attempt?.phase = .reloadingRestored(id, because: because)
        result = .none
        return .act(.reload(id))
    }

    /// A restore nobody saw served: reload and look again, as an attempt of its own at the verified content.
    private mutating func confirmRestore() -> Effect? {
        guard let verified = record.verified else { return confirmBaseline() }
        begin(Goal(revision: verified.revision, content: verified.content), .drift)
        record.attempt?.hasRollbackTarget = false
        return nil
    }

    /// What was there before Stoker has no content: the attempt that was taken back goes on where it had ended.
    private mutating func confirmBaseline() -> Effect? {
        guard let because = record.restoreBecause, let first = configuration.targets.first else {
            record.restoreUnconfirmed = nil
            return nil
        }
        record.attempt?.finishedAt = nil
        record.attempt?.toReloadRestored = configuration.targets.map(\.id)
        record.attempt?.phase = .reloadingRestored(first.id, because: because)
        return nil
    }
}
