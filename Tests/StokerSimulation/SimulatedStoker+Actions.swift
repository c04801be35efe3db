import StokerCore

extension SimulatedStoker {
    func perform(_ action: Action) -> Report {
        do throws(Failure) {
            switch action {
            case .survey(let goal, _): return .surveyed(try survey(goal))
            case .prove(let goal): return .proved(try prove(goal))
            case .validate(let goal): return try validate(goal)
            case .stage(let id, let goal, _): return try stage(id, goal)
            case .publish(let id):
                switch try files.publish(id) {
                case .published: return .published(id)
                case .failed(let failure, true): return .takenBack(id, failure)
                case .failed(let failure, false): return .failed(failure)
                }
            case .reload(let id): return .reloaded(id, reload(id))
            case .probe(let goal, let context): return .probed(try probe(goal, context))
            case .recheck: return .rechecked(machine.environment.verify == nil ? [] : targets.prefix(1).map(check))
            case .restore: return .restored(try files.restore())
            case .settle(let goal, let verified):
                try files.settle(goal, verified: verified, keep: loop.record.keptContents(besides: goal))
                return .settled
            }
        } catch {
            return .failed(error)
        }
    }

    private var targets: [Target.ID] { machine.environment.targets.map(\.id) }

    private func survey(_ goal: Goal) throws(Failure) -> [Target.ID: TargetSurvey] {
        try files.forgetBaselines(loop.record)
        let trees = try files.trees(of: goal)
        var surveys: [Target.ID: TargetSurvey] = [:]
        for id in targets {
            let found = try files.compare(id, with: trees[id] ?? FileTree())
            let over = found.plan.exceeds(budget: machine.target(id).maxDelete) ? "\(id) deletes too much" : nil
            surveys[id] = TargetSurvey(
                changes: found.changed.count, overBudget: over, needsReload: true, changesScraping: false,
                hasBaseline: found.hasBaseline, settle: .zero)
        }
        try files.store(trees, of: goal)
        return surveys
    }

    private func validate(_ goal: Goal) throws(Failure) -> Report {
        let trees = try files.trees(of: goal)
        for id in targets {
            let target = machine.target(id)
            if target.whenDown == .wait, machine.processes[id]?.facts == nil {
                return .heldBack(Hold(.targetUnreachable, "\(id) is down"))
            }
            guard let blob = target.configFile.flatMap({ trees[id]?[$0]?.blob }) else { continue }
            let bytes: [UInt8]
            do throws(BlobUnavailable) {
                bytes = try files.blobs().bytes(of: blob, limit: 1 << 20)
            } catch {
                throw Failure(.fetchFailed, .environmental, error.message)
            }
            if SimulatedPrometheus.deed(String(decoding: bytes, as: UTF8.self)) == .invalid {
                throw Failure(.validationFailed, .content, "\(id): the validator says no")
            }
        }
        return .validated
    }

    private func stage(_ id: Target.ID, _ goal: Goal) throws(Failure) -> Report {
        let facts = machine.processes[id]?.facts
        var evidence = Evidence(wasUp: facts != nil)
        evidence.runtime = facts
        if facts != nil, machine.environment.verify != nil, id == targets.first { evidence.checks = [check(id)] }
        let changes = try files.stage(id, goal, attempt: loop.record.attempt?.id ?? 0)
        return .staged(id, evidence: evidence, wasUp: facts != nil, changes: changes)
    }

    /// A signal of a dead process does not arrive.
    private func reload(_ id: Target.ID) -> ReloadResult {
        guard machine.fuse.spend() else { return .unknown("the process is dead") }
        return machine.processes[id]?.reload(machine.disk) ?? .down
    }

    private func check(_ id: Target.ID) -> Probe.CheckResult {
        guard let process = machine.processes[id], process.facts != nil else { return .inconclusive }
        return machine.outage || process.isHarmed ? .fail : .pass
    }

    private func probe(_ goal: Goal, _ context: ProbeContext) throws(Failure) -> [Target.ID: Probe] {
        let trees = context.restored ? [:] : try files.trees(of: goal)
        var probes: [Target.ID: Probe] = [:]
        for id in targets {
            let wanted = context.restored ? try files.observed(id).tree : trees[id] ?? FileTree()
            probes[id] = probe(id, wanted, context)
        }
        return probes
    }

    private func probe(_ id: Target.ID, _ wanted: FileTree, _ context: ProbeContext) -> Probe {
        guard let process = machine.processes[id], process.isUp else {
            return Probe(at: machine.now, readiness: .gone("connection refused"))
        }
        guard let facts = process.facts else { return Probe(at: machine.now, readiness: .starting("503")) }
        var probe = Probe(at: machine.now, readiness: .ready(startTime: facts.startTime), runtime: facts)
        // Nothing of ours was there: nothing of ours is missing.
        if context.restored, wanted.isEmpty { return probe }
        probe.parts = parts(id, wanted, facts, context)
        if context.checks[id] != nil { probe.checks = [check(id)] }
        return probe
    }

    private func parts(
        _ id: Target.ID, _ wanted: FileTree, _ facts: RuntimeFacts, _ context: ProbeContext
    ) -> [Probe.Part: Probe.PartResult] {
        let main = machine.target(id).configFile
        let serves = machine.processes[id]?.serves ?? [:]
        func isServed(_ path: String) -> Bool { serves[path] == wanted[path]?.blob }
        var parts: [Probe.Part: Probe.PartResult] = [:]
        let before = context.evidence[id]?.runtime
        let mustMove = !context.restored && context.reloaded.contains(id)
        if !facts.reloadSucceeded {
            parts[.reloaded] = .failed(Failure(.reloadFailed, .content, "the last reload failed"))
        } else if mustMove, let before, before.startTime == facts.startTime,
            before.lastConfigTime == facts.lastConfigTime
        {
            parts[.reloaded] = .pending(Failure(.reloadUnconfirmed, .content, "the reload did not show"))
        } else {
            parts[.reloaded] = .proved
        }
        let not = Failure(.notServed, .content, "\(id) serves something else")
        parts[.config] = main.map(isServed) ?? true ? .proved : .failed(not)
        let foreign = Set(serves.keys.filter { $0.hasSuffix("foreign.yml") })
        let rules = Set(serves.keys).union(wanted.files.keys).subtracting(foreign)
        parts[.rules] = rules.allSatisfy { $0 == main || isServed($0) } ? .proved : .failed(not)
        return parts
    }

    private func prove(_ goal: Goal) throws(Failure) -> [Target.ID: ProofAtRest] {
        let context = ProbeContext(
            evidence: [:], reloaded: [], unanswered: [], changed: [], restored: false)
        var proofs: [Target.ID: ProofAtRest] = [:]
        for (id, probe) in try probe(goal, context) {
            guard case .ready = probe.readiness, let facts = probe.runtime else {
                proofs[id] = .noAnswer("connection refused")
                continue
            }
            proofs[id] =
                probe.isProved
                ? .proved(facts, proof: probe.proof)
                : .notProved(Failure(.notServed, .content, "\(id) serves something else"))
        }
        return proofs
    }
}
