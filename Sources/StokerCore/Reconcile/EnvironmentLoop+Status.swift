extension EnvironmentLoop {
    /// What there is to say now. `layouts` are the layouts in force, by target.
    public func status(layouts: [Target.ID: TargetConfiguration.Layout]) -> EnvironmentStatus {
        var status = EnvironmentStatus.unknown(configuration)
        let candidate = candidateStanding()
        let drifted = observation?.disk.filter { !$0.value.drifted.isEmpty } ?? [:]
        status.desiredRevision = head?.revision.description
        status.runningRevision = record.live?.revision.description
        status.verifiedRevision = record.verified?.revision.description
        status.targets = configuration.targets.map { target in
            EnvironmentStatus.TargetStatus(
                name: target.id.rawValue, kind: target.kind.rawValue,
                layout: (layouts[target.id] ?? target.layout ?? .inPlace).rawValue,
                sync: targetSync(candidate, drifted[target.id] != nil), proof: proof(of: target.id),
                notProvable: record.notProvable?[target.id])
        }
        status.sync = sync(candidate, drifted: !drifted.isEmpty)
        let next = newest ?? head
        if status.sync != .synced, next?.revision != record.live?.revision {
            status.candidateRevision = next?.revision.description
        }
        if let attempt = record.attempt {
            status.phase = attempt.phase.word
            status.outcome = attempt.outcome?.word
            // Desired is what is verified: what became of another content in between is history.
            if attempt.outcome != nil, isCurrent(candidate), attempt.goal.content != record.verified?.content {
                status.outcome = Outcome.verified.word
            }
        }
        explain(&status, candidate, drifted)
        let entering = entering
        status.gates = entering.flatMap { keeper?.standings(of: $0).map(GateStatus.init) } ?? []
        status.unexercised = entering.flatMap { keeper?.unexercised($0) } ?? []
        let away = (observation?.pipeline?.upstreams ?? []).compactMap { upstream in
            upstream.trouble?.since.map { (upstream.name.rawValue, $0) }
        }
        status.unreachable = away.isEmpty ? nil : Dictionary(away, uniquingKeysWith: { first, _ in first })
        status.health = health(status)
        return status
    }

    private func proof(of id: Target.ID) -> [String] {
        if let verdict = verdicts[id] { return verdict.proof }
        guard record.live?.content == record.verified?.content else { return [] }
        return record.verified?.proof[id] ?? []
    }

    private func sync(_ candidate: Situation.Candidate, drifted: Bool) -> EnvironmentStatus.Sync {
        guard let wanted = head else { return .unknown }
        guard case .success(let content) = wanted.content, record.live?.content == content, !drifted,
            record.runtimeDrift == nil
        else { return .outOfSync }
        switch candidate {
        case .verified, .verifiedMoved: return .synced
        case .none, .rejected, .waiting, .fresh: return record.verified?.content == content ? .synced : .outOfSync
        }
    }

    private func targetSync(_ candidate: Situation.Candidate, _ drifted: Bool) -> EnvironmentStatus.Sync {
        sync(candidate, drifted: drifted)
    }

    /// Reason and message: of several holds the first in the design's order, then what ended the last attempt.
    /// What the processes give no proof of: said with a verdict that does not rest on it.
    var unproved: [String] {
        configuration.targets.compactMap { target in
            record.notProvable?[target.id].map { "\(target.id): not provable: \($0)" }
        }
    }

    private func explain(
        _ status: inout EnvironmentStatus, _ candidate: Situation.Candidate, _ drifted: [Target.ID: DriftLook]
    ) {
        if let attempt = record.attempt { explain(&status, attempt, candidate) }
        if running?.isRepair ?? true, let rejection = standingRejection(candidate) {
            status.bad = true
            say(&status, rejection.failure.reason, lastMessage(for: rejection))
        }
        if let hold = sourceHold, running == nil { explain(&status, hold) }
        if running == nil, status.reason == nil, let hold = trainHold ?? upstreamHold, !isHeadLive {
            status.held = true
            say(&status, hold.reason, hold.message)
        }
        explainRuntime(&status, drifted)
        if case .failed(let failure, _)? = observation?.source {
            status.failing = true
            if status.reason == nil { say(&status, failure.reason, failure.message) }
        }
        if let journalFailure {
            status.failing = true
            say(&status, journalFailure.reason, journalFailure.message)
        }
        explainStuck(&status)
        if let suspension = record.suspension {
            status.held = true
            say(&status, .suspended, "suspended by \(suspension.actor): \(suspension.reason)")
        }
        explainBesides(&status)
        if status.message.isEmpty, status.outcome == Outcome.verified.word {
            status.message = unproved.joined(separator: "; ")
        }
    }

    /// Of what would be next; where upstreams let nothing in, of what git wants.
    private func standingRejection(_ candidate: Situation.Candidate) -> EnvironmentRecord.Rejection? {
        guard candidate == .rejected || (newest == nil && !isHeadLive),
            case .success(let content)? = (newest ?? head)?.content
        else { return nil }
        return rejection(of: content)
    }

    private func explain(
        _ status: inout EnvironmentStatus, _ attempt: Attempt, _ candidate: Situation.Candidate
    ) {
        switch attempt.phase {
        case .held(let hold):
            status.held = true
            let gate = gateHold.flatMap { $0.reason == hold.reason ? $0 : nil }
            say(&status, hold.reason, gate?.message ?? hold.message)
        case .finished(let outcome): explain(&status, attempt, outcome, candidate)
        case .verifying where verification() == .waitingForTarget:
            status.failing = true
            say(
                &status, .targetUnreachable,
                verdictFailure?.message ?? "the target was down before the deploy; it is judged when it returns")
        case .restoring(let because), .reloadingRestored(_, let because), .verifyingRestored(let because):
            say(&status, because.reason, because.message)
        case .surveying, .adopting, .validating, .staging, .publishing, .reloading, .baking, .verifying: break
        }
    }

    /// What keeps the newest commit away is said beside everything else: nobody must wait for one hold to end to learn
    /// that another push is needed.
    private func explainBesides(_ status: inout EnvironmentStatus) {
        guard let hold = sourceHold, let newest, status.reason != nil, !status.message.contains(hold.message) else {
            return
        }
        status.message +=
            "; besides, the newest commit \(newest.revision.short) is held back (\(hold.reason.rawValue)): \(hold.message)"
    }

    /// The newest commit does not come in, and nothing else is going on.
    private func explain(_ status: inout EnvironmentStatus, _ hold: Failure) {
        if hold.reason == .historyRewritten {
            status.held = true
        } else if hold.kind == .environmental {
            status.failing = true
        } else {
            status.bad = true
        }
        say(&status, hold.reason, hold.message)
    }

    /// Files are not as they should be, and the disk lets nobody mend them: nothing is worse, so it is said before all.
    private func explainStuck(_ status: inout EnvironmentStatus) {
        guard isStuck, let attempt = running, let lastFailure else { return }
        status.bad = true
        let because = attempt.phase.because
        let first = because.map { $0.message + "; " } ?? ""
        say(&status, because?.reason ?? lastFailure.reason, first + lastFailure.message + "; it is tried again")
    }

    /// A restore, or taking back half of a deploy, that failed and waits for its next try.
    private var isStuck: Bool {
        switch running?.phase {
        case .restoring: isPostponed(.restore)
        case .publishing: isPostponed(.publish)
        case nil, .surveying, .adopting, .validating, .held, .staging, .reloading, .baking, .verifying,
            .reloadingRestored,
            .verifyingRestored, .finished:
            false
        }
    }

    /// What ended the last attempt, as long as it says something about today.
    private func explain(
        _ status: inout EnvironmentStatus, _ attempt: Attempt, _ outcome: Outcome, _ candidate: Situation.Candidate
    ) {
        switch attempt.trigger {
        case .drift: guard record.restoreUnconfirmed != nil || driftStanding() != .none else { return }
        // Called off, and git is live again: it says nothing about today.
        case .rollback: guard record.suspension != nil || !isCurrent(candidate) else { return }
        case .push, .poll, .retry, .adopt, .request: guard !isCurrent(candidate) else { return }
        }
        switch outcome {
        case .verified, .superseded: break
        case .errored(let failure):
            status.failing = true
            say(&status, failure.reason, failure.message)
        case .rejected(let failure), .rolledBack(let failure), .degraded(let failure):
            status.bad = true
            // Taken back because the world was in the way: it is tried again, and the content is not to blame.
            if case .rolledBack = outcome, failure.kind == .environmental { status.failing = true }
            say(&status, failure.reason, attempt.message.isEmpty ? failure.message : attempt.message)
        }
    }

    /// What the source has newest is live.
    private var isHeadLive: Bool {
        guard case .success(let content)? = head?.content else { return false }
        return record.live?.content == content
    }

    /// What is desired is live and verified.
    private func isCurrent(_ candidate: Situation.Candidate) -> Bool {
        switch candidate {
        case .verified, .verifiedMoved: true
        case .none, .rejected, .waiting, .fresh: false
        }
    }

    private func explainRuntime(_ status: inout EnvironmentStatus, _ drifted: [Target.ID: DriftLook]) {
        guard running == nil else { return }
        if let failure = record.restoreUnconfirmed {
            status.bad = true
            if status.reason == nil { say(&status, .rollbackFailed, failure.message) }
        }
        // What runs is not proved, or the disk is not as git has it: neither is done and in sync.
        // While suspended it is the suspension that keeps it so.
        if !drifted.isEmpty || record.runtimeDrift != nil || unreachable != nil, record.suspension == nil {
            status.bad = true
        }
        guard status.reason == nil else { return }
        if !drifted.isEmpty {
            let words = drifted.sorted { $0.key < $1.key }.flatMap { id, look in
                look.drifted.sorted { $0.key < $1.key }.map { "\(id)/\($0.key) \($0.value)" }
            }
            let list = words.prefix(5).joined(separator: ", ") + (words.count > 5 ? " and \(words.count - 5) more" : "")
            say(
                &status, contested.isEmpty ? .drifted : .driftContested,
                contested.isEmpty
                    ? "changed on disk by somebody else: \(list)"
                    : "corrected three times within an hour and changed again, so only reported: \(list)")
        } else if let drift = record.runtimeDrift {
            say(
                &status, contested.isEmpty ? .drifted : .driftContested,
                contested.isEmpty
                    ? drift.message : "corrected three times within an hour, so only reported: \(drift.message)")
        } else if let down = unreachable {
            say(&status, .targetUnreachable, down)
        }
    }

    /// Why a target cannot be asked now.
    var unreachable: String? {
        for target in configuration.targets {
            switch observation?.runtime[target.id] {
            case .unreachable(let message), .starting(let message), .refused(let message):
                return "\(target.id): \(message)"
            case .up, nil: continue
            }
        }
        return nil
    }

    private func lastMessage(for rejection: EnvironmentRecord.Rejection) -> String {
        if let attempt = record.attempt, attempt.goal.content == rejection.content, !attempt.message.isEmpty {
            return attempt.message
        }
        return rejection.failure.message
    }

    private func say(_ status: inout EnvironmentStatus, _ reason: Reason, _ message: String) {
        status.reason = reason
        status.message = message
    }

    private func health(_ status: EnvironmentStatus) -> EnvironmentStatus.Health {
        if record.suspension != nil { return .suspended }
        if isStuck { return .degraded }
        if let attempt = running {
            guard case .held = attempt.phase else { return .progressing }
            return isDegraded ? .degraded : record.verified == nil ? .unknown : .healthy
        }
        if isDegraded { return .degraded }
        if record.verified != nil { return .healthy }
        // Without anything verified, the proof of a restored baseline is all there can be.
        switch record.attempt?.outcome {
        case .rolledBack: return .healthy
        case nil: return .unknown
        case .verified, .rejected, .degraded, .superseded, .errored: return .degraded
        }
    }

    /// What runs is not proved.
    private var isDegraded: Bool {
        record.restoreUnconfirmed != nil || record.runtimeDrift != nil || unreachable != nil
            || !record.unsettled.isEmpty
    }
}
