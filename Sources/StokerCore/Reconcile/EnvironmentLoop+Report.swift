extension EnvironmentLoop {
    /// Folds what an action reported into the record.
    mutating func absorb(_ report: Report) {
        switch report {
        case .surveyed(let surveys): absorb(surveys)
        case .proved(let proofs): absorb(proofs)
        case .validated: absorbValidated()
        case .heldBack(let hold): holdBack(hold)
        case .staged(let id, let evidence, let wasUp, let changes):
            record.attempt?.evidence[id] = evidence
            if wasUp { record.attempt?.wasUp.insert(id) }
            result = .ok
            if changes == 0 { skipPublish(id) }
        case .published(let id):
            markUnsettled(id)
            result = .ok
        case .reloaded(let id, let answer): absorb(answer, of: id)
        case .probed(let probes): absorb(probes)
        case .restored(let ids):
            absorbRestored(ids)
        case .settled: break
        case .failed(let failure): absorb(failure)
        }
    }

    private mutating func absorb(_ surveys: [Target.ID: TargetSurvey]) {
        record.attempt?.surveys = surveys
        record.attempt?.todo = configuration.targets.map(\.id).filter { (surveys[$0]?.changes ?? 0) > 0 }
        if record.verified == nil, record.unsettled.isEmpty {
            record.attempt?.hasRollbackTarget = !surveys.isEmpty && surveys.values.allSatisfy(\.hasBaseline)
        }
        result = .ok
    }

    private mutating func absorb(_ proofs: [Target.ID: ProofAtRest]) {
        var failure: Failure?
        var unproved: Set<Target.ID> = []
        for target in configuration.targets {
            switch proofs[target.id] {
            case .proved(let facts, let proof):
                record.provedFacts[target.id] = facts
                noteProof(target.id, proof)
            case .notProved(let why):
                unproved.insert(target.id)
                failure = failure ?? why
            case .noAnswer(let message):
                unproved.insert(target.id)
                failure = failure ?? Failure(.targetUnreachable, .environmental, message)
            case nil: unproved.insert(target.id)
            }
        }
        guard running != nil else { return absorbProofAtRest(proofs, failure) }
        result = unproved.isEmpty ? .ok : .environmentFailure
        record.attempt?.unproved = unproved
        record.attempt?.todo = configuration.targets.map(\.id).filter(unproved.contains)
    }

    /// The full proof at rest: two failures in a row are drift, an answer that does not come is nothing.
    private mutating func absorbProofAtRest(_ proofs: [Target.ID: ProofAtRest], _ failure: Failure?) {
        guard let failure else {
            record.runtimeDrift = nil
            restProofFailures = 0
            return
        }
        if failure.reason == .targetUnreachable { return }
        restProofFailures += 1
        guard restProofFailures >= 2 else { return }
        restProofFailures = 0
        record.runtimeDrift = Failure(.drifted, .environmental, failure.message, findings: failure.findings)
        for (id, look) in observation?.runtime ?? [:] {
            if case .up(let facts) = look { record.provedFacts[id] = facts }
        }
    }

    private mutating func absorbValidated() {
        result = .ok
        guard let attempt = running, !attempt.isRepair, !isConsented(attempt.goal) else { return }
        let over = configuration.targets.compactMap { attempt.surveys[$0.id]?.overBudget }
        if over.isEmpty { return }
        holdBack(
            Hold(
                .deletionBudgetExceeded,
                over.joined(separator: "; ")
                    + "; `stoker approve \(configuration.name) \(attempt.goal.revision)` lets it through"))
    }

    private mutating func holdBack(_ hold: Hold) {
        result = .held
        record.attempt?.message = hold.message
        pendingHold = hold
    }

    /// A target whose files are right already: nothing to publish, but the process may still have to read them.
    private mutating func skipPublish(_ id: Target.ID) {
        record.attempt?.phase = .publishing(id)
    }

    private mutating func markUnsettled(_ id: Target.ID) {
        if !record.unsettled.contains(id) { record.unsettled.append(id) }
        if let attempt = record.attempt { record.live = attempt.goal }
    }

    private mutating func absorb(_ answer: ReloadResult, of id: Target.ID) {
        switch record.attempt?.phase {
        case .reloadingRestored:
            record.attempt?.toReloadRestored.removeAll { $0 == id }
            result = .ok
        case nil, .surveying, .adopting, .validating, .held, .staging, .publishing, .reloading, .verifying,
            .restoring, .verifyingRestored, .finished:
            record.attempt?.todo.removeAll { $0 == id }
            switch answer {
            case .accepted(let answered):
                record.attempt?.reloaded.append(id)
                if !answered { record.attempt?.unanswered.insert(id) }
                result = .ok
            case .unknown:
                record.attempt?.reloaded.append(id)
                record.attempt?.unanswered.insert(id)
                result = .ok
            case .down: result = .ok
            case .refused(let failure):
                lastFailure = failure
                result = failure.kind == .content ? .contentFailure : .environmentFailure
            }
        }
    }

    private mutating func absorb(_ probes: [Target.ID: Probe]) {
        guard let now = observation?.now.instant else { return }
        for target in configuration.targets {
            guard let probe = probes[target.id], var window = windows[target.id] else { continue }
            verdicts[target.id] = Verdict(window.take(probe), shaky: window.isShaky, proof: probe.proof)
            windows[target.id] = window
            if let facts = probe.runtime { record.provedFacts[target.id] = facts }
        }
        let due = verdicts.values.compactMap(\.next)
        nextProbe = due.min() ?? now + .seconds(1)
    }

    private mutating func absorbRestored(_ ids: [Target.ID]) {
        record.unsettled = []
        let surveys = record.attempt?.surveys ?? [:]
        record.attempt?.toReloadRestored = configuration.targets.map(\.id).filter {
            ids.contains($0) && (surveys[$0]?.needsReload ?? true)
        }
        record.live = record.verified.map { Goal(revision: $0.revision, content: $0.content) }
        result = .ok
    }

    private mutating func absorb(_ failure: Failure) {
        lastFailure = failure
        switch record.attempt?.phase {
        case .publishing(let id)? where failure.reason != .journalFailed:
            // Some files may have been replaced: the restore looks.
            markUnsettled(id)
        case nil, .surveying, .adopting, .validating, .held, .staging, .publishing, .reloading, .verifying,
            .restoring, .reloadingRestored, .verifyingRestored, .finished:
            break
        }
        result = failure.kind == .content ? .contentFailure : .environmentFailure
    }

    private mutating func noteProof(_ id: Target.ID, _ proof: [String]) {
        record.verified?.proof[id] = proof
    }
}
