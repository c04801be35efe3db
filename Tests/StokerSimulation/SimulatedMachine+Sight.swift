import StokerCore

// What a bystander sees. Texts are told apart by their blob ids, which is the same and faster.
extension SimulatedMachine {
    /// What the invariants are checked on.
    /// - Parameter stoker: where it runs: what it says of itself.
    public func sight(_ moment: WorldSight.Moment, _ stoker: SimulatedStoker?) -> WorldSight {
        disk.asBystander { look(moment, stoker) }
    }

    private func look(_ moment: WorldSight.Moment, _ stoker: SimulatedStoker?) -> WorldSight {
        let record = stoker?.loop.record ?? journal.rows.record
        var contents: [String: [String: [String: String]]] = [:]
        contents[Self.nothing] = [:]
        let untrusted = git.untrusted
        for (id, content) in git.contents where !untrusted.contains(id) { contents[content.name] = hexes(content) }
        var sight = WorldSight(
            moment: moment, contents: contents,
            targets: environment.targets.map { targetSight($0, contents) })
        sight.desired = git.newest.flatMap(name)
        sight.verified = (record?.verified?.content).flatMap(name) ?? baseline
        sight.rejected = Set((record?.rejections ?? []).compactMap { name($0.content) })
        sight.explained = Set(
            journal.rows.attempts.values.compactMap { name($0.goal.content) } + [baseline ?? Self.nothing])
        if let stoker {
            sight.saysInSync = stoker.status.sync == .synced && stoker.status.outcome == "verified"
            sight.plannedChanges = stoker.plannedChanges()
        }
        return sight
    }

    /// What is live before the first deploy, where nothing was there.
    static let nothing = "nothing"

    private func name(_ id: ContentID) -> String? { git.contents[id]?.name }

    private func hexes(_ content: SimulatedGit.Content) -> [String: [String: String]] {
        var hexes: [String: [String: String]] = [:]
        for (id, tree) in content.trees { hexes[id.rawValue] = tree.files.mapValues { $0.blob.rawValue } }
        return hexes
    }

    private func targetSight(
        _ target: TargetConfiguration, _ contents: [String: [String: [String: String]]]
    ) -> TargetSight {
        let place = place(target)
        let original = contents[baseline ?? Self.nothing]?[target.id.rawValue] ?? [:]
        // What Stoker may take for deployed: as noted, or as it is about to be.
        let open = journal.rows.intents.map(\.intent).filter { $0.target == target.id }
        let known = [journal.rows.inventories[target.id] ?? Inventory()] + open.map(\.inventoryAfter)
        // A file that a person edited counts as the one that was deployed: drift has a check of its own. Edited before
        // Stoker came, it is the baseline.
        func seen(_ files: [String: BlobID]) -> [String: String] {
            guard files.values.contains(where: { written.contains($0.rawValue) }) else {
                return files.mapValues(\.rawValue)
            }
            var first: [String: String]?
            for inventory in known {
                let texts = unedited(files, inventory, original)
                let ours = texts.filter { !$0.key.hasSuffix("foreign.yml") }
                if contents.values.contains(where: { ($0[target.id.rawValue] ?? [:]) == ours }) { return texts }
                first = first ?? texts
            }
            // Nobody knows what was there: any content that all other files are of.
            for (_, content) in contents.sorted(by: { $0.key < $1.key }) {
                let wanted = content[target.id.rawValue] ?? [:]
                let ours = files.filter { !$0.key.hasSuffix("foreign.yml") }
                guard ours.count == wanted.count else { continue }
                let fits = ours.allSatisfy {
                    wanted[$0.key] == $0.value.rawValue || written.contains($0.value.rawValue)
                }
                if fits { return (first ?? [:]).merging(wanted) { $1 } }
            }
            return first ?? [:]
        }
        let foreignBlob = SimulatedDigest.gitBlobID(of: Array(Self.foreignText.utf8))
        let files = seen(SimulatedPrometheus.files(place, disk))
        var sight = TargetSight(
            target: target.id.rawValue, layout: TargetSight.Layout(rawValue: place.layout.rawValue) ?? .inPlace,
            files: files, rewritten: Set(target.keepInode), served: nil)
        if hasNeighbours {
            if place.layout == .inPlace { sight.foreign["rules/foreign.yml"] = foreignBlob }
            // Beside the tree: shown under its absolute path.
            let beside = target.deployTo + ".txt"
            sight.foreign[beside] = foreignBlob
            do throws(DiskError) { sight.files[beside] = try disk.blobID(beside).rawValue } catch {}
        }
        guard let process = processes[target.id], let serves = process.serves else { return sight }
        let served = seen(serves.filter { !$0.key.hasSuffix("foreign.yml") })
        sight.served = contents.first { ($0.value[target.id.rawValue] ?? [:]) == served }?.key
        return sight
    }

    private func unedited(
        _ files: [String: BlobID], _ inventory: Inventory, _ original: [String: String]
    ) -> [String: String] {
        var texts: [String: String] = [:]
        for (path, blob) in files {
            var hex = blob.rawValue
            if written.contains(hex) { hex = inventory.files[path]?.entry.blob.rawValue ?? original[path] ?? hex }
            if written.contains(hex) { hex = original[path] ?? hex }
            texts[path] = hex
        }
        return texts
    }

    private func texts(below folder: String) -> Set<String> {
        var texts: Set<String> = []
        do throws(DiskError) {
            for name in try disk.list(folder.isEmpty ? "/" : folder, limit: 100_000) {
                let path = folder + "/" + name
                switch try disk.status(path)?.kind {
                case .directory: texts.formUnion(self.texts(below: path))
                case .regular: texts.insert(String(decoding: try disk.read(path, limit: 1 << 20), as: UTF8.self))
                case .link, .other, nil: continue
                }
            }
        } catch {
            return texts
        }
        return texts
    }

    /// Edits of managed files that are nowhere any more. A file that is rewritten through its inode goes back also on a full
    /// disk, where an edit of it cannot be copied.
    public func lostEdits() -> [String] {
        var edits = edits
        if wasFull {
            let rewritten = Set(
                environment.targets.flatMap { target in
                    target.layout == .singleFile
                        ? [target.deployTo] : target.keepInode.map { place(target).live($0) }
                })
            edits.removeAll { rewritten.contains($0.path) }
        }
        if edits.isEmpty { return [] }
        let there = disk.asBystander { texts(below: "") }
        return edits.map(\.text).filter { !there.contains($0) }
    }
}
