extension EnvironmentLoop {
    /// The running attempt; nil at rest.
    var running: Attempt? {
        guard let attempt = record.attempt, attempt.outcome == nil else { return nil }
        return attempt
    }

    /// What is next: the newest the source knows, or, after other environments, the newest that may enter. Before anything
    /// is live the newest is compared with what is there, whether it may enter or not.
    var newest: Candidate? {
        guard isInPipeline else { return head }
        return contender?.candidate ?? (isUntouched ? head : nil)
    }

    /// Reduces everything known to what the decision depends on.
    func situation() -> Situation {
        let attempt = running
        let stage = attempt.map { Self.stage(of: $0.phase) } ?? .resting
        let candidate = candidateStanding()
        return Situation(
            stage: stage, suspended: record.suspension != nil, candidate: candidate,
            newer: attempt.map { isPassed(by: candidate, $0) } ?? false, refused: attempt.map(isRefused) ?? false,
            result: currentResult(attempt), verification: verification(),
            equal: attempt.map { $0.surveys.values.allSatisfy { $0.changes == 0 } } ?? false,
            proofDecides: attempt.map(doesProofDecide) ?? false, repair: attempt?.isRepair ?? false,
            askedByPerson: attempt?.trigger == .rollback || isHalfDone, targetsLeft: areTargetsLeft(attempt),
            touched: !record.unsettled.isEmpty, rollbackTarget: attempt?.hasRollbackTarget ?? false,
            drift: driftStanding(), restoreUnconfirmed: record.restoreUnconfirmed != nil,
            rollbackRequested: record.rollbackGoal != nil, settlement: settlementStanding(),
            recheckDue: isRecheckDue, vouching: attempt.map(vouching) ?? .vouched,
            gated: attempt == nil ? candidate == .fresh && isNextGated : gateHold != nil,
            bakes: configuration.bake > .zero && attempt?.isRepair == false)
    }

    /// A publication that the disk stopped is taken back, suspended or not.
    private var isHalfDone: Bool {
        if case .publishing = running?.phase { waits[.publish] != nil } else { false }
    }

    private func settlementStanding() -> Situation.Settlement {
        if record.settlement == nil { return .none }
        return isPostponed(.settle) ? .waiting : .due
    }

    /// Before anything of ours was live, proof is enough: no write, no reload, no gate.
    private func doesProofDecide(_ attempt: Attempt) -> Bool {
        attempt.isRepair || (record.verified == nil && record.live == nil && record.unsettled.isEmpty)
    }

    /// What the last action said. After a restart it is asked for again, unless the record shows that it was done.
    private func currentResult(_ attempt: Attempt?) -> Situation.Result {
        guard let attempt else { return repairWait == nil ? .none : .environmentFailure }
        if result == .none, case .reloading(let id) = attempt.phase, !attempt.todo.contains(id) { return .ok }
        return result
    }

    static func stage(of phase: Phase) -> Situation.Stage {
        switch phase {
        case .surveying: .surveying
        case .adopting: .adopting
        case .validating: .validating
        case .held: .held
        case .staging: .staging
        case .publishing: .publishing
        case .reloading: .reloading
        case .baking: .baking
        case .verifying: .verifying
        case .restoring: .restoring
        case .reloadingRestored: .reloadingRestored
        case .verifyingRestored: .verifyingRestored
        case .finished: .resting
        }
    }

    /// How the newest content stands with what is live, verified, rejected or awaited.
    func candidateStanding() -> Situation.Candidate {
        guard let newest, sourceHold == nil, case .success(let content) = newest.content else { return .none }
        if let verified = record.verified, verified.content == content, record.live?.content == content,
            record.unsettled.isEmpty
        {
            return verified.revision == newest.revision ? .verified : .verifiedMoved
        }
        if record.forced == content { return .fresh }
        if rejection(of: content) != nil { return .rejected }
        if let backoff = record.backoff, backoff.content == content, isWaiting(backoff) { return .waiting }
        return trainHold == nil ? .fresh : .none
    }

    /// What the memory holds against a content, judged with the validator and the configuration of today.
    func rejection(of content: ContentID) -> EnvironmentRecord.Rejection? {
        record.rejections.first {
            $0.content == content && ($0.fingerprint == nil || $0.fingerprint == observation?.fingerprint)
        }
    }

    /// The history of the source was rewritten and nobody consented: whichever of its commits is next.
    var rewriteHold: Failure? {
        guard let head, case .rewritten(let message) = head.relation, onRewrite == .hold,
            record.seen != EnvironmentRecord.Seen(head), !record.consents.contains(head.revision.commit.rawValue)
        else { return nil }
        let wayBack =
            switch head.ref {
            case .branch: "the branch descends from it again"
            case .tag, .tagPattern, .commit: "that tag is back or a higher one leads forward"
            }
        return Failure(
            .historyRewritten, .content,
            "\(message); the running revision is kept until `stoker approve \(configuration.name) "
                + "\(head.revision)`, or until \(wayBack)")
    }

    /// A hold on the source itself: nobody trusted signed it, history was rewritten and nobody consented, or no snapshot
    /// can be made. The signature comes first: what is not to be trusted is not looked into, and nobody's consent helps.
    public var sourceHold: Failure? {
        guard let newest else { return rewriteHold }
        switch newest.trust {
        case .trusted: break
        case .refused(let message): return Failure(.signatureInvalid, .content, message)
        case .unknown(let message): return Failure(.signatureInvalid, .environmental, message)
        }
        if let rewriteHold { return rewriteHold }
        if case .failure(let invalid) = newest.content {
            return Failure(.sourceInvalid, .content, invalid.message, findings: invalid.findings)
        }
        return nil
    }

    /// A person's word against a content, whatever validators say.
    func personsRejection(of content: ContentID) -> EnvironmentRecord.Rejection? {
        record.rejections.first { $0.content == content && $0.fingerprint == nil }
    }

    /// A person rejected what the attempt wants. Repairs go to what was verified, or where a person wants them.
    func isRefused(_ attempt: Attempt) -> Bool {
        !attempt.isRepair && personsRejection(of: attempt.goal.content) != nil
    }

    /// Whether something else should be live instead of the running attempt's content. Once something unproved is live,
    /// only a content that will be deployed at once counts: otherwise nobody would judge what is there.
    private func isPassed(by candidate: Situation.Candidate, _ attempt: Attempt) -> Bool {
        // Before anything of it was live, trust in what is being tried was withdrawn, or its commit was taken away, or there
        // is one on top of it that nobody vouches for.
        if let reason = sourceHold?.reason, [.signatureInvalid, .historyRewritten].contains(reason), !attempt.isRepair {
            return record.unsettled.isEmpty
        }
        guard case .success(let content)? = newest?.content, content != attempt.goal.content else { return false }
        switch candidate {
        case .none: return false
        // A repair gives way to what replaces it, and not to what waits.
        case .fresh: return !attempt.isRepair || (record.suspension == nil && !isNextGated)
        case .verified, .verifiedMoved, .rejected, .waiting: return !attempt.isRepair && record.unsettled.isEmpty
        }
    }

    private func areTargetsLeft(_ attempt: Attempt?) -> Bool {
        guard let attempt else { return false }
        switch attempt.phase {
        case .restoring, .reloadingRestored, .verifyingRestored: return !attempt.toReloadRestored.isEmpty
        case .surveying, .adopting, .validating, .held, .staging, .publishing, .reloading, .baking, .verifying,
            .finished:
            return !attempt.todo.isEmpty
        }
    }

    /// What drift asks for. Files first: a process cannot be judged by files that are not ours any more.
    func driftStanding() -> Situation.Drift {
        guard running == nil || isHeld, let verified = record.verified, record.live?.content == verified.content,
            record.unsettled.isEmpty, let observation
        else { return .none }
        // A hold is given up for a repair only where that can begin at once.
        let corrects = configuration.drift == .correct && contested.isEmpty && !(isHeld && repairWait != nil)
        if observation.disk.values.contains(where: { !$0.drifted.isEmpty }) {
            return corrects ? .correctable : .reported
        }
        // What is only reported is looked at again: it may have been somebody else's reload in the making.
        if factsMoved || (record.runtimeDrift != nil && !corrects), !isPostponed(.proof) { return .proofDue }
        if record.runtimeDrift != nil { return corrects ? .correctable : .reported }
        return .none
    }

    /// A process restarted, or read its configuration again, or failed to, since it was proved.
    var factsMoved: Bool {
        guard let runtime = observation?.runtime else { return false }
        return runtime.contains { id, look in
            guard case .up(let facts) = look else { return false }
            return record.provedFacts[id] != facts
        }
    }

    /// The worst of the targets' verdicts, or that a probe is due.
    func verification() -> Situation.Verification {
        guard let attempt = running else { return .due }
        switch attempt.phase {
        case .baking, .verifying, .verifyingRestored: break
        case .surveying, .adopting, .validating, .held, .staging, .publishing, .reloading, .restoring,
            .reloadingRestored, .finished:
            return .due
        }
        guard !windows.isEmpty, verdicts.count == windows.count else { return .due }
        let standings = verdicts.values.map(\.standing)
        if standings.contains(.failed) { return .failed }
        if standings.contains(.unproven) { return .unproven }
        if standings.allSatisfy({ $0 == .passed }) { return .passed }
        if !isRunning(until: nextProbe) { return .due }
        if standings.contains(.shaky) { return .shaky }
        if standings.contains(.waitingForTarget) { return .waitingForTarget }
        return .healthy
    }
}
