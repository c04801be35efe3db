// Configuration: what stoker.yml says, after it was read and checked. Values only; secrets stay files until used.

/// The whole of `stoker.yml`.
public struct Configuration: Hashable, Sendable {
    public var pollInterval: Duration
    public var source: SourceConfiguration
    public var environments: [EnvironmentConfiguration]

    public init(pollInterval: Duration, source: SourceConfiguration, environments: [EnvironmentConfiguration]) {
        self.pollInterval = pollInterval
        self.source = source
        self.environments = environments
    }
}

/// Where revisions come from: repository, ref and credentials.
public struct SourceConfiguration: Hashable, Sendable {
    /// What to do when an unchanged branch no longer descends from what was seen of it.
    public enum OnRewrite: String, Hashable, Sendable, CaseIterable { case hold, follow }

    public var url: String
    public var ref: GitRef
    /// Hard limit of one fetch.
    public var timeout: Duration
    public var http: HTTPAccess
    public var onRewrite: OnRewrite

    public init(url: String, ref: GitRef, timeout: Duration, http: HTTPAccess, onRewrite: OnRewrite) {
        self.url = url
        self.ref = ref
        self.timeout = timeout
        self.http = http
        self.onRewrite = onRewrite
    }
}

/// What is followed in the repository.
public enum GitRef: Hashable, Codable, Sendable, CustomStringConvertible {
    case branch(String)
    case tag(String)
    case commit(CommitID)

    public var description: String {
        switch self {
        case .branch(let name), .tag(let name): name
        case .commit(let id): String(id.rawValue.prefix(12))
        }
    }
}

/// The unit of decision: one folder of the repository, layered, and the processes it configures.
public struct EnvironmentConfiguration: Hashable, Sendable {
    public enum Drift: String, Hashable, Sendable, CaseIterable { case report, correct }

    public var name: EnvironmentName
    /// Folders of the repository, `.` for its root; later ones win file by file.
    public var layers: [String]
    /// Overrides the source's ref.
    public var ref: GitRef?
    public var exclude: [String]
    public var ruleTests: [String]
    public var drift: Drift
    /// Nil: proof of load only.
    public var verify: VerifyConfiguration?
    public var targets: [TargetConfiguration]

    public init(
        name: EnvironmentName, layers: [String], ref: GitRef?, exclude: [String], ruleTests: [String], drift: Drift,
        verify: VerifyConfiguration?, targets: [TargetConfiguration]
    ) {
        self.name = name
        self.layers = layers
        self.ref = ref
        self.exclude = exclude
        self.ruleTests = ruleTests
        self.drift = drift
        self.verify = verify
        self.targets = targets
    }
}

/// How long and by what a new configuration is watched before it counts as verified.
public struct VerifyConfiguration: Hashable, Sendable {
    public struct Check: Hashable, Codable, Sendable {
        public enum PassWhen: String, Hashable, Codable, Sendable, CaseIterable { case nonEmpty = "non_empty", empty }
        public var expr: String
        public var passWhen: PassWhen
        public init(expr: String, passWhen: PassWhen) {
            self.expr = expr
            self.passWhen = passWhen
        }
    }

    public var forDuration: Duration
    public var interval: Duration
    public var timeout: Duration
    public var checks: [Check]

    public init(forDuration: Duration, interval: Duration, timeout: Duration, checks: [Check]) {
        self.forDuration = forDuration
        self.interval = interval
        self.timeout = timeout
        self.checks = checks
    }
}
