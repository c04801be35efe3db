import CLibgit2

/// Bounds of one walk: a tree is an attacker's input, and a few hundred bytes of it can name millions of files.
public struct TreeLimits: Sendable, Equatable {
    /// Entries visited, folders included.
    public var entries: Int
    /// Folders inside folders.
    public var depth: Int

    /// Bounds; the defaults are far above any configuration repository.
    public init(entries: Int = 100_000, depth: Int = 64) {
        self.entries = entries
        self.depth = depth
    }
}

extension Repository {
    /// The entry at a path below a tree; nil when there is none. `path` is made of valid components with `/` between.
    public func entry(at path: String, in tree: ObjectID) throws(GitError) -> TreeEntry? {
        // One folder at a time, so that the size of each is known before it is read.
        var found: TreeEntry?
        var folder = tree
        for name in path.split(separator: "/") {
            if let found {
                guard found.mode == .folder else { return nil }
                folder = found.id
            }
            let open = try lookUp(tree: folder)
            guard let raw = git_tree_entry_byname(open.pointer, String(name)) else { return nil }
            found = try entry(raw, path: path)
        }
        return found
    }

    /// Every file, link and submodule below a tree, folders first opened in the order of git; folders themselves are not listed.
    ///
    /// Names are checked before anything else looks at them. `include` is asked with the path from `tree` before an entry is kept or a
    /// folder is entered; what it refuses is not looked into.
    /// - Throws: `badTree` with the path of the offending entry, `limit` when a bound is reached.
    public func walk(
        tree: ObjectID, limits: TreeLimits = TreeLimits(),
        include: (_ path: String, _ isFolder: Bool) -> Bool = { _, _ in true }
    ) throws(GitError) -> [TreeEntry] {
        var found: [TreeEntry] = []
        var visited = 0
        // A stack instead of recursion: the depth is the attacker's choice, the size of our stack is not.
        var open: [(id: ObjectID, path: String, depth: Int)] = [(tree, "", 0)]
        while let folder = open.popLast() {
            guard folder.depth <= limits.depth else {
                throw GitError(
                    code: .limit, message: "folders are nested deeper than \(limits.depth) at \(folder.path)")
            }
            for entry in try entries(of: folder.id, at: folder.path) {
                visited += 1
                guard visited <= limits.entries else {
                    throw GitError(code: .limit, message: "there are more than \(limits.entries) files and folders")
                }
                let isFolder = entry.mode == .folder
                guard include(entry.path, isFolder) else { continue }
                if isFolder {
                    open.append((entry.id, entry.path, folder.depth + 1))
                } else {
                    found.append(entry)
                }
            }
        }
        return found
    }

    /// The entries of one folder, names checked, no name twice.
    private func entries(of id: ObjectID, at path: String) throws(GitError) -> [TreeEntry] {
        let tree = try lookUp(tree: id)
        var entries: [TreeEntry] = []
        // Swift compares text by what it means: two names that differ only in their Unicode form collide here, and are refused with the rest.
        var names: Set<String> = []
        for index in 0..<git_tree_entrycount(tree.pointer) {
            guard let raw = git_tree_entry_byindex(tree.pointer, index) else { continue }
            let name = try checkedName(of: raw, in: path)
            let (isNew, twin) = names.insert(name)
            guard isNew else {
                let form = twin.utf8.elementsEqual(name.utf8) ? "" : ", in different Unicode forms"
                throw GitError(
                    code: .badTree, message: "two entries are called \(path.isEmpty ? name : path + "/" + name)\(form)")
            }
            entries.append(try entry(raw, path: path.isEmpty ? name : path + "/" + name))
        }
        return entries
    }

    private func checkedName(of entry: OpaquePointer, in path: String) throws(GitError) -> String {
        guard let raw = git_tree_entry_name(entry) else {
            throw GitError(code: .badTree, message: "an entry of \(path.isEmpty ? "the top folder" : path) has no name")
        }
        let bytes = UnsafeRawBufferPointer(start: raw, count: length(of: raw))
        switch PathComponent.checked(bytes) {
        case .success(let name): return name
        case .failure(let problem):
            let place = path.isEmpty ? "the top folder" : path
            throw GitError(
                code: .badTree, message: "\(place) has an entry \"\(PathComponent.shown(bytes))\": \(problem.message)")
        }
    }

    private func entry(_ raw: OpaquePointer, path: String) throws(GitError) -> TreeEntry {
        guard let mode = TreeEntry.Mode(raw: git_tree_entry_filemode_raw(raw)), let id = git_tree_entry_id(raw) else {
            throw GitError(
                code: .badTree,
                message:
                    "\(path) has the mode \(String(git_tree_entry_filemode_raw(raw).rawValue, radix: 8)), which git does not know"
            )
        }
        return TreeEntry(path: path, mode: mode, id: ObjectID(id.pointee))
    }

    private func lookUp(tree id: ObjectID) throws(GitError) -> Owned {
        try checkSize(of: id, limit: Self.treeBytes, "the list of names in the folder \(id)")
        var raw = id.raw
        return try Owned("read the tree \(id)", release: git_tree_free) { git_tree_lookup(&$0, pointer, &raw) }
    }

    /// strlen without Glibc's; names end with NUL in libgit2's memory.
    private func length(of text: UnsafePointer<CChar>) -> Int {
        var length = 0
        while text[length] != 0 { length += 1 }
        return length
    }
}
