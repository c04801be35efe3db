/// What people and scripts are told about one environment; the `data` of `status -o json`.
public struct EnvironmentStatus: Hashable, Codable, Sendable {
    /// Whether what git wants is live and served.
    public enum Sync: String, Hashable, Codable, Sendable {
        case synced
        case outOfSync = "out_of_sync"
        case unknown
    }
    /// Whether what runs is proved.
    public enum Health: String, Hashable, Codable, Sendable { case healthy, progressing, degraded, suspended, unknown }

    /// One target, in the words of `status -o json`.
    public struct TargetStatus: Hashable, Codable, Sendable {
        /// As in the configuration.
        public var name: String
        /// What the process is.
        public var kind: String
        /// How the files are laid out.
        public var layout: String
        /// Against git.
        public var sync: Sync
        /// What is proved of it, as `Probe.Part` spells it.
        public var proof: [String]
        /// What the process gives no proof of, and what was checked instead.
        public var notProvable: String?

        private enum CodingKeys: String, CodingKey {
            case name, kind, layout, sync, proof
            case notProvable = "not_provable"
        }

        /// All it consists of.
        public init(
            name: String, kind: String, layout: String, sync: Sync, proof: [String], notProvable: String? = nil
        ) {
            self.name = name
            self.kind = kind
            self.layout = layout
            self.sync = sync
            self.proof = proof
            self.notProvable = notProvable
        }
    }

    /// As in the configuration.
    public var name: String
    /// Against git.
    public var sync: Sync
    /// Of what runs.
    public var health: Health
    /// `Phase.word` of the attempt; nil before the first.
    public var phase: String?
    /// How it ended; nil while it runs.
    public var outcome: String?
    /// Why it is not as it should be; nil where it is.
    public var reason: Reason?
    /// One sentence for people; empty where all is well.
    public var message: String
    /// The newest of the source.
    public var desiredRevision: String?
    /// The newest, where it is not live.
    public var candidateRevision: String?
    /// What is on disk.
    public var runningRevision: String?
    /// What was proved last.
    public var verifiedRevision: String?
    /// When phase, outcome or reason last changed.
    public var since: WallTime?
    /// In file order.
    public var targets: [TargetStatus]
    /// Environments that must have verified a revision before it enters here. Nil in rows of earlier versions, as is what
    /// follows.
    public var after: [String]?
    /// Every gate for the revision that wants to enter, in the order in which holds are shown; empty where none wants to.
    public var gates: [GateStatus]?
    /// Files that it changes and that no upstream has run.
    public var unexercised: [String]?
    /// The revision a person chose, until it is in or taken back.
    public var promotion: Promotion?
    /// Upstreams that cannot be asked, and since when.
    public var unreachable: [String: WallTime]?
    /// When `reason` began to stand for `candidateRevision`.
    public var reasonSince: WallTime?
    /// It was named to run here although another Stoker runs it by the configuration.
    public var isNamedHere: Bool?
    /// A gate, a Hold or a suspension keeps the desired content away: exit code 4.
    public var held: Bool
    /// Rejected, rolled back or degraded, also while the desired content stands rejected: exit code 3.
    public var bad: Bool
    /// Could not be done: exit code 1.
    public var failing: Bool

    /// An environment that nothing is known of.
    public static func unknown(_ configuration: EnvironmentConfiguration) -> EnvironmentStatus {
        var status = EnvironmentStatus(
            name: configuration.name.rawValue, sync: .unknown, health: .unknown, message: "",
            targets: configuration.targets.map {
                TargetStatus(
                    name: $0.id.rawValue, kind: $0.kind.rawValue, layout: ($0.layout ?? .inPlace).rawValue,
                    sync: .unknown, proof: [])
            }, held: false, bad: false, failing: false)
        status.after = configuration.after.names.map(\.rawValue)
        status.isNamedHere = configuration.remote == nil ? nil : true
        return status
    }

    init(
        name: String, sync: Sync, health: Health, message: String, targets: [TargetStatus], held: Bool, bad: Bool,
        failing: Bool
    ) {
        self.name = name
        self.sync = sync
        self.health = health
        self.phase = nil
        self.outcome = nil
        self.reason = nil
        self.message = message
        self.desiredRevision = nil
        self.candidateRevision = nil
        self.runningRevision = nil
        self.verifiedRevision = nil
        self.since = nil
        self.targets = targets
        self.after = nil
        self.gates = nil
        self.unexercised = nil
        self.promotion = nil
        self.unreachable = nil
        self.reasonSince = nil
        self.isNamedHere = nil
        self.held = held
        self.bad = bad
        self.failing = failing
    }

    /// Whether a person would see a difference; `since` follows from it.
    public func differs(from other: EnvironmentStatus) -> Bool {
        phase != other.phase || outcome != other.outcome || reason != other.reason || sync != other.sync
            || health != other.health
    }
}

/// Exit codes of `run --once` and `reconcile`: 1 before 3 before 4 before 0.
public enum ExitCode {
    /// The worst of several environments.
    public static func of(_ statuses: [EnvironmentStatus]) -> Int32 {
        if statuses.contains(where: \.failing) { return 1 }
        if statuses.contains(where: \.bad) { return 3 }
        if statuses.contains(where: \.held) { return 4 }
        return 0
    }
}
