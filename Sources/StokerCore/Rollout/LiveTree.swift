/// The live files of one deployment: what publishing and restoring share.
struct LiveTree {
    let intent: DeploymentIntent
    let disk: any Disk
    let area: StagingArea
    /// Folders with changed names, synced at the end.
    var touched: Set<String> = []
    /// Kept copies of bytes that were in the way.
    var saved: [String] = []

    init(intent: DeploymentIntent, disk: any Disk) {
        self.intent = intent
        self.disk = disk
        area = StagingArea(path: intent.staging)
    }

    func path(_ operation: Operation) -> String { intent.place.live(operation.path) }

    /// The folder of the operation's file has to be synced.
    mutating func touch(_ operation: Operation) { touched.insert(DiskPath.parent(path(operation))) }

    mutating func syncTouched() throws(DiskError) {
        for folder in touched.sorted() {
            // A folder that was made and taken back has nothing left to sync.
            if try disk.status(folder)?.kind == .directory { try disk.syncDirectory(folder) }
        }
    }

    /// Somebody wrote to a path after it was staged: their bytes get a second name before ours replace them.
    mutating func saveInTheWay(_ operation: Operation) throws(DiskError) {
        let path = path(operation)
        guard let status = try disk.status(path), status.kind == .regular else { return }
        let copy = try freshKeptPath(operation.number, try disk.blobID(path))
        do throws(DiskError) {
            try disk.link(path, to: copy)
        } catch {
            guard [.notPermitted, .tooManyHardLinks, .notSupported].contains(error.code) else { throw error }
            try disk.createFile(copy, try disk.read(path, limit: Rollout.largestFile))
        }
        try disk.syncDirectory(area.kept)
        saved.append(copy)
    }

    /// The same for a file whose inode stays.
    mutating func saveCopyInTheWay(_ operation: Operation) throws(DiskError) {
        let path = path(operation)
        guard let status = try disk.status(path), status.kind == .regular else { return }
        let copy = try freshKeptPath(operation.number, try disk.blobID(path))
        try disk.createFile(copy, try disk.read(path, limit: Rollout.largestFile))
        try disk.syncDirectory(area.kept)
        saved.append(copy)
    }

    /// `linked`: files of a release that is left, edited since it was staged or became live. The link is turned all the
    /// same, so no rename meets them; and the release is removed with its last use.
    mutating func saveEdits(in release: String?, _ files: [String: Inventory.File]) throws(DiskError) {
        guard intent.place.layout == .linked, let release else { return }
        let folder = intent.place.releasesDirectory + "/" + release
        for (path, file) in files.sorted(by: { $0.key < $1.key }) {
            guard let status = try disk.status(folder + "/" + path), status.kind == .regular,
                !status.stamp.isSameFile(as: file.stamp)
            else { continue }
            let blob = try disk.blobID(folder + "/" + path)
            if blob == file.entry.blob { continue }
            let copy = try freshKeptPath(1, blob)
            try disk.createFile(copy, try disk.read(folder + "/" + path, limit: Rollout.largestFile))
            try disk.syncDirectory(area.kept)
            saved.append(copy)
        }
    }

    private func freshKeptPath(_ first: Int, _ blob: BlobID) throws(DiskError) -> String {
        // Numbers of operations are positive and below this.
        var number = first + StagingArea.firstOthersNumber
        while true {
            let path = area.kept + "/" + StagingArea.keptName(blob, attempt: intent.attempt, number: number)
            if try !disk.exists(path) { return path }
            number += StagingArea.firstOthersNumber
        }
    }

    /// Reads a staged or kept file and refuses bytes that are not what its name promises.
    func verifiedBytes(_ path: String, _ blob: BlobID) throws(DiskError) -> [UInt8] {
        let found = try disk.blobID(path)
        guard found == blob else {
            throw DiskError(
                operation: "read", path: path, code: .io,
                message: "its bytes are \(found) instead of \(blob): check the disk")
        }
        return try disk.read(path, limit: Rollout.largestFile)
    }

    /// Whether a file that is rewritten through its inode holds what a crash in the middle leaves: some of one text written
    /// over the other, which may not be cut to its length yet.
    func isTorn(_ operation: Operation, _ old: [UInt8], _ new: [UInt8]) throws(DiskError) -> Bool {
        let found = try disk.read(path(operation), limit: Rollout.largestFile)
        return Self.isTorn(found, new, over: old) || Self.isTorn(found, old, over: new)
    }

    private static func isTorn(_ found: [UInt8], _ new: [UInt8], over old: [UInt8]) -> Bool {
        let written = zip(found, new).prefix { $0 == $1 }.count
        return found[written...] == old.dropFirst(written)
    }

    /// Gives an existing file other bytes and the same inode. Not atomic for a reader; done again after a crash.
    /// - Parameter accessFrom: a path whose access it gets; nil: it keeps its own.
    func rewrite(_ path: String, _ bytes: [UInt8], accessFrom model: String? = nil) throws(DiskError) {
        let handle = try disk.openExisting(path)
        defer { disk.close(handle) }
        if let model { try disk.copyAccess(from: model, to: handle) }
        // Also where the bytes are right: after a sync that failed, the system shows them and will never write them, and
        // says yes to the next sync. Only writing them again makes them durable. The same bytes disturb no reader.
        try disk.writeAll(bytes, to: handle)
        try disk.truncate(handle, size: Int64(bytes.count))
        try disk.sync(handle)
    }

    /// The inventory with the stamps of what is live now. A file that is not what we staged keeps the staged stamp, so
    /// that the next look reports it.
    func inventoryAfter() throws(DiskError) -> Inventory {
        var inventory = intent.inventoryAfter
        for operation in intent.operations {
            guard let entry = operation.entry, let status = try disk.status(path(operation)) else { continue }
            var isOurs = operation.isAfter(status)
            if operation.action == .rewrite && status.kind == .regular {
                isOurs = try disk.blobID(path(operation)) == entry.blob
            }
            if isOurs { inventory.files[operation.path] = Inventory.File(entry: entry, stamp: status.stamp) }
        }
        return inventory
    }

    /// The inventory from before, with the stamps of what was put back.
    func inventoryBefore() throws(DiskError) -> Inventory {
        var inventory = intent.inventoryBefore
        if intent.place.layout == .linked { return try refreshed(inventory) }
        for operation in intent.operations {
            guard let file = inventory.files[operation.path], file.entry.blob == operation.blobBefore,
                let status = try disk.status(path(operation)), status.kind == .regular
            else { continue }
            var isBack = operation.isBefore(status)
            if !isBack { isBack = try disk.blobID(path(operation)) == file.entry.blob }
            if isBack {
                inventory.files[operation.path] = Inventory.File(entry: file.entry, stamp: status.stamp)
            }
        }
        return inventory
    }

    /// `linked`: files shared with the other release have a new change time, and nothing else.
    private func refreshed(_ inventory: Inventory) throws(DiskError) -> Inventory {
        var inventory = inventory
        for (path, file) in inventory.files {
            guard let status = try disk.status(intent.place.live(path)), status.stamp.isSameFile(as: file.stamp) else {
                continue
            }
            inventory.files[path] = Inventory.File(entry: file.entry, stamp: status.stamp)
        }
        return inventory
    }
}
