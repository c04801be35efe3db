// Layout `linked`: a complete release, and the link that will name it.
extension Staging {
    /// Builds the release beside the live one. A file that did not change is a second name of the file in the live
    /// release; all others are written.
    mutating func stageRelease() throws(StageError) -> (new: String, old: String?) {
        let name = "\(request.content.short)-\(request.attempt)"
        let folder = place.releasesDirectory + "/" + name
        let old = try onDisk { () throws(DiskError) in try liveRelease() }
        let oldFolder = old.map { place.releasesDirectory + "/" + $0 }
        let permissions = try onDisk { () throws(DiskError) in
            (try disk.status(oldFolder ?? place.releasesDirectory)?.permissions ?? 0o755) & 0o2777
        }
        try onDisk { () throws(DiskError) in
            try disk.removeTree(folder)
            try disk.makeDirectory(folder, permissions: permissions)
        }
        var folders = [folder]
        var made: Set<String> = []
        for path in request.desired.paths {
            for ancestor in DiskPath.ancestors(path) where made.insert(ancestor).inserted {
                try onDisk { () throws(DiskError) in
                    try disk.makeDirectory(folder + "/" + ancestor, permissions: permissions)
                }
                folders.append(folder + "/" + ancestor)
            }
            try stageReleaseFile(path, folder: folder, oldFolder: oldFolder)
        }
        try onDisk { () throws(DiskError) in
            for folder in folders.reversed() { try disk.syncDirectory(folder) }
            try disk.syncDirectory(place.releasesDirectory)
        }
        // The stamps last: each link moved the change time of both names.
        for path in request.desired.paths {
            guard let wanted = request.desired[path] else { continue }
            let status = try onDisk { () throws(DiskError) in try disk.status(folder + "/" + path) }
            guard let status else { continue }
            deployed[path] = Inventory.File(entry: wanted, stamp: status.stamp)
        }
        removed = request.inventory.files.keys.filter { request.desired[$0] == nil }
        try stageLink(release: name, old: old)
        return (name, old)
    }

    private func liveRelease() throws(DiskError) -> String? {
        guard try disk.exists(place.root) else { return nil }
        return place.release(ofLinkText: try disk.readLink(place.root))
    }

    private mutating func stageReleaseFile(
        _ path: String, folder: String, oldFolder: String?
    ) throws(StageError) {
        guard let wanted = request.desired[path] else { return }
        let new = folder + "/" + path
        if let oldFolder, let status = try onDisk({ () throws(DiskError) in try disk.status(oldFolder + "/" + path) }),
            status.kind == .regular
        {
            let ours = request.inventory.files[path]
            var found = ours?.entry.blob
            if ours?.stamp != status.stamp {
                found = try onDisk { () throws(DiskError) in try disk.blobID(oldFolder + "/" + path) }
            }
            if let found, found != ours?.entry.blob { try saveEdit(path, found) }
            if found == wanted.blob, ours?.entry == wanted, try linked(oldFolder + "/" + path, to: new) { return }
            let stripped = ours?.entry.executable == true && !wanted.executable
            let model = AccessModels.Model(
                path: oldFolder + "/" + path, permissions: stripped ? status.permissions & ~0o111 : nil)
            _ = try write(path, wanted, at: new, model: model, mode: nil)
            return
        }
        let model = try onDisk { () throws(DiskError) in try access.model(forNew: path) }
        _ = try write(path, wanted, at: new, model: model, mode: request.mode)
    }

    private mutating func saveEdit(_ path: String, _ found: BlobID) throws(StageError) {
        let copies = try onDisk { () throws(DiskError) in
            try Rollout.saveDrifted(
                [path], place: place, attempt: request.attempt, to: request.editsDirectory, disk: disk)
        }
        if let copy = copies[path] { displaced.append(DisplacedFile(path: path, blob: found, copy: copy)) }
    }

    /// Whether the unchanged file could be shared; false where links are not permitted.
    private func linked(_ old: String, to new: String) throws(StageError) -> Bool {
        do throws(DiskError) {
            try disk.link(old, to: new)
            return true
        } catch {
            if [.notPermitted, .tooManyHardLinks, .notSupported].contains(error.code) { return false }
            throw .disk(error)
        }
    }

    /// The new link is staged like a file and the old one kept like a file: one rename each way, no new inode.
    private mutating func stageLink(release: String, old: String?) throws(StageError) {
        let number = nextNumber()
        let staged = stagedPath(number)
        let (after, before) = try onDisk { () throws(DiskError) in
            try disk.symlink(place.linkText(release: release), at: staged)
            return (try disk.status(staged)?.stamp, try disk.status(place.root)?.stamp)
        }
        guard let before, let old else {
            main.append(Operation(.create, path: "", number: number, after: after))
            return
        }
        let kept = "link-\(request.attempt)-\(number)"
        try onDisk { () throws(DiskError) in
            do throws(DiskError) {
                try disk.link(place.root, to: area.kept + "/" + kept)
            } catch {
                guard [.notPermitted, .tooManyHardLinks, .notSupported].contains(error.code) else { throw error }
                try disk.symlink(place.linkText(release: old), at: area.kept + "/" + kept)
            }
        }
        main.append(Operation(.replace, path: "", number: number, after: after, before: before, kept: kept))
    }
}
