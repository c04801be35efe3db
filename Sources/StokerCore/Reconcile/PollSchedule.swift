/// When the source is asked again. A pure value: the caller brings the clock and the chance.
///
/// Thousands of agents ask one server, and most of them were started by one deployment: every wait has a random part, so
/// that they do not march in step, and after an outage do not come back as one. After a failure the waits double, up to a
/// minute or the interval if that is longer. A server that says when it wants to hear from us again (`Retry-After`, a rate
/// limit) is obeyed: neither a hook nor the timer asks earlier. A person may, once.
public struct PollSchedule: Hashable, Sendable {
    /// The longest a failing source is left alone, where the interval is not longer.
    public static let longestBackoff = Duration.seconds(60)
    /// The longest that a server may ask for: a clock that is wrong there must not silence us for a year.
    public static let longestWait = Duration.seconds(3600)

    /// Enough to get from a millisecond to an hour.
    private static let mostDoublings = 24

    /// When to ask next, where nothing wakes earlier.
    public private(set) var due: Instant
    private let interval: Duration
    private var failures = 0
    private var quietUntil: Instant?
    private var isExceptionUsed = false

    /// A schedule whose first look is now.
    /// - Parameter interval: `poll_interval`.
    public init(interval: Duration, now: Instant) {
        self.interval = interval
        due = now
    }

    /// The source was asked, and answered: the interval, ten percent more or less.
    /// - Parameter chance: from 0 to 1, evenly.
    public mutating func succeeded(at now: Instant, chance: Double) {
        failures = 0
        quietUntil = nil
        isExceptionUsed = false
        due = now + interval * (0.9 + 0.2 * chance)
    }

    /// The source was asked in vain.
    /// - Parameters:
    ///   - retryAfter: how long the server asked us to stay away.
    ///   - chance: from 0 to 1, evenly.
    public mutating func failed(at now: Instant, retryAfter: Duration?, chance: Double) {
        failures = min(failures + 1, Self.mostDoublings)
        if let retryAfter, retryAfter > .zero {
            if quietUntil.map({ $0 <= now }) ?? true { isExceptionUsed = false }
            let wait = min(retryAfter, Self.longestWait)
            // Everybody was told the same second: later, never earlier, and spread over a part of the wait.
            quietUntil = now + wait + max(wait / 4, min(interval, Self.longestBackoff)) * chance
        }
        // Half of it more or less: a full spread around the same mean.
        due = now + backoff * (0.5 + chance)
        if let quietUntil, quietUntil > due { due = quietUntil }
    }

    /// Whether the source may be asked now, for this reason. What is refused is not lost: `due` comes.
    public mutating func admits(_ trigger: Trigger, at now: Instant) -> Bool {
        guard let quietUntil, now < quietUntil else { return true }
        switch trigger {
        case .request:
            defer { isExceptionUsed = true }
            return !isExceptionUsed
        case .push, .poll, .retry, .drift, .rollback, .adopt: return false
        }
    }

    private var backoff: Duration {
        let longest = max(interval, Self.longestBackoff)
        var wait = interval
        for _ in 1..<failures where wait < longest { wait = wait * 2 }
        return min(wait, longest)
    }
}
