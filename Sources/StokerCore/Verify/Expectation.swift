/// What one target must serve from now on: the question that a probe answers.
public struct Expectation: Sendable {
    /// Files that discovery reads live (file_sd), proved by the targets they list.
    public struct LiveTargets: Hashable, Sendable {
        /// `job_name`.
        public let job: String
        /// `host:port` as written in the file.
        public let addresses: Set<String>

        /// The addresses that a job must discover.
        public init(job: String, addresses: Set<String>) {
            self.job = job
            self.addresses = addresses
        }
    }

    /// The main file; nil for a folder of rules only.
    public var mainFile: Node?
    /// Its bytes, for programs that show a digest of them; nil where nobody asks.
    public var mainBytes: [UInt8]?
    /// Files of jobs that the main file includes, for programs that show them in one piece.
    public var scrapeConfigs: [Node] = []
    /// Managed template files, which no program shows.
    public var templateFiles: Set<String> = []
    /// Managed rule files that the main file loads, by their path as the process sees it.
    public var ruleFiles: [String: Node]
    /// Managed rule files that were deleted, by their path as the process saw them.
    public var removedRuleFiles: Set<String>
    /// Of `ruleFiles`, those whose served groups must differ from the evidence: see `RulesProof.isChangeVisible`.
    public var changedRuleFiles: Set<String>
    /// Jobs of the main file and of scrape config files.
    public var jobs: [Pools.Job]
    /// The text of status/config must differ from the evidence.
    public var visibleChangeDue: Bool
    /// A reload was asked for, so its time stamp must move. False where nothing was reloaded (adoption, a restore of bytes
    /// that are served already, files that are live without a reload).
    public var mustMoveTimestamp: Bool
    /// The process answered the reload with success; false for a signal, which has no answer.
    public var reloadAnswered: Bool
    /// The process was restarted, so another one must answer than the one of the evidence.
    public var mustRestart: Bool
    /// Which vital signs may condemn: of those the proof of load asks for the targets of the scrape pools.
    public var comparison = ComparisonPolicy()
    /// Empty where no discovery file changed.
    public var liveTargets: [LiveTargets]

    /// Nothing is expected until it is filled in.
    public init(
        mainFile: Node? = nil, ruleFiles: [String: Node] = [:], removedRuleFiles: Set<String> = [],
        changedRuleFiles: Set<String> = [], jobs: [Pools.Job] = [], visibleChangeDue: Bool = false,
        mustMoveTimestamp: Bool = false, reloadAnswered: Bool = true, mustRestart: Bool = false,
        liveTargets: [LiveTargets] = []
    ) {
        self.mainFile = mainFile
        self.ruleFiles = ruleFiles
        self.removedRuleFiles = removedRuleFiles
        self.changedRuleFiles = changedRuleFiles
        self.jobs = jobs
        self.visibleChangeDue = visibleChangeDue
        self.mustMoveTimestamp = mustMoveTimestamp
        self.reloadAnswered = reloadAnswered
        self.mustRestart = mustRestart
        self.liveTargets = liveTargets
    }
}
