/// Where the files of one target are on this host: live, staged, kept and saved.
public struct TargetFiles {
    /// The environment it belongs to.
    public let environment: EnvironmentName
    /// As configured.
    public let configuration: TargetConfiguration
    /// Where new files are staged and old ones kept, while that is on the file system of the tree.
    public let stagingFolder: String
    /// Copies of edits that were replaced.
    public let editsFolder: String
    /// Copies of what was there before Stoker.
    public let baselineFolder: String
    let disk: any Disk

    /// - Parameter storage: the storage directory, absolute.
    public init(
        _ configuration: TargetConfiguration, in environment: EnvironmentName, storage: String, disk: any Disk
    ) {
        self.environment = environment
        self.configuration = configuration
        self.disk = disk
        let name = "\(environment)/\(configuration.id)"
        stagingFolder = "\(storage)/targets/\(name)"
        editsFolder = "\(storage)/drift/\(name)"
        baselineFolder = "\(storage)/baseline/\(name)"
    }

    /// Its name.
    public var id: Target.ID { configuration.id }

    /// `single_file` where a regular file stands, unless the configuration says otherwise.
    public var layout: TargetConfiguration.Layout {
        if let layout = configuration.layout { return layout }
        do throws(DiskError) {
            return try disk.status(configuration.deployTo)?.kind == .regular ? .singleFile : .inPlace
        } catch {
            return .inPlace
        }
    }

    /// Where they are deployed.
    public var place: DeployPlace {
        DeployPlace(
            layout: layout, root: configuration.deployTo, releasesDirectory: configuration.releasesDirectory,
            configFile: configuration.configFile)
    }

    /// The staging directories to try.
    public var stagingCandidates: [String] { DeploymentRequest.candidates(for: place, inStorage: stagingFolder) }

    /// The folder of `deploy_to` on this host: for a single file the one it stands in.
    public var folder: String {
        layout == .singleFile ? SeenPath.parent(configuration.deployTo) : configuration.deployTo
    }

    /// Where bytes of this target may still be besides git, with what is deployed.
    public func keeps(_ inventory: Inventory) -> Keeps {
        Keeps(target: id, place: place, staging: stagingCandidates, inventory: inventory)
    }

    /// The highest attempt that names of ours on disk carry: staged, kept, or a release.
    func newestAttemptOnDisk() -> Int64 {
        var folders = stagingCandidates.flatMap { [$0, $0 + "/kept"] }
        if place.layout == .linked { folders.append(place.releasesDirectory) }
        var newest: Int64 = 0
        for folder in folders {
            for name in names(in: folder) {
                // staged-N, revert-N, <content>-N; <blob>-N-n, link-N-n.
                let parts = name.split(separator: "-")
                guard (2...3).contains(parts.count), let attempt = Int64(parts[1]), attempt < 1 << 48 else { continue }
                newest = max(newest, attempt)
            }
        }
        return newest
    }

    /// `linked`: the newest release of each of these contents.
    func releases(of contents: Set<ContentID>) -> [String] {
        guard place.layout == .linked else { return [] }
        let wanted = Set(contents.map(\.short))
        var newest: [Substring: (attempt: Int64, name: String)] = [:]
        for name in names(in: place.releasesDirectory) {
            let parts = name.split(separator: "-")
            guard parts.count == 2, wanted.contains(String(parts[0])), let attempt = Int64(parts[1]) else { continue }
            if attempt > newest[parts[0]]?.attempt ?? -1 { newest[parts[0]] = (attempt, name) }
        }
        return newest.values.map(\.name).sorted()
    }

    /// None where the folder is not there; one that cannot be read is for the deploy to complain about.
    private func names(in folder: String) -> [String] {
        do throws(DiskError) {
            return try disk.status(folder) != nil ? disk.list(folder, limit: Rollout.mostNames) : []
        } catch {
            return []
        }
    }
}
