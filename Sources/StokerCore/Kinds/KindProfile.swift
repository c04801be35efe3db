// Kinds: what Stoker knows of each program it can reload, as data. A profile says where the program's readiness, its
// start, its last successful reload and its configuration are read, who judges a file before it is written, and what
// cannot be proved. Nothing here asks anything: StokerHost/Verify reads a profile and asks, StokerHost/Validate likewise.
// Every value was observed on the real program (Debian's packages; the table in README.md says what was seen); a program
// that is not here is described in stoker.yml as `kind: generic`.

/// One kind of program, as far as deploying to it and proving it are concerned.
public struct KindProfile: Hashable, Sendable {
    /// Which process answers, by a text that differs after a restart.
    public enum StartTime: Hashable, Sendable {
        /// `startTime` of `/api/v1/status/runtimeinfo`.
        case runtimeInfo
        /// `process_start_time_seconds` of the metrics.
        case metric
        /// It does not say.
        case unknown
    }

    /// The metrics that speak of the last reload; nil where the program has none.
    public struct Signals: Hashable, Sendable {
        /// 1 after a reload that succeeded.
        public var gauge: String?
        /// Moves with each reload that succeeded.
        public var timestamp: String?
        /// Counts reloads that were begun. Where it is known, a reload of files that mean the same need not move the
        /// time stamp.
        public var attempts: String?
        /// Whether some versions lack them all.
        public var mayBeAbsent = false
    }

    /// How the configuration in force is read.
    public enum ReadBack: Hashable, Sendable {
        /// Prometheus: status/config, rules and scrape pools.
        case prometheus
        /// The digest of the file as a metric, and routes and receivers from `/api/v2/status`.
        case alertmanager
        /// The whole configuration as YAML with secrets masked. `section` holds the named modules; nil: the top level.
        case maskedConfig(path: String, section: String?)
        /// vmagent's status/config: as the file, with scrape_config_files put in their place.
        case inlinedConfig
        /// vmalert: the rules of `/api/v1/rules`, nothing else.
        case rules
        /// A digest of the main file as a metric.
        case hash(ServedHash)
        /// It shows nothing of what it loaded.
        case nothing
    }

    /// What judges a file before it is written.
    public struct Checker: Hashable, Sendable {
        /// How its complaints are read.
        public enum Style: Hashable, Sendable { case promtool, other }

        /// Its names: the project's and Debian's. The first that is installed counts.
        public var programs: [String]
        /// The call for a main file, which `{}` stands for.
        public var main: [String]
        /// The call for a folder of rules; the files follow, each as `rule` says. Nil: it cannot judge one.
        public var rules: [String]?
        /// One rule file of that call.
        public var rule = "{}"
        /// How its complaints are read.
        public var style = Style.other
        /// What to install.
        public var advice: String
        /// Its version is that of the program it judges for, so that the two can be compared.
        public var isOfTheSameProject = true
    }

    /// As stoker.yml spells it.
    public var kind: TargetConfiguration.Kind
    /// For messages.
    public var product: String
    /// The main file where stoker.yml does not name one; nil for a folder of rules.
    public var configFile: String?
    /// Base URL where stoker.yml has none.
    public var url: String
    /// Permission bits of new files; nil: as their siblings.
    public var mode: UInt16?
    /// Below the URL.
    public var reloadPath = "/-/reload"
    /// Whether the answer to a reload says how it went; false where it is accepted at once and done later.
    public var reloadAnswers = true
    /// Whether a refused configuration leaves the old one whole.
    public var reloadIsAtomic = true
    /// Answers 200 where the process is ready.
    public var readyPath = "/-/ready"
    /// Where metrics are; nil: none.
    public var metricsPath: String? = "/metrics"
    /// The flag of its command line that names the main file, for programs that show it nowhere else; nil: none does.
    public var configFlag: String?
    /// Present in the metrics of this program and of no other; nil: it cannot be told by them.
    public var identity: String?
    /// The metric and label that carry the running version.
    public var version: (metric: String, label: String)? {
        get { versionMetric.map { ($0, versionLabel) } }
        set { (versionMetric, versionLabel) = (newValue?.metric, newValue?.label ?? "version") }
    }
    private var versionMetric: String?
    private var versionLabel = "version"
    /// Which process answers.
    public var startTime = StartTime.metric
    /// How it says that a reload succeeded.
    public var signals: Signals?
    /// How what it loaded is read.
    public var readBack: ReadBack
    /// Who judges before anything is written; nil: nobody unless stoker.yml names a command.
    public var checker: Checker?
    /// Files that are live without a reload although no configuration names them: patterns of a generic kind.
    public var live: [String] = []

    init(
        kind: TargetConfiguration.Kind, product: String, configFile: String?, url: String, readBack: ReadBack,
        checker: Checker? = nil
    ) {
        self.kind = kind
        self.product = product
        self.configFile = configFile
        self.url = url
        self.readBack = readBack
        self.checker = checker
    }
}
