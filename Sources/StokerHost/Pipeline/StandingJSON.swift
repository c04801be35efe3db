import StokerCore

/// Where an environment stands, as the API spells it (`standing` of `GET /api/v1/environments/NAME`): what one Stoker tells
/// another. Every key is always there; durations are seconds, times RFC 3339 in UTC.
public struct StandingJSON: Codable, Sendable {
    private let verified: [Verified]
    private let running: String?
    private let degraded: [String: String]
    private let revoked: [String: String]
    private let rejected: [String: String]
    private let suspended: Bool
    private let inHurry: Bool

    private enum CodingKeys: String, CodingKey {
        case verified, running, degraded, revoked, rejected, suspended
        case inHurry = "in_hurry"
    }

    private struct Verified: Codable {
        let content: String
        let verifiedAt: String
        let soakedSeconds: Double
        let soaking: Bool
        let takings: [Taking]

        enum CodingKeys: String, CodingKey {
            case content, soaking, takings
            case verifiedAt = "verified_at"
            case soakedSeconds = "soaked_seconds"
        }
    }

    private struct Taking: Codable {
        let revision: Revision
        let at: String
        let soakedSeconds: Double

        enum CodingKeys: String, CodingKey {
            case revision, at
            case soakedSeconds = "soaked_seconds"
        }
    }

    /// What is told of an environment that runs here: what is kept of it is bounded, and so is every message.
    public init(_ standing: UpstreamStanding) {
        verified = standing.verified.map { entry in
            Verified(
                content: entry.content.rawValue, verifiedAt: TimeText.iso(entry.verifiedAt),
                soakedSeconds: Self.seconds(entry.soaked), soaking: entry.isSoaking,
                takings: entry.takings.map {
                    Taking(revision: $0.revision, at: TimeText.iso($0.at), soakedSeconds: Self.seconds($0.soaked))
                })
        }
        running = standing.running?.rawValue
        degraded = Self.texts(standing.degraded)
        revoked = Self.texts(standing.revoked)
        rejected = Self.texts(standing.rejected)
        suspended = standing.isSuspended
        inHurry = standing.isInHurry
    }

    /// Reads every key; a `DecodingError` where one is missing, because a version that does not know one means something else.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        verified = try container.decode([Verified].self, forKey: .verified)
        running = try container.decode(String?.self, forKey: .running)
        degraded = try container.decode([String: String].self, forKey: .degraded)
        revoked = try container.decode([String: String].self, forKey: .revoked)
        rejected = try container.decode([String: String].self, forKey: .rejected)
        suspended = try container.decode(Bool.self, forKey: .suspended)
        inHurry = try container.decode(Bool.self, forKey: .inHurry)
    }

    /// Writes every key; what is unknown is null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(verified, forKey: .verified)
        try container.encode(running, forKey: .running)
        try container.encode(degraded, forKey: .degraded)
        try container.encode(revoked, forKey: .revoked)
        try container.encode(rejected, forKey: .rejected)
        try container.encode(suspended, forKey: .suspended)
        try container.encode(inHurry, forKey: .inHurry)
    }

    /// What it says; nil where a time or a duration is none.
    func standing(of name: EnvironmentName) -> UpstreamStanding? {
        var standing = UpstreamStanding(
            name: name, running: running.map { ContentID($0) }, degraded: Self.contents(degraded),
            revoked: Self.contents(revoked),
            rejected: Self.contents(rejected), isSuspended: suspended, isInHurry: inHurry)
        for entry in verified.prefix(SoakLedger.memory) {
            guard let at = TimeText.parse(entry.verifiedAt), let soaked = Self.duration(entry.soakedSeconds),
                let takings = Self.takings(entry.takings)
            else { return nil }
            standing.verified.append(
                UpstreamStanding.Verified(
                    content: ContentID(entry.content), verifiedAt: at, soaked: soaked,
                    isSoaking: entry.soaking, takings: takings))
        }
        return standing
    }

    private static func takings(_ list: [Taking]) -> [SoakLedger.Taking]? {
        var takings: [SoakLedger.Taking] = []
        for taking in list {
            guard let at = TimeText.parse(taking.at), let soaked = duration(taking.soakedSeconds) else { return nil }
            let revision = Revision(ref: RemoteText.line(taking.revision.ref), commit: taking.revision.commit)
            takings.append(SoakLedger.Taking(revision: revision, at: at, soaked: soaked))
        }
        return takings
    }

    /// Whole milliseconds, rounded down: nothing counts that did not pass.
    private static func seconds(_ duration: Duration) -> Double {
        let (seconds, attoseconds) = duration.components
        return Double(seconds * 1000 + attoseconds / 1_000_000_000_000_000) / 1000
    }

    /// Nil for what no environment can have run: below zero, or for longer than thirty years.
    private static func duration(_ seconds: Double) -> Duration? {
        seconds >= 0 && seconds < 1_000_000_000 ? .milliseconds(Int64((seconds * 1000).rounded())) : nil
    }

    private static func texts(_ reasons: [ContentID: String]) -> [String: String] {
        Dictionary(reasons.map { ($0.rawValue, RemoteText.line($1)) }, uniquingKeysWith: { first, _ in first })
    }

    private static func contents(_ reasons: [String: String]) -> [ContentID: String] {
        Dictionary(reasons.map { (ContentID($0), RemoteText.line($1)) }, uniquingKeysWith: { first, _ in first })
    }
}

/// Text of somebody else for our messages: one line, bounded, nothing that moves a terminal's cursor, turns the direction
/// of what follows or cannot be seen.
enum RemoteText {
    private static let limit = 400

    static func line(_ text: String) -> String {
        var line = ""
        for scalar in text.unicodeScalars.prefix(limit) {
            line.unicodeScalars.append(isShown(scalar) ? scalar : " ")
        }
        return text.unicodeScalars.count > limit ? line + "…" : line
    }

    private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: false
        default: true
        }
    }
}
