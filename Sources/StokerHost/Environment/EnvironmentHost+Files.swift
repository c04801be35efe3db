import StokerCore

/// What a parsed target depends on.
struct ParsedKey: Hashable {
    let tree: FileTree
    let seenAt: String
    let webConfig: String?
}

extension EnvironmentHost {
    /// The files of a goal by target: remembered, from git, or where git has them no more from the journal's releases.
    /// Git first: which file belongs to which target is for today's configuration to say, not for that of the release.
    func trees(of goal: Goal) throws(Failure) -> [Target.ID: FileTree] {
        if let trees, trees.content == goal.content, targets.allSatisfy({ trees.trees[$0.id] != nil }) {
            return trees.trees
        }
        let missing: Failure
        do throws(SourceFailure) {
            let snapshot = try feed.snapshot(configuration, goal.revision)
            // A commit is one content: another one would mean that `exclude` or `path` are others than when it was chosen.
            if snapshot.content == goal.content {
                let made = TargetTrees.trees(configuration, snapshot)
                trees = (goal.content, made)
                return made
            }
            missing = Failure(
                .fetchFailed, .environmental,
                "\(goal.revision) has another content than \(goal.content.short) with this configuration, and that release is not kept any more"
            )
        } catch {
            missing = error.failure
        }
        do throws(Journal.Problem) {
            if let stored = try journal.release(of: configuration.name, goal.content),
                targets.allSatisfy({ stored[$0.id] != nil })
            {
                trees = (goal.content, stored)
                return stored
            }
        } catch {
            throw Failure(.journalFailed, .environmental, error.message)
        }
        throw missing
    }

    /// Bytes for this environment's files, from git or from what was kept.
    func blobs() -> BlobChain {
        BlobChain(
            first: feed.blobs, disk: disk,
            places: targets.map { $0.keeps(inventory(of: $0)) },
            releases: { [journal, configuration, log] in
                do throws(Journal.Problem) {
                    return try journal.releases(of: configuration.name)
                } catch {
                    log.warning("kept releases cannot be read", metadata: ["error": "\(error)"])
                    return [:]
                }
            })
    }

    /// A target's files, understood; parsed once for each tree and view.
    func parsed(
        _ target: TargetHost, _ tree: FileTree, _ flags: ProcessFlags?
    ) throws(Failure) -> ParsedTarget {
        let view = target.view(flags)
        let key = ParsedKey(tree: tree, seenAt: view.seenAt, webConfig: flags?.webConfigPath)
        if let known = parsed[target.id], known.key == key { return known.value }
        do throws(BlobUnavailable) {
            let value = try ParsedTarget(
                target.configuration, tree: tree, view: view, webConfig: flags?.webConfigPath, blobs: blobs())
            parsed[target.id] = (key, value)
            return value
        } catch {
            throw Failure(.deployFailed, .environmental, error.message)
        }
    }

    /// What is deployed now, understood; nil where nothing is, or where its bytes are gone.
    func parsedLive(_ target: TargetHost, _ inventory: Inventory, _ flags: ProcessFlags?) -> ParsedTarget? {
        if inventory.files.isEmpty { return nil }
        let known = parsed[target.id]
        defer { parsed[target.id] = known }
        parsed[target.id] = nil
        do throws(Failure) { return try parsed(target, inventory.tree, flags) } catch { return nil }
    }

    /// The inventory; before the first deploy what stands on disk at the desired paths.
    func inventoryOrBaseline(_ target: TargetHost, _ desired: FileTree) throws(DiskError) -> Inventory {
        let known = inventory(of: target)
        if !known.files.isEmpty { return known }
        return try Rollout.baseline(target.place, desired: desired, disk: disk)
    }
}
