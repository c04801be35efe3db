import Digests
import StokerCore

/// Bytes from wherever they still are: git's cache, copies kept for a rollback, the live files themselves. A rollback
/// must work when git is gone.
final class BlobChain: Blobs {
    private let first: SnapshotReader
    private let disk: any Disk
    /// Staging directories whose kept files may be used, and the inventories of their targets.
    private let places: [(place: DeployPlace, staging: [String], inventory: Inventory)]

    init(
        first: SnapshotReader, disk: any Disk, places: [(place: DeployPlace, staging: [String], inventory: Inventory)]
    ) {
        self.first = first
        self.disk = disk
        self.places = places
    }

    func bytes(of blob: BlobID, limit: Int) throws(BlobUnavailable) -> [UInt8] {
        if let bytes = first.peek(blob, limit: limit) { return bytes }
        for path in candidates(blob) {
            // A kept file may share its inode with one that somebody edits: the digest decides.
            do throws(DiskError) {
                let bytes = try disk.read(path, limit: limit)
                if Digest.gitBlobID(of: bytes) == blob.rawValue { return bytes }
            } catch {
                continue
            }
        }
        // Nowhere: if it should be in git, its cache is damaged, and this makes it be fetched anew.
        return try first.bytes(of: blob, limit: limit)
    }

    private func candidates(_ blob: BlobID) -> [String] {
        var paths: [String] = []
        for (place, staging, inventory) in places {
            for folder in staging {
                do throws(DiskError) {
                    if let kept = try Rollout.keptBlobs(staging: folder, disk: disk)[blob] { paths.append(kept) }
                } catch {
                    continue
                }
            }
            for (path, file) in inventory.files where file.entry.blob == blob { paths.append(place.live(path)) }
        }
        return paths
    }
}
