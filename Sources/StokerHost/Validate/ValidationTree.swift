import StokerCore

/// A private copy of a target's folder, kept between validations so that each writes only what changed.
final class ValidationTree {
    /// What stands at one path of the copy.
    enum Entry: Hashable {
        /// A file of the repository.
        case blob(BlobID)
        /// A file of the repository with rewritten paths, or a placeholder.
        case bytes([UInt8])
        /// A file of the host that is not ours.
        case link(String)
    }

    /// Bytes of the largest file that is staged.
    static let fileLimit = 256 << 20

    /// Absolute, cleaned; mode 0700.
    let root: String
    /// What is on disk; nil where that is unknown, after a start or a failure: then all is written anew.
    private var manifest: [String: Entry]?

    init(root: String) { self.root = Glob.cleaned(root) }

    func path(_ relative: String) -> String { root + "/" + relative }

    /// Makes the copy hold exactly these entries, by path relative to the root.
    func stage(_ wanted: [String: Entry], blobs: any Blobs) throws(StagingError) {
        let known = manifest
        manifest = nil
        if known == nil { try StagingFiles.removeTree(root) }
        try StagingFiles.makeDirectory(root)
        let old = known ?? [:]
        // Removals first: a folder may stand where a file must be.
        for (path, entry) in old where wanted[path] != entry {
            try StagingFiles.remove(self.path(path))
            if wanted[path] == nil { removeEmptyFolders(above: path) }
        }
        var folders: Set<String> = []
        for (path, entry) in wanted where old[path] != entry {
            let folder = LexicalPath.directory(of: self.path(path))
            if folders.insert(folder).inserted { try StagingFiles.makeDirectory(folder) }
            try write(entry, path, blobs)
        }
        manifest = wanted
    }

    private func write(_ entry: Entry, _ path: String, _ blobs: any Blobs) throws(StagingError) {
        switch entry {
        case .blob(let id): try StagingFiles.write(Self.bytes(of: id, path, blobs), to: self.path(path))
        case .bytes(let bytes): try StagingFiles.write(bytes, to: self.path(path))
        case .link(let target): try StagingFiles.link(self.path(path), to: target)
        }
    }

    private func removeEmptyFolders(above path: String) {
        var folder = LexicalPath.directory(of: path)
        while folder != "." {
            StagingFiles.removeIfEmpty(self.path(folder))
            folder = LexicalPath.directory(of: folder)
        }
    }

    /// The bytes of a file of the repository.
    static func bytes(of id: BlobID, _ path: String, _ blobs: any Blobs) throws(StagingError) -> [UInt8] {
        do throws(BlobUnavailable) { return try blobs.bytes(of: id, limit: fileLimit) } catch {
            throw StagingError("cannot read \(path) of the revision: \(error.message); it is tried again")
        }
    }
}
