/// What was read of the process before the deploy, stored with the attempt: proof is the difference to it. Compare with
/// the old values, never with a clock.
public struct Evidence: Hashable, Codable, Sendable {
    /// Ready when the evidence was read. A target that was down before is waited for, not condemned.
    public var wasUp: Bool
    /// Why it was not, for people.
    public var message: String
    /// What it said of itself.
    public var runtime: RuntimeFacts?
    /// `prometheus_config_last_reload_success_timestamp_seconds`, the exact text of `/metrics`.
    public var successTimestamp: String?
    /// The exact text of the counter of reloads that were begun, where the process has one.
    public var attempts: String?
    /// Digest (hexadecimal SHA-256) of the text of `/api/v1/status/config`.
    public var configDigest: String?
    /// Fingerprint of what was served for each rule file, by the path as the process sees it.
    public var ruleFiles: [String: String]
    /// Counters that must not rise.
    public var failures: FailureCounters?
    /// Declared jobs that had no scrape pool already before: they do not condemn a change.
    public var missingPools: Set<String>
    /// The results of the user's checks before the change, in the order of the configuration.
    public var checks: [Probe.CheckResult]
    /// What the change touches; nil where nothing is compared.
    public var scope: ChangeScope?
    /// Its vital signs before the change; nil where nothing is compared or they could not be read.
    public var vitals: Vitals?
    /// Its flags; nil where they could not be read.
    public var process: ProcessFlags?
    /// As `2.42.0`.
    public var version: String?
    /// The text of `/api/v1/status/config` must change: see `VisibleChange`.
    public var visibleChangeDue: Bool
    /// `process_start_time_seconds`; nil where it is not told.
    public var processStartSeconds: Double?
    /// Why nobody can say which process answers: several do, in turns.
    public var several: String?

    /// Evidence of a process that was up is filled in by who reads it; this is one that was not.
    public init(wasUp: Bool, message: String = "") {
        self.wasUp = wasUp
        self.message = message
        ruleFiles = [:]
        missingPools = []
        checks = []
        visibleChangeDue = false
    }
}

/// Counters of what a reload breaks without saying so.
public struct FailureCounters: Hashable, Codable, Sendable {
    /// `prometheus_target_scrape_pools_failed_total`.
    public var scrapePools: Double?
    /// The sum of `prometheus_sd_failed_configs` over scrape and notify.
    public var discovery: Double?

    /// Nil where the process does not have the metric.
    public init(scrapePools: Double? = nil, discovery: Double? = nil) {
        self.scrapePools = scrapePools
        self.discovery = discovery
    }
}

/// The command-line flags that matter to us, and where relative paths among them start.
public struct ProcessFlags: Hashable, Codable, Sendable {
    /// `config.file` as given: relative to `workingDirectory`, or absolute.
    public var configFile: String
    /// `web.config.file`, empty where there is none.
    public var webConfigFile: String
    /// `web.route-prefix`, `/` where there is none.
    public var routePrefix: String
    /// `web.enable-lifecycle`: whether `POST /-/reload` is allowed.
    public var lifecycleEnabled: Bool
    /// It reloads by itself and may race a deploy of several files.
    public var autoReload: Bool
    /// `CWD` of runtimeinfo, empty where unknown.
    public var workingDirectory: String
    /// Agent mode: no rules, no queries.
    public var isAgent: Bool?
    /// The patterns of rule files that it was started with; nil where a main file names them.
    public var ruleFiles: [String]?
    /// The patterns of template files that it was started with.
    public var templates: [String]?

    /// The flags as the process reports them.
    public init(
        configFile: String, webConfigFile: String = "", routePrefix: String = "/", lifecycleEnabled: Bool = true,
        autoReload: Bool = false, workingDirectory: String = "", isAgent: Bool? = nil, ruleFiles: [String]? = nil,
        templates: [String]? = nil
    ) {
        self.configFile = configFile
        self.webConfigFile = webConfigFile
        self.routePrefix = routePrefix
        self.lifecycleEnabled = lifecycleEnabled
        self.autoReload = autoReload
        self.workingDirectory = workingDirectory
        self.isAgent = isAgent
        self.ruleFiles = ruleFiles
        self.templates = templates
    }

    /// The folder of the main file as the process sees it, absolute where the working directory is known.
    public var configDirectory: String { SeenPath.parent(SeenPath.absolute(configFile, in: workingDirectory)) }
    /// `web.config.file`, absolute; nil where there is none.
    public var webConfigPath: String? {
        webConfigFile.isEmpty ? nil : SeenPath.absolute(webConfigFile, in: workingDirectory)
    }
}
