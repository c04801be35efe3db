import StokerCore

/// What an environment has really run and for how long: noted where the world acts, not where Stoker decides.
struct EvidenceBook {
    /// How long each content ran after it was verified, until somebody spoke against it.
    private(set) var soaked: [ContentID: Duration] = [:]
    private var running: (content: ContentID, since: Instant)?

    /// A content was verified, or is so again.
    mutating func verified(_ content: ContentID, at now: Instant) {
        if running?.content == content { return }
        stop(at: now)
        if soaked[content] == nil { soaked[content] = .zero }
        running = (content, now)
    }

    /// It does not run any more.
    mutating func stop(at now: Instant) {
        if let running { soaked[running.content, default: .zero] += max(.zero, now - running.since) }
        running = nil
    }

    /// The clock begins again; whether it still runs is for the next look to say.
    mutating func restart(at now: Instant) { running = nil }

    /// A person took it back, or it broke.
    mutating func revoke(_ content: ContentID) {
        if running?.content == content { running = nil }
        soaked[content] = nil
    }

    /// Nil where it was never verified, or is not any more.
    func soaked(_ content: ContentID, at now: Instant) -> Duration? {
        guard let before = soaked[content] else { return nil }
        guard let running, running.content == content else { return before }
        return before + (now - running.since)
    }
}
