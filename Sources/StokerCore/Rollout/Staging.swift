/// One run of `Rollout.stage`: finds out what each file needs and prepares it.
struct Staging {
    let request: DeploymentRequest
    let area: StagingArea
    let blobs: any Blobs
    let disk: any Disk

    var number = 0
    var deployed: [String: Inventory.File] = [:]
    var removed: [String] = []
    var displaced: [DisplacedFile] = []
    var access: AccessModels

    // Published in this order.
    var earlyDeletions: [Operation] = []
    var folders: [Operation] = []
    var included: [Operation] = []
    var main: [Operation] = []
    var deletions: [Operation] = []

    init(request: DeploymentRequest, area: StagingArea, blobs: any Blobs, disk: any Disk) {
        self.request = request
        self.area = area
        self.blobs = blobs
        self.disk = disk
        access = AccessModels(place: request.place, inventory: request.inventory, disk: disk)
    }

    var place: DeployPlace { request.place }

    mutating func run() throws(StageError) -> DeploymentIntent {
        var release: (new: String, old: String?)?
        switch place.layout {
        case .inPlace:
            try planFolders()
            for path in request.desired.paths { try stageFile(path) }
            for path in request.inventory.files.keys.sorted() where request.desired[path] == nil {
                try stageDeletion(path)
            }
            try onDisk { () throws(DiskError) in try recordFolders() }
        case .singleFile:
            for path in request.desired.paths { try stageFile(path) }
            removed = request.inventory.files.keys.filter { request.desired[$0] == nil }
        case .linked:
            release = try stageRelease()
        }
        return DeploymentIntent(
            target: request.target, attempt: request.attempt, place: place, staging: area.path,
            operations: earlyDeletions + folders + included + main + deletions,
            inventoryBefore: request.inventory, deployed: deployed, removed: removed.sorted(), displaced: displaced,
            release: release?.new, releaseBefore: release?.old)
    }

    mutating func nextNumber() -> Int {
        number += 1
        return number
    }

    // MARK: folders

    /// Folders that files need and that are not there; folders of ours that stand where a file must be.
    private mutating func planFolders() throws(StageError) {
        var needed: Set<String> = []
        for path in request.desired.paths { needed.formUnion(DiskPath.ancestors(path)) }
        // The root itself, where nothing is there yet.
        if !request.desired.isEmpty { needed.insert("") }
        for folder in needed.sorted() {
            let live = place.live(folder)
            let status = try onDisk { () throws(DiskError) in try disk.status(live) }
            if status?.kind == .directory { continue }
            let permissions = try onDisk { () throws(DiskError) in try access.folderPermissions(above: live) }
            folders.append(Operation(.makeFolder, path: folder, number: nextNumber(), permissions: permissions))
        }
        for path in request.desired.paths {
            let status = try onDisk { () throws(DiskError) in try disk.status(place.live(path)) }
            if status?.kind == .directory {
                folders.append(Operation(.moveFolder, path: path, number: nextNumber()))
            }
        }
    }

    /// Remembers the folders that we are about to make, so that they, and only they, are removed once empty.
    private func recordFolders() throws(DiskError) {
        let new = folders.filter { $0.action == .makeFolder && !$0.path.isEmpty }.map(\.path)
        if new.isEmpty { return }
        var own: Set<String> = []
        for folder in try Rollout.ownFolders(area, disk) where try disk.exists(place.live(folder)) {
            own.insert(folder)
        }
        own.formUnion(new)
        let text = own.sorted().map { $0 + "\n" }.joined()
        let fresh = area.staged(request.attempt) + "/folders"
        try disk.createFile(fresh, Array(text.utf8))
        try disk.rename(fresh, to: area.ownFolders)
    }

    // MARK: files

    private mutating func stageFile(_ path: String) throws(StageError) {
        guard let wanted = request.desired[path] else { return }
        let live = place.live(path)
        let status = try onDisk { () throws(DiskError) in try disk.status(live) }
        let ours = request.inventory.files[path]
        guard let status, status.kind == .regular else {
            let isMain = path == place.configFile
            let operation = try stageNew(path, wanted)
            if isMain { main.append(operation) } else { included.append(operation) }
            return
        }
        let found: BlobID
        if let ours, ours.stamp == status.stamp {
            found = ours.entry.blob
        } else {
            found = try onDisk { () throws(DiskError) in try disk.blobID(live) }
        }
        let executeBitFits =
            wanted.executable ? status.permissions & 0o100 != 0 : !(ours?.entry.executable ?? false)
        if found == wanted.blob && executeBitFits {
            let file = Inventory.File(entry: wanted, stamp: status.stamp)
            if file != ours { deployed[path] = file }
            return
        }
        if found != ours?.entry.blob { try saveDisplaced(path, found) }
        let operation = try stageChange(path, wanted, live: status, found: found)
        if path == place.configFile { main.append(operation) } else { included.append(operation) }
    }

    private mutating func stageNew(_ path: String, _ wanted: FileEntry) throws(StageError) -> Operation {
        let number = nextNumber()
        let model = try onDisk { () throws(DiskError) in try access.model(forNew: path) }
        let after = try write(path, wanted, at: stagedPath(number), model: model, mode: request.mode)
        deployed[path] = Inventory.File(entry: wanted, stamp: after)
        let action: Operation.Action = place.layout == .singleFile ? .rewrite : .create
        return Operation(action, path: path, number: number, entry: wanted, after: after)
    }

    private mutating func stageChange(
        _ path: String, _ wanted: FileEntry, live status: FileStatus, found: BlobID
    ) throws(StageError) -> Operation {
        let number = nextNumber()
        let live = place.live(path)
        let rewritten = place.layout == .singleFile || request.keepInode.contains(path)
        let stripped = request.inventory.files[path]?.entry.executable == true && !wanted.executable
        let model = AccessModels.Model(path: live, permissions: stripped ? status.permissions & ~0o111 : nil)
        let after = try write(path, wanted, at: stagedPath(number), model: model, mode: nil)
        deployed[path] = Inventory.File(entry: wanted, stamp: after)
        let kept = StagingArea.keptName(found, attempt: request.attempt, number: number)
        if rewritten {
            try keepCopy(of: live, as: kept, expecting: found, access: false)
        } else {
            try keep(live, as: kept, found: found)
        }
        return Operation(
            rewritten ? .rewrite : .replace, path: path, number: number, entry: wanted, after: after,
            before: status.stamp, blobBefore: found, kept: kept)
    }

    private mutating func stageDeletion(_ path: String) throws(StageError) {
        removed.append(path)
        let live = place.live(path)
        // Gone already, or something else stands there now: not ours to delete.
        guard let status = try onDisk({ () throws(DiskError) in try disk.status(live) }), status.kind == .regular else {
            return
        }
        guard let ours = request.inventory.files[path] else { return }
        var found = ours.entry.blob
        if ours.stamp != status.stamp {
            found = try onDisk { () throws(DiskError) in try disk.blobID(live) }
            if found != ours.entry.blob { try saveDisplaced(path, found) }
        }
        let number = nextNumber()
        let kept = StagingArea.keptName(found, attempt: request.attempt, number: number)
        try keep(live, as: kept, found: found)
        let operation = Operation(
            .delete, path: path, number: number, before: status.stamp, blobBefore: found, kept: kept)
        if standsInTheWay(path) { earlyDeletions.append(operation) } else { deletions.append(operation) }
    }

    /// Whether a folder or file must come where this one is, or where its folder is.
    private func standsInTheWay(_ path: String) -> Bool {
        if DiskPath.ancestors(path).contains(where: { request.desired[$0] != nil }) { return true }
        return folders.contains { $0.action == .makeFolder && $0.path == path }
    }

    private mutating func saveDisplaced(_ path: String, _ found: BlobID) throws(StageError) {
        let copies = try onDisk { () throws(DiskError) in
            try Rollout.saveDrifted(
                [path], place: place, attempt: request.attempt, to: request.editsDirectory, disk: disk)
        }
        if let copy = copies[path] { displaced.append(DisplacedFile(path: path, blob: found, copy: copy)) }
    }

    func stagedPath(_ number: Int) -> String { "\(area.staged(request.attempt))/\(number)" }
}
