import Git
import Glibc
import StokerCore

/// Makes the cache smaller: each fetch with news adds a pack, and libgit2 never joins them.
///
/// A cache of ordinary size is copied through libgit2 into a new one beside it, which leaves what the refs lead to in one
/// pack, and the two are swapped. That costs about a second for four megabytes. A large one is cloned anew, which is much
/// cheaper there. Either way the old one is read until the swap, and goes on where anything goes wrong.
struct Compaction {
    /// More packs than this are worth it.
    static let packs = 64
    /// More packs than this are worth it even while somebody waits for news.
    static let mostPacks = 128
    /// Larger, and it is cloned instead.
    static let largestCopy = 32 << 20
    /// What a handful of small packs takes on disk, whatever the size of the repository.
    static let slack = 64 << 10
    /// It ends by then, one way or the other.
    private static let limitSeconds: UInt32 = 30
    /// Commits that no followed ref leads to have these, so that the copying finds them.
    private static let kept = "refs/stoker/keep/"

    private let request: FetchRequest
    private let cache: CacheDirectory

    init(_ request: FetchRequest, _ cache: CacheDirectory) {
        self.request = request
        self.cache = cache
    }

    /// How badly it is needed.
    enum Need: Int, Comparable {
        case none
        /// When nobody waits for anything else.
        case some
        /// Now: the cache has twice the size that it could have.
        case urgent

        static func < (a: Need, b: Need) -> Bool { a.rawValue < b.rawValue }
    }

    /// The largest pack is a lower bound of what the repository takes as one: what comes on top of it is what can be won.
    var need: Need {
        let packs = cache.packs
        let allowed = packs.largest + Self.slack
        let most = Self.mostPacks + packs.bytes >> 20
        guard packs.count > 1, cache.mayCompact else { return .none }
        if packs.count > most || packs.bytes > allowed + packs.largest * 7 / 8 { return .urgent }
        let isLarge = packs.bytes > Self.largestCopy
        return packs.count > (isLarge ? most : Self.packs) || packs.bytes > allowed + packs.largest / 2 ? .some : .none
    }

    /// Does it where it is needed so much. Whatever goes wrong here leaves the cache as it is.
    /// - Parameter clone: fetches all of the repository into an empty one.
    func run(from least: Need, clone: (Repository) throws(GitError) -> Void) {
        guard need >= least else { return }
        let isLarge = cache.packs.bytes > Self.largestCopy
        // The default action of SIGALRM ends this process. A clone has the time that a fetch has.
        if !isLarge { alarm(Self.limitSeconds) }
        defer { alarm(0) }
        do throws(FetchFailure) {
            try cache.compact { (fresh) throws(FetchFailure) in
                do throws(GitError) {
                    try copy(to: fresh, clone: isLarge ? clone : { _ throws(GitError) in })
                } catch {
                    throw FetchFailure(.local, error.message)
                }
            }
        } catch {
            // Its stamp stays: the next attempt is in an hour.
            return
        }
    }

    private func copy(to fresh: String, clone: (Repository) throws(GitError) -> Void) throws(GitError) {
        let old = try Repository.openBare(at: cache.path)
        try keep(in: old)
        let new = try Repository.initBare(at: fresh)
        try clone(new)
        // After a clone: what the server no longer has. The references are as they were when the last fetch was told of.
        _ = try new.fetch(
            FetchSettings(url: cache.path), choose: { _ throws(GitError) in ["+refs/stoker/*:refs/stoker/*"] },
            report: { _ in })
        // What the old one has and the new one has not would be fetched again, or be gone for good.
        for name in try old.references(below: "refs/stoker/") {
            let id = try old.target(of: name)
            guard try new.target(of: name) == id, let id else {
                throw GitError(code: .generic, message: "\(name) was not copied")
            }
            _ = try new.peel(id)
        }
    }

    /// Followed refs may lead to a tag object, whose copy would come without the commit's history; and commits that are
    /// deployed or were seen may be on no ref any more.
    private func keep(in repository: Repository) throws(GitError) {
        var wanted: Set<CommitID> = []
        var ids = request.keep
        for ref in request.refs {
            if case .commit(let id) = ref { ids.append(id) }
        }
        for id in ids {
            guard let object = ObjectID(id.rawValue), try repository.commit(object) != nil else { continue }
            wanted.insert(CommitID(object.description))
        }
        let tags = try repository.references(below: "refs/stoker/tags/")
        for name in try tags + repository.references(below: FollowedTag.all) {
            guard let id = try repository.target(of: name) else { continue }
            let commit = try repository.peel(id)
            if commit != id { wanted.insert(CommitID(commit.description)) }
        }
        for name in try repository.references(below: Self.kept)
        where !wanted.contains(CommitID(String(name.dropFirst(Self.kept.utf8.count)))) {
            try repository.removeReference(name)
        }
        for commit in wanted {
            do throws(FetchFailure) {
                try cache.write(Self.kept + commit.rawValue, commit)
            } catch {
                throw GitError(code: .generic, message: error.message)
            }
        }
    }
}
