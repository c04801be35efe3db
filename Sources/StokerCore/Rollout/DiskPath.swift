/// Text of paths: no links are resolved, nothing is looked up.
enum DiskPath {
    /// All but the last component; `/` for a name directly under the root, empty for a relative single name.
    static func parent(_ path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: 0x2f) else { return "" }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The last component.
    static func name(_ path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: 0x2f) else { return path }
        return String(path[path.utf8.index(after: slash)...])
    }

    /// All proper ancestors of a relative path, the outermost first: `a/b/c` has `a` and `a/b`.
    static func ancestors(_ path: String) -> [String] {
        var found: [String] = []
        for index in path.utf8.indices where path.utf8[index] == 0x2f { found.append(String(path[..<index])) }
        return found
    }

    /// The relative text that leads from a folder to a path, both absolute.
    static func relative(from folder: String, to path: String) -> String {
        let start = folder.split(separator: "/")
        let end = path.split(separator: "/")
        var common = 0
        while common < start.count, common < end.count, start[common] == end[common] { common += 1 }
        let up = Array(repeating: Substring(".."), count: start.count - common)
        return (up + end[common...]).joined(separator: "/")
    }
}
