import Glibc
import StokerCore
import YAML

/// Whether files can be put in place.
extension TargetDoctor {
    private var request: DeploymentRequest {
        DeploymentRequest(
            target: configuration.id, attempt: 0, content: ContentID("doctor"), place: place,
            keepInode: Set(configuration.keepInode), mode: configuration.mode, inventory: known,
            desired: Self.tree(paths), stagingCandidates: host.files.stagingCandidates,
            editsDirectory: host.files.editsFolder, globs: globs())
    }

    /// `deploy_to`: what stands there, links in the way, and whether we may write.
    func checkFolder() {
        let view = view
        do throws(DeployRefusal) {
            try Rollout.preflight(request, disk: disk, matchesGlob: view.matchesGlob)
        } catch {
            return add("deploy_to", .fail, "\(error.message)")
        }
        let layout = place.layout.rawValue
        do throws(DiskError) {
            guard try disk.status(place.root) != nil else {
                return add(
                    "deploy_to", .warn,
                    "\(place.root) does not exist yet and is made by the first deployment: check deploy_to if the process "
                        + "has files already")
            }
        } catch {
            return add("deploy_to", .fail, "cannot look at \(place.root): \(error.message)")
        }
        add("deploy_to", .pass, "\(place.root) can be written, layout \(layout)")
    }

    /// The patterns by which the process finds files; none may find what is staged.
    private func globs() -> [String] {
        do {
            let inventory = try present()
            return try parsed(inventory).globs
        } catch {
            // What cannot be read has a check of its own.
            return []
        }
    }

    func parsed(_ inventory: Inventory) throws(BlobUnavailable) -> ParsedTarget {
        try ParsedTarget(
            configuration, tree: inventory.tree, view: view, webConfig: flags?.webConfigPath,
            folder: configuration.folderRoles(flags), blobs: blobs(inventory))
    }

    /// The storage directory, and where files are staged: by rename, so on the file system of the tree.
    func checkStaging() {
        if let problem = storageProblem() { return add("staging", .fail, problem) }
        do throws(DeployRefusal) {
            let staging = try Rollout.stagingPlace(request, disk: disk)
            if staging == place.root + "/.stoker" {
                add(
                    "staging", .pass,
                    "staged in \(staging), because the storage directory \(storage) is on another file system")
            } else {
                add("staging", .pass, "staged in \(staging), on the file system of \(place.root)")
            }
        } catch {
            add("staging", .fail, "\(error.message)")
        }
    }

    private func storageProblem() -> String? {
        let folder = Self.nearestExisting(storage)
        guard let problem = disk.writeProblem(folder) else { return nil }
        return folder == storage
            ? "the storage directory: \(problem)"
            : "the storage directory \(storage) does not exist and cannot be made: \(problem), or give another one with "
                + "--storage.path"
    }

    /// Room for a second copy of the tree where it is staged and validated.
    func checkSpace() {
        let size = size()
        let count = paths.count
        var least: (free: Int64, folder: String)?
        for path in Set([Self.nearestExisting(storage), Self.nearestExisting(place.root)]).sorted() {
            var system = statvfs()
            guard statvfs(path, &system) == 0 else { continue }
            if system.f_files > 0, system.f_favail < UInt(count) + 32 {
                return add("space", .fail, "the file system of \(path) has no inodes left: remove files there")
            }
            let free = Int64(clamping: UInt64(system.f_bavail) * UInt64(system.f_frsize))
            if free < least?.free ?? .max { least = (free, path) }
        }
        guard let least else { return add("space", .warn, "free space cannot be asked of \(storage)") }
        let text = "\(Self.text(least.free)) are free on the file system of \(least.folder)"
        let tree = "the tree has \(Self.text(size))"
        // Staged and validated copies, the journal and its log.
        if least.free < 2 * size + 1 << 20 {
            add("space", .fail, "\(text) and \(tree), of which two copies are made: free some space")
        } else if least.free < 3 * size + 16 << 20 {
            add("space", .warn, "\(text) and \(tree): free some space before it is too little")
        } else {
            add("space", .pass, "\(text), \(tree)")
        }
    }

    private func size() -> Int64 {
        var sum: Int64 = 0
        for path in paths {
            var status = stat()
            if lstat(place.live(path), &status) == 0 { sum += Int64(status.st_size) }
        }
        return sum
    }

    private static func text(_ bytes: Int64) -> String {
        bytes < 1 << 10 ? "\(bytes) bytes" : bytes < 10 << 20 ? "\(bytes >> 10) KiB" : "\(bytes >> 20) MiB"
    }

    /// The path, or the first folder above it that is there.
    static func nearestExisting(_ path: String) -> String {
        var path = path
        while access(path, F_OK) != 0, path != "/", path.hasPrefix("/") { path = SeenPath.parent(path) }
        return path
    }
}
