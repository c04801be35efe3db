import Digests
import StokerCore

/// What stands between the files on disk and the process, looked for before the first byte is written and after each reload.
extension EnvironmentHost {
    /// More files than this are not compared: one that is not seen means that its neighbours are not either.
    private static let mostCompared = 200

    /// Nothing is written for a process that would not see it, or that is not the one we ask.
    func requireSight(
        _ target: TargetHost, _ view: ProcessView, _ evidence: Evidence, _ tree: FileTree, _ inventory: Inventory
    ) async throws(Failure) {
        if let several = evidence.several {
            throw Self.unseen(
                target,
                "several processes answer at \(target.client.address) in turns (\(several)): give each a target "
                    + "of its own with its own url")
        }
        let sight = await target.sight()
        if let start = evidence.processStartSeconds, let pid = sight.pid,
            ProcessStart.belongs(start, to: pid) == false
        {
            throw Self.unseen(
                target,
                "the process that answers at \(target.client.address) is not \(sight.owner): correct url, or what "
                    + "reload and log name")
        }
        let changed = Self.changed(tree, inventory)
        let keep = Set(target.configuration.keepInode)
        if let why = sight.obstacle(view, target.place, keepInode: keep, paths: changed) {
            throw Self.unseen(target, why)
        }
    }

    private static func unseen(_ target: TargetHost, _ why: String) -> Failure {
        Failure(.notServed, .environmental, "\(target.id): \(why); nothing was written")
    }

    private static func changed(_ tree: FileTree, _ inventory: Inventory) -> [String] {
        tree.files.filter { path, entry in inventory.files[path]?.entry.blob != entry.blob }.keys.sorted()
    }

    /// A probe with its causes: what the process does not see is not served, whatever it says; and a failure says why,
    /// from where the reason can be found.
    func explained(
        _ probe: Probe, of target: TargetHost, _ goal: Goal, _ context: ProbeContext
    ) async throws(Failure) -> Probe {
        // At rest, and before anything was written, there is nothing to explain.
        guard loop.record.attempt?.outcome == nil, !context.evidence.isEmpty || context.restored else { return probe }
        var probe = probe
        switch probe.readiness {
        case .gone(let message):
            probe.readiness = .gone(await goneMessage(message, target))
            return probe
        case .starting, .refused, .several: return probe
        case .ready: break
        }
        if case .pending = probe.parts[.reloaded] { return probe }
        let fails = probe.parts.values.contains { if case .failed = $0 { true } else { false } }
        if !context.restored, context.changed.contains(target.id),
            let cause = try await blindness(target, goal, since: probe.runtime?.startTime, fails: fails)
        {
            Self.name(cause, in: &probe, hasMain: target.configuration.configFile != nil)
        }
        for (part, result) in probe.parts {
            guard case .failed(let failure) = result else { continue }
            probe.parts[part] = .failed(await withLog(failure, target))
        }
        return probe
    }

    /// The bytes that were written, the bytes on disk and the bytes that the process sees: where two differ. Another hand on
    /// the files explains a failure only: what it writes after the reload is drift.
    private func blindness(
        _ target: TargetHost, _ goal: Goal, since start: String?, fails: Bool
    ) async throws(Failure) -> String? {
        let tree = try files.trees(of: goal)[target.id] ?? FileTree()
        let before: Inventory?
        if let id = loop.record.attempt?.id {
            before = try files.inventory(of: target.id, before: id)
        } else {
            before = nil
        }
        let changed = Self.changed(tree, before ?? files.inventory(of: target.id)).prefix(Self.mostCompared).map { $0 }
        let view = target.view(target.rememberedFlags)
        let sight = await target.sight()
        if let cause = sight.blindness(view, target.place, paths: changed) { return cause }
        if sight.pid == nil, sight.container == nil, let start,
            let cause = await target.blindness(since: start, changed)
        {
            return cause
        }
        guard fails else { return nil }
        for path in changed {
            let live = target.place.live(path)
            guard let wanted = tree[path]?.blob,
                case .success(let bytes) = SmallFile.read(live, limit: Int(Rollout.largestFile)),
                BlobID(Digest.gitBlobID(of: bytes)) != wanted
            else { continue }
            return
                "\(live) is not what was deployed any more: somebody else writes there, stop them or exclude the file"
        }
        return nil
    }

    /// The cause comes first; what the process said for itself stays behind it.
    private static func name(_ cause: String, in probe: inout Probe, hasMain: Bool) {
        let part = probe.parts.keys.sorted { $0.rawValue < $1.rawValue }.first { part in
            if case .failed = probe.parts[part] { true } else { false }
        }
        guard let part, case .failed(let failure) = probe.parts[part] else {
            probe.parts[hasMain ? .config : .rules] = .failed(Failure(.notServed, .content, cause))
            return
        }
        probe.parts[part] = .failed(
            Failure(failure.reason, failure.kind, "\(cause) (\(failure.message))", findings: failure.findings))
    }

    private func goneMessage(_ message: String, _ target: TargetHost) async -> String {
        var parts = [message]
        if let container = await target.container(), !container.isRunning {
            parts.append("container \(container.shown) is \(container.condition)")
        }
        if let addition = await target.logAddition(await secrets(target)) { parts.append(addition) }
        return parts.joined(separator: "; ")
    }

    /// The failure, and the lines of the process's log that explain it.
    func withLog(_ failure: Failure, _ target: TargetHost) async -> Failure {
        guard let addition = await target.logAddition(await secrets(target)) else { return failure }
        return Failure(
            failure.reason, failure.kind, "\(failure.message); \(addition)", findings: failure.findings)
    }

    /// Written out in the configuration files that the process may quote, or in the files that they name.
    private func secrets(_ target: TargetHost) async -> SecretValues {
        guard let parsed = parsed[target.id]?.value else { return SecretValues() }
        let roots = [parsed.main].compactMap { $0 } + parsed.scrapeConfigs
        let view = target.view(await target.knownFlags())
        var words: [String] = []
        for path in Set(parsed.references.all.filter(\.isSecretText).map(\.path)).sorted().prefix(100) {
            let place: String
            switch view.place(path) {
            case .ours(let relative): place = view.deployed(relative)
            case .host(let absolute): place = absolute
            case .unseen: continue
            }
            // What cannot be read here cannot be hidden; it is only quoted if the process itself writes it down.
            guard case .success(let bytes) = SmallFile.read(place, limit: 4096) else { continue }
            words += String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
                .map { String($0.filter { $0 != "\r" }) }.filter { $0.utf8.count >= 4 }
        }
        return SecretValues(in: roots, and: words)
    }
}
