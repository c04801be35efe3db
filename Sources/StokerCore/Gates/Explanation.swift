/// Why a revision is in an environment, or why it is not: the whole chain in words.
public struct Explanation: Hashable, Sendable {
    /// How a revision stands.
    public enum State: String, Hashable, Codable, Sendable, CaseIterable {
        /// It is live and verified.
        case running
        /// It is live, and not verified yet or not any more.
        case unproved
        /// It is being deployed or verified, or taken back.
        case inProgress = "in_progress"
        /// It is not tried again by itself.
        case rejected
        /// It has no content here that could be deployed.
        case unusable
        /// Something stands in its way.
        case held
        /// Another revision goes before it, or what runs contains it.
        case passed
        /// Nothing stands in its way.
        case ready
    }

    /// One gate, and since when it has been as it is.
    public struct Gate: Hashable, Sendable {
        /// How it stands.
        public let standing: GateStanding
        /// Nil where nobody knows.
        public let since: WallTime?
    }

    /// One piece of what let in a revision that is live or on its way.
    public struct Ground: Hashable, Sendable {
        /// What it is of: `verification`, `upstream`, `approval`, `promotion`.
        public let what: String
        /// One sentence.
        public let message: String
        /// Nil where nobody knows.
        public let at: WallTime?
    }

    /// Where.
    public let environment: EnvironmentName
    /// Which.
    public let revision: Revision
    /// What it looks like there; nil where it has no content.
    public let content: ContentID?
    /// How it stands.
    public let state: State
    /// The same in a sentence.
    public let message: String
    /// Every gate in the order in which holds are shown; empty for what is in, and for what cannot be.
    public let gates: [Gate]
    /// What let it in; empty for what is not in.
    public let grounds: [Ground]
    /// Files that it changes and that no upstream has run.
    public let unexercised: [String]
    /// What happens next.
    public let next: String
    /// A newer revision that may enter and goes before it: then it never comes.
    public internal(set) var overtakenBy: Revision?
}
