import StokerCore

extension EnvironmentHost {
    /// Reads the evidence, then writes the new files beside the tree. Nothing live changes.
    func stage(_ id: Target.ID, _ goal: Goal, _ trigger: Trigger) async throws(Failure) -> Report {
        let target = host(id)
        let tree = try files.trees(of: goal)[id] ?? FileTree()
        let flags = await target.knownFlags()
        let parsed = try parsed(target, tree, flags)
        let inventory: Inventory
        do throws(DiskError) {
            inventory = try files.inventoryOrBaseline(id, tree)
        } catch {
            throw Failure(.deployFailed, .environmental, "\(id): \(error)")
        }
        try await requireAccess(target, parsed, flags, tree, files.inventory(of: id))
        let evidence = await evidence(target, parsed, parsedLive(target, inventory, flags), inventory, tree)
        if evidence.wasUp, let closed = lifecycleClosed(target, evidence.process) { throw closed }
        if loop.record.unsettled.isEmpty { try await requireReload(after: id) }
        let view = target.view(flags)
        if evidence.wasUp { try await requireSight(target, view, evidence, tree, inventory) }
        let changes = try files.stage(
            id, goal, attempt: loop.record.attempt?.id ?? 0,
            globs: parsed.globs, matchesGlob: view.matchesGlob)
        return .staged(id, evidence: evidence, wasUp: evidence.wasUp, changes: changes)
    }

    /// A process that refuses us cannot be proved afterwards: nothing is written until the access is mended. Unless the
    /// change is about that very access: a broken web configuration refuses everybody.
    private func requireAccess(
        _ target: TargetHost, _ parsed: ParsedTarget, _ flags: ProcessFlags?, _ tree: FileTree, _ inventory: Inventory
    ) async throws(Failure) {
        guard let message = await target.refusesAccess() else { return }
        let changed = tree.files.filter { path, entry in inventory.files[path]?.entry != entry }.keys
        if let web = flags?.webConfigPath, changed.contains(where: { target.view(flags).seen($0) == web }) { return }
        throw Failure(.targetUnreachable, .environmental, "\(target.id): \(message); nothing was written")
    }

    /// Before the first target is written those whose turn comes later are asked, too: one that refuses its reload would have
    /// the others taken back, again with each try.
    private func requireReload(after first: Target.ID) async throws(Failure) {
        guard let attempt = loop.record.attempt else { return }
        for id in attempt.todo where id != first && attempt.surveys[id]?.needsReload ?? false {
            let target = host(id)
            if let closed = lifecycleClosed(target, await target.knownFlags()) { throw closed }
        }
    }

    /// What is served now, and the user's checks before the change: those of the first target only. Where the process has
    /// not got over its last start or reload it is asked again, for some seconds.
    private func evidence(
        _ target: TargetHost, _ after: ParsedTarget, _ before: ParsedTarget?, _ inventory: Inventory, _ tree: FileTree
    ) async -> Evidence {
        let changed = Set(tree.paths).union(inventory.files.keys).filter {
            inventory.files[$0]?.entry != tree[$0]
        }.sorted()
        let patience = Clock.instant() + Self.followsWithin
        var evidence = await evidence(target, after, before, changed)
        while isYoung(evidence, before), Clock.instant() < patience {
            do { try await Task.sleep(for: .milliseconds(500)) } catch { break }
            evidence = await self.evidence(target, after, before, changed)
        }
        // A main file that stays the same byte for byte is served the same way.
        if let main = target.configuration.configFile, inventory.files[main]?.entry.blob == tree[main]?.blob {
            evidence.visibleChangeDue = false
        }
        return evidence
    }

    /// Pools and the list of Alertmanagers follow a start or a reload within this.
    static let followsWithin = Duration.seconds(6)

    private func evidence(
        _ target: TargetHost, _ after: ParsedTarget, _ before: ParsedTarget?, _ changed: [String]
    ) async -> Evidence {
        let checks = target.id == targets.first?.id ? configuration.verify?.checks ?? [] : []
        var evidence = await target.prover.evidence(
            before: before?.main, after: after.main,
            ruleFiles: !after.rules.isEmpty || !(before?.rules.isEmpty ?? true),
            checks: checks, comparing: configuration.verify?.compare.comparesAnything ?? false)
        if evidence.vitals != nil {
            evidence.scope = after.scope(from: before, changed: changed, view: target.view(evidence.process))
        }
        return evidence
    }

    /// A process that has just started or reloaded has no pools yet, or no Alertmanagers: a change that loses them would be
    /// compared with nothing.
    private func isYoung(_ evidence: Evidence, _ before: ParsedTarget?) -> Bool {
        guard evidence.wasUp, let vitals = evidence.vitals, let scope = evidence.scope, let before else { return false }
        if evidence.missingPools.contains(where: { scope.jobs.contains($0) }) { return true }
        return scope.alerting && vitals.alertmanagers == 0 && before.namesAlertmanagers
    }

    /// A reload that is known to be refused is not worth a deploy: the disk would be ahead of the process.
    private func lifecycleClosed(_ target: TargetHost, _ flags: ProcessFlags?) -> Failure? {
        guard target.configuration.reload.allSatisfy({ $0.method == .http }),
            let closed = target.closedLifecycle(flags)
        else { return nil }
        return Failure(.reloadFailed, .environmental, "\(target.id): \(closed); nothing was written")
    }
}
