/// Finds the word somebody meant.
enum Spelling {
    /// The closest of the words, if it is close enough to be a slip; the first of equals.
    static func suggestion(for word: String, among words: [String]) -> String? {
        // Nothing that long is a slip, and the distance costs the product of the lengths.
        guard word.utf8.count <= 40 else { return nil }
        var best: (word: String, distance: Int)?
        for candidate in words {
            let found = distance(Array(word.lowercased().utf8), Array(candidate.utf8))
            if found <= max(1, candidate.utf8.count / 3), found < best?.distance ?? .max { best = (candidate, found) }
        }
        return best?.word
    }

    /// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [i]
            row.reserveCapacity(b.count + 1)
            for j in 1...b.count {
                var cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { cost = min(cost, beforeLast[j - 2] + 1) }
                row.append(cost)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
