extension EnvironmentLoop {
    /// Folds a look into the record: the boot, people's requests, the source's newest commit, what expired.
    mutating func absorb(_ observation: Observation) {
        self.observation = observation
        if record.bootID != observation.bootID { forgetInstants(of: observation.bootID) }
        if let until = record.suspension?.until, until <= observation.now.wall { record.suspension = nil }
        for request in observation.requests where !consumed.contains(request.id) {
            absorb(request)
            consumed.append(request.id)
        }
        absorbSource()
        reconsiderHold()
        reconsiderContested()
    }

    /// Instants of another boot mean nothing: waits start again, never shorter.
    private mutating func forgetInstants(of boot: String) {
        record.bootID = boot
        record.backoff = nil
        record.repairBackoff = nil
        windows = [:]
        verdicts = [:]
        nextProbe = nil
    }

    private mutating func absorb(_ request: OperatorRequest) {
        switch request.kind {
        case .approve(let commit, let content):
            remember(consent: commit.rawValue)
            if let content {
                remember(consent: content.rawValue)
                record.rejections.removeAll { $0.content == content && $0.fingerprint == nil }
            }
        case .reject(let revision, let content, let reason):
            let failure = Failure(.rejectedByPerson, .content, "rejected by \(request.actor): \(reason)")
            remember(
                EnvironmentRecord.Rejection(
                    revision: revision, content: content, fingerprint: nil, failure: failure, rolledBack: false))
            record.consents.removeAll { $0 == content.rawValue || $0 == revision.commit.rawValue }
        case .suspend(let reason, let until):
            record.suspension = EnvironmentRecord.Suspension(reason: reason, actor: request.actor, until: until)
        case .resume:
            record.suspension = nil
        case .reconcile(let retry):
            record.backoff = nil
            record.repairBackoff = nil
            if retry, case .success(let content)? = newest?.content {
                forced = content
                record.rejections.removeAll { $0.content == content }
            }
        case .rollback(let goal):
            absorbRollback(to: goal, actor: request.actor)
        }
    }

    /// A rollback suspends, or the next turn would deploy the same content again.
    private mutating func absorbRollback(to goal: Goal?, actor: String) {
        let target =
            goal ?? (record.live?.content == record.verified?.content && record.unsettled.isEmpty
                ? record.earlier.first.map { Goal(revision: $0.revision, content: $0.content) }
                : record.verified.map { Goal(revision: $0.revision, content: $0.content) })
        let words = target.map { "rolled back to \($0.revision.short) by \(actor)" }
            ?? "a rollback was asked for by \(actor), but there is no earlier verified content"
        record.suspension = EnvironmentRecord.Suspension(reason: words, actor: actor, until: nil)
        rollbackGoal = target
        rollbackRequested = target != nil
    }

    mutating func remember(consent: String) {
        record.consents.removeAll { $0 == consent }
        record.consents.insert(consent, at: 0)
        record.consents = Array(record.consents.prefix(EnvironmentRecord.memory))
    }

    mutating func remember(_ rejection: EnvironmentRecord.Rejection) {
        record.rejections.removeAll { $0.content == rejection.content }
        record.rejections.insert(rejection, at: 0)
        record.rejections = Array(record.rejections.prefix(EnvironmentRecord.memory))
    }

    /// What was accepted of a branch moves forward with it; a held rewrite does not move it.
    private mutating func absorbSource() {
        guard let newest, sourceHold?.reason != .historyRewritten else { return }
        record.seen = EnvironmentRecord.Seen(ref: newest.ref, commit: newest.revision.commit)
        if let forced, case .success(let content) = newest.content, content != forced { self.forced = nil }
    }

    /// A hold is looked at again: consent was given, a file appeared, a process came back.
    private mutating func reconsiderHold() {
        guard let attempt = running, case .held(let hold) = attempt.phase else { return }
        let cleared: Bool
        switch hold.reason {
        case .missingFile: cleared = observation?.stillMissing.isEmpty ?? false
        case .deletionBudgetExceeded: cleared = isConsented(attempt.goal)
        case .targetUnreachable:
            cleared = observation?.runtime.values.allSatisfy { if case .up = $0 { true } else { false } } ?? false
        case .fetchFailed, .sourceInvalid, .signatureInvalid, .historyRewritten, .validationFailed, .ruleTestsFailed,
            .deployFailed, .reloadFailed, .reloadUnconfirmed, .notServed, .checkFailed, .unproven, .rollbackFailed,
            .drifted, .driftContested, .waitingForUpstream, .soaking, .gateCheckFailed, .approvalRequired,
            .outsideWindow, .frozen, .suspended, .rejectedByPerson, .superseded, .journalFailed:
            cleared = true
        }
        // Validation comes before a hold and again before the deploy.
        result = cleared ? .none : .held
    }

    func isConsented(_ goal: Goal) -> Bool {
        record.consents.contains(goal.content.rawValue) || record.consents.contains(goal.revision.commit.rawValue)
    }

    /// At most three corrections of one file in an hour; then two writers fight, and a person must look.
    private mutating func reconsiderContested() {
        guard let observation else { return }
        let hourAgo = observation.now.wall.milliseconds - 3_600_000
        record.corrections.removeAll { $0.at.milliseconds < hourAgo }
        let drifted = observation.disk.flatMap { id, look in look.drifted.keys.map { "\(id)/\($0)" } }
        contested = drifted.filter { path in record.corrections.count { $0.path == path } >= 3 }.sorted()
    }
}
