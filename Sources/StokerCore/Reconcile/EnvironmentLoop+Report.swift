extension EnvironmentLoop {
    /// Folds what an action reported into the record.
    mutating func absorb(_ report: Report) {
        switch report {
        case .surveyed(let surveys): absorb(surveys)
        case .proved(let proofs): absorb(proofs)
        case .validated: absorbValidated()
        case .heldBack(let hold): holdBack(hold)
        case .staged(let id, let evidence, let wasUp, let changes):
            let compared = evidence.map { settled($0, of: id) }
            record.attempt?.evidence[id] = compared
            if wasUp { record.attempt?.wasUp.insert(id) }
            result = .ok
            if changes == 0 { skipPublish(id) }
        case .published(let id):
            waits[.publish] = nil
            markUnsettled(id)
            countCorrections(of: id)
            result = .ok
        case .takenBack(_, let failure):
            waits[.publish] = nil
            if let attempt = running, record.unsettled.isEmpty {
                record.soak?.trustAgain(attempt.goal.content, doubtedBy: attempt.id)
            }
            lastFailure = failure
            result = .environmentFailure
        case .reloaded(let id, let answer): absorb(answer, of: id)
        case .probed(let probes): absorb(probes)
        case .rechecked(let checks): absorb(checks)
        case .restored(let ids):
            absorbRestored(ids)
        case .settled:
            record.settlement = nil
            waits[.settle] = nil
        case .failed(let failure): absorb(failure)
        }
    }

    private mutating func absorb(_ surveys: [Target.ID: TargetSurvey]) {
        record.attempt?.surveys = surveys
        record.attempt?.todo = configuration.targets.map(\.id).filter { (surveys[$0]?.changes ?? 0) > 0 }
        // Only what was there before Stoker is a baseline; a content of ours that was never proved is none.
        if record.verified == nil, record.live == nil, record.unsettled.isEmpty {
            record.attempt?.hasRollbackTarget = !surveys.isEmpty && surveys.values.allSatisfy(\.hasBaseline)
        }
        result = .ok
    }

    private mutating func absorb(_ proofs: [Target.ID: ProofAtRest]) {
        var notServed: Failure?
        var unanswered: Failure?
        var unproved: Set<Target.ID> = []
        for target in configuration.targets {
            switch proofs[target.id] {
            case .proved(let facts, let proof, let notProvable):
                record.provedFacts[target.id] = facts
                adoptedProof[target.id] = proof
                record.noteNotProvable(notProvable, of: target.id)
                if running == nil || isHeld { record.verified?.proof[target.id] = proof }
            case .notProved(let why):
                unproved.insert(target.id)
                notServed = notServed ?? why
            case .noAnswer(let message):
                unproved.insert(target.id)
                unanswered = unanswered ?? Failure(.targetUnreachable, .environmental, message)
            case nil:
                unproved.insert(target.id)
            }
        }
        guard running != nil, !isHeld else {
            absorbProofAtRest(notServed, complete: unproved.isEmpty)
            return keepLedger()
        }
        absorbUnproved(unproved)
        lastFailure = notServed ?? unanswered
    }

    /// What must be told to read its files although they are right.
    private mutating func absorbUnproved(_ unproved: Set<Target.ID>) {
        result = unproved.isEmpty ? .ok : .environmentFailure
        record.attempt?.unproved = unproved
        record.attempt?.todo = configuration.targets.map(\.id).filter(unproved.contains)
    }

    /// The full proof at rest: two failures are drift, an answer that does not come is nothing. Between two there is a
    /// wait: somebody else's reload takes its time, and a process that does not answer is not hammered.
    private mutating func absorbProofAtRest(_ notServed: Failure?, complete: Bool) {
        if complete {
            record.runtimeDrift = nil
            restProofFailures = 0
            waits[.proof] = nil
            return
        }
        postpone(.proof)
        guard let notServed, let now = observation?.now.instant else { return }
        restProofFailures += 1
        guard restProofFailures >= 2 else {
            // Scrape pools follow a reload by up to six seconds.
            waits[.proof] = (1, now + .seconds(7))
            return
        }
        restProofFailures = 0
        waits[.proof] = (1, now + .seconds(60))
        record.runtimeDrift = Failure(.drifted, .environmental, notServed.message, findings: notServed.findings)
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
        lastFailure = Failure(hold.reason, .environmental, hold.message)
        pendingHold = hold
    }

    /// A target whose files are right already: nothing to publish, but the process may still have to read them.
    private mutating func skipPublish(_ id: Target.ID) {
        record.attempt?.phase = .publishing(id)
    }

    mutating func markUnsettled(_ id: Target.ID) {
        guard let attempt = record.attempt else { return }
        if record.unsettled.isEmpty { record.unsettledHaveWayBack = attempt.hasRollbackTarget }
        if !record.unsettled.contains(id) { record.unsettled.append(id) }
        if attempt.surveys[id]?.needsReload ?? true { record.reloadOnRestore.insert(id) }
        if record.evidenceBefore[id] == nil { record.evidenceBefore[id] = attempt.evidence[id] }
        record.live = attempt.goal
        if let now = observation?.now.instant { record.soak?.stop(at: now) }
    }

    /// At most three in an hour: counted when written, so that a full disk does not use them up.
    private mutating func countCorrections(of id: Target.ID) {
        guard let attempt = running, let now = observation?.now.instant else { return }
        for path in attempt.correcting where path.hasPrefix("\(id)/") {
            record.corrections.append(EnvironmentRecord.Correction(path: path, at: now))
        }
    }

    private mutating func countRuntimeCorrection() {
        guard let attempt = running, let now = observation?.now.instant else { return }
        guard attempt.correcting.contains(Self.runtimeCorrection), attempt.reloaded.isEmpty else { return }
        record.corrections.append(EnvironmentRecord.Correction(path: Self.runtimeCorrection, at: now))
    }

    private mutating func absorb(_ answer: ReloadResult, of id: Target.ID) {
        switch record.attempt?.phase {
        case .reloadingRestored:
            record.attempt?.toReloadRestored.removeAll { $0 == id }
            if answer.isRestart { record.attempt?.restartedBack.add(id) }
            result = .ok
        case nil, .surveying, .adopting, .validating, .held, .staging, .publishing, .reloading, .baking, .verifying,
            .restoring, .verifyingRestored, .finished:
            countRuntimeCorrection()
            record.attempt?.todo.removeAll { $0 == id }
            if answer.isRestart { record.attempt?.restarted.add(id) }
            switch answer {
            case .accepted(let answered, _):
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
            guard var window = windows[target.id] else { continue }
            // A target nobody asked has said nothing.
            let probe = probes[target.id] ?? Probe(at: now, readiness: .refused("it was not asked"))
            verdicts[target.id] = Verdict(
                window.take(probe), shaky: window.isShaky, proof: probe.proof, notProvable: probe.notProvable)
            if case .ready = probe.readiness { record.noteNotProvable(probe.notProvable, of: target.id) }
            windows[target.id] = window
            if let facts = probe.runtime { record.provedFacts[target.id] = facts }
        }
        nextProbe = verdicts.values.compactMap(\.next).min() ?? now + .seconds(1)
    }

    private mutating func absorbRestored(_ ids: [Target.ID]) {
        // After a crash in the middle the files may be back already: their processes must still be told.
        let waiting = Set(record.attempt?.toReloadRestored ?? [])
        let reload = record.reloadOnRestore.intersection(ids + record.unsettled).union(waiting)
        record.attempt?.toReloadRestored = configuration.targets.map(\.id).filter(reload.contains)
        record.closeUnsettled()
        record.live = record.verified.map { Goal(revision: $0.revision, content: $0.content) }
        waits[.restore] = nil
        result = .ok
    }

    private mutating func absorb(_ failure: Failure) {
        lastFailure = failure
        result = failure.kind == .content ? .contentFailure : .environmentFailure
        guard running != nil else { return postpone(record.settlement == nil ? .proof : .settle) }
        switch record.attempt?.phase {
        case .publishing(let id):
            // Some files may have been replaced, unless the intent was refused: the restore looks.
            if failure.reason == .journalFailed { break }
            if record.attempt?.hasRollbackTarget ?? false { return markUnsettled(id) }
            // Half of it stays as it is until the disk lets it be taken back.
            result = .held
            postpone(.publish)
        case .adopting: absorbUnproved(Set(configuration.targets.map(\.id)))
        case .baking, .verifying, .verifyingRestored: absorbNoProbe(failure)
        case .restoring: postpone(.restore)
        case .reloadingRestored(let id, _): record.attempt?.toReloadRestored.removeAll { $0 == id }
        case nil, .surveying, .validating, .held, .staging, .reloading, .finished: break
        }
    }

    /// The probe itself could not be made: inconclusive for every target.
    private mutating func absorbNoProbe(_ failure: Failure) {
        guard let now = observation?.now.instant else { return }
        let probe = Probe(at: now, readiness: .refused(failure.message))
        absorb(windows.mapValues { _ in probe })
    }
}
