/// Paths as text, handled as Go's `path/filepath` does on Linux, because Prometheus resolves them with it. Nothing here
/// looks at a disk.
public enum LexicalPath {
    /// Whether the path starts at the root.
    public static func isAbsolute(_ path: String) -> Bool { path.utf8.first == 0x2f }

    /// `path` as found from `directory`: absolute paths stay, relative ones are joined; cleaned.
    public static func join(_ directory: String, _ path: String) -> String {
        Glob.cleaned(isAbsolute(path) ? path : directory + "/" + path)
    }

    /// The folder of a path: `a/b` gives `a`, `a` gives `.`, `/a` gives `/`.
    public static func directory(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: 0x2f) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The last component.
    public static func name(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: 0x2f) else { return path }
        return String(path[path.utf8.index(after: slash)...])
    }

    /// The part of a cleaned path below a cleaned folder; nil where it lies elsewhere or is the folder itself.
    public static func relative(_ path: String, below folder: String) -> String? {
        if folder == "." { return isAbsolute(path) || path == ".." || path.hasPrefix("../") ? nil : path }
        let prefix = folder.hasSuffix("/") ? folder : folder + "/"
        guard path.utf8.count > prefix.utf8.count, path.hasPrefix(prefix) else { return nil }
        return String(path.dropFirst(prefix.count))
    }
}
