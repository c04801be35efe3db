/// What one environment tells the others: what it has verified and for how long that ran. Made of its record where it runs
/// here, read from the other Stoker's API where it is `remote`.
public struct UpstreamStanding: Hashable, Codable, Sendable {
    /// A content whose verification counts.
    public struct Verified: Hashable, Codable, Sendable {
        /// Which.
        public let content: ContentID
        /// When, for display.
        public let verifiedAt: WallTime
        /// How long it has run verified.
        public let soaked: Duration
        /// Its time runs: it is live there, verified and seen to be served.
        public let isSoaking: Bool
        /// The revisions it ran under, newest first.
        public let takings: [SoakLedger.Taking]
        /// All it consists of.
        public init(
            content: ContentID, verifiedAt: WallTime, soaked: Duration, isSoaking: Bool,
            takings: [SoakLedger.Taking]
        ) {
            self.content = content
            self.verifiedAt = verifiedAt
            self.soaked = soaked
            self.isSoaking = isSoaking
            self.takings = takings
        }
    }

    /// It cannot be asked.
    public struct Trouble: Hashable, Codable, Sendable {
        /// Since when; nil where nobody who asks all the time knows.
        public let since: WallTime?
        /// Why.
        public let message: String
        /// All it consists of.
        public init(since: WallTime?, message: String) {
            self.since = since
            self.message = message
        }
    }

    /// Whose.
    public let name: EnvironmentName
    /// Why it cannot be asked: then nothing of it counts as verified. Nil where it could be.
    public var trouble: Trouble?
    /// Newest first.
    public var verified: [Verified]
    /// What is live there, verified or not.
    public var running: ContentID?
    /// Contents with which it did not do well when it was looked at last, and why.
    public var degraded: [ContentID: String]
    /// Contents that were verified and do not count any more, and why.
    public var revoked: [ContentID: String]
    /// What stands rejected there, and why.
    public var rejected: [ContentID: String]
    /// A person stopped all writes there.
    public var isSuspended: Bool
    /// It wants a revision at once, whatever soaks.
    public var isInHurry: Bool

    /// All it consists of.
    public init(
        name: EnvironmentName, trouble: Trouble? = nil, verified: [Verified] = [], running: ContentID? = nil,
        degraded: [ContentID: String] = [:], revoked: [ContentID: String] = [:], rejected: [ContentID: String] = [:],
        isSuspended: Bool = false,
        isInHurry: Bool = false
    ) {
        self.name = name
        self.trouble = trouble
        self.verified = verified
        self.running = running
        self.degraded = degraded
        self.revoked = revoked
        self.rejected = rejected
        self.isSuspended = isSuspended
        self.isInHurry = isInHurry
    }

    /// The same without what changes by the second: where two are equal in that, there is no news.
    public var lasting: UpstreamStanding {
        var standing = self
        standing.verified = verified.map {
            Verified(
                content: $0.content, verifiedAt: $0.verifiedAt, soaked: .zero, isSoaking: $0.isSoaking,
                takings: $0.takings)
        }
        return standing
    }

    /// What counts of a content; nil where it is not verified there.
    public func verified(_ content: ContentID) -> Verified? {
        trouble == nil ? verified.first { $0.content == content } : nil
    }
}

extension EnvironmentRecord {
    /// What the others may know of an environment.
    /// - Parameters:
    ///   - seenAt: when it was looked at last: no time counts that nobody has seen to the end of. Nil: nobody looks after it,
    ///     and its time stands still.
    ///   - boot: the one that the time is of.
    ///   - requests: what people asked of it and it has not heard yet: their word against a content counts at once.
    public func standing(
        of name: EnvironmentName, seenAt: Instant?, boot: String, requests: [OperatorRequest] = []
    ) -> UpstreamStanding {
        var ledger = soak ?? SoakLedger()
        // What ran in another boot ended with it, whether the environment has noticed or not.
        if bootID != boot || seenAt == nil { ledger.interrupt() }
        var rejected = Dictionary(
            rejections.map { ($0.content, $0.failure.message) }, uniquingKeysWith: { first, _ in first })
        for request in requests {
            switch request.kind {
            case .reject(_, let content, let reason):
                ledger.revoke(content, because: "it was rejected by \(request.actor)", byPerson: true)
                rejected[content] = reason
            case .rollback(let goal):
                if let live = live?.content, live != goal?.content {
                    ledger.revoke(live, because: "it was rolled back by \(request.actor)", byPerson: true)
                }
            case .approve, .suspend, .resume, .reconcile, .freeze, .unfreeze, .promote: break
            }
        }
        let degraded = away.map { [$0.content: $0.message] } ?? [:]
        return UpstreamStanding(
            name: name,
            verified: ledger.entries.filter { $0.objection == nil }.map {
                UpstreamStanding.Verified(
                    content: $0.content, verifiedAt: $0.verifiedAt,
                    soaked: ledger.soaked($0, at: seenAt ?? Instant(nanoseconds: 0)),
                    isSoaking: ledger.runningContent == $0.content, takings: $0.takings)
            }, running: live?.content, degraded: degraded,
            revoked: Dictionary(
                ledger.entries.compactMap { entry in entry.objection.map { (entry.content, $0) } },
                uniquingKeysWith: { first, _ in first }),
            rejected: rejected, isSuspended: suspension != nil, isInHurry: promotion?.breakGlass ?? false)
    }
}
