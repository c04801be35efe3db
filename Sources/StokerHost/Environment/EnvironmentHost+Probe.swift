import StokerCore

extension EnvironmentHost {
    /// One look at every process, against the goal.
    func probe(_ goal: Goal, _ context: ProbeContext) async throws(Failure) -> [Target.ID: Probe] {
        var probes: [Target.ID: Probe] = [:]
        for target in targets where context.targets?.contains(target.id) ?? true {
            let evidence = context.evidence[target.id]
            let expectation = try await expectation(of: target, goal, context)
            let due = context.checks[target.id] ?? []
            let probe = await target.prover.probe(
                expectation, evidence: context.restored ? evidence.map(Self.forRestored) : evidence,
                checks: due.isEmpty ? [] : configuration.verify?.checks ?? [], due: due,
                comparing: context.comparing.contains(target.id) ? configuration.verify?.compare : nil)
            probes[target.id] = try await explained(probe, of: target, goal, context)
        }
        return probes
    }

    /// After a restore only the process counts, not what it showed before.
    private static func forRestored(_ evidence: Evidence) -> Evidence {
        var evidence = evidence
        evidence.successTimestamp = nil
        evidence.visibleChangeDue = false
        evidence.failures = nil
        evidence.vitals = nil
        return evidence
    }

    /// The user's checks, asked of the first target.
    func recheck() async -> [Probe.CheckResult] {
        guard let target = targets.first, let checks = configuration.verify?.checks else { return [] }
        return await target.prover.results(of: checks)
    }

    /// The whole proof once, at rest or for something found on disk.
    func prove(_ goal: Goal) async throws(Failure) -> [Target.ID: ProofAtRest] {
        let context = ProbeContext(
            evidence: [:], reloaded: [], unanswered: [], changed: [], restored: false)
        let patience = Clock.instant() + .seconds(10)
        while true {
            var proofs: [Target.ID: ProofAtRest] = [:]
            var isPending = false
            for (id, probe) in try await probe(goal, context) {
                proofs[id] = Self.proof(probe)
                if probe.parts.values.contains(where: { if case .pending = $0 { true } else { false } }) {
                    isPending = true
                }
            }
            // A process that has just started has no scrape pools yet: that is no proof against it.
            guard isPending, Clock.instant() < patience else { return proofs }
            do { try await Task.sleep(for: .milliseconds(250)) } catch { return proofs }
        }
    }

    private static func proof(_ probe: Probe) -> ProofAtRest {
        switch probe.readiness {
        case .starting(let message), .gone(let message), .refused(let message), .several(let message):
            return .noAnswer(message)
        case .ready: break
        }
        for part in Probe.Part.allCases {
            switch probe.parts[part] {
            case .failed(let failure), .pending(let failure): return .notProved(failure)
            case .inconclusive(let message): return .noAnswer(message)
            case .proved, nil: continue
            }
        }
        guard let facts = probe.runtime else { return .noAnswer("the process did not say since when it runs") }
        return .proved(facts, proof: probe.proof, notProvable: probe.notProvable)
    }

    /// What a target must serve. After a restore that is what is on disk: the verified content, or the baseline.
    private func expectation(
        of target: TargetHost, _ goal: Goal, _ context: ProbeContext
    ) async throws(Failure) -> Expectation {
        let flags = await target.knownFlags()
        let tree: FileTree
        let parsed: ParsedTarget
        if context.restored {
            // With the edits that people had made: they were put back, too, and drift is a question of its own.
            let observed = try files.observed(target.id)
            tree = observed.tree
            parsed = try self.parsed(target, tree, flags, files.blobs(observed: [target.id: observed]))
        } else {
            tree = try files.trees(of: goal)[target.id] ?? FileTree()
            parsed = try self.parsed(target, tree, flags)
        }
        let view = target.view(flags)
        var expectation = Expectation(mainFile: parsed.main, jobs: parsed.jobs)
        expectation.mainBytes = parsed.mainBytes
        expectation.scrapeConfigs = parsed.scrapeConfigs
        expectation.templateFiles = parsed.templates
        for (path, node) in parsed.rules { expectation.ruleFiles[view.seen(path)] = node }
        if context.restored { return expectation }
        expectation.comparison = configuration.verify?.compare ?? ComparisonPolicy()
        let evidence = context.evidence[target.id]
        let reloaded = context.reloaded.contains(target.id)
        expectation.mustMoveTimestamp = reloaded && evidence?.wasUp == true
        expectation.reloadAnswered = !context.unanswered.contains(target.id)
        expectation.mustRestart = context.restarted.contains(target.id) && evidence?.wasUp == true
        expectation.visibleChangeDue = reloaded && (evidence?.visibleChangeDue ?? false)
        try compareWithBefore(target, tree, parsed, view, &expectation, reloaded)
        return expectation
    }

    /// Rule files that were removed or visibly changed, and discovery files whose targets must show.
    private func compareWithBefore(
        _ target: TargetHost, _ tree: FileTree, _ parsed: ParsedTarget, _ view: ProcessView,
        _ expectation: inout Expectation, _ reloaded: Bool
    ) throws(Failure) {
        guard let before = try inventoryBefore(target) else { return }
        for path in before.files.keys where tree[path] == nil && parsed.roles.role(of: path) == .rules {
            expectation.removedRuleFiles.insert(view.seen(path))
        }
        guard reloaded else {
            expectation.liveTargets = discovered(tree, before, parsed, view)
            return
        }
        for (path, node) in parsed.rules {
            guard let old = before.files[path]?.entry.blob, old != tree[path]?.blob, let oldNode = self.node(of: old)
            else {
                continue
            }
            if RulesProof.isChangeVisible(before: oldNode, after: node) {
                expectation.changedRuleFiles.insert(view.seen(path))
            }
        }
        expectation.liveTargets = discovered(tree, before, parsed, view)
    }

    private func inventoryBefore(_ target: TargetHost) throws(Failure) -> Inventory? {
        guard let id = loop.record.attempt?.id else { return nil }
        return try files.inventory(of: target.id, before: id)
    }
}
