/// A person's word for a content.
public struct Approval: Hashable, Codable, Sendable {
    /// For what; another content needs another word.
    public let content: ContentID
    /// Whose.
    public let actor: String
    /// Why, in the person's words; empty where nothing was said.
    public let reason: String
    /// When.
    public let at: WallTime
    /// All it consists of.
    public init(content: ContentID, actor: String, reason: String, at: WallTime) {
        self.content = content
        self.actor = actor
        self.reason = reason
        self.at = at
    }
}

/// A person chose the revision that is next.
public struct Promotion: Hashable, Codable, Sendable {
    /// Which, and what it looks like.
    public let goal: Goal
    /// Who.
    public let actor: String
    /// Why; shown to everybody.
    public let reason: String
    /// When.
    public let at: WallTime
    /// It passes `soak`, windows and blackouts.
    public let breakGlass: Bool

    /// Who wanted it, and what was skipped for it.
    public var words: String {
        let why = reason.isEmpty ? "" : ": \(reason)"
        return breakGlass ? "soak and windows skipped, \(actor) broke the glass\(why)" : "promoted by \(actor)\(why)"
    }

    /// That it stands, and how it is taken back.
    /// - Parameter name: of the environment that it is for.
    public func words(standingIn name: String) -> String {
        "\(goal.revision.short) promoted \(breakGlass ? "past soak and windows " : "")by \(actor)"
            + (reason.isEmpty ? "" : ": \(reason)")
            + " (`stoker reject \(name) \(goal.revision) --reason …` takes it back)"
    }

    /// All it consists of.
    public init(goal: Goal, actor: String, reason: String, at: WallTime, breakGlass: Bool) {
        self.goal = goal
        self.actor = actor
        self.reason = reason
        self.at = at
        self.breakGlass = breakGlass
    }
}

/// The revision that is on its way in: under `train` it stays until it is in, or cannot be.
public struct Contending: Hashable, Codable, Sendable {
    /// Which.
    public let revision: Revision
    /// How long its content had run in each upstream when that took this revision.
    public let takenAt: [EnvironmentName: Duration]
    /// All it consists of.
    public init(revision: Revision, takenAt: [EnvironmentName: Duration]) {
        self.revision = revision
        self.takenAt = takenAt
    }
}
