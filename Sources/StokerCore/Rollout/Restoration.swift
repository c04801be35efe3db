/// One run of `Rollout.restore`, or of what a crash left of one.
struct Restoration {
    let intent: DeploymentIntent
    let disk: any Disk
    private var live: LiveTree

    init(intent: DeploymentIntent, disk: any Disk) {
        self.intent = intent
        self.disk = disk
        live = LiveTree(intent: intent, disk: disk)
    }

    private var reverting: String { live.area.reverting(intent.attempt) }
    private func stagedPath(_ operation: Operation) -> String { "\(reverting)/\(operation.number)" }
    private func keptPath(_ operation: Operation) -> String? { operation.kept.map { live.area.kept + "/" + $0 } }

    mutating func run() throws(DiskError) -> Rollout.Result {
        if try disk.exists(live.area.reverted(intent.attempt)) { return try finish() }
        try begin()
        for operation in intent.operations.reversed() { try undo(operation) }
        try saveEdits()
        try live.syncTouched()
        try disk.syncDirectory(live.area.kept)
        try disk.syncDirectory(reverting)
        try disk.rename(reverting, to: live.area.reverted(intent.attempt))
        return try finish()
    }

    /// Durably done with: an older attempt that is taken back next may remove what this one put back.
    private func finish() throws(DiskError) -> Rollout.Result {
        try disk.syncDirectory(live.area.path)
        return Rollout.Result(inventory: try live.inventoryBefore(), saved: live.saved)
    }

    /// Says durably which way we go, before anything else: after a crash only this name tells.
    private mutating func begin() throws(DiskError) {
        if try !disk.exists(reverting) {
            guard try disk.exists(live.area.staged(intent.attempt)) else {
                throw DiskError(
                    operation: "restore", path: live.area.path, code: .notFound,
                    message: "nothing is kept of attempt \(intent.attempt): deploy the old content instead")
            }
            try disk.rename(live.area.staged(intent.attempt), to: reverting)
        }
        // Also when it is there already: it may not be durable yet.
        try disk.syncDirectory(live.area.path)
    }

    /// A restore does not wait for space; edits that cannot be copied stay in the release until the verdict.
    private mutating func saveEdits() throws(DiskError) {
        do throws(DiskError) {
            try live.saveEdits(in: intent.release, intent.deployed)
        } catch {
            guard [.noSpace, .quota].contains(error.code) else { throw error }
        }
    }

    private mutating func undo(_ operation: Operation) throws(DiskError) {
        switch operation.action {
        case .create: try uncreate(operation)
        case .replace, .delete: try putBack(operation)
        case .rewrite: try rewriteBack(operation)
        case .makeFolder:
            live.touch(operation)
            do throws(DiskError) {
                try disk.removeDirectory(live.path(operation))
            } catch {
                // Not made yet, taken back already, or in use by somebody else by now.
                guard [.notFound, .notEmpty, .exists, .notDirectory].contains(error.code) else { throw error }
            }
        case .moveFolder:
            live.touch(operation)
            guard try disk.exists(stagedPath(operation)) else { return }
            try disk.rename(stagedPath(operation), to: live.path(operation))
        }
    }

    private mutating func uncreate(_ operation: Operation) throws(DiskError) {
        live.touch(operation)
        let path = live.path(operation)
        guard let status = try disk.status(path) else { return }
        if !operation.isAfter(status) {
            // Still staged: we never came so far, and what is there is somebody else's.
            if status.kind == .directory { return }
            // Unless it is the staged file itself under its second name, edited since.
            if let staged = try disk.status(stagedPath(operation)), staged.stamp.inode != status.stamp.inode { return }
            // Restored before, or taken over by somebody: their bytes are kept, absence is what was verified.
            try live.saveInTheWay(operation)
        }
        try disk.unlink(path)
    }

    private mutating func putBack(_ operation: Operation) throws(DiskError) {
        live.touch(operation)
        let path = live.path(operation)
        guard let kept = keptPath(operation) else { return }
        let status = try disk.status(path)
        guard try disk.exists(kept) else {
            // Put back already, unless what we published is still there.
            if status.map(operation.isAfter) ?? true {
                throw DiskError(
                    operation: "restore", path: path, code: .notFound, message: "the kept file \(kept) is gone")
            }
            return
        }
        if let status {
            // Never replaced; or replaced and put back by a name of the same file.
            if operation.isBefore(status) { return }
            if operation.action == .delete || !operation.isAfter(status) { try live.saveInTheWay(operation) }
        }
        try disk.rename(kept, to: path)
    }

    /// Whether what is there is what a crash in one of our own writes leaves.
    private func isTorn(_ operation: Operation, old: [UInt8]) throws(DiskError) -> Bool {
        guard let entry = operation.entry, try disk.exists(stagedPath(operation)) else { return false }
        let new = try live.verifiedBytes(stagedPath(operation), entry.blob)
        return try live.isTorn(operation, old, new)
    }

    /// A full disk must not stop the restore.
    private mutating func saveCopyWhereThereIsSpace(_ operation: Operation) throws(DiskError) {
        do throws(DiskError) {
            try live.saveCopyInTheWay(operation)
        } catch {
            guard [.noSpace, .quota].contains(error.code) else { throw error }
        }
    }

    private mutating func rewriteBack(_ operation: Operation) throws(DiskError) {
        let path = live.path(operation)
        guard let blob = operation.blobBefore, let kept = keptPath(operation) else {
            live.touch(operation)
            guard let status = try disk.status(path), status.kind == .regular else { return }
            if try disk.blobID(path) != operation.entry?.blob, try !isTorn(operation, old: []) {
                try saveCopyWhereThereIsSpace(operation)
            }
            return try disk.unlink(path)
        }
        let bytes = try live.verifiedBytes(kept, blob)
        let found = try disk.blobID(path)
        if found != blob, found != operation.entry?.blob, try !isTorn(operation, old: bytes) {
            try saveCopyWhereThereIsSpace(operation)
        }
        do throws(DiskError) {
            try live.rewrite(path, bytes)
        } catch {
            // The new bytes are not needed any more; their blocks are what the old ones may lack.
            guard [.noSpace, .quota].contains(error.code), try disk.exists(stagedPath(operation)) else { throw error }
            try disk.unlink(stagedPath(operation))
            try live.rewrite(path, bytes)
        }
    }
}
