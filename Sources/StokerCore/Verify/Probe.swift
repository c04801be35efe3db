/// One look at a process that should serve a new configuration: what is proved of it, and what the user's checks say.
public struct Probe: Hashable, Codable, Sendable {
    /// The parts of the proof of load, in the words of `status -o json`.
    public enum Part: String, Hashable, Codable, Sendable, CaseIterable {
        /// The process we reloaded did so, and says it succeeded.
        case reloaded
        /// It serves our main file.
        case config
        /// It serves exactly the rules of our rule files.
        case rules
        /// Every job has its scrape pool, changed discovery files are followed.
        case pools
    }

    /// How one part of the proof stands.
    public enum PartResult: Hashable, Codable, Sendable {
        case proved
        /// Not yet, and that is normal for a while: becomes the failure when the while is over.
        case pending(Failure)
        case failed(Failure)
        /// No answer, an error or a time-out: neither proof nor disproof.
        case inconclusive(String)
    }

    /// What one of the user's checks says.
    public enum CheckResult: String, Hashable, Codable, Sendable {
        case pass, fail, inconclusive
        /// Its interval has not passed: what it said last holds.
        case notAsked = "not_asked"
    }

    /// What became of the comparison with before.
    public enum Comparison: Hashable, Codable, Sendable {
        /// Too early, or nothing to compare with.
        case notMade
        /// The process did not tell its vital signs.
        case unanswered(String)
        /// What is worse than before; empty is good.
        case made([Worsening])
    }

    /// Whether the process is there for us.
    public enum Readiness: Hashable, Codable, Sendable {
        case ready(startTime: String)
        /// 503: starting, or replaying the write-ahead log.
        case starting(String)
        /// Nothing answers.
        case gone(String)
        /// Something answers, but not to us.
        case refused(String)
        /// Several processes answer in turns: what one of them serves says nothing of the others.
        case several(String)
    }

    /// How far one scrape pool has followed the reload.
    public struct PoolSync: Hashable, Codable, Sendable {
        /// How often it has taken in targets since the evidence was read.
        public var count: Int
        /// It does so after each reload; false where a discovery may have no answer.
        public var isCertain: Bool
        /// Its targets are gone: emptied as the change meant it, or dropped by relabelling. Which of both is known only when
        /// discovery has spoken, too: until then Prometheus 2 says that it has found none.
        public var hasLost: Bool

        /// What the process counted.
        public init(count: Int, isCertain: Bool, hasLost: Bool = false) {
            self.count = count
            self.isCertain = isCertain
            self.hasLost = hasLost
        }
    }

    /// When the answers were complete.
    public var at: Instant
    /// Asked first.
    public var readiness: Readiness
    /// Parts that do not apply to the target are absent. Empty where it is not ready.
    public var parts: [Part: PartResult]
    /// In the order of the configuration; empty where none were asked.
    public var checks: [CheckResult]
    /// The vital signs against those before the change.
    public var comparison: Comparison
    /// What people should know and what never condemns.
    public var warnings: [String]
    /// What the process said of itself, for the record of what was proved.
    public var runtime: RuntimeFacts?
    /// By job that the change touched: whether its pool has taken in its targets. Empty where nothing depends on it.
    public var syncs: [String: PoolSync] = [:]
    /// What this process gives no proof of, and what was checked instead; nil where everything is proved.
    public var notProvable: String?
    /// How long what is pending may take in this process, where that is longer than usual.
    public var patience: Duration?

    /// A probe; parts and checks are empty for a process that is not ready.
    public init(
        at: Instant, readiness: Readiness, parts: [Part: PartResult] = [:], checks: [CheckResult] = [],
        comparison: Comparison = .notMade, warnings: [String] = [], runtime: RuntimeFacts? = nil
    ) {
        self.at = at
        self.readiness = readiness
        self.parts = parts
        self.checks = checks
        self.comparison = comparison
        self.warnings = warnings
        self.runtime = runtime
    }

    /// Ready, and every part that applies is proved.
    public var isProved: Bool {
        guard case .ready = readiness else { return false }
        return parts.values.allSatisfy { $0 == .proved }
    }

    /// What is proved, in the words of `status -o json`.
    public var proof: [String] { Part.allCases.filter { parts[$0] == .proved }.map(\.rawValue) }
}
