import Git
import Glibc
import StokerCore

/// Makes the cache smaller: each fetch with news adds a pack, and libgit2 never joins them.
///
/// A cache of ordinary size is copied through libgit2 into a new one beside it, which leaves what the refs lead to in one
/// pack, and the two are swapped. That costs about a second for four megabytes, after the answer was given, and if possible
/// when there was no news. A large one is cloned anew, which is much cheaper there, and hardly ever.
struct Compaction {
    /// More packs than this, and it is done when there is no news.
    static let packs = 64
    /// More packs than this, and it is done now.
    static let mostPacks = 128
    /// Larger, and it is cloned instead.
    static let largestCopy = 32 << 20
    /// It ends by then, one way or the other; the cache that there is goes on.
    private static let limitSeconds: UInt32 = 30
    /// Commits that no followed ref leads to have these, so that the copying finds them.
    private static let kept = "refs/stoker/keep/"

    private let request: FetchRequest
    private let cache: CacheDirectory

    init(_ request: FetchRequest, _ cache: CacheDirectory) {
        self.request = request
        self.cache = cache
    }

    /// Whether the next fetch should bring all of it: too many packs for its size, and too large to be copied.
    var wantsClone: Bool {
        let (count, bytes) = cache.packs
        return bytes > Self.largestCopy && count > Self.mostPacks + bytes >> 20 && cache.mayCompact
    }

    /// Copies where that is due. The fetch is done and said; whatever goes wrong here leaves the cache as it is.
    func run(hadNews: Bool) {
        let (count, bytes) = cache.packs
        guard count > (hadNews ? Self.mostPacks : Self.packs), bytes <= Self.largestCopy, cache.mayCompact else {
            return
        }
        // The default action of SIGALRM ends this process.
        alarm(Self.limitSeconds)
        defer { alarm(0) }
        do throws(FetchFailure) {
            try cache.compact { (fresh) throws(FetchFailure) in
                do throws(GitError) {
                    try copy(to: fresh)
                } catch {
                    throw FetchFailure(.local, error.message)
                }
            }
        } catch {
            // Its stamp stays: the next attempt is in an hour.
            return
        }
    }

    private func copy(to fresh: String) throws(GitError) {
        let old = try Repository.openBare(at: cache.path)
        try keep(in: old)
        let new = try Repository.initBare(at: fresh)
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
