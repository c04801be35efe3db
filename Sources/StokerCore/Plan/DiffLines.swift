/// The lines of one version of a file: what they are, and what is printed for them.
struct DiffLines {
    /// Without their line breaks.
    let lines: [ArraySlice<UInt8>]
    let shown: [ArraySlice<UInt8>]
    /// Whether the last line ends in a line break. An unfinished line differs from the same one finished.
    let endsWithBreak: Bool

    init(_ bytes: [UInt8], shown: [UInt8]?) {
        lines = DiffLines.split(bytes)
        let masked = shown.map(DiffLines.split) ?? lines
        // A mask that lost a line would print one line for another: then nothing is printed rather than a secret.
        self.shown = masked.count == lines.count ? masked : lines.map { _ in Array("<secret>".utf8)[...] }
        endsWithBreak = bytes.last == 0x0a || bytes.isEmpty
    }

    /// Whether the line is the last one and has no line break.
    func isUnfinished(_ index: Int) -> Bool { !endsWithBreak && index == lines.count - 1 }

    private static func split(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        if bytes.isEmpty { return [] }
        var lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
        if bytes.last == 0x0a { lines.removeLast() }
        return lines
    }

    /// Equal numbers for equal lines, across both versions.
    static func numbers(_ old: DiffLines, _ new: DiffLines) -> ([Int], [Int]) {
        var known: [Line: Int] = [:]
        func numbers(of side: DiffLines) -> [Int] {
            side.lines.indices.map { index in
                let line = Line(bytes: side.lines[index], isUnfinished: side.isUnfinished(index))
                if let number = known[line] { return number }
                known[line] = known.count
                return known.count - 1
            }
        }
        let first = numbers(of: old)
        return (first, numbers(of: new))
    }

    /// A line with its hash computed once: hashing megabytes byte by byte is slow.
    private struct Line: Hashable {
        let bytes: ArraySlice<UInt8>
        let isUnfinished: Bool
        let digest: UInt64

        init(bytes: ArraySlice<UInt8>, isUnfinished: Bool) {
            self.bytes = bytes
            self.isUnfinished = isUnfinished
            // FNV-1a.
            digest = bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(digest)
            hasher.combine(isUnfinished)
        }
    }
}
