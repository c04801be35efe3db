import StokerCore

/// Where a path leads: the folder of its last component, and what stands there.
struct Spot {
    let folder: Int
    /// The bytes of the last component in the path; empty where the path is the folder itself.
    let range: Range<Int>
    let digest: UInt64
    /// What is there; nil: nothing.
    let slot: Int?

    /// The last component.
    func name(_ path: String) -> EntryName {
        let start = path.utf8.index(path.utf8.startIndex, offsetBy: range.lowerBound)
        let end = path.utf8.index(start, offsetBy: range.count)
        return EntryName(text: String(path[start..<end]), digest: digest)
    }
}

// How names lead to inodes. This runs for every call and is therefore a walk over bytes without any new string.
extension SimulatedDiskState {
    /// What goes wrong on the way.
    struct Lost: Error {
        let code: DiskError.Code
    }

    private static let slash: UInt8 = 0x2f
    private static let dot: UInt8 = 0x2e
    /// As many links as Linux follows.
    private static let mostLinks = 40

    /// Walks to the last component without following a link in it.
    ///
    /// - Parameter guarded: from this byte on, no link is followed on the way either.
    func spot(_ path: String, guarded: Int = .max) throws(Lost) -> Spot {
        let bytes = path.utf8.span
        guard !bytes.isEmpty, bytes[0] == Self.slash else { throw Lost(code: .invalid) }
        var links = 0
        return try walk(bytes, from: Self.root, guarded: guarded, links: &links)
    }

    private func walk(
        _ bytes: borrowing Span<UInt8>, from start: Int, guarded: Int, links: inout Int
    ) throws(Lost) -> Spot {
        var folder = start
        var next = 0
        while true {
            while next < bytes.count, bytes[next] == Self.slash { next += 1 }
            let begin = next
            var digest: UInt64 = 0
            while next < bytes.count, bytes[next] != Self.slash {
                digest = EntryName.digest(digest, bytes[next])
                next += 1
            }
            let range = begin..<next
            while next < bytes.count, bytes[next] == Self.slash { next += 1 }
            if let special = special(bytes, range, in: folder) {
                folder = special
                if next == bytes.count { return Spot(folder: folder, range: 0..<0, digest: 0, slot: folder) }
                continue
            }
            let slot = child(bytes, range, digest, in: folder)
            if next == bytes.count { return Spot(folder: folder, range: range, digest: digest, slot: slot) }
            guard let slot else { throw Lost(code: .notFound) }
            folder = try enter(slot, from: folder, isGuarded: begin >= guarded, links: &links)
        }
    }

    /// The folder that no name, `.` or `..` stand for.
    private func special(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>, in folder: Int) -> Int? {
        if range.isEmpty { return folder }
        guard bytes[range.lowerBound] == Self.dot, range.count < 3 else { return nil }
        if range.count == 1 { return folder }
        return bytes[range.lowerBound + 1] == Self.dot ? inodes[folder].parent : nil
    }

    private func child(
        _ bytes: borrowing Span<UInt8>, _ range: Range<Int>, _ digest: UInt64, in folder: Int
    ) -> Int? {
        let entries = inodes[folder].entries
        for index in entries.indices where entries[index].name.digest == digest {
            if entries[index].name.stands(in: bytes, range) { return entries[index].slot }
        }
        return nil
    }

    /// The folder behind an inode in the middle of a path.
    private func enter(_ slot: Int, from folder: Int, isGuarded: Bool, links: inout Int) throws(Lost) -> Int {
        switch inodes[slot].kind {
        case .directory: return slot
        case .regular, .other: throw Lost(code: .notDirectory)
        case .link: break
        }
        // O_PATH|O_DIRECTORY|O_NOFOLLOW says ENOTDIR of a link.
        if isGuarded { throw Lost(code: .notDirectory) }
        links += 1
        if links > Self.mostLinks { throw Lost(code: .linkLoop) }
        let text = inodes[slot].text.utf8.span
        let start = !text.isEmpty && text[0] == Self.slash ? Self.root : folder
        let found = try walk(text, from: start, guarded: .max, links: &links)
        guard let target = found.slot else { throw Lost(code: .notFound) }
        return try enter(target, from: found.folder, isGuarded: false, links: &links)
    }

    /// The folder below `above` on the way down to `folder`, or nil where it does not lie below it.
    func step(from above: Int, downTo folder: Int) -> Int? {
        var current = folder
        while current != Self.root {
            let parent = inodes[current].parent
            if parent == above { return current }
            current = parent
        }
        return nil
    }
}
