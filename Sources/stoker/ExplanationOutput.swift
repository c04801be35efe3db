import StokerCore
import StokerHost

extension Output {
    /// The chains of `why` and `promote --dry-run`.
    /// - Parameter promotion: the one that stands there.
    static func explanations(
        _ explanations: [Explanation], _ environment: EnvironmentConfiguration, standing promotion: Promotion?,
        _ format: OutputFormat
    ) throws {
        switch format {
        case .json: try json(ExplanationJSON(environment: environment.name.rawValue, explanations, promotion))
        case .table:
            if explanations.isEmpty {
                line("\(environment.name): nothing runs here, and no commit is known: run `stoker run --once` first")
            }
            for explanation in explanations { show(explanation) }
            if let promotion {
                line("\(environment.name): \(promotion.words(standingIn: environment.name.rawValue))")
            }
        }
    }

    private static func show(_ explanation: Explanation) {
        line("\(explanation.environment): \(explanation.revision.short): \(explanation.message)")
        for ground in explanation.grounds {
            line("  let in   \(ground.message)" + (ground.at.map { ", \(TimeText.iso($0))" } ?? ""))
        }
        for gate in explanation.gates { show(gate) }
        for path in explanation.unexercised { line("  not exercised before: \(path)") }
        line("  next     \(explanation.next)")
    }

    private static func show(_ gate: Explanation.Gate) {
        let standing = gate.standing
        var text = "  \(standing.isOpen ? "open  " : "CLOSED")   \(standing.reason.rawValue): \(standing.message)"
        if let since = gate.since { text += ", since \(TimeText.iso(since))" }
        if let opens = standing.opensIn { text += ", until \(TimeText.iso(Clock.wall(in: opens)))" }
        if let who = standing.waitsFor { text += ", waits for \(who)" }
        line(text)
    }
}

/// The JSON of `why` and `promote --dry-run`.
struct ExplanationJSON: Encodable {
    private let environment: String
    private let explanations: [One]
    private let promotion: PromotionJSON?

    private enum CodingKeys: String, CodingKey { case environment, explanations, promotion }

    init(environment: String, _ explanations: [Explanation], _ promotion: Promotion?) {
        self.environment = environment
        self.explanations = explanations.map(One.init)
        self.promotion = promotion.map(PromotionJSON.init)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(environment, forKey: .environment)
        try container.encode(explanations, forKey: .explanations)
        try container.encode(promotion, forKey: .promotion)
    }

    struct One: Encodable {
        let explanation: Explanation

        private enum CodingKeys: String, CodingKey {
            case revision, content, state, message, gates, grounds, unexercised, next
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(explanation.revision, forKey: .revision)
            try container.encode(explanation.content?.rawValue, forKey: .content)
            try container.encode(explanation.state, forKey: .state)
            try container.encode(explanation.message, forKey: .message)
            try container.encode(explanation.gates.map(GateJSON.init), forKey: .gates)
            try container.encode(explanation.grounds.map(GroundJSON.init), forKey: .grounds)
            try container.encode(explanation.unexercised, forKey: .unexercised)
            try container.encode(explanation.next, forKey: .next)
        }
    }

    /// As in `status`, with since when.
    struct GateJSON: Encodable {
        let gate: Explanation.Gate
        private enum CodingKeys: String, CodingKey { case since }

        func encode(to encoder: any Encoder) throws {
            try GateStatus(gate.standing).encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(gate.since.map(TimeText.iso), forKey: .since)
        }
    }

    struct GroundJSON: Encodable {
        let ground: Explanation.Ground
        private enum CodingKeys: String, CodingKey { case what, message, at }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(ground.what, forKey: .what)
            try container.encode(ground.message, forKey: .message)
            try container.encode(ground.at.map(TimeText.iso), forKey: .at)
        }
    }
}

/// The JSON of `why` for an environment that another Stoker runs: nothing is explained, and where to ask.
struct RemoteJSON: Encodable {
    private let environment: String
    private let runsAt: String
    private let trouble: String?

    private enum CodingKeys: String, CodingKey {
        case environment, explanations, trouble
        case runsAt = "runs_at"
    }

    init(environment: String, runsAt: String, _ standing: UpstreamStanding) {
        self.environment = environment
        self.runsAt = runsAt
        trouble = standing.trouble?.message
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(environment, forKey: .environment)
        try container.encode([String](), forKey: .explanations)
        try container.encode(runsAt, forKey: .runsAt)
        try container.encode(trouble, forKey: .trouble)
    }
}
