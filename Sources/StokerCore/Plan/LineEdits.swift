/// Which lines of two texts differ: the shortest edit script where that is affordable, a longer but still correct one
/// where it is not. Lines are given as numbers, equal for equal lines.
///
/// First the lines that occur once on both sides and keep their order anchor the comparison (patience), which cuts
/// large texts into small ones; between anchors Myers' search for the middle of the shortest path runs from both ends in
/// linear space. A gap whose texts have too little in common is replaced as a whole.
struct LineEdits {
    /// For each old line whether it goes, for each new line whether it comes.
    private(set) var removed: [Bool]
    private(set) var added: [Bool]

    private let old: [Int]
    private let new: [Int]
    private var search: MiddleSearch

    /// - Parameter budget: steps of the search before the rest is replaced as a whole: the bound on its time.
    init(_ old: [Int], _ new: [Int], budget: Int = 20_000_000) {
        self.old = old
        self.new = new
        removed = Array(repeating: false, count: old.count)
        added = Array(repeating: false, count: new.count)
        search = MiddleSearch(budget: budget)
        let box = trimmed(Box(old: 0..<old.count, new: 0..<new.count))
        for gap in gaps(in: box) { compare(gap) }
    }

    /// A part of both texts.
    struct Box {
        var old: Range<Int>
        var new: Range<Int>
    }

    /// Without the lines that both begin and end with.
    private func trimmed(_ box: Box) -> Box {
        var (low, high) = (box.old, box.new)
        while let a = low.first, let b = high.first, old[a] == new[b] {
            low = a + 1..<low.upperBound
            high = b + 1..<high.upperBound
        }
        while let a = low.last, let b = high.last, old[a] == new[b] {
            low = low.lowerBound..<a
            high = high.lowerBound..<b
        }
        return Box(old: low, new: high)
    }

    private mutating func compare(_ whole: Box) {
        var open = [whole]
        while let next = open.popLast() {
            let box = trimmed(next)
            if box.old.isEmpty || box.new.isEmpty {
                replace(box)
            } else if let (a, b) = search.middle(of: box, old, new) {
                open.append(Box(old: box.old.lowerBound..<a, new: box.new.lowerBound..<b))
                open.append(Box(old: a..<box.old.upperBound, new: b..<box.new.upperBound))
            } else {
                replace(box)
            }
        }
    }

    private mutating func replace(_ box: Box) {
        for line in box.old { removed[line] = true }
        for line in box.new { added[line] = true }
    }
}

// MARK: Patience

extension LineEdits {
    /// The parts between anchors.
    private func gaps(in box: Box) -> [Box] {
        var gaps: [Box] = []
        var (a, b) = (box.old.lowerBound, box.new.lowerBound)
        for anchor in anchors(in: box) {
            gaps.append(Box(old: a..<anchor.old, new: b..<anchor.new))
            (a, b) = (anchor.old + 1, anchor.new + 1)
        }
        gaps.append(Box(old: a..<box.old.upperBound, new: b..<box.new.upperBound))
        return gaps
    }

    /// Lines that occur exactly once on both sides: the longest sequence of them that is ascending on both.
    private func anchors(in box: Box) -> [(old: Int, new: Int)] {
        let oldPlaces = unique(old, box.old)
        let newPlaces = unique(new, box.new)
        let common = box.new.compactMap { index -> (old: Int, new: Int)? in
            guard newPlaces[new[index]] == index, let place = oldPlaces[new[index]] else { return nil }
            return (place, index)
        }
        var piles: [Int] = []
        var previous = Array(repeating: -1, count: common.count)
        for index in common.indices {
            var (low, high) = (0, piles.count)
            while low < high {
                let half = (low + high) / 2
                if common[piles[half]].old < common[index].old { low = half + 1 } else { high = half }
            }
            if low > 0 { previous[index] = piles[low - 1] }
            if low == piles.count { piles.append(index) } else { piles[low] = index }
        }
        var chain: [(old: Int, new: Int)] = []
        var index = piles.last ?? -1
        while index >= 0 {
            chain.append(common[index])
            index = previous[index]
        }
        return chain.reversed()
    }

    private func unique(_ lines: [Int], _ range: Range<Int>) -> [Int: Int] {
        var places: [Int: Int] = [:]
        for index in range { places[lines[index]] = places[lines[index]] == nil ? index : -1 }
        return places.filter { $0.value >= 0 }
    }
}
