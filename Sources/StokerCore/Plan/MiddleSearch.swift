/// Myers' search for a point in the middle of a shortest edit path, from both ends at once, in linear space ("An O(ND)
/// difference algorithm and its variations", section 4b), with a bound on distance and on steps.
struct MiddleSearch {
    /// Steps left.
    private var budget: Int
    /// For each diagonal the furthest old line reached from the beginning, and from the end.
    private var forward: [Int]
    private var backward: [Int]

    /// Half the number of differences beyond which no path is looked for.
    private static let maximumDistance = 2000
    /// On a diagonal that was not reached; far enough from overflow.
    private static let unreached = Int.min / 4

    init(budget: Int) {
        self.budget = budget
        forward = Array(repeating: MiddleSearch.unreached, count: 2 * MiddleSearch.maximumDistance + 5)
        backward = forward
    }

    /// The point as an old and a new line, strictly inside the box, whose sides are not empty and whose first and last
    /// lines differ. Nil where the path is too long to look for.
    mutating func middle(of box: LineEdits.Box, _ old: [Int], _ new: [Int]) -> (Int, Int)? {
        let (n, m) = (box.old.count, box.new.count)
        let delta = n - m
        let zero = forward.count / 2
        clear(around: 0)
        for distance in 0...min((n + m + 1) / 2, MiddleSearch.maximumDistance) {
            budget -= 2 * (distance + 1)
            if budget < 0 { return nil }
            clear(around: distance + 1)
            for k in stride(from: -distance, through: distance, by: 2) {
                var x = MiddleSearch.start(forward, zero + k, k, distance, n, m)
                if x == MiddleSearch.unreached { continue }
                let begin = x
                while x < n, x - k < m, old[box.old.lowerBound + x] == new[box.new.lowerBound + x - k] { x += 1 }
                budget -= x - begin
                forward[zero + k] = x
                // Seen from the end this diagonal is `delta - k`; that search has finished one round less.
                let other = delta - k
                if !delta.isMultiple(of: 2), abs(other) < distance, x + backward[zero + other] >= n {
                    return inside(box, box.old.lowerBound + x, box.new.lowerBound + x - k)
                }
            }
            for k in stride(from: -distance, through: distance, by: 2) {
                var x = MiddleSearch.start(backward, zero + k, k, distance, n, m)
                if x == MiddleSearch.unreached { continue }
                let begin = x
                while x < n, x - k < m, old[box.old.upperBound - 1 - x] == new[box.new.upperBound - 1 - (x - k)] {
                    x += 1
                }
                budget -= x - begin
                backward[zero + k] = x
                let other = delta - k
                if delta.isMultiple(of: 2), abs(other) <= distance, x + forward[zero + other] >= n {
                    return inside(box, box.old.upperBound - x, box.new.upperBound - (x - k))
                }
            }
        }
        return nil
    }

    /// Forgets what an earlier search left on the outermost diagonals of a round.
    private mutating func clear(around distance: Int) {
        let zero = forward.count / 2
        for index in [zero - distance, zero + distance] {
            forward[index] = MiddleSearch.unreached
            backward[index] = MiddleSearch.unreached
        }
    }

    /// Where a diagonal's walk of equal lines starts: one edit from a neighbouring diagonal, or where it already was.
    private static func start(_ reached: [Int], _ index: Int, _ k: Int, _ distance: Int, _ n: Int, _ m: Int) -> Int {
        if distance == 0 { return 0 }
        let down = reached[index + 1]
        let right = reached[index - 1] + 1
        var x = reached[index]
        if down >= 0, down - k <= m { x = max(x, down) }
        if right >= 0, right <= n { x = max(x, right) }
        return x
    }

    /// A corner would not make the rest smaller, and the caller not come to an end.
    private func inside(_ box: LineEdits.Box, _ a: Int, _ b: Int) -> (Int, Int)? {
        let isStart = a == box.old.lowerBound && b == box.new.lowerBound
        let isEnd = a == box.old.upperBound && b == box.new.upperBound
        return isStart || isEnd ? nil : (a, b)
    }
}
