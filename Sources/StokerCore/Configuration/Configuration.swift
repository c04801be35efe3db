// Configuration: what stoker.yml says, after it was read and checked. Values only; secrets stay files until used.

/// The whole of `stoker.yml`.
public struct Configuration: Hashable, Sendable {
    /// Between two looks at the source where nothing wakes the loop earlier.
    public var pollInterval: Duration
    /// The one repository that all environments are read from.
    public var source: SourceConfiguration
    /// At least one; names are unique.
    public var environments: [EnvironmentConfiguration]
    /// The rules of every zone that a window or a blackout names, UTC always among them.
    public var zones: [ZoneRules]

    /// The file's three parts; which of them fit together was checked by the reader.
    public init(
        pollInterval: Duration, source: SourceConfiguration, environments: [EnvironmentConfiguration],
        zones: [ZoneRules] = [.utc]
    ) {
        self.pollInterval = pollInterval
        self.source = source
        self.environments = environments
        self.zones = zones
    }
}

/// Where revisions come from: repository, ref and credentials.
public struct SourceConfiguration: Hashable, Sendable {
    /// What to do when an unchanged branch no longer descends from what was seen of it.
    public enum OnRewrite: String, Hashable, Sendable, CaseIterable { case hold, follow }

    /// An `http`, `https` or `file` URL without user and password, an `ssh` URL or `user@host:path`, or a path of this host.
    public var url: String
    /// What is followed where an environment names no ref of its own.
    public var ref: GitRef
    /// Hard limit of one fetch.
    public var timeout: Duration
    /// Credentials, certificates and proxy of an `http` or `https` URL.
    public var http: HTTPAccess
    /// Keys of an `ssh` URL.
    public var ssh: SSHAccess
    /// A program and its arguments that prints the password or token; empty: none.
    public var credentialsCommand: [String]
    /// Who must have signed what is deployed; nil: nobody.
    public var verify: SignaturePolicy?
    /// `hold` keeps the running revision until a person consents; `follow` goes along.
    public var onRewrite: OnRewrite
    /// What a server may cost us, besides `timeout`.
    public var limits: SourceLimits

    /// One repository; nothing is reached or read yet.
    public init(
        url: String, ref: GitRef, timeout: Duration, http: HTTPAccess, ssh: SSHAccess = SSHAccess(),
        credentialsCommand: [String] = [], verify: SignaturePolicy? = nil, onRewrite: OnRewrite,
        limits: SourceLimits = SourceLimits()
    ) {
        self.url = url
        self.ref = ref
        self.timeout = timeout
        self.http = http
        self.ssh = ssh
        self.credentialsCommand = credentialsCommand
        self.verify = verify
        self.onRewrite = onRewrite
        self.limits = limits
    }
}

/// What is followed in the repository.
public enum GitRef: Hashable, Codable, Sendable, CustomStringConvertible {
    case branch(String)
    case tag(String)
    /// Of all tags that match the glob and are semantic versions, the highest one.
    case tagPattern(String)
    case commit(CommitID)

    /// The name of the branch or tag, the pattern, or the first twelve digits of the commit.
    public var description: String {
        switch self {
        case .branch(let name), .tag(let name), .tagPattern(let name): name
        case .commit(let id): String(id.rawValue.prefix(12))
        }
    }
}

/// The unit of decision: one folder of the repository, layered, and the processes it configures.
public struct EnvironmentConfiguration: Hashable, Sendable {
    /// What to do where disk or process no longer has the verified content: say so, or put it back.
    public enum Drift: String, Hashable, Sendable, CaseIterable { case report, correct }

    /// Unique in the file.
    public var name: EnvironmentName
    /// Folders of the repository, `.` for its root; later ones win file by file.
    public var layers: [String]
    /// Overrides the source's ref.
    public var ref: GitRef?
    /// Globs inside the environment's folder; files they match are not part of the snapshot.
    public var exclude: [String]
    /// Globs of promtool rule tests inside the environment's folder: run before anything is written, never deployed.
    public var ruleTests: [String]
    /// Globs of lists of routing cases inside the environment's folder: run before anything is written, never deployed.
    public var routingTests: [String]
    /// What a difference nobody committed leads to.
    public var drift: Drift
    /// Nil: proof of load only.
    public var verify: VerifyConfiguration?
    /// At least one; each has a `deployTo` and a `url` of its own. Empty where another Stoker runs it.
    public var targets: [TargetConfiguration]
    /// Who must have verified a revision before it enters.
    public var after: Upstreams
    /// What else must hold before it enters.
    public var gates: GateConfiguration
    /// Which of several eligible revisions is next.
    public var advance: Advance
    /// How long a target must stay proved before the next one is deployed; zero: they are verified together.
    public var bake: Duration
    /// The Stoker that runs it, where this one does not.
    public var remote: RemoteEnvironment?

    /// One environment; defaults are the reader's business.
    public init(
        name: EnvironmentName, layers: [String], ref: GitRef?, exclude: [String], ruleTests: [String],
        routingTests: [String] = [], drift: Drift, verify: VerifyConfiguration?, targets: [TargetConfiguration],
        after: Upstreams = Upstreams(), gates: GateConfiguration = GateConfiguration(), advance: Advance = .train,
        bake: Duration = .zero, remote: RemoteEnvironment? = nil
    ) {
        self.after = after
        self.gates = gates
        self.advance = advance
        self.bake = bake
        self.remote = remote
        self.name = name
        self.layers = layers
        self.ref = ref
        self.exclude = exclude
        self.ruleTests = ruleTests
        self.routingTests = routingTests
        self.drift = drift
        self.verify = verify
        self.targets = targets
    }
}

extension EnvironmentConfiguration {
    /// The target whose validator runs the rule tests: the first Prometheus, else the first.
    public var testedTarget: Target.ID? { (targets.first { $0.kind == .prometheus } ?? targets.first)?.id }
}

/// How long and by what a new configuration is watched before it counts as verified.
public struct VerifyConfiguration: Hashable, Sendable {
    /// How long everything must hold after settling; zero: one proof is enough.
    public var forDuration: Duration
    /// Between two looks of a quiet window.
    public var interval: Duration
    /// Inconclusive for longer than this is unproven.
    public var timeout: Duration
    /// Asked of the environment's targets besides proof of load; empty: proof of load only.
    public var checks: [CheckConfiguration]
    /// Which vital signs of the targets are compared with those before the change.
    public var compare: ComparisonPolicy

    /// The rules of one window, for every target of the environment.
    public init(
        forDuration: Duration, interval: Duration, timeout: Duration, checks: [CheckConfiguration],
        compare: ComparisonPolicy = ComparisonPolicy()
    ) {
        self.forDuration = forDuration
        self.interval = interval
        self.timeout = timeout
        self.checks = checks
        self.compare = compare
    }
}
