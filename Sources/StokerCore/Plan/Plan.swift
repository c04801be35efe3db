// Plan: what will change, said three times. As files (`Plan`): the inventory against the desired tree, by blob ids, so
// that no unchanged file is ever read. As meaning (`Meaning`): alerts, groups, jobs, Alertmanagers, because a person
// approving a change wants to know that an alert disappears, not that line 40 moved. As lines (`UnifiedDiff`), with
// secrets masked. `plan` on a laptop, in CI and the deploy itself call the same function: what was shown is what is
// done. Everything here is pure, linear in what it is given, and never sees a file that Stoker does not manage.

/// The changes that make a target's deployed files equal to the desired ones.
public struct Plan: Hashable, Codable, Sendable {
    /// In ascending order of paths, each path once.
    public let changes: [Change]
    /// How many files the inventory had: what a percentage of the deletion budget refers to.
    public let inventoryCount: Int

    /// Changes as `make` finds them, or as they were stored.
    public init(changes: [Change], inventoryCount: Int) {
        self.changes = changes
        self.inventoryCount = inventoryCount
    }

    /// Compares what was deployed with what is desired.
    ///
    /// - Parameters:
    ///   - inventory: the files Stoker deployed: only these can be deleted.
    ///   - desired: the files that shall be there.
    ///   - baseline: files that stand on disk at a desired path without being in the inventory (a first adoption): they
    ///     are updated rather than created, or left alone where their bytes are already right. Other paths of it are
    ///     ignored. Their executable bit is the host's business and makes no change.
    public static func make(inventory: FileTree, desired: FileTree, baseline: FileTree = FileTree()) -> Plan {
        var changes: [Change] = []
        for (path, after) in desired.files {
            if let before = inventory[path] {
                if before != after { changes.append(Change(path: path, before: before, after: after)) }
            } else if let before = baseline[path] {
                if before.blob != after.blob { changes.append(Change(path: path, before: before, after: after)) }
            } else {
                changes.append(Change(path: path, before: nil, after: after))
            }
        }
        for (path, before) in inventory.files where desired[path] == nil {
            changes.append(Change(path: path, before: before, after: nil))
        }
        changes.sort { $0.path < $1.path }
        return Plan(changes: changes, inventoryCount: inventory.files.count)
    }

    /// Whether the target is as desired.
    public var isEmpty: Bool { changes.isEmpty }

    /// How many files disappear, without those whose bytes appear under another path (a move).
    public var deletions: Int {
        var created: [BlobID: Int] = [:]
        for change in changes where change.kind == .create {
            if let after = change.after { created[after.blob, default: 0] += 1 }
        }
        var count = 0
        for change in changes where change.kind == .delete {
            guard let blob = change.before?.blob else { continue }
            if let left = created[blob], left > 0 { created[blob] = left - 1 } else { count += 1 }
        }
        return count
    }

    /// Whether more files would disappear than may without a person's consent.
    public func exceeds(budget: TargetConfiguration.DeletionBudget) -> Bool {
        deletions > budget.allowed(ofInventory: inventoryCount)
    }

    /// The changes in an order that can be carried out: first deletions that stand in the way of a new path (a file
    /// where a folder must be, or the other way round), then what is written, then the other deletions.
    public var inOrder: [Change] {
        let obstructing = obstructingDeletions
        let first = changes.filter { obstructing.contains($0.path) }
        let writes = changes.filter { $0.kind != .delete }
        let last = changes.filter { $0.kind == .delete && !obstructing.contains($0.path) }
        return first + writes + last
    }

    /// Deleted files whose path is a folder of a created file, or that lie under a created file's path.
    public var obstructingDeletions: Set<String> {
        let deleted = Set(changes.lazy.filter { $0.kind == .delete }.map(\.path))
        let created = Set(changes.lazy.filter { $0.kind == .create }.map(\.path))
        if deleted.isEmpty || created.isEmpty { return [] }
        var obstructing: Set<String> = []
        for path in created {
            for folder in RelativePath.folders(of: path) where deleted.contains(folder) { obstructing.insert(folder) }
        }
        for path in deleted where RelativePath.folders(of: path).contains(where: { created.contains($0) }) {
            obstructing.insert(path)
        }
        return obstructing
    }
}

extension RelativePath {
    /// The folders a path lies in, outermost first: `a`, `a/b` for `a/b/c`.
    static func folders(of path: String) -> [String] {
        path.indices.filter { path[$0] == "/" }.map { String(path[..<$0]) }
    }

    /// A path below a folder, where `.` or nothing is the root.
    public static func join(_ folder: String, _ path: String) -> String {
        folder.isEmpty || folder == "." ? path : folder + "/" + path
    }
}
