extension EnvironmentLoop {
    /// The revision that somebody must stand for before it is deployed; nil at rest and for repairs, which go to what was
    /// verified or where a person wants them.
    public var attempted: Revision? {
        guard let attempt = running, !attempt.isRepair else { return nil }
        return attempt.goal.revision
    }

    /// Whether what is being tried may still go live. The newest commit may be another one by now, or there is none any
    /// more: that says nothing about the one in hand.
    func vouching(for attempt: Attempt) -> Situation.Vouching {
        guard !attempt.isRepair, !isLive(attempt) else { return .vouched }
        switch observation?.source {
        case nil, .unknown: return .awaited
        case .failed, .known: break
        }
        switch trust(of: attempt) {
        case .trusted: return .vouched
        case nil, .refused, .unknown: return .withdrawn
        }
    }

    /// What the last look said of its commit. Where that is still the newest one, it has one answer and not two.
    private func trust(of attempt: Attempt) -> Candidate.Trust? {
        if let newest, newest.revision == attempt.goal.revision { return newest.trust }
        return observation?.trustOfAttempt
    }

    /// Some of it was published already; what an attempt before this one left live is not meant.
    func isLive(_ attempt: Attempt) -> Bool {
        !record.unsettled.isEmpty && record.live?.content == attempt.goal.content
    }

    /// Why nobody stands for the running attempt any more; nil where somebody does.
    var withdrawal: String? {
        guard let attempt = running, vouching(for: attempt) == .withdrawn else { return nil }
        switch trust(of: attempt) {
        case nil, .trusted: return nil
        case .refused(let message), .unknown(let message): return message
        }
    }
}
