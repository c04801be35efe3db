extension EnvironmentRecord {
    /// What an open gate said when a content came in.
    public struct GateWords: Hashable, Codable, Sendable {
        /// Which.
        public let gate: Reason
        /// In a sentence.
        public let message: String
        /// Since when it was so; nil where that says nothing.
        public let since: WallTime?
        /// All it consists of.
        public init(gate: Reason, message: String, since: WallTime? = nil) {
            self.gate = gate
            self.message = message
            self.since = since
        }
    }

    /// What let a content in, as it was when its deploy began: words that were given, or ran out, later had no part in it.
    public struct Entry: Hashable, Codable, Sendable {
        /// Which.
        public let content: ContentID
        /// When.
        public let at: WallTime
        /// Environments of `after` that had verified it.
        public let upstreams: [EnvironmentName]
        /// People's words for it that counted, newest first.
        public let approvals: [Approval]
        /// It was a person's choice.
        public let promotion: Promotion?
        /// What each gate said, in their order.
        public let gates: [GateWords]
        /// All it consists of.
        public init(
            content: ContentID, at: WallTime, upstreams: [EnvironmentName] = [], approvals: [Approval] = [],
            promotion: Promotion? = nil, gates: [GateWords] = []
        ) {
            self.gates = gates
            self.content = content
            self.at = at
            self.upstreams = upstreams
            self.approvals = approvals
            self.promotion = promotion
        }
    }

    /// Older ones are forgotten: what runs is among the last ones.
    static let rememberedEntries = 20

    /// The last time counts.
    mutating func note(_ entry: Entry) {
        let others = (entries ?? []).filter { $0.content != entry.content }
        entries = Array(([entry] + others).prefix(Self.rememberedEntries))
    }
}

extension Gatekeeper {
    /// What lets a contender in now; nil where it has no content.
    func entry(of contender: Contender) -> EnvironmentRecord.Entry? {
        guard let content = contender.content else { return nil }
        let verified = configuration.after.names.filter { name in
            contender.upstream[name].flatMap { content in
                upstreams.first { $0.name == name }?.verified(content)
            } != nil
        }
        return EnvironmentRecord.Entry(
            content: content, at: now.wall, upstreams: verified,
            approvals: approvals(of: content, configuration.gates.policy),
            promotion: record.promotion.flatMap { $0.goal.content == content ? $0 : nil },
            gates: standings(of: contender).filter { $0.isOpen && $0.reason != .frozen }.map {
                EnvironmentRecord.GateWords(gate: $0.reason, message: $0.message, since: $0.since)
            })
    }
}
