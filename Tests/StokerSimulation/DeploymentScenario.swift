import StokerCore

/// One deployment with everything in it that a layout knows: files that are new, changed, unchanged and gone, folders
/// that come, go and turn into files, a file rewritten through its inode, and neighbours that are not ours.
public final class DeploymentScenario {
    /// How the files become live.
    public let layout: TargetConfiguration.Layout
    /// An existing folder in which all happens.
    public let base: String
    /// All bytes of the scenario.
    public let blobs = DictionaryBlobs()
    /// Where they are deployed: `<base>/etc/prometheus`, or a file beside it.
    public let place: DeployPlace

    /// - Parameter base: absolute; must exist, and be empty.
    public init(_ layout: TargetConfiguration.Layout, base: String) {
        self.layout = layout
        self.base = base
        let root =
            switch layout {
            case .inPlace, .linked: base + "/etc/prometheus"
            case .singleFile: base + "/etc/prometheus.yml"
            }
        place = DeployPlace(layout: layout, root: root, configFile: "prometheus.yml")
    }

    /// What is deployed when the scenario begins.
    public var oldFiles: [String: String] {
        switch layout {
        case .singleFile: ["prometheus.yml": "main before, which is the longer of the two texts\n"]
        case .inPlace, .linked:
            [
                "prometheus.yml": "main before\n", "rules/a.yml": "rules a before\n", "rules/gone.yml": "leaves\n",
                "same.yml": "stays\n", "pinned.yml": "pinned before, and long enough for several writes\n",
                "old/x.yml": "the last one in its folder\n", "swap/inner/one.yml": "a folder that becomes a file\n",
                "flat": "a file that becomes a folder\n",
            ]
        }
    }

    /// What shall be deployed.
    public var newFiles: [String: String] {
        switch layout {
        case .singleFile: ["prometheus.yml": "main after\n"]
        case .inPlace, .linked:
            [
                "prometheus.yml": "main after\n", "rules/a.yml": "rules a after, longer than before\n",
                "same.yml": "stays\n", "pinned.yml": "pinned after\n", "fresh/deep/n.yml": "new in a new folder\n",
                "rules/new.yml": "new in an old folder\n", "swap": "now a file\n",
                "flat/inner.yml": "now in a folder\n",
            ]
        }
    }

    /// Neighbours that nobody may touch, by path below the base.
    public var foreignFiles: [String: String] {
        switch layout {
        case .inPlace: ["etc/prometheus/rules/foreign.yml": "not ours\n", "etc/hosts": "not ours either\n"]
        case .linked, .singleFile: ["etc/hosts": "not ours\n"]
        }
    }

    /// Where displaced bytes are copied.
    public var editsDirectory: String { base + "/storage/edits" }

    /// The tree of files by text; their blobs are known afterwards.
    public func tree(_ files: [String: String]) -> FileTree {
        FileTree(files.mapValues { FileEntry(blob: blobs.add($0)) })
    }

    /// The request for files; the content id repeats the last digit of the attempt.
    public func request(attempt: Int64, inventory: Inventory, files: [String: String]) -> DeploymentRequest {
        let digits = String(repeating: "\(attempt % 10)", count: 64)
        return DeploymentRequest(
            target: "prometheus", attempt: attempt, content: ContentID(digits), place: place,
            keepInode: layout == .inPlace ? ["pinned.yml"] : [], inventory: inventory, desired: tree(files),
            stagingCandidates: DeploymentRequest.candidates(for: place, inStorage: base + "/storage/targets/e/t"),
            editsDirectory: editsDirectory)
    }

    /// Puts the old files and the neighbours there, as an administrator would; returns what is then ours.
    public func setUp(_ disk: any Disk) throws -> Inventory {
        for folder in ["/etc", "/storage", "/storage/targets", "/storage/targets/e"] {
            try disk.makeDirectory(base + folder, permissions: folder == "/etc" ? 0o755 : 0o700)
        }
        switch layout {
        case .inPlace: for (path, text) in oldFiles.sorted(by: <) { try write(place.live(path), text, disk) }
        case .singleFile: try write(place.root, oldFiles.values.joined(), disk)
        case .linked: break
        }
        for (path, text) in foreignFiles.sorted(by: <) { try write(base + "/" + path, text, disk) }
        guard layout == .linked else {
            return try Rollout.baseline(place, desired: tree(oldFiles), disk: disk)
        }
        let request = request(attempt: 1, inventory: Inventory(), files: oldFiles)
        let intent = try Rollout.stage(request, blobs: blobs, disk: disk)
        let inventory = try Rollout.publish(intent, disk: disk).inventory
        try Rollout.settle(place, staging: intent.staging, keep: [], disk: disk)
        return inventory
    }

    /// Writes a file and the folders above it, without any durability.
    public func write(_ path: String, _ text: String, _ disk: any Disk) throws {
        var folder = ""
        for component in path.split(separator: "/").dropLast() {
            folder += "/" + component
            if try disk.status(folder) == nil { try disk.makeDirectory(folder, permissions: 0o755) }
        }
        let handle = try disk.create(path, permissions: 0o644)
        defer { disk.close(handle) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty { rest = rest.dropFirst(try disk.write(handle, rest)) }
    }

    /// All that the process and the neighbours can see below `etc`, releases by what the link makes of them: text of
    /// files by path, folders by their permission bits. Our own staging directory is not in it.
    public func visible(_ disk: any Disk) throws -> [String: String] {
        var seen: [String: String] = [:]
        try collect(base + "/etc", as: "etc", into: &seen, disk)
        return seen
    }

    private func collect(
        _ folder: String, as name: String, into seen: inout [String: String], _ disk: any Disk
    ) throws {
        for entry in try disk.list(folder, limit: 1000) where entry != ".stoker" {
            let (path, label) = (folder + "/" + entry, name + "/" + entry)
            if path == place.releasesDirectory { continue }
            guard let status = try disk.status(path) else { continue }
            switch status.kind {
            case .directory:
                seen[label] = "folder \(String(status.permissions, radix: 8))"
                try collect(path, as: label, into: &seen, disk)
            case .regular:
                let text = String(decoding: try disk.read(path, limit: 1 << 20), as: UTF8.self)
                seen[label] = "\(String(status.permissions, radix: 8)) \(text)"
            case .link:
                let release = folder + "/" + (try disk.readLink(path))
                try collect(release, as: label, into: &seen, disk)
            case .other: seen[label] = "other"
            }
        }
    }
}
