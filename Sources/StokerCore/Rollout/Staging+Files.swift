// Writing new files and keeping old ones.
extension Staging {
    /// Runs disk work and reports its failure as a failure of staging.
    func onDisk<Value>(_ work: () throws(DiskError) -> Value) throws(StageError) -> Value {
        do throws(DiskError) { return try work() } catch { throw .disk(error) }
    }

    /// The same for work that gives access: where it is not permitted, a person has to act, and retrying does not help.
    private func refusingPermissions<Value>(
        _ path: String, _ work: () throws(DiskError) -> Value
    ) throws(StageError) -> Value {
        do throws(DiskError) { return try work() } catch {
            guard error.code == .notPermitted else { throw .disk(error) }
            throw .refused(DeployRefusal(path: place.live(path), "cannot \(error)", cause: error))
        }
    }

    /// Writes one file with its access, syncs it, and reads it back: a wrong byte must not wait for the reload.
    func write(
        _ path: String, _ wanted: FileEntry, at staged: String, model: AccessModels.Model, mode: UInt16?
    ) throws(StageError) -> FileStamp {
        let bytes: [UInt8]
        do throws(BlobUnavailable) {
            bytes = try blobs.bytes(of: wanted.blob, limit: Rollout.largestFile)
        } catch {
            throw .bytes(path: path, error)
        }
        let (found, status) = try refusingPermissions(path) { () throws(DiskError) in
            try disk.createFile(staged, bytes) { handle throws(DiskError) in
                try disk.copyAccess(from: model.path, to: handle)
                let copied = try disk.status(staged)?.permissions ?? 0o600
                var permissions = (mode ?? model.permissions ?? copied) & 0o777
                if wanted.executable { permissions |= (permissions & 0o444) >> 2 }
                if permissions != copied { try disk.setPermissions(handle, permissions) }
            }
            return (try disk.blobID(staged), try disk.status(staged))
        }
        guard found == wanted.blob, let status else {
            throw .corrupt(path: path, expected: wanted.blob, found: found)
        }
        return status.stamp
    }

    /// Keeps a live file under a second name, or as a copy where a link is not permitted.
    func keep(_ live: String, as name: String, found: BlobID) throws(StageError) {
        do throws(DiskError) {
            try disk.link(live, to: area.kept + "/" + name)
        } catch {
            switch error.code {
            case .crossDevice:
                // The same file system, but another mount: the file is a mount point, and a rename would be EBUSY.
                throw .refused(
                    DeployRefusal(
                        path: live, "\(live) is mounted by itself and cannot be renamed over: list it under keep_inode",
                        cause: error))
            case .notPermitted, .tooManyHardLinks, .notSupported:
                try keepCopy(of: live, as: name, expecting: found, access: true)
            default:
                throw .disk(error)
            }
        }
    }

    /// Keeps a copy: with the access of the original where it may be renamed back, else for us alone.
    func keepCopy(of live: String, as name: String, expecting found: BlobID, access: Bool) throws(StageError) {
        let copy = area.kept + "/" + name
        let kept = try onDisk { () throws(DiskError) in
            let bytes = try disk.read(live, limit: Rollout.largestFile)
            try disk.createFile(copy, bytes) { handle throws(DiskError) in
                if access { try disk.copyAccess(from: live, to: handle) }
            }
            return try disk.blobID(copy)
        }
        guard kept == found else { throw .corrupt(path: live, expected: found, found: kept) }
    }
}

extension DiskError.Code {
    static let tooManyHardLinks = DiskError.Code(rawValue: 31)
    static let notSupported = DiskError.Code(rawValue: 95)
}
