/// One file as git knows it: its bytes by id, and whether it is executable.
public struct FileEntry: Hashable, Codable, Sendable {
    /// The file's bytes by their git id.
    public let blob: BlobID
    /// Git's mode 100755; else 100644.
    public let executable: Bool

    /// A file, not executable unless said.
    public init(blob: BlobID, executable: Bool = false) {
        self.blob = blob
        self.executable = executable
    }
}

/// The files of one target by path. Paths are relative, `/`-separated, and have passed `RelativePath.problem`.
public struct FileTree: Hashable, Codable, Sendable {
    /// By path; who sets it vouches for `RelativePath.problem`.
    public var files: [String: FileEntry]

    /// A tree of these files; paths are not checked again.
    public init(_ files: [String: FileEntry] = [:]) { self.files = files }

    /// All paths in ascending order of their bytes, as git sorts them.
    public var paths: [String] { files.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
    /// Whether there are no files; folders alone do not exist here.
    public var isEmpty: Bool { files.isEmpty }
    /// The file at exactly this path; nil for a folder and where nothing is.
    public subscript(path: String) -> FileEntry? { files[path] }
}

/// What a path of a repository must be before anything is written under it.
public enum RelativePath {
    /// Why the path must not be used, or nil: every component non-empty, at most 255 bytes, not `.` or `..`,
    /// nothing that some file system takes for `.git`, without NUL, control and format characters and backslash; not absolute; at most 4,096 bytes.
    public static func problem(_ path: String) -> String? {
        if path.isEmpty { return "the path is empty" }
        if path.utf8.count > 4096 { return "the path is longer than 4096 bytes" }
        for component in path.split(separator: "/", omittingEmptySubsequences: false) {
            if let problem = componentProblem(component) { return problem }
        }
        return nil
    }

    /// Why a single name must not be used, or nil.
    public static func componentProblem(_ component: some StringProtocol) -> String? {
        if component.isEmpty { return "a name in the path is empty" }
        if component == "." || component == ".." { return "a name in the path is \"\(component)\"" }
        if component.utf8.count > 255 { return "a name in the path is longer than 255 bytes" }
        if isGit(component) { return "a name in the path is \".git\" to some file system" }
        if component.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f || $0 == 0x2f || $0 == 0x5c }) {
            return "a name in the path has a control character, a slash or a backslash"
        }
        // What is not seen, or turns round what is, deceives whoever reads a plan.
        if component.utf8.contains(where: { $0 >= 0x80 }), component.unicodeScalars.contains(where: isHidden) {
            return "a name in the path has an invisible character"
        }
        return nil
    }

    /// Windows leaves out dots and spaces at the end, what comes after a colon, and knows `.git` as `git~1` too.
    private static func isGit(_ component: some StringProtocol) -> Bool {
        guard component.utf8.first == 0x2e || component.utf8.first == 0x67 || component.utf8.first == 0x47 else {
            return false
        }
        let name = component.lowercased().utf8.prefix { $0 != 0x3a }
        let end = name.lastIndex { $0 != 0x2e && $0 != 0x20 } ?? name.startIndex
        let bare = name[...end]
        return bare.elementsEqual(".git".utf8) || bare.elementsEqual("git~1".utf8)
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
        case _: false
        }
    }
}
