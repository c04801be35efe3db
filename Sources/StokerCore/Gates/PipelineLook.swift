/// What a look found of the environments around this one: whom it may take a revision from, and who waits for what it runs.
public struct PipelineLook: Hashable, Sendable {
    /// Revisions that may be next, newest first; the newest of the source is the first of them. Only such as lead on from
    /// what runs here.
    public var contenders: [Contender]
    /// Of each upstream, in the order of `after`.
    public var upstreams: [UpstreamStanding]
    /// Environments that soak in this one.
    public var downstreams: [DownstreamWish]
    /// The answers of the gates' checks, in their order; nil where they were not asked.
    public var checks: [Probe.CheckResult]?

    /// All it consists of.
    public init(
        contenders: [Contender] = [], upstreams: [UpstreamStanding] = [], downstreams: [DownstreamWish] = [],
        checks: [Probe.CheckResult]? = nil
    ) {
        self.contenders = contenders
        self.upstreams = upstreams
        self.downstreams = downstreams
        self.checks = checks
    }
}

/// A revision that may enter an environment, and what it looks like in the upstreams.
public struct Contender: Hashable, Sendable {
    /// What it looks like here.
    public let candidate: Candidate
    /// What it looks like in each upstream; absent where it has no content there.
    public let upstream: [EnvironmentName: ContentID]
    /// For each upstream the files that it changes here and that were not exercised there, sorted; absent where there are none.
    public let unexercised: [EnvironmentName: [String]]

    /// All it consists of.
    public init(
        candidate: Candidate, upstream: [EnvironmentName: ContentID], unexercised: [EnvironmentName: [String]] = [:]
    ) {
        self.candidate = candidate
        self.upstream = upstream
        self.unexercised = unexercised
    }

    /// Nil where it has none.
    var content: ContentID? {
        if case .success(let content) = candidate.content { content } else { nil }
    }
}

/// An environment with `soak` and `advance: train` downstream of this one.
public struct DownstreamWish: Hashable, Sendable {
    /// Which.
    public let name: EnvironmentName
    /// How long a content must run here for it.
    public let soak: Duration
    /// What runs here now would change something there, and may enter in principle.
    public let wants: Bool
    /// All it consists of.
    public init(name: EnvironmentName, soak: Duration, wants: Bool) {
        self.name = name
        self.soak = soak
        self.wants = wants
    }
}
