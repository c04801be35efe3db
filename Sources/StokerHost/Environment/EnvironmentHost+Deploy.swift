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
        try await requireAccess(target, parsed, flags, tree, known)
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
            if known.files.isEmpty { try saveBaseline(target, inventory, tree) }
            let intent = try Rollout.stage(request, blobs: blobs(), disk: disk)
            staged[id] = intent
            for file in intent.displaced where !known.files.isEmpty {
                log.warning(
                    "an edit of the live file is saved", metadata: ["path": "\(file.path)", "copy": "\(file.copy)"])
            }
            // Somebody brought the files to the new content by hand: nothing is to be written, but the inventory moves, and
            // that goes through the journal like any deploy.
            let moves = !intent.isEmpty || intent.inventoryAfter != known
            return .staged(
                id, evidence: evidence, wasUp: evidence.wasUp, changes: max(intent.operations.count, moves ? 1 : 0))
        } catch {
            throw Failure(.deployFailed, .environmental, "\(id): \(error.message)")
        }
    }

    /// What was there before Stoker is somebody's work: a copy of what is about to be replaced stays in the storage
    /// directory after the verdict, too.
    private func saveBaseline(_ target: TargetHost, _ baseline: Inventory, _ tree: FileTree) throws(StageError) {
        let replaced = baseline.files.filter { path, file in tree[path]?.blob != file.entry.blob }.keys.sorted()
        if replaced.isEmpty { return }
        do throws(DiskError) {
            let copies = try Rollout.saveDrifted(
                replaced, place: target.place, attempt: loop.record.attempt?.id ?? 0, to: target.baselineFolder,
                disk: disk)
            log.notice(
                "what was there before is saved",
                metadata: ["target": "\(target.id)", "folder": "\(target.baselineFolder)", "files": "\(copies.count)"])
        } catch {
            throw .disk(error)
        }
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
            before: before?.main, after: after.main,
            ruleFiles: !after.rules.isEmpty || !(before?.rules.isEmpty ?? true),
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
        remember(intent)
        let result: Rollout.Result
        do throws(DiskError) {
            result = try Rollout.publish(intent, disk: disk)
        } catch {
            throw Failure(.deployFailed, .environmental, "\(id): \(error)")
        }
        keep(result.saved, intent)
        inventories[id] = result.inventory
        nudge(intent, release: intent.releaseBefore)
        do throws(Journal.Problem) {
            try journal.published(row, result.inventory, of: id, in: configuration.name)
        } catch {
            // The files are live: the loop restores them, as the intent is in the journal.
            throw Failure(.deployFailed, .environmental, "\(id): the deploy could not be recorded: \(error.message)")
        }
        return .published(id)
    }

    /// What verification compares with; of an attempt that began before a restart it is read from the journal.
    private func remember(_ intent: DeploymentIntent) {
        guard before?.attempt == intent.attempt else { return before = nil }
        before?.inventories[intent.target] = intent.inventoryBefore
    }

    /// Bytes that somebody wrote between staging and publishing: the staging area is emptied after the verdict, so they
    /// go where saved edits are.
    private func keep(_ saved: [String], _ intent: DeploymentIntent) {
        guard let target = targets.first(where: { $0.id == intent.target }) else { return }
        for path in saved {
            let place = DeployPlace(layout: .inPlace, root: SeenPath.parent(path), configFile: nil)
            let name = String(path.dropFirst(place.root.utf8.count + 1))
            do throws(DiskError) {
                let copies = try Rollout.saveDrifted(
                    [name], place: place, attempt: intent.attempt, to: target.editsFolder, disk: disk)
                log.warning(
                    "bytes of another writer are saved",
                    metadata: ["target": "\(target.id)", "copy": "\(copies[name] ?? path)"])
            } catch {
                log.warning(
                    "bytes of another writer are kept until the verdict, and could not be saved",
                    metadata: ["target": "\(target.id)", "copy": "\(path)", "error": "\(error)"])
            }
        }
    }

    /// Prometheus 3 goes on watching the folders of the release that was left (prometheus-facts 17): a new name there
    /// makes it read its discovery files again, through the link, and watch the folders behind it from then on.
    private func nudge(_ intent: DeploymentIntent, release: String?) {
        guard intent.place.layout == .linked, let release else { return }
        let roles = parsed[intent.target]?.value.roles
        let left = release == intent.release ? intent.inventoryAfter : intent.inventoryBefore
        let folders = Set(
            left.files.keys.filter { roles?.role(of: $0) ?? .live == .live }.map(SeenPath.parent))
        if folders.isEmpty { return }
        let root = intent.place.releasesDirectory + "/" + release
        do throws(DiskError) {
            try Rollout.nudge(folders.sorted().map { $0.isEmpty || $0 == "." ? root : root + "/" + $0 }, disk: disk)
        } catch {
            // It reads them by itself after refresh_interval; a restore on a full disk must not stop here.
            log.warning("discovery could not be nudged", metadata: ["target": "\(intent.target)", "error": "\(error)"])
        }
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
                keep(result.saved, stored.intent)
                nudge(stored.intent, release: stored.intent.release)
                after[stored.intent.target] = result.inventory
                inventories[stored.intent.target] = result.inventory
                if !touched.contains(stored.intent.target) { touched.append(stored.intent.target) }
            } catch {
                throw Failure(.deployFailed, .environmental, "the restore of \(stored.intent.target) goes on: \(error)")
            }
        }
        owe(open.map(\.id), after)
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

    /// Intents that are done with and inventories that are true, to be written with the next `forgetRestored`.
    func owe(_ ids: [Int64], _ inventories: [Target.ID: Inventory]) {
        unwritten = (
            (unwritten?.ids ?? []) + ids, (unwritten?.inventories ?? [:]).merging(inventories) { $1 }
        )
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
