import Git
import Glibc

/// The file `packed-refs` of a repository, as it was when it was read.
struct PackedRefs {
    /// What tells one version of the file from the next.
    struct Identity: Hashable {
        private let numbers: [Int]

        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            numbers = [
                Int(status.st_dev), Int(truncatingIfNeeded: status.st_ino), Int(status.st_size),
                status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec,
            ]
        }
    }

    /// A long name and an id.
    private static let bytesPerReference = 300

    let identity: Identity
    let ids: [String: ObjectID]

    /// Nil where it cannot be read, is not in order, or has more references than `limit`.
    init?(_ path: String, _ identity: Identity, limit: Int) {
        let (bytes, overflow) = limit.multipliedReportingOverflow(by: Self.bytesPerReference)
        guard case .success(let text) = SmallFile.read(path, limit: overflow ? .max : bytes),
            let ids = Self.parse(text, limit: limit), Identity(path) == identity
        else { return nil }
        self.identity = identity
        self.ids = ids
    }

    /// `<id> <name>` in each line; `#` begins a comment, `^` the commit behind the tag of the line before.
    static func parse(_ text: [UInt8], limit: Int) -> [String: ObjectID]? {
        var ids: [String: ObjectID] = [:]
        for line in text.split(separator: UInt8(ascii: "\n")) {
            guard line.first != UInt8(ascii: "#"), line.first != UInt8(ascii: "^") else { continue }
            guard let space = line.firstIndex(of: UInt8(ascii: " ")),
                let id = ObjectID(String(decoding: line[..<space], as: UTF8.self)), ids.count < limit
            else { return nil }
            ids[String(decoding: line[(space + 1)...], as: UTF8.self)] = id
        }
        return ids
    }
}
