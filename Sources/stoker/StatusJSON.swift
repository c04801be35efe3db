import StokerCore
import StokerHost

/// The JSON of `status`, spelled as the design has it; every key is always there.
struct StatusJSON: Encodable, Sendable {
    let environments: [Environment]

    struct Environment: Encodable, Sendable {
        let status: EnvironmentStatus
        private enum CodingKeys: String, CodingKey {
            case name, sync, health, phase, outcome, reason, message, since, targets, after, gates, unexercised,
                promotion
            case desiredRevision = "desired_revision"
            case candidateRevision = "candidate_revision"
            case runningRevision = "running_revision"
            case verifiedRevision = "verified_revision"
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(status.name, forKey: .name)
            try container.encode(status.sync, forKey: .sync)
            try container.encode(status.health, forKey: .health)
            try container.encode(status.phase, forKey: .phase)
            try container.encode(status.outcome, forKey: .outcome)
            try container.encode(status.reason, forKey: .reason)
            try container.encode(status.message, forKey: .message)
            try container.encode(status.desiredRevision, forKey: .desiredRevision)
            try container.encode(status.candidateRevision, forKey: .candidateRevision)
            try container.encode(status.runningRevision, forKey: .runningRevision)
            try container.encode(status.verifiedRevision, forKey: .verifiedRevision)
            try container.encode(status.since.map(TimeText.iso), forKey: .since)
            try container.encode(status.targets, forKey: .targets)
            try container.encode(status.after ?? [], forKey: .after)
            try container.encode(status.gates ?? [], forKey: .gates)
            try container.encode(status.unexercised ?? [], forKey: .unexercised)
            try container.encode(status.promotion.map(PromotionJSON.init), forKey: .promotion)
        }
    }

    init(_ statuses: [EnvironmentStatus]) { environments = statuses.map { Environment(status: $0) } }
}

/// A promotion that stands, in `status` and `why`.
struct PromotionJSON: Encodable {
    let promotion: Promotion
    private enum CodingKeys: String, CodingKey {
        case revision, actor, reason, at
        case breakGlass = "break_glass"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(promotion.goal.revision, forKey: .revision)
        try container.encode(promotion.actor, forKey: .actor)
        try container.encode(promotion.reason, forKey: .reason)
        try container.encode(TimeText.iso(promotion.at), forKey: .at)
        try container.encode(promotion.breakGlass, forKey: .breakGlass)
    }
}

/// The JSON of `history`.
struct HistoryJSON: Encodable {
    let attempts: [Entry]

    struct Entry: Encodable {
        let entry: HistoryEntry
        private enum CodingKeys: String, CodingKey {
            case id, environment, revision, content, release, trigger, outcome, reason, message, findings
            case startedAt = "started_at"
            case finishedAt = "finished_at"
        }

        private struct FindingJSON: Encodable {
            let finding: Finding
            private enum CodingKeys: String, CodingKey { case file, line, message }
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: CodingKeys.self)
                try container.encode(finding.file, forKey: .file)
                try container.encode(finding.line, forKey: .line)
                try container.encode(finding.message, forKey: .message)
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(entry.id, forKey: .id)
            try container.encode(entry.environment, forKey: .environment)
            try container.encode(entry.revision, forKey: .revision)
            try container.encode(entry.content, forKey: .content)
            try container.encode(entry.release, forKey: .release)
            try container.encode(entry.trigger, forKey: .trigger)
            try container.encode(entry.outcome, forKey: .outcome)
            try container.encode(entry.reason, forKey: .reason)
            try container.encode(entry.message, forKey: .message)
            try container.encode(entry.findings.map(FindingJSON.init), forKey: .findings)
            try container.encode(TimeText.iso(entry.startedAt), forKey: .startedAt)
            try container.encode(entry.finishedAt.map(TimeText.iso), forKey: .finishedAt)
        }
    }

    init(_ entries: [HistoryEntry]) { attempts = entries.map { Entry(entry: $0) } }
}

extension HistoryEntry {
    /// What `rollback --to` takes: the content's first twelve digits.
    var release: String { String(content.prefix(12)) }
}
