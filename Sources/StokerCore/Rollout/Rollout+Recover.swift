/// Which way a deployment went that a crash had interrupted.
public enum Recovery: Hashable, Sendable {
    /// All of it is live.
    case forward(Rollout.Result)
    /// All of it was taken back, and why.
    case back(Rollout.Result, because: String)
    /// None of it had become live, and nothing is staged any more.
    case untouched
}

extension Rollout {
    /// Finishes or takes back a deployment after a crash, from the intent and the disk alone. Safe to repeat; a second
    /// run finds nothing to do.
    /// - Parameter published: whether the journal holds that `publish` had finished: then files are only looked at, as
    ///   somebody may have edited them since.
    public static func recover(
        _ intent: DeploymentIntent, published: Bool, disk: any Disk
    ) throws(DiskError) -> Recovery {
        let area = StagingArea(path: intent.staging)
        if try hasRestoreBegun(intent, disk: disk) {
            return .back(try restore(intent, disk: disk), because: "a restore had begun")
        }
        guard try disk.exists(area.staged(intent.attempt)) else {
            return try lookWithoutStaging(intent, published: published, disk)
        }
        if published {
            return .forward(Result(inventory: try LiveTree(intent: intent, disk: disk).inventoryAfter(), saved: []))
        }
        for operation in intent.operations {
            if let damage = try damage(of: operation, intent, area, disk) {
                return .back(try restore(intent, disk: disk), because: damage)
            }
        }
        var publication = Publication(intent: intent, disk: disk, again: true)
        return .forward(try publication.run())
    }

    /// Whether the disk says that an attempt is being, or was, taken back.
    static func hasRestoreBegun(_ intent: DeploymentIntent, disk: any Disk) throws(DiskError) -> Bool {
        let area = StagingArea(path: intent.staging)
        if try disk.exists(area.reverted(intent.attempt)) { return true }
        return try disk.exists(area.reverting(intent.attempt))
    }

    /// Why an operation cannot be finished: its staged bytes are gone or wrong. Staging had synced them before the intent
    /// was written, so this is a broken disk or somebody's hand.
    private static func damage(
        of operation: Operation, _ intent: DeploymentIntent, _ area: StagingArea, _ disk: any Disk
    ) throws(DiskError) -> String? {
        let staged = "\(area.staged(intent.attempt))/\(operation.number)"
        let present = try disk.exists(staged)
        switch operation.action {
        case .delete, .makeFolder, .moveFolder: return nil
        case .rewrite: if !present { return "the staged copy of \(operation.path) is gone" }
        case .create, .replace:
            let live = try disk.status(intent.place.live(operation.path))
            if !present {
                let undone = live.map { operation.isBefore($0) } ?? (operation.action == .create)
                return undone ? "the staged copy of \(operation.path) is gone" : nil
            }
        }
        guard let entry = operation.entry else { return nil }
        return try disk.blobID(staged) == entry.blob ? nil : "the staged copy of \(operation.path) has wrong bytes"
    }

    /// The staging folder is gone: the attempt had been settled or discarded, unless the tree is mixed.
    private static func lookWithoutStaging(
        _ intent: DeploymentIntent, published: Bool, _ disk: any Disk
    ) throws(DiskError) -> Recovery {
        var done = 0
        var undone = 0
        for operation in intent.operations {
            switch operation.action {
            case .makeFolder, .moveFolder: continue
            case .create, .replace, .delete, .rewrite:
                let live = intent.place.live(operation.path)
                if try isDone(operation, live, disk) { done += 1 } else { undone += 1 }
            }
        }
        if done == 0 && undone > 0 { return .untouched }
        if undone == 0 || published {
            return .forward(Result(inventory: try LiveTree(intent: intent, disk: disk).inventoryAfter(), saved: []))
        }
        throw DiskError(
            operation: "recover", path: intent.staging, code: .notFound,
            message: "attempt \(intent.attempt) is half done and its staged files are gone: deploy again")
    }

    private static func isDone(_ operation: Operation, _ live: String, _ disk: any Disk) throws(DiskError) -> Bool {
        let status = try disk.status(live)
        switch operation.action {
        case .delete: return status == nil
        case .create, .replace: return status.map(operation.isAfter) ?? false
        case .rewrite:
            guard status?.kind == .regular else { return false }
            return try disk.blobID(live) == operation.entry?.blob
        case .makeFolder, .moveFolder: return true
        }
    }
}
