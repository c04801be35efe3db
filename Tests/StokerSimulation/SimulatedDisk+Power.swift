import StokerCore

// What is durable, and what a power cut leaves.
extension SimulatedDisk {
    /// What a power cut keeps of the changes that were not synced. They are counted from the oldest, names and steps of
    /// files in one row; what is kept is applied in that order.
    public enum Loss: Hashable, Sendable {
        case everything
        case nothing
        /// Each change is kept or lost by the toss of a coin.
        case seeded(UInt64)
        /// The bit of a change says whether it is kept; changes from the 64th on are lost.
        case mask(UInt64)
        /// That many of the oldest are kept.
        case prefix(Int)
        /// This one alone is kept.
        case only(Int)
        /// This one alone is lost.
        case allBut(Int)
    }

    /// How many changes of names and files are not durable yet.
    public var pendingChanges: Int {
        state.inodes.reduce(state.pendingNames.count) { $0 + $1.pending.count }
    }

    /// What a power cut now can leave: every subset of the pending changes exactly once where there are at most `limit`
    /// of them. Otherwise a family, cut to `limit`: everything lost, nothing lost, each change alone kept, each alone
    /// lost, each number of the oldest kept, and seeded ones up to `limit`.
    public func outcomes(limit: Int) -> [Loss] {
        let pending = pendingChanges
        if pending < 62 && 1 << pending <= limit { return (0..<(UInt64(1) << UInt64(pending))).map { .mask($0) } }
        var all: [Loss] = [.everything, .nothing]
        all += (0..<pending).map { .only($0) }
        all += (0..<pending).map { .allBut($0) }
        // Shorter and longer ones are among the above.
        if pending > 3 { all += (2...(pending - 2)).map { .prefix($0) } }
        if all.count < limit { all += (0..<(limit - all.count)).map { .seeded(UInt64($0)) } }
        return Array(all.prefix(max(limit, 0)))
    }

    /// Everything seen now is on the platter, as after a long quiet time; only bytes that a failed sync lost are not.
    public func settle() {
        state.endPendingNames { _ in true }
        for slot in state.inodes.indices { state.inodes[slot].makeContentDurable() }
        state.sweep()
    }

    /// The machine loses its power and starts again.
    public func powerCut(_ loss: Loss) {
        let keeps = choice(loss)
        restart()
        state.endPendingNames(keeps: keeps)
        for slot in state.inodes.indices { state.inodes[slot].losePower(keeps: keeps) }
        state.loadDurable()
    }

    /// Which changes are kept, told by their sequence numbers.
    private func choice(_ loss: Loss) -> (Int64) -> Bool {
        switch loss {
        case .everything: return { _ in false }
        case .nothing: return { _ in true }
        case .seeded(let seed):
            var random = SeededGenerator(seed: seed)
            let kept = Set(pendingSequences().filter { _ in Bool.random(using: &random) })
            return { kept.contains($0) }
        case .mask(let mask): return keeping { $0 < 64 && mask >> UInt64($0) & 1 == 1 }
        case .prefix(let count): return keeping { $0 < count }
        case .only(let kept): return keeping { $0 == kept }
        case .allBut(let lost): return keeping { $0 != lost }
        }
    }

    private func keeping(_ choose: (Int) -> Bool) -> (Int64) -> Bool {
        let kept = Set(pendingSequences().enumerated().filter { choose($0.offset) }.map(\.element))
        return { kept.contains($0) }
    }

    private func pendingSequences() -> [Int64] {
        (state.pendingNames.map(\.sequence) + state.inodes.flatMap { $0.pending.map(\.sequence) }).sorted()
    }
}
