extension EnvironmentLoop {
    /// Folds a look into the record: the boot, people's requests, the source's newest commit, what expired.
    mutating func absorb(_ observation: Observation) {
        self.observation = observation
        lookIsStale = false
        attemptEndedSinceLook = false
        if record.bootID != observation.bootID { forgetInstants(of: observation.bootID) }
        if let until = record.suspension?.until, until <= observation.now.wall { record.suspension = nil }
        if let until = record.freeze?.until, until <= observation.now.wall { record.freeze = nil }
        expectOpening(observation.now.wall)
        forgetPassedPromotion(observation)
        chooseContender()
        for request in observation.requests where !consumed.contains(request.id) {
            absorb(request)
            consumed.append(request.id)
        }
        chooseContender()
        absorbSource()
        reconsiderHold()
        reconsiderContested()
        reconsiderResult()
        if observation.runtime.values.contains(where: { !$0.isUp }) { sawTargetAway = true }
        if !observation.runtime.isEmpty {
            // What runs is what the next look with a ready process is about: until then its content is under suspicion.
            record.away = unreachable.flatMap { message in
                (record.away?.content ?? record.live?.content).map {
                    EnvironmentRecord.Away(content: $0, message: message)
                }
            }
        }
        keepLedger()
    }

    /// Instants of another boot mean nothing: corrections count as made just now, and waits are over, since most of what
    /// they waited for is gone with the old boot.
    private mutating func forgetInstants(of boot: String) {
        record.bootID = boot
        record.soak?.interrupt()
        record.backoff = nil
        record.repairBackoff = nil
        record.recheckAt = nil
        record.settlesAt = nil
        record.evidenceBeforeRestore = nil
        record.metricsSettleAt = nil
        if let now = observation?.now.instant {
            record.corrections = record.corrections.map { EnvironmentRecord.Correction(path: $0.path, at: now) }
        }
        waits = [:]
        windows = [:]
        verdicts = [:]
        nextProbe = nil
    }

    /// What an action said does not stand for ever: a restore is tried again after its wait, and a validation from
    /// before a suspension is too old to deploy on.
    private mutating func reconsiderResult() {
        switch record.attempt?.phase {
        case .restoring:
            switch result {
            case .contentFailure, .environmentFailure, .held: if !isPostponed(.restore) { result = .none }
            case .none, .ok: break
            }
        case .validating: if record.suspension != nil { result = .none }
        case .publishing: if result == .held, !isPostponed(.publish) { result = .none }
        case nil, .surveying, .adopting, .held, .staging, .reloading, .baking, .verifying, .reloadingRestored,
            .verifyingRestored, .finished:
            break
        }
    }

    private mutating func absorb(_ request: OperatorRequest) {
        switch request.kind {
        case .approve(let commit, let content, let reason):
            // Where approvers are named nobody else lets anything through.
            guard configuration.gates.policy.admits(request.actor) else { return }
            record.remember(consent: commit.rawValue)
            if let content {
                record.remember(consent: content.rawValue)
                remember(approvalOf: content, by: request, reason)
                record.rejections.removeAll { $0.content == content && $0.fingerprint == nil }
            }
        case .reject(let revision, let content, let reason):
            let failure = Failure(.rejectedByPerson, .content, "rejected by \(request.actor): \(reason)")
            remember(
                EnvironmentRecord.Rejection(
                    revision: revision, content: content, fingerprint: nil, failure: failure, rolledBack: false))
            record.consents.removeAll { $0 == content.rawValue || $0 == revision.commit.rawValue }
            record.approvals?.removeAll { $0.content == content }
            record.soak?.revoke(content, because: failure.message, byPerson: true)
            if record.promotion?.goal.content == content { record.promotion = nil }
        case .suspend(let reason, let until):
            record.suspension = EnvironmentRecord.Suspension(reason: reason, actor: request.actor, until: until)
        case .resume:
            record.suspension = nil
            record.rollbackGoal = nil
        case .reconcile(let retry):
            record.backoff = nil
            record.repairBackoff = nil
            waits = [:]
            if retry, case .success(let content)? = newest?.content {
                // What is being tried already needs no second try.
                if running?.goal.content != content { record.forced = content }
                record.rejections.removeAll { $0.content == content }
            }
        case .rollback(let goal):
            absorbRollback(to: goal, actor: request.actor)
        case .freeze(let reason, let until):
            record.freeze = EnvironmentRecord.Suspension(reason: reason, actor: request.actor, until: until)
        case .unfreeze: record.freeze = nil
        case .promote(let goal, let reason, let breakGlass):
            record.promote(
                Promotion(
                    goal: goal, actor: request.actor, reason: reason, at: time(of: request), breakGlass: breakGlass))
        }
    }

    private func time(of request: OperatorRequest) -> WallTime {
        request.at ?? observation?.now.wall ?? WallTime(milliseconds: 0)
    }

    /// One word of each person for a content: the newest.
    private mutating func remember(approvalOf content: ContentID, by request: OperatorRequest, _ reason: String) {
        var approvals = record.approvals ?? []
        approvals.removeAll { $0.content == content && $0.actor == request.actor }
        approvals.insert(
            Approval(content: content, actor: request.actor, reason: reason, at: time(of: request)), at: 0)
        record.approvals = Array(approvals.prefix(EnvironmentRecord.memory))
    }

    /// A rollback suspends, or the next turn would deploy the same content again.
    private mutating func absorbRollback(to goal: Goal?, actor: String) {
        let target =
            goal
            ?? (record.live?.content == record.verified?.content && record.unsettled.isEmpty
                ? record.earlier.first.map { Goal(revision: $0.revision, content: $0.content) }
                : record.verified.map { Goal(revision: $0.revision, content: $0.content) })
        let words =
            target.map { "rolled back to \($0.revision.short) by \(actor)" }
            ?? "a rollback was asked for by \(actor), but there is no earlier verified content"
        record.suspension = EnvironmentRecord.Suspension(reason: words, actor: actor, until: nil)
        // Also where there is nothing to go back to: whoever asks for it does not want it further down.
        if let live = record.live?.content, live != target?.content {
            record.soak?.revoke(live, because: "it was rolled back by \(actor)", byPerson: true)
        }
        record.promotion = nil
        record.rollbackGoal = target
        record.repairBackoff = nil
    }

    mutating func remember(_ rejection: EnvironmentRecord.Rejection) {
        record.rejections.removeAll { $0.content == rejection.content }
        record.rejections.insert(rejection, at: 0)
        record.rejections = Array(record.rejections.prefix(EnvironmentRecord.memory))
    }

    /// What was accepted of a branch moves forward with it; a held rewrite does not move it. Neither does a commit whose
    /// signature does not count: to take it away again must be no rewrite.
    private mutating func absorbSource() {
        guard let head, rewriteHold == nil, head.trust == .trusted else { return }
        let seen = EnvironmentRecord.Seen(head)
        if let before = record.seen, before != seen {
            // Consent to go back to a commit is for this once, and consent to anything else in a commit ends with it: the
            // next time it is come back to is a rewrite like any other.
            let ended = [before.commit.rawValue] + (Self.isRewrite(head) ? [seen.commit.rawValue] : [])
            record.consents.removeAll { ended.contains($0) }
        }
        record.seen = seen
        if let forced = record.forced, case .success(let content)? = newest?.content, content != forced {
            record.forced = nil
        }
    }

    private static func isRewrite(_ candidate: Candidate) -> Bool {
        switch candidate.relation {
        case .rewritten: true
        case .forward: false
        }
    }

    /// A hold is looked at again: consent was given, a file appeared, a process came back.
    private mutating func reconsiderHold() {
        guard let attempt = running, case .held(let hold) = attempt.phase else { return }
        let cleared: Bool
        switch hold.reason {
        case .missingFile: cleared = observation?.stillMissing.isEmpty ?? false
        case .deletionBudgetExceeded: cleared = isConsented(attempt.goal)
        case .targetUnreachable:
            // Only the targets that are waited for: another one that is down is no obstacle.
            cleared = configuration.targets.allSatisfy {
                $0.whenDown == .deploy || observation?.runtime[$0.id]?.isUp ?? false
            }
        case .fetchFailed, .sourceInvalid, .signatureInvalid, .historyRewritten, .validationFailed, .ruleTestsFailed,
            .deployFailed, .reloadFailed, .reloadUnconfirmed, .notServed, .checkFailed, .unproven, .rollbackFailed,
            .drifted, .driftContested, .suspended, .rejectedByPerson, .superseded, .journalFailed:
            cleared = true
        case .waitingForUpstream, .soaking, .gateCheckFailed, .approvalRequired, .outsideWindow, .frozen:
            guard let standing = gateHold else {
                cleared = true
                break
            }
            cleared = false
            if hold.reason != standing.reason || hold.message != standing.lasting {
                let now = self.hold(standing)
                record.attempt?.phase = .held(now)
            }
        }
        // Validation comes before a hold and again before the deploy.
        result = cleared ? .none : .held
    }

    /// Counted like a file: a reload that corrects the process.
    static let runtimeCorrection = "the running configuration"

    func isConsented(_ goal: Goal) -> Bool {
        record.consents.contains(goal.content.rawValue) || record.consents.contains(goal.revision.commit.rawValue)
    }

    /// At most three corrections of one file in an hour; then two writers fight, and a person must look.
    private mutating func reconsiderContested() {
        guard let observation else { return }
        record.corrections.removeAll { observation.now.instant - $0.at >= .seconds(3600) }
        var drifted = observation.disk.flatMap { id, look in look.drifted.keys.map { "\(id)/\($0)" } }
        if drifted.isEmpty, record.runtimeDrift != nil { drifted = [Self.runtimeCorrection] }
        contested = drifted.filter { path in record.corrections.count { $0.path == path } >= 3 }.sorted()
    }
}
