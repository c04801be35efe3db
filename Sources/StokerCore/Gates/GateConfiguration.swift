/// What must hold before a revision enters an environment, besides its upstreams. Rollbacks and repairs pass all of it.
public struct GateConfiguration: Hashable, Sendable {
    /// What to do with changes that no upstream has run: only say so, or ask for an approval.
    public enum Unexercised: String, Hashable, Sendable, CaseIterable { case report, hold }

    /// How long the content must have run verified in each upstream; zero: no longer than its verification.
    public var soak: Duration
    /// Nil: nobody is asked.
    public var approval: ApprovalPolicy?
    /// New revisions enter only within one of these; empty: always.
    public var windows: [CalendarInterval]
    /// New revisions do not enter within any of these.
    public var blackouts: [CalendarInterval]
    /// Asked before a revision enters; each names whom it asks.
    public var checks: [CheckConfiguration]
    /// What to do with changes that no upstream has run.
    public var unexercised: Unexercised
    /// Whose word changes need that no upstream has run, where `unexercised` is `hold` and nobody is asked otherwise.
    public var unexercisedApproval: ApprovalPolicy

    /// No gate at all where nothing is given.
    public init(
        soak: Duration = .zero, approval: ApprovalPolicy? = nil, windows: [CalendarInterval] = [],
        blackouts: [CalendarInterval] = [], checks: [CheckConfiguration] = [], unexercised: Unexercised = .report,
        unexercisedApproval: ApprovalPolicy = ApprovalPolicy()
    ) {
        self.unexercisedApproval = unexercisedApproval
        self.soak = soak
        self.approval = approval
        self.windows = windows
        self.blackouts = blackouts
        self.checks = checks
        self.unexercised = unexercised
    }

    /// Nothing but the upstreams stands before a revision.
    public var isEmpty: Bool { self == GateConfiguration() }

    /// Whose word counts where one is asked for.
    public var policy: ApprovalPolicy { approval ?? unexercisedApproval }
}

/// Whose word a content needs.
public struct ApprovalPolicy: Hashable, Sendable {
    /// Users of the host whose word counts; empty: everybody who may write the storage directory.
    public var approvers: [String]
    /// How many different people.
    public var count: Int
    /// How long a word counts.
    public var expires: Duration

    /// The defaults are stoker.yml's.
    public init(approvers: [String] = [], count: Int = 1, expires: Duration = .seconds(7 * 86_400)) {
        self.approvers = approvers
        self.count = count
        self.expires = expires
    }

    /// Whether somebody's word counts.
    public func admits(_ actor: String) -> Bool { approvers.isEmpty || approvers.contains(actor) }
}

/// The environments that must have verified what a revision looks like there.
public struct Upstreams: Hashable, Sendable {
    /// In the order of the file; empty: none.
    public var names: [EnvironmentName]
    /// One of them is enough.
    public var any: Bool

    /// All of them, unless `any`.
    public init(_ names: [EnvironmentName] = [], any: Bool = false) {
        self.names = names
        self.any = any
    }
}

/// Which of several eligible revisions is next.
public enum Advance: String, Hashable, Sendable, CaseIterable {
    /// One at a time: what soaks is not replaced, and its upstream waits with newer ones. They come together afterwards.
    case train
    /// Always the newest; under a stream of commits none may ever have soaked.
    case latest
}

/// Another Stoker, which runs an environment of this file.
public struct RemoteEnvironment: Hashable, Sendable {
    /// Base URL without a trailing slash.
    public var url: String
    /// Credentials, TLS and proxy for it.
    public var http: HTTPAccess
    /// Hard limit of one question.
    public var timeout: Duration

    /// Its API.
    public init(url: String, http: HTTPAccess = HTTPAccess(), timeout: Duration = .seconds(10)) {
        self.url = url
        self.http = http
        self.timeout = timeout
    }
}
