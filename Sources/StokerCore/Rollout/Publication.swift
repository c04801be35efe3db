/// One run of `Rollout.publish`, or of what a crash left of one.
struct Publication {
    let intent: DeploymentIntent
    let disk: any Disk
    /// A publication was interrupted: a file that looks edited may be one that we tore.
    let again: Bool
    private var live: LiveTree

    init(intent: DeploymentIntent, disk: any Disk, again: Bool) {
        self.intent = intent
        self.disk = disk
        self.again = again
        live = LiveTree(intent: intent, disk: disk)
    }

    private var staged: String { live.area.staged(intent.attempt) }
    private func stagedPath(_ operation: Operation) -> String { "\(staged)/\(operation.number)" }

    mutating func run() throws(DiskError) -> Rollout.Result {
        for operation in intent.operations { try perform(operation) }
        try live.saveEdits(in: intent.releaseBefore, intent.inventoryBefore.files)
        try live.syncTouched()
        // Only now: until its folder was synced, the staged name was the durable one of a created file.
        for operation in intent.operations where operation.action == .create {
            if try disk.exists(stagedPath(operation)) { try disk.unlink(stagedPath(operation)) }
        }
        try disk.syncDirectory(staged)
        return Rollout.Result(inventory: try live.inventoryAfter(), saved: live.saved)
    }

    private mutating func perform(_ operation: Operation) throws(DiskError) {
        switch operation.action {
        case .create: try create(operation)
        case .replace: try replace(operation)
        case .rewrite: try rewrite(operation)
        case .delete: try delete(operation)
        case .makeFolder:
            if try disk.status(live.path(operation))?.kind != .directory {
                try disk.makeDirectory(live.path(operation), permissions: operation.permissions ?? 0o755)
            }
            // Also when it is there: it may be the folder that we made before a crash, and not durable yet.
            live.touch(operation)
        case .moveFolder:
            guard try disk.status(live.path(operation))?.kind == .directory else { return }
            if let file = try disk.filesBelow(live.path(operation)).first {
                throw DiskError(
                    operation: "rename", path: live.path(operation), code: .notEmpty,
                    message: "somebody put \(file) into it after the plan was made")
            }
            try disk.rename(live.path(operation), to: stagedPath(operation))
            // At once: the file that takes its name must not be durable before the folder has its new one.
            try disk.syncDirectory(DiskPath.parent(live.path(operation)))
            try disk.syncDirectory(staged)
        }
    }

    private mutating func create(_ operation: Operation) throws(DiskError) {
        let path = live.path(operation)
        live.touch(operation)
        if let status = try disk.status(path) {
            if operation.isAfter(status) { return }
            // Published before, and changed since: not ours to change back here.
            guard try disk.exists(stagedPath(operation)) else { return }
            try live.saveInTheWay(operation)
            return try disk.rename(stagedPath(operation), to: path)
        }
        do throws(DiskError) {
            // A link, not a rename: it cannot replace what appears at this moment.
            try disk.link(stagedPath(operation), to: path)
        } catch {
            guard [.notPermitted, .tooManyHardLinks, .notSupported].contains(error.code) else { throw error }
            try disk.rename(stagedPath(operation), to: path)
        }
    }

    private mutating func replace(_ operation: Operation) throws(DiskError) {
        live.touch(operation)
        guard try disk.exists(stagedPath(operation)) else { return }
        let path = live.path(operation)
        if let status = try disk.status(path), !operation.isBefore(status) { try live.saveInTheWay(operation) }
        try disk.rename(stagedPath(operation), to: path)
    }

    private mutating func delete(_ operation: Operation) throws(DiskError) {
        live.touch(operation)
        let path = live.path(operation)
        guard let status = try disk.status(path) else { return }
        if status.kind == .directory { return }
        if !operation.isBefore(status) { try live.saveInTheWay(operation) }
        try disk.unlink(path)
    }

    private mutating func rewrite(_ operation: Operation) throws(DiskError) {
        let path = live.path(operation)
        guard let entry = operation.entry else { return }
        let bytes = try live.verifiedBytes(stagedPath(operation), entry.blob)
        // Its inode stays, unless it was gone, or we made it before a crash.
        live.touch(operation)
        guard let status = try disk.status(path) else {
            try disk.createFile(path, bytes) { handle throws(DiskError) in
                try disk.copyAccess(from: stagedPath(operation), to: handle)
            }
            return
        }
        if !operation.isBefore(status), try isEdited(operation, bytes) { try live.saveCopyInTheWay(operation) }
        // Made by us before a crash, it may have our name and nobody's access yet.
        let isOurs = operation.before.map { again && $0.inode != status.stamp.inode } ?? true
        try live.rewrite(path, bytes, accessFrom: isOurs ? stagedPath(operation) : nil)
    }
}

extension Publication {
    /// Whether somebody wrote what is there: neither text, nor what a crash between them leaves.
    private func isEdited(_ operation: Operation, _ new: [UInt8]) throws(DiskError) -> Bool {
        let found = try disk.blobID(live.path(operation))
        if found == operation.entry?.blob || found == operation.blobBefore { return false }
        if !again { return true }
        guard let blob = operation.blobBefore, let kept = operation.kept else {
            return try !live.isTorn(operation, [], new)
        }
        let old = try live.verifiedBytes(live.area.kept + "/" + kept, blob)
        return try !live.isTorn(operation, old, new)
    }
}

extension Operation {
    /// Whether the live file is the one we staged.
    func isAfter(_ status: FileStatus) -> Bool { after.map { status.stamp.isSameFile(as: $0) } ?? false }
    /// Whether the live file is the one we found when staging.
    func isBefore(_ status: FileStatus) -> Bool { before.map { status.stamp.isSameFile(as: $0) } ?? false }
}
