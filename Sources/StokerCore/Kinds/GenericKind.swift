/// The `generic` block of a target: a program of the user's, described by what it shows.
public struct GenericKind: Hashable, Sendable {
    /// Below `url`; 200 means ready.
    public var readyPath: String
    /// Below `url`.
    public var reloadPath: String
    /// Below `url`; nil: it has no metrics.
    public var metricsPath: String?
    /// A gauge that is 1 after a reload that succeeded.
    public var successMetric: String?
    /// A metric that moves with each reload that succeeded.
    public var timestampMetric: String?
    /// Where it shows a digest of the main file.
    public var hash: ServedHash?
    /// Patterns of files that it reads by itself, relative to the target's folder.
    public var live: [String]

    /// The defaults of stoker.yml.
    public init(
        readyPath: String = "/-/ready", reloadPath: String = "/-/reload", metricsPath: String? = "/metrics",
        successMetric: String? = nil, timestampMetric: String? = nil, hash: ServedHash? = nil, live: [String] = []
    ) {
        self.readyPath = readyPath
        self.reloadPath = reloadPath
        self.metricsPath = metricsPath
        self.successMetric = successMetric
        self.timestampMetric = timestampMetric
        self.hash = hash
        self.live = live
    }

    /// The same as a profile.
    public var profile: KindProfile {
        var profile = KindProfile(
            kind: .generic, product: "the process", configFile: nil, url: "",
            readBack: hash.map(KindProfile.ReadBack.hash) ?? .nothing)
        profile.readyPath = readyPath
        profile.reloadPath = reloadPath
        profile.metricsPath = metricsPath
        // What nobody said of it must not be believed of it.
        profile.reloadIsAtomic = false
        profile.startTime = metricsPath == nil ? .unknown : .metric
        if successMetric != nil || timestampMetric != nil {
            profile.signals = KindProfile.Signals(gauge: successMetric, timestamp: timestampMetric)
        }
        profile.live = live
        return profile
    }
}
