/// One process and its configuration tree on this host.
public struct TargetConfiguration: Hashable, Sendable {
    /// The program that runs there, as stoker.yml spells it.
    public enum Kind: String, Hashable, Codable, Sendable, CaseIterable {
        case prometheus, alertmanager
        case blackboxExporter = "blackbox_exporter"
        case snmpExporter = "snmp_exporter"
        case vmagent, vmalert, generic
    }
    /// What happens where the validator is of another minor version than the process.
    public enum ValidatorMatch: String, Hashable, Sendable, CaseIterable { case warn, strict }
    /// How files get into `deployTo`: one by one, by turning a link to a complete tree, or one file through its inode.
    public enum Layout: String, Hashable, Codable, Sendable, CaseIterable {
        case inPlace = "in_place"
        case linked
        case singleFile = "single_file"
    }
    /// What happens where the process is down before a deploy: write all the same, or hold until it is up.
    public enum WhenDown: String, Hashable, Sendable, CaseIterable { case deploy, wait }

    /// What judges a configuration before it is written.
    public enum Validator: Hashable, Sendable {
        /// The kind's own, by this name or path; nil: by the kind's names.
        case program(String?)
        /// A command that gets the staged main file as its last argument.
        case command([String])
    }

    /// How many files of the inventory one change may delete without consent.
    public enum DeletionBudget: Hashable, Sendable {
        case percent(Double)
        case files(Int)

        /// The number of files that may go: at least one for a percentage.
        public func allowed(ofInventory count: Int) -> Int {
            switch self {
            case .percent(let percent): max(1, Int(Double(count) * percent / 100))
            case .files(let files): files
            }
        }
    }

    /// Unique in its environment.
    public var id: Target.ID
    /// Which program is reloaded and asked.
    public var kind: Kind
    /// Folder inside the environment, `.` for the environment's root.
    public var path: String
    /// Relative to `path`; nil for a folder of rules only.
    public var configFile: String?
    /// Absolute; a folder, or the main file itself for `single_file`.
    public var deployTo: String
    /// `deployTo` as the process sees it; nil: ask the process, else the same.
    public var seenAt: String?
    /// Nil: `single_file` where `deployTo` is a regular file, else `in_place`.
    public var layout: Layout?
    /// Where `linked` keeps its releases; nil: `<deployTo>.releases`.
    public var releasesDirectory: String?
    /// Paths rewritten through their inode because they are bind-mounted one by one.
    public var keepInode: [String]
    /// Permission bits of new files; nil: as their siblings.
    public var mode: UInt16?
    /// Base URL of the process, without a trailing slash.
    public var url: String
    /// Credentials, TLS and proxy for `url`.
    public var http: HTTPAccess
    /// How the process learns of new files: tried in order, the next one where one was refused or is not possible.
    public var reload: [Reload]
    /// Where the process writes its log; nil: what `reload` names, see `logPlace`.
    public var log: LogPlace?
    /// What judges the files before they are written.
    public var validator: Validator
    /// Whether it must be of the process's version.
    public var validatorMatch: ValidatorMatch
    /// What a `generic` target shows; nil for every other kind.
    public var generic: GenericKind?
    /// What one change may delete before a person is asked.
    public var maxDelete: DeletionBudget
    /// Whether a deploy waits for the process.
    public var whenDown: WhenDown
    /// Gone or not ready for longer than this after a reload is a failure.
    public var readyTimeout: Duration

    /// One target; defaults are those of stoker.yml.
    public init(
        id: Target.ID, kind: Kind, path: String, configFile: String?, deployTo: String, seenAt: String? = nil,
        layout: Layout? = nil, releasesDirectory: String? = nil, keepInode: [String] = [], mode: UInt16? = nil,
        url: String, http: HTTPAccess = HTTPAccess(), reload: [Reload] = [Reload(.http)],
        log: LogPlace? = nil, validator: Validator = .program(nil),
        validatorMatch: ValidatorMatch = .warn, generic: GenericKind? = nil,
        maxDelete: DeletionBudget = .percent(25), whenDown: WhenDown = .deploy, readyTimeout: Duration = .seconds(60)
    ) {
        self.id = id
        self.kind = kind
        self.path = path
        self.configFile = configFile
        self.deployTo = deployTo
        self.seenAt = seenAt
        self.layout = layout
        self.releasesDirectory = releasesDirectory
        self.keepInode = keepInode
        self.mode = mode
        self.url = url
        self.http = http
        self.reload = reload
        self.log = log
        self.validator = validator
        self.validatorMatch = validatorMatch
        self.generic = generic
        self.maxDelete = maxDelete
        self.whenDown = whenDown
        self.readyTimeout = readyTimeout
    }

    /// What is known of its program.
    public var profile: KindProfile { KindProfile.of(kind, generic: generic) }

    /// How long a reload without an answer may take to show: it goes on in the process when the call timed out, so the
    /// limit of the call says little.
    public var confirmTimeout: Duration { max(reload.map(\.timeout).max() ?? .zero, .seconds(60)) }
}
