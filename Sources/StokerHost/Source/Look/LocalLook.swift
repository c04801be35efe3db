import Git
import Glibc
import Synchronization

/// Reads where the references of a repository on this machine are, from its files: without libgit2 and without a child.
///
/// Only for what every git and libgit2 writes the same way: `HEAD`, loose references and `packed-refs`. Where anything is
/// unusual (a worktree's `.git` file, reftable, a reference that stands for another one) it says nothing, and a fetch finds
/// out. The repository may lie on a server that hangs, so the reading has a thread of its own.
final class LocalLook: Sendable {
    private let path: String
    private let limit: Int
    private let packed = Mutex<PackedRefs?>(nil)
    private let thread = BlockingWork<RefsSeen?>()

    /// - Parameters:
    ///   - url: a path or a `file` URL.
    ///   - references: above so many in `packed-refs` nothing is said.
    init?(_ url: SourceURL, references: Int) {
        guard let path = Self.path(url) else { return nil }
        self.path = path
        limit = references
    }

    /// A URL with escapes or a host is libgit2's to understand.
    private static func path(_ url: SourceURL) -> String? {
        switch url.kind {
        case .path: return url.text
        case .file:
            let path = url.text.dropFirst("file://".count)
            return path.hasPrefix("/") && !path.contains("%") ? String(path) : nil
        case .http, .https, .ssh, .other: return nil
        }
    }

    /// Looks, for at most `limit`; nil where nothing can be said.
    func look(_ question: RefQuestion, within limit: Duration) async -> RefsSeen? {
        await thread.run(within: limit) { [self] in read(question) } ?? nil
    }

    private func read(_ question: RefQuestion) -> RefsSeen? {
        guard let folder = gitFolder() else { return nil }
        let refs = LocalRefs(folder: folder, limit: limit) { [self] () throws(LocalRefs.Unusual) in
            try packedRefs(folder)
        }
        do throws(LocalRefs.Unusual) { return try read(question, refs) } catch { return nil }
    }

    private func read(_ question: RefQuestion, _ refs: LocalRefs) throws(LocalRefs.Unusual) -> RefsSeen {
        let filter = RefQuestion.Filter(question)
        var found: [String: ObjectID] = [:]
        for prefix in question.prefixes { found.merge(try refs.ids(below: prefix)) { first, _ in first } }
        for name in question.names where found[name] == nil { found[name] = try refs.id(name) }
        var seen = RefsSeen()
        for (name, id) in found {
            do throws(AdvertisementProblem) {
                try seen.add(ArraySlice(Array(name.utf8)), id, filter, limit: limit)
            } catch {
                throw LocalRefs.Unusual()
            }
        }
        // Only what is said about one that is missing takes them.
        guard !question.prefixes.isEmpty || question.names.contains(where: { found[$0] == nil }) else { return seen }
        seen.head = try refs.head()
        if !seen.hasBranches { seen.hasBranches = try !refs.ids(below: RefQuestion.branches).isEmpty }
        return seen
    }

    /// The folder with the references: the path itself, or `.git` in it, where just one of the two is a repository.
    private func gitFolder() -> String? {
        let inner = path + "/.git"
        let isThere = access(inner, F_OK) == 0
        let folder = isThere ? inner : path
        guard Self.isRepository(folder), !isThere || !Self.isRepository(path) else { return nil }
        let unusual = ["/commondir", "/reftable"].contains { access(folder + $0, F_OK) == 0 }
        return unusual ? nil : folder
    }

    private static func isRepository(_ folder: String) -> Bool {
        isFolder(folder + "/objects") && isFolder(folder + "/refs") && access(folder + "/HEAD", R_OK) == 0
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// What `packed-refs` has, which is read again when it is another file: git replaces it by renaming.
    private func packedRefs(_ folder: String) throws(LocalRefs.Unusual) -> [String: ObjectID] {
        let file = "\(folder)/packed-refs"
        let ids: [String: ObjectID]? = packed.withLock { known in
            guard let identity = PackedRefs.Identity(file) else { return access(file, F_OK) == 0 ? nil : [:] }
            if known?.identity != identity { known = PackedRefs(file, identity, limit: limit) }
            return known?.ids
        }
        guard let ids else { throw LocalRefs.Unusual() }
        return ids
    }
}
