/// Writes the hunks of a unified diff.
struct HunkPrinter {
    private let old: DiffLines
    private let new: DiffLines
    private let edits: LineEdits
    private var output: [UInt8] = []

    init(_ old: DiffLines, _ new: DiffLines) {
        self.old = old
        self.new = new
        let (first, second) = DiffLines.numbers(old, new)
        edits = LineEdits(first, second)
    }

    /// A run of removed and added lines without an equal line in it.
    private struct Block {
        let old: Range<Int>
        let new: Range<Int>
    }

    mutating func hunks(context: Int) -> [UInt8] {
        output = []
        var open: [Block] = []
        for block in blocks() {
            // Two blocks whose contexts would touch share a hunk.
            if let last = open.last, block.old.lowerBound - last.old.upperBound > 2 * context {
                write(open, context)
                open = []
            }
            open.append(block)
        }
        if !open.isEmpty { write(open, context) }
        return output
    }

    private func blocks() -> [Block] {
        var blocks: [Block] = []
        var (a, b) = (0, 0)
        while a < old.lines.count || b < new.lines.count {
            let (startA, startB) = (a, b)
            while a < old.lines.count, edits.removed[a] { a += 1 }
            while b < new.lines.count, edits.added[b] { b += 1 }
            if a > startA || b > startB { blocks.append(Block(old: startA..<a, new: startB..<b)) }
            (a, b) = (a + 1, b + 1)
        }
        return blocks
    }

    private mutating func write(_ blocks: [Block], _ context: Int) {
        guard let first = blocks.first, let last = blocks.last else { return }
        let before = min(context, first.old.lowerBound)
        let after = min(context, old.lines.count - last.old.upperBound)
        let oldRange = first.old.lowerBound - before..<last.old.upperBound + after
        let newRange = first.new.lowerBound - before..<last.new.upperBound + after
        output += Array("@@ -\(HunkPrinter.place(oldRange)) +\(HunkPrinter.place(newRange)) @@\n".utf8)
        var line = oldRange.lowerBound
        for block in blocks {
            for index in line..<block.old.lowerBound { write(0x20, old, index) }
            write(block)
            line = block.old.upperBound
        }
        for index in line..<oldRange.upperBound { write(0x20, old, index) }
    }

    private mutating func write(_ block: Block) {
        for index in block.old { write(0x2d, old, index) }
        var masked: [ArraySlice<UInt8>: Set<ArraySlice<UInt8>>] = [:]
        for index in block.old where old.shown[index] != old.lines[index] {
            masked[old.shown[index], default: []].insert(old.lines[index])
        }
        for index in block.new {
            let same = masked[new.shown[index]]
            let hasChangedSecret = same.map { !$0.contains(new.lines[index]) } ?? false
            write(0x2b, new, index, note: hasChangedSecret ? " (changed)" : "")
        }
    }

    private mutating func write(_ sign: UInt8, _ side: DiffLines, _ index: Int, note: String = "") {
        output.append(sign)
        output += side.shown[index]
        output += Array(note.utf8)
        output.append(0x0a)
        if side.isUnfinished(index) { output += Array("\\ No newline at end of file\n".utf8) }
    }

    /// `line,count` counted from 1, as the format wants it: without a count of one, and the line before an empty range.
    private static func place(_ range: Range<Int>) -> String {
        switch range.count {
        case 0: "\(range.lowerBound),0"
        case 1: "\(range.lowerBound + 1)"
        default: "\(range.lowerBound + 1),\(range.count)"
        }
    }
}
