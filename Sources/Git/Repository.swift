import CLibgit2

/// A bare repository on disk, opened.
///
/// Used from one thread at a time. Objects that another process adds while it is open are found: libgit2 looks again for packs on a miss.
public final class Repository {
    private let owned: Owned
    /// Where it lies.
    public let path: String

    private init(_ owned: consuming Owned, path: String) {
        self.owned = owned
        self.path = path
    }

    var pointer: OpaquePointer { owned.pointer }

    /// Opens a bare repository without searching parent folders and without asking who owns it.
    /// - Throws: `notFound` when there is none, other codes when it is damaged.
    public static func openBare(at path: String) throws(GitError) -> Repository {
        try Git.ready()
        let owned = try Owned("open the repository \(path)", release: git_repository_free) {
            git_repository_open_bare(&$0, path)
        }
        return Repository(owned, path: path)
    }

    /// Makes an empty bare repository in a folder, with its parents.
    public static func initBare(at path: String) throws(GitError) -> Repository {
        try Git.ready()
        let owned = try Owned("create the repository \(path)", release: git_repository_free) { made in
            var options = git_repository_init_options()
            let code = git_repository_init_options_init(&options, UInt32(GIT_REPOSITORY_INIT_OPTIONS_VERSION))
            guard code >= 0 else { return code }
            options.flags = GIT_REPOSITORY_INIT_BARE.rawValue | GIT_REPOSITORY_INIT_MKPATH.rawValue
            options.mode = 0o700
            return git_repository_init_ext(&made, path, &options)
        }
        return Repository(owned, path: path)
    }

    /// Reads the configuration file of the repository, which opening does not: a broken one fails every fetch.
    public func checkConfiguration() throws(GitError) {
        _ = try Owned("read the configuration of \(path)", release: git_config_free) {
            git_repository_config_snapshot(&$0, pointer)
        }
    }

    /// The commit that a full reference name (`refs/…`) leads to, through annotated tags; nil when there is no such reference.
    /// - Throws: when the reference is damaged or leads to something that is no commit.
    public func resolve(_ reference: String) throws(GitError) -> ObjectID? {
        guard let id = try target(of: reference) else { return nil }
        return try peel(id)
    }

    /// The object that a full reference name points to, not peeled: for a tag it may be the tag object.
    public func target(of reference: String) throws(GitError) -> ObjectID? {
        var raw = git_oid()
        let code = git_reference_name_to_id(&raw, pointer, reference)
        if code == GIT_ENOTFOUND.rawValue { return nil }
        try check(code, "read the reference \(reference)")
        return ObjectID(raw)
    }

    /// The commit behind an object: itself, or what an annotated tag leads to.
    public func peel(_ id: ObjectID) throws(GitError) -> ObjectID {
        try checkSize(of: id, limit: Self.commitBytes, "the tag or commit \(id)")
        var raw = id.raw
        let object = try Owned("read the object \(id)", release: git_object_free) {
            git_object_lookup(&$0, pointer, &raw, GIT_OBJECT_ANY)
        }
        let commit = try Owned("find the commit behind \(id)", release: git_object_free) {
            git_object_peel(&$0, object.pointer, GIT_OBJECT_COMMIT)
        }
        return ObjectID(git_object_id(commit.pointer).pointee)
    }

    /// The names of all references below a prefix such as `refs/stoker/`, at most `limit` of them.
    public func references(below prefix: String, limit: Int = 100_000) throws(GitError) -> [String] {
        var iterator: OpaquePointer?
        try check(
            git_reference_iterator_glob_new(&iterator, pointer, prefix + "*"), "list the references below \(prefix)")
        defer { git_reference_iterator_free(iterator) }
        var names: [String] = []
        while true {
            var name: UnsafePointer<CChar>?
            let code = git_reference_next_name(&name, iterator)
            if code == GIT_ITEROVER.rawValue { return names }
            try check(code, "list the references below \(prefix)")
            guard names.count < limit else {
                throw GitError(code: .limit, message: "there are more than \(limit) references below \(prefix)")
            }
            if let name { names.append(String(cString: name)) }
        }
    }

    /// Removes a reference; one that is not there is no error.
    public func removeReference(_ name: String) throws(GitError) {
        let code = git_reference_remove(pointer, name)
        if code == GIT_ENOTFOUND.rawValue { return }
        try check(code, "remove the reference \(name)")
    }
}
