/// Paths as the process sees them, which may be another mount namespace: only ever compared as text.
public enum SeenPath {
    /// Lexically cleaned as Go's `filepath.Clean`: no `.`, no empty names, `..` resolved where possible.
    public static func clean(_ path: String) -> String {
        let rooted = path.utf8.first == 0x2f
        var names: [Substring] = []
        for name in path.split(separator: "/") where name != "." {
            if name == "..", let last = names.last, last != ".." {
                names.removeLast()
            } else if name != ".." || !rooted {
                names.append(name)
            }
        }
        let joined = names.joined(separator: "/")
        if rooted { return "/" + joined }
        return joined.isEmpty ? "." : joined
    }

    /// The path below a folder where it is relative, cleaned; an empty folder leaves it relative.
    public static func absolute(_ path: String, in directory: String) -> String {
        path.utf8.first == 0x2f || directory.isEmpty ? clean(path) : clean(directory + "/" + path)
    }

    /// The folder a cleaned path lies in.
    public static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
