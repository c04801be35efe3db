extension Rollout {
    /// Looks for drift: one `lstat` for each file of the inventory; only files whose stamp changed are read.
    public static func look(_ place: DeployPlace, inventory: Inventory, disk: any Disk) throws(DiskError) -> DiskLook {
        var look = DiskLook(drifted: [], inventory: inventory, link: nil, release: nil, filesRead: 0)
        if place.layout == .linked, let status = try disk.status(place.root), status.kind == .link {
            let text = try disk.readLink(place.root)
            look.link = text
            look.release = place.release(ofLinkText: text)
        }
        for (path, file) in inventory.files {
            let live = place.live(path)
            guard let status = try disk.status(live) else {
                look.drifted.append(DiskLook.Drifted(path: path, kind: .missing, observed: nil))
                continue
            }
            if status.stamp == file.stamp { continue }
            guard status.kind == .regular else {
                look.drifted.append(DiskLook.Drifted(path: path, kind: .replaced, observed: nil))
                continue
            }
            look.filesRead += 1
            let observed = try disk.blobID(live)
            if observed == file.entry.blob {
                // The stamp from before the reading: a write during it must show at the next look.
                look.inventory.files[path] = Inventory.File(entry: file.entry, stamp: status.stamp)
            } else {
                look.drifted.append(DiskLook.Drifted(path: path, kind: .modified, observed: observed))
            }
        }
        look.drifted.sort { $0.path < $1.path }
        return look
    }

    /// The inventory as the disk has it: drifted files with their present bytes, missing ones not at all.
    public static func observed(
        _ place: DeployPlace, inventory: Inventory, disk: any Disk
    ) throws(DiskError) -> Inventory {
        var observed = inventory
        for file in try look(place, inventory: inventory, disk: disk).drifted {
            guard let known = inventory.files[file.path] else { continue }
            observed.files[file.path] = file.observed.map { blob in
                Inventory.File(
                    entry: FileEntry(blob: blob, executable: known.entry.executable), stamp: known.stamp)
            }
        }
        return observed
    }

    /// First start: what is on disk at every path the desired snapshot has. Paths that are not in the result have no
    /// regular file (`preflight` refuses links and folders there).
    public static func baseline(
        _ place: DeployPlace, desired: FileTree, disk: any Disk
    ) throws(DiskError) -> Inventory {
        var inventory = Inventory()
        for (path, wanted) in desired.files {
            if place.layout == .singleFile && path != place.configFile { continue }
            let live = place.live(path)
            guard let status = try disk.status(live), status.kind == .regular else { continue }
            let blob = try disk.blobID(live)
            // An execute bit that nobody asked for is the administrator's; one that is asked for must be there.
            let executable = wanted.executable && status.permissions & 0o100 != 0
            inventory.files[path] = Inventory.File(
                entry: FileEntry(blob: blob, executable: executable), stamp: status.stamp)
        }
        return inventory
    }
}
