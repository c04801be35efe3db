/// The verdict over a sequence of probes: a pure state machine that is stored with the attempt, so that a restart of
/// ours goes on where it was.
///
/// Proof of load comes first, at each interval and just before the verdict. The user's checks count once the process has
/// settled, and so do the vital signs. Two failures in a row condemn; no answer never does, it only leaves the
/// configuration unproven.
public struct VerifyWindow: Hashable, Codable, Sendable {
    /// One of the user's checks as far as the window must know it.
    public struct Check: Hashable, Codable, Sendable {
        /// For messages.
        public let name: String
        /// Failures in a row that condemn.
        public let failures: Int
        /// Nil: asked at each look.
        public let interval: Duration?
        /// Nil: as long as the window.
        public let forDuration: Duration?

        /// What the configuration says of it.
        public init(_ check: CheckConfiguration) {
            name = check.name
            failures = max(check.failures, 1)
            interval = check.interval
            forDuration = check.forDuration
        }
    }

    /// What holds for the whole window.
    public struct Rules: Hashable, Codable, Sendable {
        /// How long everything must hold after settling; zero: one proof is enough.
        public var forDuration: Duration
        /// Between two looks of a quiet window.
        public var interval: Duration
        /// Inconclusive for longer than this is unproven.
        public var timeout: Duration
        /// How long the metrics still speak of the old configuration; see `Settle`.
        public var settle: Duration
        /// Gone or not ready for longer than this is a failure.
        public var readyTimeout: Duration
        /// A reload without an answer must show within this.
        public var reloadTimeout: Duration
        /// In the order of the configuration; empty where there are none.
        public var checks: [Check]
        /// The vital signs are compared once the process has settled.
        public var comparing: Bool
        /// The comparison is asked for, so the window lasts until the process has settled.
        public var mustCompare: Bool
        /// The target was ready before the deploy.
        public var wasUpBefore: Bool
        /// The process that was reloaded; nil where it was down.
        public var startTime: String?
        /// The reload was a restart: the first new process is the expected one.
        public var restartExpected: Bool
        /// The checks before the deploy, in the same order; empty where not asked.
        public var checksBefore: [Probe.CheckResult]

        /// The rules of an environment's `verify` block for one target.
        /// - Parameter configuration: nil where there is no `verify` block: proof of load only.
        public init(
            _ configuration: VerifyConfiguration?, settle: Duration, readyTimeout: Duration, reloadTimeout: Duration,
            evidence: Evidence?, restartExpected: Bool = false
        ) {
            forDuration = configuration?.forDuration ?? .zero
            interval = configuration?.interval ?? .seconds(5)
            timeout = configuration?.timeout ?? .seconds(300)
            checks = configuration?.checks.map(Check.init) ?? []
            comparing = (configuration?.compare.comparesAnything ?? false) && evidence?.vitals != nil
            mustCompare = comparing && configuration?.compare.isWritten == true
            self.settle = settle
            self.readyTimeout = readyTimeout
            self.reloadTimeout = reloadTimeout
            wasUpBefore = evidence?.wasUp ?? false
            startTime = evidence?.runtime?.startTime
            checksBefore = evidence?.checks ?? []
            self.restartExpected = restartExpected
        }
    }

    /// What follows from a probe.
    public enum Verdict: Hashable, Sendable {
        /// Look again at `next`; the window ends at `until` where that is known.
        case watching(next: Instant, until: Instant?)
        /// Down before the deploy, and never seen ready since; look again at `next`.
        case waitingForTarget(next: Instant, Failure)
        case passed(warnings: [String])
        /// Roll back.
        case failed(Failure)
        /// Nobody can tell: keep the configuration, say so.
        case unproven(Failure)
    }

    /// Pools follow a reload by up to six seconds; more is a failure.
    static let poolGrace = Duration.seconds(10)
    /// More start times than this are remembered by nobody: two restarts condemn.
    static let mostStarts = 8
    /// Replaying a large write-ahead log takes minutes; a process that says 503 is given this long.
    static let replayLimit = Duration.seconds(1800)

    /// What holds for the whole window.
    public let rules: Rules
    /// The reload, or the restart that began the window anew.
    public internal(set) var since: Instant
    /// The process being watched; nil until it is first seen ready.
    public internal(set) var startTime: String?
    /// Restarts since the reload.
    public internal(set) var restarts = 0
    /// Something is failing or inconclusive at present: a newer revision may pre-empt.
    public internal(set) var isShaky = false
    /// From when on `for` counts, where no checks define it: the first complete proof.
    var provedSince: Instant?
    var hasBeenReady: Bool
    var goneSince: Instant?
    var startingSince: Instant?
    /// Start times seen before the present one, newest last: a process that ended never comes back.
    var earlierStarts: [String] = []
    /// How often it was seen starting and then gone, without having been ready.
    var deadStarts = 0
    var inconclusiveSince: Instant?
    /// Failures in a row, by part and by check.
    var partFailures: [Probe.Part: Int] = [:]
    var checkFailures: [Int: Int] = [:]
    /// Checks whose last answer was none.
    var silentChecks: Set<Int> = []
    /// When each check was asked last.
    var checksAsked: [Int: Instant] = [:]
    /// What the first look after the reload said of `Probe.syncs`; nil before it.
    var syncsAtFirst: [String: Probe.PoolSync]?
    /// Since when each vital sign is worse without a break.
    var worseSince: [String: Instant] = [:]
    var restartExpected: Bool

    /// - Parameter reloadedAt: when the reload was answered, or asked for where it has no answer.
    public init(_ rules: Rules, reloadedAt: Instant) {
        self.rules = rules
        since = reloadedAt
        startTime = rules.startTime
        hasBeenReady = rules.wasUpBefore
        restartExpected = rules.restartExpected
    }

    /// A restored configuration: proof of load only, never the user's checks.
    public static func restored(
        readyTimeout: Duration, reloadTimeout: Duration, evidence: Evidence?, reloadedAt: Instant,
        restartExpected: Bool = false
    ) -> VerifyWindow {
        VerifyWindow(
            Rules(
                nil, settle: .zero, readyTimeout: readyTimeout, reloadTimeout: reloadTimeout, evidence: evidence,
                restartExpected: restartExpected),
            reloadedAt: reloadedAt)
    }

    /// When the user's checks and the vital signs begin to count.
    public var settledAt: Instant { since + rules.settle }

    /// The checks to ask in a probe at this time, by their place; before settling their answers mean nothing.
    public func dueChecks(at now: Instant) -> Set<Int> {
        guard now >= settledAt else { return [] }
        let isLast = until.map { now >= $0 } ?? false
        return Set(
            rules.checks.indices.filter { index in
                if let end = end(ofCheck: index), now > end, checksAsked[index] != nil { return false }
                guard let interval = rules.checks[index].interval, let asked = checksAsked[index], !isLast else {
                    return true
                }
                return now - asked >= interval
            })
    }

    /// Whether the vital signs should be compared in a probe at this time.
    public func wantsComparison(at now: Instant) -> Bool { rules.comparing && now >= settledAt }

    /// When the window ends, where that is known.
    public var until: Instant? {
        if rules.checks.isEmpty {
            return provedSince.map { max($0 + rules.forDuration, rules.mustCompare ? settledAt : $0) }
        }
        return settledAt + rules.checks.reduce(rules.forDuration) { max($0, $1.forDuration ?? .zero) }
    }

    /// When a check with a window of its own has held long enough.
    func end(ofCheck index: Int) -> Instant? { rules.checks[index].forDuration.map { settledAt + $0 } }

    /// Takes the next probe.
    public mutating func take(_ probe: Probe) -> Verdict {
        switch probe.readiness {
        case .ready(let startTime): ready(probe, startTime)
        case .starting(let message): starting(message, at: probe.at)
        case .gone(let message): gone(message, at: probe.at)
        case .refused(let message): inconclusive(message, at: probe.at)
        case .several(let message): severalProcesses(message)
        }
    }
}
