extension Rollout {
    /// After the verdict was recorded: removes what no rollback needs. Not to be called while an intent is open.
    /// - Parameters:
    ///   - keep: blobs of which one kept file stays (content that a rollback may want without git).
    ///   - keepReleases: `linked`: releases that stay, besides the live one.
    public static func settle(
        _ place: DeployPlace, staging: String, keep: Set<BlobID>, keepReleases: Set<String> = [], disk: any Disk
    ) throws(DiskError) {
        let area = StagingArea(path: staging)
        guard try disk.exists(staging) else { return }
        for name in try disk.list(staging, limit: mostNames) where StagingArea.isAttemptFolder(name) {
            try disk.removeTree(staging + "/" + name)
        }
        var seen: Set<BlobID> = []
        if try disk.exists(area.kept) {
            for name in try disk.list(area.kept, limit: mostNames) {
                // What others wrote goes once it is saved elsewhere.
                if StagingArea.holdsOthersBytes(keptName: name) { continue }
                if let blob = StagingArea.blob(ofKeptName: name), keep.contains(blob), seen.insert(blob).inserted {
                    continue
                }
                try disk.unlink(area.kept + "/" + name)
            }
        }
        switch place.layout {
        case .inPlace: try removeEmptyFolders(place, area, disk)
        case .linked: try pruneReleases(place, keep: keepReleases, disk)
        case .singleFile: break
        }
    }

    /// Kept files that hold what somebody wrote in our way, by the attempt that met them.
    static func othersBytes(staging: String, disk: any Disk) throws(DiskError) -> [(path: String, attempt: Int64)] {
        let kept = StagingArea(path: staging).kept
        guard try disk.exists(kept) else { return [] }
        return try disk.list(kept, limit: mostNames).compactMap { name in
            guard StagingArea.holdsOthersBytes(keptName: name), let attempt = StagingArea.attempt(ofKeptName: name)
            else { return nil }
            return (kept + "/" + name, attempt)
        }
    }

    /// The kept files by the blob they were named after. Whoever reads one checks the digest: the file may share its inode
    /// with a live one that somebody edits.
    public static func keptBlobs(staging: String, disk: any Disk) throws(DiskError) -> [BlobID: String] {
        let kept = StagingArea(path: staging).kept
        guard try disk.exists(kept) else { return [:] }
        var found: [BlobID: String] = [:]
        for name in try disk.list(kept, limit: mostNames) {
            if let blob = StagingArea.blob(ofKeptName: name) { found[blob] = kept + "/" + name }
        }
        return found
    }

    /// `linked` on Prometheus 3: its watches for discovery files stay on the old release after a flip. Any new name there
    /// makes it read again, through the link. The names are gone again when this returns.
    public static func nudge(_ folders: [String], disk: any Disk) throws(DiskError) {
        for folder in folders {
            guard try disk.status(folder)?.kind == .directory else { continue }
            let path = folder + "/.stoker-nudge"
            if try disk.exists(path) { try disk.unlink(path) }
            disk.close(try disk.create(path, permissions: 0o600))
            try disk.unlink(path)
        }
    }

    /// The folders of the tree that we made.
    static func ownFolders(_ area: StagingArea, _ disk: any Disk) throws(DiskError) -> [String] {
        guard try disk.exists(area.ownFolders) else { return [] }
        let text = String(decoding: try disk.read(area.ownFolders, limit: largestFile), as: UTF8.self)
        return text.split(separator: "\n").map(String.init).filter { RelativePath.problem($0) == nil }
    }

    /// Only folders that we made, and only now: restoring a deletion must not need a new folder.
    private static func removeEmptyFolders(
        _ place: DeployPlace, _ area: StagingArea, _ disk: any Disk
    ) throws(DiskError) {
        // The longest first, so that the folder in a folder goes before it.
        for folder in try ownFolders(area, disk).sorted(by: >) {
            let path = place.live(folder)
            guard try disk.status(path)?.kind == .directory, try disk.list(path, limit: mostNames).isEmpty else {
                continue
            }
            try disk.removeDirectory(path)
            try disk.syncDirectory(DiskPath.parent(path))
        }
    }

    private static func pruneReleases(
        _ place: DeployPlace, keep: Set<String>, _ disk: any Disk
    ) throws(DiskError) {
        guard try disk.status(place.root)?.kind == .link,
            let live = place.release(ofLinkText: try disk.readLink(place.root))
        else { return }
        for name in try disk.list(place.releasesDirectory, limit: mostNames)
        where DeployPlace.isReleaseName(name) && name != live && !keep.contains(name) {
            try disk.removeTree(place.releasesDirectory + "/" + name)
        }
    }
}
