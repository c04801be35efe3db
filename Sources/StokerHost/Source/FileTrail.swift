import Git
import StokerCore

/// Where the files of an environment come from.
struct Layers {
    /// Folders of the repository; later ones win file by file.
    let paths: [String]
    /// Whether a path inside the environment is left out.
    let isExcluded: (String) -> Bool
}

/// Some files of an environment from commit to commit: looked up one by one without a snapshot, and not again where nothing
/// has changed in between. So a walk through hundreds of commits costs little, and nothing of it stays in memory.
struct FileTrail {
    private let repository: Repository
    private let layers: Layers
    private var root: ObjectID?
    private var trees: [LayerTree] = []
    private var found: [String: (entry: FileEntry?, isLink: Bool)] = [:]

    /// At the tree of a commit.
    init(_ files: Set<String>, of layers: Layers, at root: ObjectID, _ repository: Repository) throws(GitError) {
        self.repository = repository
        self.layers = layers
        for path in files where !layers.isExcluded(path) { found[path] = (nil, false) }
        _ = try step(to: root)
    }

    /// The file where the trail is now.
    subscript(path: String) -> FileEntry? { found[path]?.entry }

    /// Goes on to the tree of another commit; nil: to before there was any.
    /// - Returns: the files that are others there.
    mutating func step(to root: ObjectID?) throws(GitError) -> Set<String> {
        if root == self.root { return [] }
        self.root = root
        guard let root else {
            let gone = found.filter { $0.value.entry != nil }
            for path in gone.keys { found[path] = (nil, false) }
            trees = []
            return Set(gone.keys)
        }
        var reading = TreeReading(repository: repository, root: root)
        let before = trees
        // Folders that are not all there make no environment.
        trees = if case .success(let trees) = try reading.layers(layers.paths) { trees } else { [] }
        var changed: Set<String> = []
        // A link may lead out of the folders.
        for (path, old) in found where trees != before || old.isLink {
            let new = try reading.file(path, of: trees)
            found[path] = new
            if new.entry != old.entry { changed.insert(path) }
        }
        return changed
    }
}
