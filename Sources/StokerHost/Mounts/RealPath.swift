import Glibc

/// A path without links, as far as it exists.
enum RealPath {
    static func of(_ path: String) -> String {
        guard let found = realpath(path, nil) else { return ConfigPath.cleaned(path) }
        defer { free(found) }
        return String(cString: found)
    }
}
