// Compare: a reload can succeed, be served as declared, and still have done harm: relabelling that drops every target, a
// password file that is missing, a rule that joins many to many, an alert that fires for every machine. So the vital
// signs of a process are read before the deploy and at each look after it, and compared. A difference condemns only
// where the change touched what got worse; everything else is a warning, because monitored machines fail for reasons of
// their own. Nothing here has a clock or asks anybody.

/// The vital signs of one process at one look. A sign that the process does not have is nil (or its table empty) and is
/// not compared.
public struct Vitals: Hashable, Codable, Sendable {
    /// The targets of one job.
    public struct Targets: Hashable, Codable, Sendable {
        /// Left after relabelling: they are scraped.
        public var active: Int
        /// Discovered and dropped by relabelling; nil where only one of both numbers is known.
        public var dropped: Int?
        /// How often the pool has taken in what discovery found, since the process started: once after each reload, up to
        /// ten seconds later. Until then `active` is that of the configuration before.
        public var syncs: Int?

        /// Counts of one moment.
        public init(active: Int, dropped: Int? = nil, syncs: Int? = nil) {
            self.active = active
            self.dropped = dropped
            self.syncs = syncs
        }
    }

    /// How many of a job's samples of `up` are 1.
    public struct Up: Hashable, Codable, Sendable {
        /// Targets that answered their last scrape.
        public var up: Int
        /// Targets that were scraped at all.
        public var total: Int

        /// Counts of one moment; `total` is what has been scraped at all.
        public init(up: Int, total: Int) {
            self.up = up
            self.total = total
        }
    }

    /// The number of rules by `file;group`, the file as the process sees it.
    public var ruleGroups: [String: Int]
    /// By job. A key is a scrape pool.
    public var targets: [String: Targets]
    /// By job; a job that was never scraped is absent.
    public var up: [String: Up]
    /// Active Alertmanagers.
    public var alertmanagers: Int?
    /// Rules whose last evaluation failed, as `file;group;rule`, with what it said.
    public var brokenRules: [String: String]?
    /// `prometheus_rule_evaluation_failures_total` by `file;group`.
    public var evaluationFailures: [String: Double]
    /// Missed or failed notifications since the process started.
    public var notificationErrors: Double?
    /// Firing alerts by name.
    public var firing: [String: Int]?
    /// Series in the head.
    public var series: Double?
    /// Resident memory in bytes.
    public var memory: Double?

    /// Nothing is known until it is filled in.
    public init() {
        ruleGroups = [:]
        targets = [:]
        up = [:]
        evaluationFailures = [:]
    }
}
