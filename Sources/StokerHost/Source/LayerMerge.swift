import Digests
import Git
import StokerCore

/// Makes one tree of files out of an environment's layers: later ones win file by file, links become what they lead to, and whatever cannot be
/// deployed as it is meant is refused with its path.
struct LayerMerge {
    /// The largest file that is deployed: far above any configuration, far below what would hurt a daemon that reads it.
    private static let fileLimit = Rollout.largestFile
    /// Findings listed before giving up.
    private static let findingsLimit = 20
    /// Files known to be no LFS pointers, kept across snapshots; forgotten all at once when there are too many.
    private static let checkedLimit = 200_000
    private static let pointerStart = Array("version https://git-lfs.github.com/spec/".utf8)

    let isExcluded: (String) -> Bool

    /// A file and the layer it comes from.
    private struct Candidate {
        let entry: TreeEntry
        let layer: LayerTree
        var origin: String { layer.repositoryPath(entry.path) }
    }

    /// The snapshot, or everything that is wrong with the folders.
    func run(
        _ layers: [LayerTree], _ revision: Revision, _ reading: inout TreeReading, _ checked: inout Set<ObjectID>
    ) throws(GitError) -> Result<Snapshot, SourceInvalid> {
        var candidates: [String: Candidate] = [:]
        var twins = NameTwins()
        for layer in layers {
            switch try walk(layer, reading) {
            case .success(let entries):
                for entry in entries {
                    let candidate = Candidate(entry: entry, layer: layer)
                    twins.add(entry.path, origin: candidate.origin)
                    candidates[entry.path] = candidate
                }
            case .failure(let invalid): return .failure(invalid)
            }
        }
        var findings = Array(twins.findings.prefix(Self.findingsLimit)) + conflicts(candidates)
        var files: [TreeEntry] = []
        for candidate in candidates.values.sorted(by: { Self.precedes($0.entry.path, $1.entry.path) }) {
            guard findings.count < Self.findingsLimit else { break }
            switch try materialised(candidate, &reading, &checked) {
            case .success(let file): files.append(file)
            case .failure(let invalid): findings += invalid.findings
            }
        }
        guard findings.isEmpty else { return .failure(SourceInvalid(findings)) }
        guard !files.isEmpty else {
            let folders = layers.map { $0.path.isEmpty ? "." : $0.path }.joined(separator: ", ")
            return .failure(SourceInvalid(path: folders, "there are no files to deploy here: check path and exclude"))
        }
        return .success(Self.snapshot(of: files, revision))
    }

    private func walk(_ layer: LayerTree, _ reading: TreeReading) throws(GitError) -> Result<[TreeEntry], SourceInvalid>
    {
        do throws(GitError) {
            return .success(
                try reading.repository.walk(tree: layer.tree) { path, isFolder in
                    let name = path.utf8.split(separator: UInt8(ascii: "/")).last
                    return name?.first != UInt8(ascii: ".") && (isFolder || !isExcluded(path))
                })
        } catch {
            guard SnapshotReader.isContent(error) else { throw error }
            return .failure(SourceInvalid(path: layer.path.isEmpty ? "." : layer.path, error.message))
        }
    }

    /// Files that stand where another layer has a folder.
    private func conflicts(_ candidates: [String: Candidate]) -> [Finding] {
        var findings: Set<Finding> = []
        for candidate in candidates.values {
            var path = candidate.entry.path[...]
            while let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) {
                path = path[..<slash]
                guard let file = candidates[String(path)] else { continue }
                let folder = candidate.layer.repositoryPath(String(path))
                findings.insert(
                    Finding(
                        file: file.origin, message: "this is a file, but \(folder) is a folder: layers cannot be merged"
                    ))
            }
        }
        return findings.sorted { Self.precedes($0.description, $1.description) }
    }

    /// The file that is deployed for an entry.
    private func materialised(
        _ candidate: Candidate, _ reading: inout TreeReading, _ checked: inout Set<ObjectID>
    ) throws(GitError) -> Result<TreeEntry, SourceInvalid> {
        let file: TreeEntry
        switch candidate.entry.mode {
        case .file, .executable: file = candidate.entry
        case .link:
            switch try reading.follow(candidate.entry, at: candidate.origin) {
            case .success(let target): file = TreeEntry(path: candidate.entry.path, mode: target.mode, id: target.id)
            case .failure(let invalid): return .failure(invalid)
            }
        case .submodule:
            return .failure(
                SourceInvalid(path: candidate.origin, "submodules cannot be deployed: copy the files or exclude it"))
        case .folder: return .failure(SourceInvalid(path: candidate.origin, "this is a folder"))
        }
        if let problem = try problem(with: file, &reading, &checked) {
            return .failure(SourceInvalid(path: candidate.origin, problem))
        }
        return .success(file)
    }

    /// Why the bytes of a file cannot be deployed. Each blob is looked at once, however often its tree changes around it.
    private func problem(with file: TreeEntry, _ reading: inout TreeReading, _ checked: inout Set<ObjectID>)
        throws(GitError) -> String?
    {
        if checked.contains(file.id) { return nil }
        let size = try reading.repository.size(ofBlob: file.id)
        guard size <= Self.fileLimit else {
            return "this file has \(size) bytes, more than the limit of \(Self.fileLimit)"
        }
        if size >= Self.pointerStart.count && size <= 1024 {
            reading.filesRead += 1
            let bytes = try reading.repository.blob(file.id, limit: 1024)
            if bytes.starts(with: Self.pointerStart) {
                return "this is a Git LFS pointer, not the file: store configuration without LFS or exclude it"
            }
        }
        if checked.count >= Self.checkedLimit { checked.removeAll() }
        checked.insert(file.id)
        return nil
    }

    /// Identity: SHA-256 over `mode SP blob SP path NUL` of every file, in ascending order of the paths' bytes.
    private static func snapshot(of files: [TreeEntry], _ revision: Revision) -> Snapshot {
        var digest = StreamingDigest(.sha256)
        var tree: [String: FileEntry] = Dictionary(minimumCapacity: files.count)
        for file in files.sorted(by: { precedes($0.path, $1.path) }) {
            let blob = file.id.description
            digest.update("\(file.mode.octal) \(blob) \(file.path)\0".utf8)
            tree[file.path] = FileEntry(blob: BlobID(blob), executable: file.mode == .executable)
        }
        return Snapshot(revision: revision, content: ContentID(Digest.hex(digest.finish())), tree: FileTree(tree))
    }

    /// Swift's own order of text depends on Unicode tables; an identity must not.
    private static func precedes(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }
}
