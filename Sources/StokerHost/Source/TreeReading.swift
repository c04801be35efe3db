import Git
import StokerCore

/// A folder of the repository that takes part in an environment.
struct LayerTree: Hashable {
    /// Its path in the repository; empty for the top.
    let path: String
    let tree: ObjectID

    /// The path in the repository of a path inside the environment.
    func repositoryPath(_ path: String) -> String { self.path.isEmpty ? path : "\(self.path)/\(path)" }
}

/// Reads single entries of one commit's tree, and follows links in it as a file system would.
struct TreeReading {
    /// A link that expands to more than this many links is refused, as the kernel does with 40.
    private static let linkLimit = 16
    /// Linux's own limit for the text of a link.
    private static let linkBytes = 4096

    let repository: Repository
    let root: ObjectID
    /// Every look-up made for links, so that a later turn can tell whether their targets have changed.
    private(set) var lookups: [String: TreeEntry?] = [:]
    /// Files whose first bytes were read.
    var filesRead = 0

    init(repository: Repository, root: ObjectID) {
        self.repository = repository
        self.root = root
    }

    /// The trees of an environment's layers, or what is wrong with its paths.
    func layers(_ paths: [String]) throws(GitError) -> Result<[LayerTree], SourceInvalid> {
        var found: [LayerTree] = []
        for text in paths {
            let path = text.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
            if path.isEmpty {
                found.append(LayerTree(path: "", tree: root))
                continue
            }
            if let problem = RelativePath.problem(path) { return .failure(SourceInvalid(path: text, problem)) }
            guard let entry = try repository.entry(at: path, in: root) else {
                return .failure(SourceInvalid(path: text, "this folder does not exist in the repository: check path"))
            }
            guard entry.mode == .folder else {
                return .failure(SourceInvalid(path: text, "this is not a folder: check path"))
            }
            found.append(LayerTree(path: path, tree: entry.id))
        }
        return .success(found)
    }

    /// The entry at a path of the repository.
    func entry(_ path: String) throws(GitError) -> TreeEntry? { try repository.entry(at: path, in: root) }

    /// The file at a path of an environment, as a snapshot has it, without making one; nil where there is none that could be
    /// deployed. And whether a link leads to it.
    mutating func file(
        _ path: String, of layers: [LayerTree]
    ) throws(GitError) -> (entry: FileEntry?, isLink: Bool) {
        for layer in layers.reversed() {
            guard let entry = try repository.entry(at: path, in: layer.tree) else { continue }
            switch entry.mode {
            case .folder: continue
            case .submodule: return (nil, false)
            case .file, .executable: return (Self.file(entry), false)
            case .link:
                switch try follow(entry, at: layer.repositoryPath(path)) {
                case .success(let target): return (Self.file(target), true)
                case .failure: return (nil, true)
                }
            }
        }
        return (nil, false)
    }

    private static func file(_ entry: TreeEntry) -> FileEntry {
        FileEntry(blob: BlobID(entry.id.description), executable: entry.mode == .executable)
    }

    /// The file a link leads to in the end, or why it is refused. `path` is the link's place in the repository.
    mutating func follow(_ link: TreeEntry, at path: String) throws(GitError) -> Result<TreeEntry, SourceInvalid> {
        func refused(_ why: String) -> Result<TreeEntry, SourceInvalid> {
            .failure(SourceInvalid(path: path, "this link \(why)"))
        }
        // Components still to walk, next one last; and the folder reached so far.
        var pending: [Substring] = []
        var place = path.split(separator: "/").dropLast().map(String.init)
        var current = link
        var expanded = 0
        while true {
            if current.mode == .link {
                expanded += 1
                guard expanded <= Self.linkLimit else {
                    return refused("leads through more than \(Self.linkLimit) links")
                }
                guard let text = try target(of: current) else { return refused("is too long or not UTF-8") }
                guard !text.hasPrefix("/") else { return refused("is absolute (\(text)): make it relative") }
                pending += text.split(separator: "/").reversed()
            } else if pending.isEmpty {
                guard current.mode == .file || current.mode == .executable else {
                    return refused(
                        "leads to a \(current.mode == .folder ? "folder" : "submodule"): only links to files can be deployed"
                    )
                }
                return .success(current)
            } else if current.mode == .folder {
                place.append(String(current.path.split(separator: "/").last ?? ""))
            } else {
                return refused("leads through something that is no folder")
            }
            // `.` and `..` need no look-up; what is left is one step into the tree, or the end at a folder.
            while let next = pending.last, next == "." || next == ".." {
                pending.removeLast()
                if next == ".." && place.popLast() == nil { return refused("leads out of the repository") }
            }
            guard let next = pending.popLast() else {
                return refused("leads to a folder: only links to files can be deployed")
            }
            if RelativePath.componentProblem(next) != nil { return refused("has a target with an impossible name") }
            guard let found = try lookUp((place + [String(next)]).joined(separator: "/")) else {
                return refused("leads to nothing in the repository")
            }
            current = found
        }
    }

    private mutating func lookUp(_ path: String) throws(GitError) -> TreeEntry? {
        if let known = lookups[path] { return known }
        let found = try entry(path)
        lookups[path] = .some(found)
        return found
    }

    private func target(of link: TreeEntry) throws(GitError) -> String? {
        guard try repository.size(ofBlob: link.id) <= Self.linkBytes else { return nil }
        return String(validating: try repository.blob(link.id, limit: Self.linkBytes), as: UTF8.self)
    }
}
