import Testing

@testable import StokerCore

@Suite("Line edits") struct LineEditsTests {
    @Test("leave equal lines on both sides, and as many as possible where nothing anchors", arguments: 1...400)
    func shortest(seed: Int) {
        var random = PlanGenerator(seed: UInt64(seed))
        let old = lines(&random)
        let new = lines(&random)
        let edits = LineEdits(old, new)
        let kept = keptOld(old, edits)
        #expect(kept == new.indices.filter { !edits.added[$0] }.map { new[$0] }, "seed \(seed)")
        let isAnchored = Set(old).contains { value in
            old.count { $0 == value } == 1 && new.count { $0 == value } == 1
        }
        if !isAnchored { #expect(kept.count == longestCommon(old, new), "seed \(seed)") }
    }

    @Test("stay correct when the search is given up", arguments: [0, 1, 10, 100, 1000])
    func givenUp(budget: Int) {
        var random = PlanGenerator(seed: UInt64(budget) + 1)
        let old = (0..<300).map { _ in Int.random(in: 0...5, using: &random) }
        let new = (0..<300).map { _ in Int.random(in: 0...5, using: &random) }
        let edits = LineEdits(old, new, budget: budget)
        #expect(keptOld(old, edits) == new.indices.filter { !edits.added[$0] }.map { new[$0] })
    }

    @Test("find a few changes in a large text exactly") func large() {
        let old = Array(0..<20_000).map { $0 % 1000 }
        var new = old
        new.remove(at: 15_000)
        new.insert(-1, at: 12_000)
        new[10_000] = -2
        let edits = LineEdits(old, new)
        #expect(edits.removed.indices.filter { edits.removed[$0] } == [10_000, 15_000])
        #expect(edits.added.indices.filter { edits.added[$0] } == [10_000, 12_000])
    }

    private func keptOld(_ old: [Int], _ edits: LineEdits) -> [Int] {
        old.indices.filter { !edits.removed[$0] }.map { old[$0] }
    }

    private func lines(_ random: inout PlanGenerator) -> [Int] {
        let values = Int.random(in: 1...4, using: &random)
        return (0..<Int.random(in: 0...40, using: &random)).map { _ in Int.random(in: 0...values, using: &random) }
    }

    private func longestCommon(_ a: [Int], _ b: [Int]) -> Int {
        var row = Array(repeating: 0, count: b.count + 1)
        for x in a {
            var diagonal = 0
            for (index, y) in b.enumerated() {
                let above = row[index + 1]
                row[index + 1] = x == y ? diagonal + 1 : max(above, row[index])
                diagonal = above
            }
        }
        return row[b.count]
    }
}
