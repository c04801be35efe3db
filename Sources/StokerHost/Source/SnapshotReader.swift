import Git
import Glibc
import StokerCore

/// The read half of a source: revisions, history, snapshots and bytes, straight from the object database of the cache.
///
/// Synchronous, and confined to one thread by the type system (it is not `Sendable`). It notices when a fetch has put a new cache into the
/// place of the old one. A turn in which nothing changed costs a handful of look-ups, whatever the number of files.
public final class SnapshotReader: Blobs {
    private let cache: CacheDirectory
    private let url: SourceURL
    private var opened: (repository: Repository, place: Place)?
    private var memo: SnapshotMemo
    private var checkedFiles: Set<ObjectID> = []
    /// How many snapshots were made by walking trees, as opposed to found in memory.
    public private(set) var walks = 0
    /// How many files were looked into to tell LFS pointers from content.
    public private(set) var filesRead = 0

    /// A reader of the cache of `source`; opens nothing yet.
    /// - Parameter remembered: snapshots kept in memory; two for each environment suffice.
    public init(_ source: GitSource, remembered: Int = 64) {
        cache = CacheDirectory(path: source.cache)
        url = SourceURL(source.configuration.url)
        memo = SnapshotMemo(capacity: remembered)
    }

    /// The revision a ref led to at the last fetch that succeeded; for use when there is no network, too. A commit may be
    /// named by its first digits, as people type it.
    public func revision(of ref: GitRef) throws(SourceFailure) -> Revision {
        let found: Revision? = try reading { (repository) throws(GitError) in
            if case .commit(let id) = ref {
                return try repository.commit(startingWith: id.rawValue).map {
                    Revision(ref: ref.description, commit: CommitID($0.description))
                }
            }
            guard let (local, tag) = try RefSelection.place(ref, repository) else { return nil }
            return try repository.resolve(local).map {
                Revision(ref: tag ?? ref.description, commit: CommitID($0.description))
            }
        }
        guard let found else {
            throw SourceFailure(
                Failure(.fetchFailed, .environmental, "\(ref) of \(url.shown) is not in the git cache: fetch it first"))
        }
        return found
    }

    /// How a commit stands to an older one that was seen before.
    public func relation(of new: CommitID, to old: CommitID) throws(SourceFailure) -> HistoryRelation {
        if new == old { return .same }
        return try reading { (repository) throws(GitError) in
            guard let newer = ObjectID(new.rawValue), let older = ObjectID(old.rawValue) else { return .unknown }
            guard try repository.commit(newer) != nil, try repository.commit(older) != nil else { return .unknown }
            if try repository.isDescendant(newer, of: older) { return .descendant }
            return try repository.isDescendant(older, of: newer) ? .ancestor : .unrelated
        }
    }

    /// The commits that `newest` has and `excluded` has not, newest first; for history, notifications and signatures.
    public func commits(from newest: CommitID, without excluded: CommitID?, limit: Int) throws(SourceFailure)
        -> CommitRange
    {
        try reading { (repository) throws(GitError) in
            guard let start = ObjectID(newest.rawValue) else {
                throw GitError(code: .invalidName, message: "\(newest) is no commit id")
            }
            return try repository.commits(
                from: start, without: try Self.present(excluded, repository), limit: limit)
        }
    }

    /// A commit that the cache has: that it has not some old one is no damage.
    static func present(_ commit: CommitID?, _ repository: Repository) throws(GitError) -> ObjectID? {
        guard let commit else { return nil }
        guard let id = ObjectID(commit.rawValue), try repository.commit(id) != nil else {
            throw GitError(code: .notFound, message: "it has no commit \(commit)")
        }
        return id
    }

    /// The merged files of an environment's layers at a revision.
    /// - Parameter layers: folders of the repository, `.` for its top; later ones win file by file.
    /// - Parameter exclude: the patterns as configured; they are part of what is remembered, so two lists never share a snapshot.
    /// - Parameter isExcluded: whether a path inside the environment matches one of them.
    /// - Throws: reason `SourceInvalid` with one finding for each offending path (at most 20), or `FetchFailed` for a damaged cache.
    public func snapshot(
        _ revision: Revision, layers: [String], exclude: [String], isExcluded: @escaping (String) -> Bool
    ) throws(SourceFailure) -> Snapshot {
        let result: Result<Snapshot, SourceInvalid> = try reading { (repository) throws(GitError) in
            guard let id = ObjectID(revision.commit.rawValue), let commit = try repository.commit(id) else {
                throw GitError(code: .notFound, message: "it has no commit \(revision.commit)")
            }
            var reading = TreeReading(repository: repository, root: commit.tree)
            let trees: [LayerTree]
            switch try reading.layers(layers) {
            case .success(let found): trees = found
            case .failure(let invalid): return .failure(invalid)
            }
            let key = SnapshotMemo.Key(layers: trees, exclude: exclude)
            if let known = try memo.find(key, using: &reading) { return known }
            walks += 1
            let made = try LayerMerge(isExcluded: isExcluded).run(trees, revision, &reading, &checkedFiles)
            filesRead += reading.filesRead
            // A refusal is remembered like a snapshot: bad content must not cost a walk at every poll.
            memo.remember(made, for: key, reading)
            return made
        }
        switch result {
        case .success(let snapshot): return snapshot.moved(to: revision)
        case .failure(let invalid): throw SourceFailure(invalid)
        }
    }

    /// The bytes of a blob where the cache has it, nil where it has not: asked for what may never have been in git, so
    /// that its absence says nothing about the cache.
    public func peek(_ blob: BlobID, limit: Int) -> [UInt8]? {
        guard let id = ObjectID(blob.rawValue) else { return nil }
        do throws(GitError) {
            return try retrying { (repository) throws(GitError) in try repository.blob(id, limit: limit) }
        } catch {
            return nil
        }
    }

    /// The bytes of a file of a snapshot, as committed.
    public func bytes(of blob: BlobID, limit: Int) throws(BlobUnavailable) -> [UInt8] {
        guard let id = ObjectID(blob.rawValue) else {
            throw BlobUnavailable(blob: blob, message: "\(blob) is no git object id")
        }
        do throws(SourceFailure) {
            return try reading { (repository) throws(GitError) in try repository.blob(id, limit: limit) }
        } catch {
            throw BlobUnavailable(blob: blob, message: error.failure.message)
        }
    }

    /// Runs a body on the cache as it is now, and turns its errors into what the loop understands.
    func reading<Result>(_ body: (Repository) throws(GitError) -> Result) throws(SourceFailure) -> Result {
        do throws(GitError) { return try retrying(body) } catch { throw failure(error) }
    }

    /// A fetch that swaps the cache removes the old one, also under a reader in the middle of its work: then an object that
    /// is missing says nothing, and it begins again with the new one.
    private func retrying<Result>(_ body: (Repository) throws(GitError) -> Result) throws(GitError) -> Result {
        for _ in 0..<3 {
            let before = place
            do throws(GitError) {
                return try body(try current())
            } catch {
                guard CacheDirectory.isDamage(error), place != before else { throw error }
            }
        }
        return try body(try current())
    }

    /// Which directory the cache is now.
    private var place: Place? {
        var status = stat()
        let path = cache.readablePath
        guard stat(path, &status) == 0 else { return nil }
        return Place(path: path, device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    private struct Place: Hashable {
        let path: String
        let device: UInt64
        let inode: UInt64
    }

    /// Whether the objects themselves are at fault: their hashes are right and their bytes make no sense, or they are too many or too large.
    static func isContent(_ error: GitError) -> Bool {
        error.code == .badTree || error.code == .limit || error.area == .tree || error.area == .object
    }

    private func failure(_ error: GitError) -> SourceFailure {
        if Self.isContent(error) { return SourceFailure(SourceInvalid(path: "", error.message)) }
        if CacheDirectory.isDamage(error), cache.exists {
            opened = nil
            cache.markDamaged()
            return SourceFailure(
                Failure(
                    .fetchFailed, .environmental,
                    "the git cache of \(url.shown) is damaged and is made anew by the next fetch: \(error.message)"))
        }
        return SourceFailure(
            Failure(.fetchFailed, .environmental, "could not read the git cache of \(url.shown): \(error.message)"))
    }

    /// The open repository; opened again when a fetch has swapped the directory.
    private func current() throws(GitError) -> Repository {
        let place = place
        if let opened, let place, opened.place == place { return opened.repository }
        opened = nil
        let repository = try Repository.openBare(at: place?.path ?? cache.path)
        if let place { opened = (repository, place) }
        return repository
    }
}

/// How a commit stands to another one.
public enum HistoryRelation: Hashable, Sendable {
    /// They are one.
    case same
    /// The new one has the old one in its history: an ordinary push.
    case descendant
    /// The old one has the new one in its history: the branch went back.
    case ancestor
    /// Neither: the history was rewritten.
    case unrelated
    /// One of them is not in the cache (any more).
    case unknown
}
