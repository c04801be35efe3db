/// A name in a folder, with a number of its bytes that tells most names apart at a glance.
struct EntryName {
    let text: String
    let digest: UInt64

    /// Joins the next byte of a name to the number of those before it.
    static func digest(_ sum: UInt64, _ byte: UInt8) -> UInt64 { (sum << 5 | sum >> 59) ^ UInt64(byte) }

    /// Whether it is the name that stands in a path.
    func stands(in path: borrowing Span<UInt8>, _ range: Range<Int>) -> Bool {
        let bytes = text.utf8.span
        guard bytes.count == range.count else { return false }
        for index in 0..<bytes.count where bytes[index] != path[range.lowerBound + index] { return false }
        return true
    }

    static func == (one: EntryName, other: EntryName) -> Bool { one.digest == other.digest && one.text == other.text }
}

/// A name as the running system sees it.
struct FolderEntry {
    let name: EntryName
    var slot: Int
}

/// What the platter says of a name, and since which change; no slot: it is known to be gone, which an older change
/// under way must not undo.
struct DurableEntry {
    let name: EntryName
    var slot: Int?
    var sequence: Int64
}
