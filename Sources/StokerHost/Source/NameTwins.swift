import StokerCore

/// Finds files and folders whose names differ in nothing but case or Unicode form. They are two in git and one to many a file
/// system, editor and pair of eyes; nobody means them.
struct NameTwins {
    /// What a path was called when it came first, by what it is called without regard to case and form.
    private var seen: [String: (path: String, origin: String)] = [:]
    /// Folders that were looked at as they are written.
    private var folders: Set<[UInt8]> = []
    /// One for each pair.
    private(set) var findings: [Finding] = []

    /// - Parameters:
    ///   - path: the path inside the environment.
    ///   - origin: where it is in the repository, for messages.
    mutating func add(_ path: String, origin: String) {
        look(at: path, origin)
        var folder = path[...]
        var place = origin[...]
        while let slash = folder.utf8.lastIndex(of: UInt8(ascii: "/")),
            let placeSlash = place.utf8.lastIndex(of: UInt8(ascii: "/"))
        {
            (folder, place) = (folder[..<slash], place[..<placeSlash])
            // With a folder those above it are known.
            guard folders.insert(Array(folder.utf8)).inserted else { return }
            look(at: String(folder), String(place))
        }
    }

    private mutating func look(at path: String, _ origin: String) {
        // Text is compared by what it means, so that two forms of one letter are one key.
        let key = path.lowercased()
        guard let first = seen[key] else {
            seen[key] = (path, origin)
            return
        }
        guard !first.path.utf8.elementsEqual(path.utf8) else { return }
        // Below two such folders everything else follows.
        let names = [first.path, path].map { $0.split(separator: "/").last.map(String.init) ?? $0 }
        guard !names[0].utf8.elementsEqual(names[1].utf8) else { return }
        // The order in which they came says nothing.
        let isFirst = first.origin.utf8.lexicographicallyPrecedes(origin.utf8)
        findings.append(
            Finding(
                file: isFirst ? origin : first.origin,
                message:
                    "this and \(isFirst ? first.origin : origin) differ in nothing but upper and lower case or Unicode form: rename one"
            ))
    }
}
