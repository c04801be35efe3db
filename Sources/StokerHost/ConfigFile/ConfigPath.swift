/// Paths as text: nothing here looks at a disk.
enum ConfigPath {
    /// Without `.`, `..`, empty parts and a slash at the end; `.` or `/` where nothing is left. A `..` that leads out of
    /// a relative path stays, out of the root it is dropped.
    static func cleaned(_ path: String) -> String {
        let isAbsolute = path.hasPrefix("/")
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part != ".." {
                parts.append(part)
            } else if let last = parts.last, last != ".." {
                parts.removeLast()
            } else if !isAbsolute {
                parts.append(part)
            }
        }
        if isAbsolute { return "/" + parts.joined(separator: "/") }
        return parts.isEmpty ? "." : parts.joined(separator: "/")
    }

    /// Whether `inner` is `outer` or lies in it; both cleaned.
    static func contains(_ outer: String, _ inner: String) -> Bool {
        inner == outer || outer == "/" || inner.hasPrefix(outer + "/")
    }

    /// What a path inside the repository must not be; nil where it is fine.
    static func complaint(aboutRelative path: String) -> String? {
        if path.hasPrefix("/") { return "must be relative, without a slash at the start" }
        if let unprintable = controls(path) { return unprintable }
        let clean = cleaned(path)
        if clean == ".." || clean.hasPrefix("../") { return "must not lead out with \"..\"" }
        if clean.split(separator: "/").contains(where: { $0.lowercased() == ".git" }) { return "must not name .git" }
        return clean == path ? nil : "must be written without detours: \(quoted(clean))"
    }

    /// What an absolute path of this host must not be; nil where it is fine. Detours are allowed, they are cleaned.
    static func complaint(aboutAbsolute path: String) -> String? {
        if let unprintable = controls(path) { return unprintable }
        if !path.hasPrefix("/") { return "must be an absolute path" }
        return cleaned(path) == "/" ? "must not be the root folder" : nil
    }

    private static func controls(_ path: String) -> String? {
        path.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7f }
            ? "must not have control characters" : nil
    }
}
