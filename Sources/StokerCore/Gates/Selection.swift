/// Which revision is next for an environment with upstreams.
struct Selection {
    let keeper: Gatekeeper

    /// - Parameter contenders: newest first; the first one is the newest of the source.
    /// - Returns: nil where none may enter in principle: then the newest is waited for.
    func next(of contenders: [Contender]) -> Contender? {
        guard let head = contenders.first else { return nil }
        let record = keeper.record
        // The same content as what runs: git and the host agree, whatever was on its way.
        if let content = head.content, content == record.verified?.content, content == record.live?.content {
            return head
        }
        let eligible = contenders.filter {
            $0.content != nil && $0.candidate.trust == .trusted && keeper.isEligible($0)
        }
        let welcome = eligible.filter { !isRefused($0) }
        guard let newest = welcome.first else {
            // Nothing may enter: then what a person chose is waited for.
            return eligible.first ?? contenders.first(where: isChosen).flatMap { isRefused($0) ? nil : $0 }
        }
        if let chosen = welcome.first(where: isChosen) {
            return welcome.prefix { $0 != chosen }.first { progress(of: $0) > progress(of: chosen) } ?? chosen
        }
        guard keeper.configuration.advance == .train,
            let current = welcome.first(where: { $0.candidate.revision.commit == record.contending?.revision.commit })
        else { return newest }
        return welcome.prefix { $0 != current }.first { goesBefore($0, current) } ?? current
    }

    /// By a person.
    private func isChosen(_ contender: Contender) -> Bool {
        contender.candidate.revision.commit == keeper.record.promotion?.goal.revision.commit
    }

    private func isRefused(_ contender: Contender) -> Bool {
        keeper.record.rejections.contains { $0.content == contender.content }
    }

    /// A train is not overtaken while it soaks; where the upstream went past it, it never would. What waits for a person,
    /// a check or a window may as well be the newest that has come as far, except that people's words for a content are
    /// not thrown away.
    private func goesBefore(_ newer: Contender, _ current: Contender) -> Bool {
        let (a, b) = (progress(of: newer), progress(of: current))
        if b == 0, isStranded(current) { return !isStranded(newer) }
        return a > b || (a == b && b > 0 && !hasWords(current))
    }

    /// It has to soak, and its time stands still.
    private func isStranded(_ contender: Contender) -> Bool {
        keeper.standings(of: contender).contains { !$0.isOpen && $0.reason == .soaking && $0.opensIn == nil }
    }

    private func hasWords(_ contender: Contender) -> Bool {
        guard let content = contender.content else { return false }
        return !keeper.approvals(of: content, keeper.configuration.gates.policy).isEmpty
    }

    /// How far a contender has come: 0 while it soaks.
    private func progress(of contender: Contender) -> Int {
        let closed = Set(keeper.standings(of: contender).filter { !$0.isOpen }.map(\.reason))
        if closed.contains(.soaking) || closed.contains(.waitingForUpstream) { return 0 }
        if closed.contains(.approvalRequired) { return 1 }
        return closed.isEmpty ? 3 : 2
    }
}
