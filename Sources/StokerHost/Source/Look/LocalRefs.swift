import Git
import Glibc

/// The references of a repository on this machine at one moment, read from its files when they are asked for.
///
/// Whatever is unusual throws: a fetch finds out.
struct LocalRefs {
    /// Something that is not as every git and libgit2 writes it, or that cannot be read.
    struct Unusual: Error {}

    let folder: String
    /// Of references in all.
    let limit: Int
    /// What `packed-refs` has; asked after the loose ones, as git does: packing writes the packed one first and removes the
    /// loose one then.
    let packed: () throws(Unusual) -> [String: ObjectID]

    /// Where a reference is; nil where there is none.
    func id(_ name: String) throws(Unusual) -> ObjectID? {
        let file = "\(folder)/\(name)"
        switch SmallFile.read(file, limit: 4096) {
        case .success(let bytes):
            let text = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
            guard let id = ObjectID(text) else { throw Unusual() }
            return id
        case .failure(let problem):
            // A folder in its place is one of names that begin with it.
            guard [ENOENT, ENOTDIR, EISDIR].contains(problem.code) else { throw Unusual() }
            return try packed()[name]
        }
    }

    /// All references whose names begin with `prefix`.
    func ids(below prefix: String) throws(Unusual) -> [String: ObjectID] {
        guard let loose = LooseRefs.names(in: folder, below: prefix, limit: limit) else { throw Unusual() }
        var ids = try packed().filter { $0.key.hasPrefix(prefix) }
        for name in loose { ids[name] = try id(name) }
        return ids
    }

    /// The branch that `HEAD` stands for, where there is such a branch.
    func head() throws(Unusual) -> String? {
        guard case .success(let bytes) = SmallFile.read("\(folder)/HEAD", limit: 4096) else { throw Unusual() }
        let line = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        guard line.hasPrefix("ref: ") else { return nil }
        let name = String(line.dropFirst("ref: ".count))
        guard name.hasPrefix("refs/") else { throw Unusual() }
        return try id(name) == nil ? nil : name
    }
}
