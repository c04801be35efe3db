/// Whose access a new file gets: "readable stays readable" also for what was not there before.
struct AccessModels {
    /// A path whose access is copied, and the permission bits where they are to be others.
    struct Model {
        let path: String
        let permissions: UInt16?
    }

    private struct Look: Hashable {
        let permissions: UInt16
        let owner: UInt32
        let group: UInt32
    }

    let place: DeployPlace
    let disk: any Disk
    private let siblings: [String: [String]]
    private var known: [String: Model] = [:]

    init(place: DeployPlace, inventory: Inventory, disk: any Disk) {
        self.place = place
        self.disk = disk
        siblings = Dictionary(grouping: inventory.files.keys.sorted(), by: DiskPath.parent)
    }

    /// As most of the managed files in its folder are; without such a file, as the folder is, with mode 0644.
    mutating func model(forNew path: String) throws(DiskError) -> Model {
        let folder = DiskPath.parent(path)
        if let model = known[folder] { return model }
        let model = try findModel(folder)
        known[folder] = model
        return model
    }

    /// The access that a new version of a path gets: that of the file that stands there, else that of a new file.
    mutating func model(forNext path: String) throws(DiskError) -> Model {
        let live = place.live(path)
        if try disk.status(live)?.kind == .regular { return Model(path: live, permissions: nil) }
        return try model(forNew: path)
    }

    private func findModel(_ folder: String) throws(DiskError) -> Model {
        var counts: [Look: (count: Int, path: String)] = [:]
        for path in siblings[folder] ?? [] {
            let live = place.live(path)
            guard let status = try disk.status(live), status.kind == .regular else { continue }
            let look = Look(permissions: status.permissions, owner: status.owner, group: status.group)
            counts[look, default: (0, live)].count += 1
        }
        // Ties are broken by path, so that the same tree always gives the same answer.
        if let best = counts.max(by: { ($0.value.count, $1.value.path) < ($1.value.count, $0.value.path) }) {
            return Model(path: best.value.path, permissions: best.key.permissions & 0o666)
        }
        let live = place.layout == .singleFile ? place.parent : place.live(folder)
        return Model(path: try existingFolder(live), permissions: 0o644)
    }

    /// The permission bits of a folder to be made: those of the nearest folder above it.
    func folderPermissions(above path: String) throws(DiskError) -> UInt16 {
        let above = try existingFolder(DiskPath.parent(path))
        return (try disk.status(above)?.permissions ?? 0o755) & 0o2777
    }

    private func existingFolder(_ path: String) throws(DiskError) -> String {
        var path = path
        while path != "/" && !path.isEmpty {
            if let status = try disk.status(path) {
                // `linked`: the root is the link to the live release, and the access is that of the release.
                if status.kind == .directory { return path }
                if status.kind == .link, path == place.root {
                    if let release = place.release(ofLinkText: try disk.readLink(path)) {
                        return place.releasesDirectory + "/" + release
                    }
                }
            }
            path = DiskPath.parent(path)
        }
        return "/"
    }
}

extension Rollout {
    /// Whose access the next version of a path would get, before anything is written.
    /// - Returns: a path that is there, and permission bits where they are to be others.
    public static func accessModel(
        of path: String, _ place: DeployPlace, mode: UInt16?, inventory: Inventory, disk: any Disk
    ) throws(DiskError) -> (path: String, permissions: UInt16?) {
        var models = AccessModels(place: place, inventory: inventory, disk: disk)
        let model = try models.model(forNext: path)
        return (model.path, model.path == place.live(path) ? nil : mode ?? model.permissions)
    }
}
