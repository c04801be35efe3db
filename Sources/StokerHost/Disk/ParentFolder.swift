import CPlatform
import Glibc
import StokerCore

/// The open folder that a path lies in, and the path's name there. Below a root every folder on the way is opened without
/// following links; a path outside the roots is opened as the system finds it.
struct ParentFolder: ~Copyable {
    let descriptor: Int32
    let name: String

    init(of path: String, roots: [String], operation: String) throws(DiskError) {
        descriptor = try Self.open(Self.above(path), roots, operation, path)
        name = path.utf8.lastIndex(of: 0x2f).map { String(path[path.utf8.index(after: $0)...]) } ?? path
    }

    deinit { _ = close(descriptor) }

    private static func open(
        _ above: String, _ roots: [String], _ operation: String, _ path: String
    ) throws(DiskError) -> Int32 {
        // A relative path would silently mean the root folder.
        guard path.utf8.first == 0x2f else { throw DiskError(operation, path, EINVAL) }
        guard let root = roots.first(where: { above == $0 || above.hasPrefix($0 + "/") }) else {
            return try checked(stoker_open_folder(above, 1), operation, path)
        }
        var current = try checked(stoker_open_folder(root, 0), operation, root)
        for component in above.dropFirst(root.count).split(separator: "/") {
            let next = stoker_open_folder_at(current, String(component))
            let code = errno
            _ = close(current)
            if next < 0 { throw DiskError(operation, path, code) }
            current = next
        }
        return current
    }

    /// All but the last component of an absolute path.
    static func above(_ path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: 0x2f), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    private static func checked(_ descriptor: Int32, _ operation: String, _ path: String) throws(DiskError) -> Int32 {
        if descriptor < 0 { throw DiskError(operation, path, errno) }
        return descriptor
    }
}
