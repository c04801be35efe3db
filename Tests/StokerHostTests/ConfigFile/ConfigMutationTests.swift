import StokerCore
import StokerHost
import Testing

/// Damaged files are refused with places inside them, or read; nothing else.
@Suite struct ConfigMutationTests {
    /// SplitMix64: the same numbers on every machine.
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return z ^ (z >> 31)
        }
    }

    @Test func fiveHundredMutationsAreReadOrRefused() {
        var refused = 0
        for seed in 0..<500 {
            var random = Seeded(state: UInt64(seed))
            let text = mutated(using: &random)
            do throws(ConfigFileError) { _ = try ConfigFile.read(text, name: "stoker.yml") } catch {
                refused += 1
                #expect(!error.problems.isEmpty, "seed \(seed)")
                #expect(error.problems == error.problems.sorted(), "seed \(seed)")
                let lines = text.count { $0 == 0x0a || $0 == 0x0d } + 2
                #expect(error.problems.allSatisfy { (1...lines).contains($0.mark.line) }, "seed \(seed)")
            }
        }
        // Both must happen, or the mutations test nothing.
        #expect((50..<500).contains(refused), "refused: \(refused)")
    }

    private func mutated(using random: inout Seeded) -> [UInt8] {
        var text = Array(ConfigExample.text.utf8)
        let syntax = Array("{}[]:,-#&*!|>'\"%@` \n\t~?<\u{0}\u{7f}".utf8) + [0xc3, 0xff]
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let at = Int.random(in: 0..<text.count, using: &random)
            let end = min(text.count, at + Int.random(in: 1...40, using: &random))
            switch Int.random(in: 0..<5, using: &random) {
            case 0: text[at] = UInt8.random(in: .min ... .max, using: &random)
            case 1: text.removeSubrange(at..<end)
            case 2: text.insert(contentsOf: text[at..<end], at: Int.random(in: 0..<text.count, using: &random))
            case 3: text.insert(syntax.randomElement(using: &random) ?? 0x3a, at: at)
            case 4: text.swapAt(at, Int.random(in: 0..<text.count, using: &random))
            case let other: Issue.record("no mutation \(other)")
            }
        }
        return text
    }
}
