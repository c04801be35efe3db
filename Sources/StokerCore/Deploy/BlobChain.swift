/// Where bytes of one target may still be besides git.
public struct Keeps {
    let target: Target.ID
    let place: DeployPlace
    /// Staging directories, whose kept files may be used.
    let staging: [String]
    let inventory: Inventory
}

/// Bytes from wherever they still are: git's cache, copies kept for a rollback, the live files themselves, and with
/// layout `linked` the releases that are kept. A rollback must work when git is gone.
public final class BlobChain: Blobs {
    private let first: any Blobs
    private let disk: any Disk
    private let places: [Keeps]
    private let digest: ([UInt8]) -> BlobID
    private let releases: () -> [ContentID: [Target.ID: FileTree]]
    /// Made when git lacks a blob for the first time, which is hardly ever.
    private var index: [BlobID: [String]]?

    /// - Parameters:
    ///   - first: git.
    ///   - digest: the git blob id of bytes.
    ///   - releases: the files of the contents that are kept.
    public init(
        first: any Blobs, disk: any Disk, places: [Keeps], digest: @escaping ([UInt8]) -> BlobID,
        releases: @escaping () -> [ContentID: [Target.ID: FileTree]] = { [:] }
    ) {
        self.first = first
        self.disk = disk
        self.places = places
        self.digest = digest
        self.releases = releases
    }

    /// The bytes, or why they are nowhere.
    public func bytes(of blob: BlobID, limit: Int) throws(BlobUnavailable) -> [UInt8] {
        if let bytes = peek(blob, limit: limit) { return bytes }
        // Nowhere: if it should be in git, its cache is damaged, and this makes it be fetched anew.
        return try first.bytes(of: blob, limit: limit)
    }

    /// The bytes where somebody still has them.
    public func peek(_ blob: BlobID, limit: Int) -> [UInt8]? {
        if let bytes = first.peek(blob, limit: limit) { return bytes }
        let known = index ?? makeIndex()
        index = known
        for path in known[blob] ?? [] {
            // A kept file may share its inode with one that somebody edits: the digest decides.
            do throws(DiskError) {
                let bytes = try disk.read(path, limit: limit)
                if digest(bytes) == blob { return bytes }
            } catch {
                continue
            }
        }
        return nil
    }

    private func makeIndex() -> [BlobID: [String]] {
        var paths: [BlobID: [String]] = [:]
        for keeps in places {
            for folder in keeps.staging {
                // A folder that cannot be read has nothing for us.
                do throws(DiskError) {
                    for (blob, path) in try Rollout.keptBlobs(staging: folder, disk: disk) {
                        paths[blob, default: []].append(path)
                    }
                } catch {
                    continue
                }
            }
            for (path, file) in keeps.inventory.files {
                paths[file.entry.blob, default: []].append(keeps.place.live(path))
            }
            if keeps.place.layout == .linked { addReleases(keeps, &paths) }
        }
        return paths
    }

    private func addReleases(_ keeps: Keeps, _ paths: inout [BlobID: [String]]) {
        let names: [String]
        do throws(DiskError) {
            names = try disk.list(keeps.place.releasesDirectory, limit: Rollout.mostNames)
        } catch {
            return
        }
        for (content, trees) in releases() {
            for name in names where name.hasPrefix(content.short + "-") {
                for (path, entry) in trees[keeps.target]?.files ?? [:] {
                    paths[entry.blob, default: []].append("\(keeps.place.releasesDirectory)/\(name)/\(path)")
                }
            }
        }
    }
}
