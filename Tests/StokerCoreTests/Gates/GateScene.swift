@testable import StokerCore

/// An environment with gates, what its upstreams say, and what people decided: values, so that a test reads like a story.
struct GateScene {
    var gates = GateConfiguration()
    var after = Upstreams(["staging"])
    var advance = Advance.train
    var record = EnvironmentRecord(bootID: "boot")
    var upstreams: [UpstreamStanding] = []
    var status: EnvironmentStatus?
    var decisions: [OperatorRequest] = []
    var onRewrite = SourceConfiguration.OnRewrite.hold
    /// Nil: the gates' checks were not asked.
    var checks: [Probe.CheckResult]?
    /// Tuesday, 2023-11-14 22:13:20 UTC.
    static let now = Now(instant: Instant(seconds: 100_000), wall: WallTime(milliseconds: 1_700_000_000_000))

    static func ago(_ seconds: Int64) -> WallTime { WallTime(milliseconds: now.wall.milliseconds - seconds * 1000) }

    static func revision(_ content: String) -> Revision { Revision(ref: "main", commit: CommitID(content)) }

    static func goal(_ content: String) -> Goal { Goal(revision: revision(content), content: ContentID(content)) }

    /// The same content name upstream, with `staging-` before it.
    static func contender(
        _ content: String, relation: Candidate.Relation = .forward, trust: Candidate.Trust = .trusted,
        unexercised: [String] = []
    ) -> Contender {
        Contender(
            candidate: Candidate(
                revision: revision(content), ref: .branch("main"), content: .success(ContentID(content)),
                relation: relation, trust: trust),
            upstream: ["staging": ContentID("staging-\(content)")],
            unexercised: unexercised.isEmpty ? [:] : ["staging": unexercised])
    }

    /// Staging has verified these, an hour ago, and they ran for so long.
    mutating func verify(_ contents: String..., soaked: Duration = .seconds(3600)) {
        upstreams = [
            UpstreamStanding(name: "staging", verified: contents.map { Self.verified($0, soaked: soaked) })
        ]
    }

    static func verified(_ content: String, soaked: Duration, isSoaking: Bool = true) -> UpstreamStanding.Verified {
        UpstreamStanding.Verified(
            content: ContentID("staging-\(content)"), verifiedAt: ago(3600), soaked: soaked, isSoaking: isSoaking,
            takings: [SoakLedger.Taking(revision: revision(content), at: ago(3600), soaked: .zero)])
    }

    /// A content runs here, verified two hours ago.
    mutating func run(_ content: String) {
        record.live = Self.goal(content)
        record.verified = EnvironmentRecord.Standing(
            revision: Self.revision(content), content: ContentID(content), at: Self.ago(7200),
            proof: ["p": ["reloaded", "config"]])
    }

    mutating func decide(_ kind: OperatorRequest.Kind, by actor: String = "ada", ago seconds: Int64 = 60) {
        decisions.insert(
            OperatorRequest(id: Int64(decisions.count + 1), kind: kind, actor: actor, at: Self.ago(seconds)), at: 0)
    }

    /// What holds a revision, by the status.
    mutating func note(_ reason: Reason, of content: String, since seconds: Int64) {
        var status = EnvironmentStatus.unknown(configuration)
        status.reason = reason
        status.held = true
        status.candidateRevision = Self.revision(content).description
        status.since = Self.ago(seconds * 2)
        status.reasonSince = Self.ago(seconds)
        self.status = status
    }

    var configuration: EnvironmentConfiguration {
        EnvironmentConfiguration(
            name: "production", layers: ["."], ref: nil, exclude: [], ruleTests: [], drift: .report, verify: nil,
            targets: [], after: after, gates: gates, advance: advance)
    }

    var keeper: Gatekeeper {
        Gatekeeper(
            configuration, windows: Windows(windows: gates.windows, blackouts: gates.blackouts, zones: [.utc]),
            upstreams: upstreams, record: record, checks: checks, now: Self.now)
    }

    func explainer(_ contenders: [Contender]) -> Explainer {
        Explainer(keeper, contenders: contenders, status: status, decisions: decisions, onRewrite: onRewrite)
    }

    /// Of a commit that is the newest.
    func explain(_ contender: Contender = contender("new")) -> Explanation {
        explainer([contender]).explain(contender)
    }
}
