import StokerCore

extension EnvironmentHost {
    /// Reads the evidence, then writes the new files beside the tree. Nothing live changes.
    func stage(_ id: Target.ID, _ goal: Goal, _ trigger: Trigger) async throws(Failure) -> Report {
        let target = host(id)
        let tree = try trees(of: goal)[id] ?? FileTree()
        let flags = await target.knownFlags()
        let parsed = try parsed(target, tree, flags)
        let known = inventory(of: target)
        let inventory: Inventory
        do throws(DiskError) {
            inventory = try inventoryOrBaseline(target, tree)
        } catch {
            throw Failure(.deployFailed, .environmental, "\(id): \(error)")
        }
        let evidence = await evidence(target, parsed, parsedLive(target, inventory, flags), inventory, tree)
        let request = deploymentRequest(target, tree, inventory, parsed, goal)
        if evidence.wasUp, let closed = lifecycleClosed(target, evidence) { throw closed }
        do throws(DeployRefusal) {
            let view = target.view(flags)
            try Rollout.preflight(request, disk: disk) { glob, path in
                Glob.goGlob(SeenPath.absolute(glob, in: view.seenAt), finds: view.seen(path))
            }
        } catch {
            throw Failure(.deployFailed, .environmental, "\(id): \(error.message)")
        }
        do throws(StageError) {
            let intent = try Rollout.stage(request, blobs: blobs(), disk: disk)
            staged[id] = intent
            for file in intent.displaced where !known.files.isEmpty {
                log.warning(
                    "an edit of the live file is saved", metadata: ["path": "\(file.path)", "copy": "\(file.copy)"])
            }
            return .staged(id, evidence: evidence, wasUp: evidence.wasUp, changes: intent.operations.count)
        } catch {
            throw Failure(.deployFailed, .environmental, "\(id): \(error.message)")
        }
    }

    private func deploymentRequest(
        _ target: TargetHost, _ tree: FileTree, _ inventory: Inventory, _ parsed: ParsedTarget, _ goal: Goal
    ) -> DeploymentRequest {
        let place = target.place
        return DeploymentRequest(
            target: target.id, attempt: loop.record.attempt?.id ?? 0, content: goal.content, place: place,
            keepInode: Set(target.configuration.keepInode), mode: target.configuration.mode, inventory: inventory,
            desired: tree, stagingCandidates: target.stagingCandidates, editsDirectory: target.editsFolder,
            globs: parsed.references.all.filter { $0.isPattern && $0.kind != .secret }.map(\.text))
    }

    /// What is served now, and the user's checks before the change: those of the first target only.
    private func evidence(
        _ target: TargetHost, _ after: ParsedTarget, _ before: ParsedTarget?, _ inventory: Inventory, _ tree: FileTree
    ) async -> Evidence {
        let checks = target.id == targets.first?.id ? configuration.verify?.checks ?? [] : []
        var evidence = await target.prover.evidence(
            before: before?.main, after: after.main, ruleFiles: !after.rules.isEmpty || !(before?.rules.isEmpty ?? true),
            checks: checks)
        // A main file that stays the same byte for byte is served the same way.
        if let main = target.configuration.configFile, inventory.files[main]?.entry.blob == tree[main]?.blob {
            evidence.visibleChangeDue = false
        }
        return evidence
    }

    /// A reload that is known to be refused is not worth a deploy: the disk would be ahead of the process.
    private func lifecycleClosed(_ target: TargetHost, _ evidence: Evidence) -> Failure? {
        guard case .http = target.configuration.reload, let process = evidence.process, !process.lifecycleEnabled
        else { return nil }
        return Failure(
            .reloadFailed, .environmental,
            "\(target.id): \(target.client.address) would answer 403 to a reload: start it with --web.enable-lifecycle, "
                + "or use `reload: {method: signal, pid_file: …}`; nothing was written")
    }

    /// The intent first, then the renames. What cannot be intended is not done.
    func publish(_ id: Target.ID) throws(Failure) -> Report {
        guard let intent = staged[id] else {
            throw Failure(.journalFailed, .environmental, "\(id): nothing is staged; it is staged again")
        }
        let row: Int64
        do throws(Journal.Problem) {
            row = try journal.intend(intent, in: configuration.name)
        } catch {
            discardStaged(id)
            throw Failure(.journalFailed, .environmental, "\(id): nothing was deployed: \(error.message)")
        }
        staged[id] = nil
        let result: Rollout.Result
        do throws(DiskError) {
            result = try Rollout.publish(intent, disk: disk)
        } catch {
            throw Failure(.deployFailed, .environmental, "\(id): \(error)")
        }
        for path in result.saved { log.warning("bytes of another writer are kept", metadata: ["copy": "\(path)"]) }
        inventories[id] = result.inventory
        do throws(Journal.Problem) {
            try journal.published(row, result.inventory, of: id, in: configuration.name)
        } catch {
            // The files are live: the loop restores them, as the intent is in the journal.
            throw Failure(.deployFailed, .environmental, "\(id): the deploy could not be recorded: \(error.message)")
        }
        return .published(id)
    }

    private func discardStaged(_ id: Target.ID) {
        guard let intent = staged.removeValue(forKey: id) else { return }
        do throws(DiskError) {
            try Rollout.discard(attempt: intent.attempt, place: intent.place, staging: intent.staging, disk: disk)
        } catch {
            log.warning("staged files could not be removed", metadata: ["target": "\(id)", "error": "\(error)"])
        }
    }

    /// Takes back everything that is not settled, newest first, and forgets the intents.
    func restore() throws(Failure) -> [Target.ID] {
        let open = try openIntents()
        var touched: [Target.ID] = []
        var after: [Target.ID: Inventory] = [:]
        for stored in open {
            do throws(DiskError) {
                let result = try Rollout.restore(stored.intent, disk: disk)
                for path in result.saved { log.warning("bytes of another writer are kept", metadata: ["copy": "\(path)"]) }
                after[stored.intent.target] = result.inventory
                inventories[stored.intent.target] = result.inventory
                if !touched.contains(stored.intent.target) { touched.append(stored.intent.target) }
            } catch {
                throw Failure(.deployFailed, .environmental, "the restore of \(stored.intent.target) goes on: \(error)")
            }
        }
        unwritten = (open.map(\.id), after)
        forgetRestored()
        return touched
    }

    /// From the journal; where it cannot be read, nothing can be restored.
    private func openIntents() throws(Failure) -> [Journal.StoredIntent] {
        do throws(Journal.Problem) {
            let open = try journal.intents(of: configuration.name)
            let done = Set(unwritten?.ids ?? [])
            return open.filter { !done.contains($0.id) }
        } catch {
            throw Failure(.journalFailed, .environmental, error.message)
        }
    }

    /// Writes what a restore left; on a full disk it is tried again at the next settle, and a crash before that finds
    /// the restore on disk.
    func forgetRestored() {
        guard let pending = unwritten else { return }
        do throws(Journal.Problem) {
            try journal.settle(pending.ids, inventories: pending.inventories, in: configuration.name)
            unwritten = nil
        } catch {
            log.warning("the restore could not be recorded yet", metadata: ["error": "\(error)"])
        }
    }
}
