/// The rules of the three layouts about what may stand where we deploy.
struct DeployPreflight {
    let request: DeploymentRequest
    let disk: any Disk

    private var place: DeployPlace { request.place }

    func check() throws(DeployRefusal) {
        switch place.layout {
        case .inPlace: try checkInPlace()
        case .linked: try checkLinked()
        case .singleFile: try checkSingleFile()
        }
        for path in try written() {
            if let problem = disk.writeProblem(path) { throw DeployRefusal(path: path, problem) }
        }
    }

    /// What publishing writes into: the folders of changed files as far as they exist, or files with a kept inode.
    private func written() throws(DeployRefusal) -> [String] {
        switch place.layout {
        case .linked: return [place.parent, place.releasesDirectory]
        case .singleFile: return [place.root]
        case .inPlace: break
        }
        var found: Set<String> = []
        var seen: Set<String> = []
        for path in Set(request.desired.files.keys).union(request.inventory.files.keys)
        where request.desired[path] != request.inventory.files[path]?.entry {
            if request.keepInode.contains(path) { found.insert(place.live(path)) }
            var folder = DiskPath.parent(place.live(path))
            while seen.insert(folder).inserted, try status(folder) == nil { folder = DiskPath.parent(folder) }
            if try status(folder) != nil { found.insert(folder) }
        }
        return found.sorted()
    }

    private func look<Value>(_ work: (any Disk) throws(DiskError) -> Value) throws(DeployRefusal) -> Value {
        do throws(DiskError) { return try work(disk) } catch { throw DeployRefusal(looking: error) }
    }

    private func status(_ path: String) throws(DeployRefusal) -> FileStatus? {
        try look { disk throws(DiskError) in try disk.status(path) }
    }

    private func filesBelow(_ folder: String) throws(DeployRefusal) -> [String] {
        try look { disk throws(DiskError) in try disk.filesBelow(folder) }
    }

    // MARK: in_place

    private func checkInPlace() throws(DeployRefusal) {
        if let status = try status(place.root) {
            if status.kind == .link { throw linkRefusal(place.root) }
            if status.kind != .directory {
                throw DeployRefusal(
                    path: place.root,
                    "deploy_to \(place.root) is not a folder: use layout single_file for one file, or name its folder")
            }
        }
        // Paths of the inventory too: what is to be deleted must not be reached through a link either.
        var seen: Set<String> = []
        for path in request.desired.paths + request.inventory.files.keys.sorted() {
            for folder in DiskPath.ancestors(path) where seen.insert(folder).inserted {
                try checkFolder(folder, isWanted: request.desired[path] != nil)
            }
        }
        for path in request.desired.paths { try checkDestination(path) }
    }

    /// A folder on the way to a file: absent, a folder, or a file of ours that leaves.
    private func checkFolder(_ folder: String, isWanted: Bool) throws(DeployRefusal) {
        let live = place.live(folder)
        guard let status = try status(live) else { return }
        switch status.kind {
        case .directory: return
        case .link: throw linkRefusal(live)
        case .regular:
            // A path of the inventory below it is gone, and there is nothing to delete.
            if !isWanted { return }
            if request.inventory.files[folder] != nil && request.desired[folder] == nil { return }
            throw DeployRefusal(
                path: live, "\(live) is a file that is not ours, but the repository has a folder there: move it away")
        case .other: if isWanted { throw kindRefusal(live) }
        }
    }

    private func checkDestination(_ path: String) throws(DeployRefusal) {
        let live = place.live(path)
        guard let status = try status(live) else { return }
        switch status.kind {
        case .regular: return
        case .link: throw linkRefusal(live)
        case .other: throw kindRefusal(live)
        case .directory:
            let inside = try filesBelow(live).map { path + "/" + $0 }
            let foreign = inside.filter { request.inventory.files[$0] == nil }
            if let first = foreign.min() {
                throw DeployRefusal(
                    path: live,
                    "\(live) is a folder with files that are not ours (\(first)), but the repository has a file there: "
                        + "move them away")
            }
            if inside.isEmpty {
                throw DeployRefusal(
                    path: live, "\(live) is a folder that is not ours, but the repository has a file there: remove it")
            }
        }
    }

    // MARK: linked

    private func checkLinked() throws(DeployRefusal) {
        if let parent = try status(place.parent), parent.kind != .directory {
            throw DeployRefusal(path: place.parent, "\(place.parent) is not a folder, but deploy_to lies in it")
        }
        if let status = try status(place.root) {
            guard status.kind == .link else {
                throw DeployRefusal(
                    path: place.root,
                    "\(place.root) is not a link of ours: layout linked replaces it as a whole, so move it away (and "
                        + "what it holds into the repository), or use layout in_place")
            }
            let text = try look { disk throws(DiskError) in try disk.readLink(place.root) }
            guard let release = place.release(ofLinkText: text) else {
                throw DeployRefusal(
                    path: place.root,
                    "\(place.root) is a link to \(text), which is no release of ours in \(place.releasesDirectory): "
                        + "remove the link, or correct releases_dir")
            }
            try checkRelease(release)
        }
        guard let releases = try status(place.releasesDirectory) else { return }
        guard releases.kind == .directory else {
            throw DeployRefusal(path: place.releasesDirectory, "\(place.releasesDirectory) is not a folder")
        }
        let names = try look { disk throws(DiskError) in
            try disk.list(place.releasesDirectory, limit: Rollout.mostNames)
        }
        for name in names
        where name != ".stoker" && !DeployPlace.isReleaseName(name) {
            let path = place.releasesDirectory + "/" + name
            throw DeployRefusal(
                path: path, "\(path) is not ours: releases_dir must be a folder that holds nothing else")
        }
    }

    /// A flip would hide what somebody else put into the live release.
    private func checkRelease(_ release: String) throws(DeployRefusal) {
        let folder = place.releasesDirectory + "/" + release
        guard try status(folder) != nil else { return }
        for path in try filesBelow(folder).sorted() where request.inventory.files[path] == nil {
            throw DeployRefusal(
                path: place.live(path),
                "\(place.live(path)) is not ours and would be gone after the switch to a new release: move it into the "
                    + "repository, or use layout in_place")
        }
    }

    // MARK: single_file

    private func checkSingleFile() throws(DeployRefusal) {
        guard let configFile = place.configFile else {
            throw DeployRefusal(
                path: place.root,
                "layout single_file deploys only config_file, and none is configured for \(place.root)")
        }
        if let other = request.desired.paths.first(where: { $0 != configFile }) {
            throw DeployRefusal(
                path: other,
                "layout single_file deploys only \(configFile), but the repository also has \(other): exclude it, or "
                    + "deploy to the folder with layout in_place and list bind-mounted files under keep_inode")
        }
        guard let status = try status(place.root) else { return }
        switch status.kind {
        case .regular: return
        case .link: throw linkRefusal(place.root)
        case .directory, .other: throw kindRefusal(place.root)
        }
    }

    // MARK: sentences

    private func linkRefusal(_ path: String) -> DeployRefusal {
        DeployRefusal(path: path, "\(path) is a link, and nothing is written through links: name the real path")
    }

    private func kindRefusal(_ path: String) -> DeployRefusal {
        DeployRefusal(path: path, "\(path) is neither a file nor a folder: move it away")
    }
}
