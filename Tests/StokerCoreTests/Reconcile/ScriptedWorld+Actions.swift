import StokerCore

extension ScriptedWorld {
    func perform(_ action: Action) -> Report {
        switch action {
        case .survey(let goal, _):
            acts.append("survey \(goal.content)")
            return .surveyed(Dictionary(uniqueKeysWithValues: targets.map { ($0, survey($0, goal)) }))
        case .prove(let goal):
            acts.append("prove \(goal.content)")
            return .proved(Dictionary(uniqueKeysWithValues: targets.map { ($0, proof($0, goal)) }))
        case .validate(let goal):
            acts.append("validate \(goal.content)")
            return validate(goal.content)
        case .stage(let id, let goal, _):
            acts.append("stage \(id) \(goal.content)")
            if diskIsFull { return .failed(Failure(.deployFailed, .environmental, "no space left on device")) }
            staged = goal.content
            let same = disk[id] == goal.content && (edited[id] ?? [:]).isEmpty
            return .staged(id, evidence: evidence(id), wasUp: facts(id) != nil, changes: same ? 0 : 1)
        case .publish(let id):
            acts.append("publish \(id) \(staged)")
            return publish(id)
        case .reload(let id):
            acts.append("reload \(id)")
            return .reloaded(id, reload(id))
        case .probe(let goal, let context):
            acts.append("probe \(context.restored ? "restored" : goal.content.rawValue)")
            let asked = targets.filter { context.targets?.contains($0) ?? true }
            return .probed(Dictionary(uniqueKeysWithValues: asked.map { ($0, probe($0, goal, context)) }))
        case .recheck:
            acts.append("recheck")
            return .rechecked(configuration.verify == nil ? [] : targets.prefix(1).map(check))
        case .restore:
            acts.append("restore")
            return restore()
        case .settle:
            acts.append("settle")
            if journalIsBroken { return .failed(Failure(.journalFailed, .environmental, "no space left")) }
            intents = []
            return .settled
        }
    }

    private func survey(_ id: Target.ID, _ goal: Goal) -> TargetSurvey {
        let same = disk[id] == goal.content && (edited[id] ?? [:]).isEmpty
        let over = goal.content.is("deletes") ? "9 of 10 files of target \(id) would be deleted" : nil
        return TargetSurvey(
            changes: same ? 0 : 1, overBudget: over, needsReload: true, changesScraping: false,
            hasBaseline: disk[id] != nil, settle: drops(goal.content) == drops(disk[id]) ? .zero : staleness)
    }

    private func proof(_ id: Target.ID, _ goal: Goal) -> ProofAtRest {
        guard let facts = facts(id) else { return .noAnswer("connection refused") }
        if quirks, goal.content.is("mute") { return .noAnswer("the rules cannot be read") }
        if processes[id]?.serves == goal.content { return .proved(facts, proof: ["config", "rules"]) }
        return .notProved(Failure(.notServed, .content, "\(id) serves something else"))
    }

    private func validate(_ content: ContentID) -> Report {
        if content.is("invalid") {
            return .failed(
                Failure(
                    .validationFailed, .content, "a.yml:3: bad",
                    findings: [Finding(file: "a.yml", line: 3, message: "bad")]))
        }
        if content.is("missing"), !missingFileIsThere {
            return .heldBack(Hold(.missingFile, "/etc/ca.pem is not there", missingPaths: ["/etc/ca.pem"]))
        }
        for target in configuration.targets where target.whenDown == .wait && facts(target.id) == nil {
            return .heldBack(Hold(.targetUnreachable, "\(target.id) is down"))
        }
        return .validated
    }

    private func evidence(_ id: Target.ID) -> Evidence {
        var evidence = Evidence(wasUp: facts(id) != nil)
        evidence.runtime = facts(id)
        if evidence.wasUp, configuration.verify != nil { evidence.checks = [check(id)] }
        return evidence
    }

    /// The running attempt has replaced files of a target.
    func isHalfPublished(_ id: Target.ID) -> Bool {
        intents.contains { $0.target == id && $0.attempt == loop.record.attempt?.id }
    }

    private func publish(_ id: Target.ID) -> Report {
        if journalIsBroken { return .failed(Failure(.journalFailed, .environmental, "nothing was deployed")) }
        if isHalfPublished(id) {
            let failure = Failure(.deployFailed, .environmental, "I/O error after the first file")
            if publishFails { return .failed(failure) }
            // A publication that the disk stopped is taken back, not begun once more.
            disk[id] = intents.removeFirst().before
            return .takenBack(id, failure)
        }
        intents.insert(Intent(target: id, attempt: loop.record.attempt?.id ?? 0, before: disk[id]), at: 0)
        disk[id] = staged
        edited[id] = nil
        if publishFails { return .failed(Failure(.deployFailed, .environmental, "I/O error after the first file")) }
        return .published(id)
    }

    private func reload(_ id: Target.ID) -> ReloadResult {
        guard facts(id) != nil else { return .down }
        if reloadIsClosed { return .refused(Failure(.reloadFailed, .environmental, "403: --web.enable-lifecycle")) }
        if disk[id]?.is("refused") == true {
            return .refused(Failure(.reloadFailed, .content, "500: one or more errors occurred"))
        }
        processes[id]?.configured += 1
        if disk[id]?.is("kills") == true { processes[id]?.up = false }
        if !quirks || disk[id]?.is("ignored") != true { load(id) }
        if reloadRestarts { processes[id]?.started += 1 }
        return .accepted(answered: true, restarted: reloadRestarts)
    }

    /// Metrics speak of lost targets until these are scraped again.
    private func load(_ id: Target.ID) {
        if drops(processes[id]?.serves), !drops(disk[id]) { staleUntil = now + staleness }
        processes[id]?.serves = disk[id]
    }

    private func probe(_ id: Target.ID, _ goal: Goal, _ context: ProbeContext) -> Probe {
        guard let facts = facts(id) else { return Probe(at: now, readiness: .gone("connection refused")) }
        var probe = Probe(at: now, readiness: .ready(startTime: facts.startTime), runtime: facts)
        let wanted = context.restored ? disk[id] : goal.content
        if quirks, wanted?.is("mute") == true {
            probe.parts = [.config: .inconclusive("no answer")]
        } else if processes[id]?.serves == wanted {
            probe.parts = [.reloaded: .proved, .config: .proved]
        } else {
            probe.parts = [
                .config: .failed(Failure(.notServed, .content, "\(id) does not serve \(wanted?.rawValue ?? "it")"))
            ]
        }
        if context.checks[id] != nil { probe.checks = [check(id)] }
        return probe
    }

    private func check(_ id: Target.ID) -> Probe.CheckResult {
        let serves = processes[id]?.serves
        return outage || now < staleUntil || serves?.is("harmful") == true || drops(serves) ? .fail : .pass
    }

    private func drops(_ content: ContentID?) -> Bool { content?.is("drops") == true }

    private func restore() -> Report {
        if restoreFails { return .failed(Failure(.deployFailed, .environmental, "the restore goes on: I/O error")) }
        var touched: [Target.ID] = []
        for intent in intents {
            disk[intent.target] = intent.before
            edited[intent.target] = nil
            if !touched.contains(intent.target) { touched.append(intent.target) }
        }
        intents = []
        return .restored(touched)
    }
}

extension ContentID {
    /// What a content does is written in its name.
    func `is`(_ kind: String) -> Bool { rawValue.hasPrefix(kind) }
}

extension ContentID: ExpressibleByStringLiteral {
    /// Contents are named by what they do.
    public init(stringLiteral value: String) { self.init(value) }
}
