extension Rollout {
    /// Finds everything that can be refused before anything is written. Access that cannot be kept shows in `stage`,
    /// which is still before anything live changes.
    /// - Parameter matchesGlob: whether a glob (as the process expands it) matches a path relative to the tree.
    public static func preflight(
        _ request: DeploymentRequest, disk: any Disk, matchesGlob: (_ glob: String, _ path: String) -> Bool
    ) throws(DeployRefusal) {
        try DeployPreflight(request: request, disk: disk).check()
        let ownRoot = request.place.root + "/.stoker"
        guard request.place.layout == .inPlace, request.stagingCandidates.contains(ownRoot) else { return }
        let (staging, _) = try chooseStaging(request, disk: disk)
        guard staging == ownRoot else { return }
        let blob = String(repeating: "0", count: 40)
        let names = [".stoker", ".stoker/kept", ".stoker/kept/\(blob)-1-1", ".stoker/staged-1", ".stoker/staged-1/1"]
        for glob in request.globs where names.contains(where: { matchesGlob(glob, $0) }) {
            throw DeployRefusal(
                path: ownRoot,
                "the glob \"\(glob)\" of the configuration matches files in \(ownRoot), where the deployment would be "
                    + "staged: narrow the glob, or put the storage directory on the file system of \(request.place.root)"
            )
        }
    }

    /// Where a deployment would stage its files: the first candidate from which a rename into the tree works. Found out
    /// without a trace.
    public static func stagingPlace(
        _ request: DeploymentRequest, disk: any Disk
    ) throws(DeployRefusal) -> String {
        try chooseStaging(request, disk: disk).path
    }

    /// The first candidate from which a rename into the tree works, and whether it exists already.
    static func chooseStaging(
        _ request: DeploymentRequest, disk: any Disk
    ) throws(DeployRefusal) -> (path: String, exists: Bool) {
        // A file rewritten through its inode needs no rename: any file system will do.
        let into: String? =
            switch request.place.layout {
            case .singleFile: nil
            case .linked: request.place.parent
            case .inPlace: try nearestExisting(request.place.root, disk).path
            }
        for candidate in request.stagingCandidates {
            let found = try nearestExisting(candidate, disk)
            guard let into else { return (candidate, found.path == candidate) }
            do {
                // Linux compares the mounts before it looks for the name: a name that is not there tells without a trace
                // whether a rename could work, also where two mounts of one file system share a device number.
                try disk.rename(found.path + "/.stoker-nothing", to: into + "/.stoker-nothing")
            } catch {
                if error.code == .notFound { return (candidate, found.path == candidate) }
                if error.code == .crossDevice { continue }
                throw DeployRefusal(path: candidate, "cannot stage in \(candidate): \(error.message)", cause: error)
            }
        }
        throw DeployRefusal(
            path: request.place.root,
            "no staging directory is on the file system of \(request.place.root) (tried "
                + "\(request.stagingCandidates.joined(separator: ", "))): a rename must work between the two")
    }

    private static func nearestExisting(
        _ path: String, _ disk: any Disk
    ) throws(DeployRefusal) -> (path: String, status: FileStatus) {
        var path = path
        do {
            while true {
                if let status = try disk.status(path), status.kind == .directory { return (path, status) }
                if path == "/" || path.isEmpty { break }
                path = DiskPath.parent(path)
            }
        } catch {
            throw DeployRefusal(looking: error)
        }
        throw DeployRefusal(path: path, "no folder exists above \(path)")
    }
}
