/// What the journal holds of deployments. Every call that writes is one transaction: when it returns, it is durable, and
/// when it throws, nothing of it is to be relied on, in either direction. It is the only memory that a start has.
public protocol DeployJournal: AnyObject {
    /// Writes the intent, not yet published, before the disk is touched; returns the number of its row.
    func intend(_ intent: DeploymentIntent, in environment: EnvironmentName) throws(JournalProblem) -> Int64
    /// The intent is carried out; the inventory is what it left.
    func published(
        _ id: Int64, _ inventory: Inventory, of target: Target.ID, in environment: EnvironmentName
    ) throws(JournalProblem)
    /// Intents that are not settled, newest first.
    func intents(of environment: EnvironmentName) throws(JournalProblem) -> [StoredIntent]
    /// Forgets intents, and notes the inventories that are true now.
    func settle(
        _ ids: [Int64], inventories: [Target.ID: Inventory], in environment: EnvironmentName
    ) throws(JournalProblem)
    /// The files of a target that are ours; empty before the first deploy.
    func inventory(of target: Target.ID, in environment: EnvironmentName) throws(JournalProblem) -> Inventory

    /// Keeps the files of a content by target, so that it can be deployed again without git.
    func store(
        release trees: [Target.ID: FileTree], of goal: Goal, in environment: EnvironmentName
    ) throws(JournalProblem)
    /// The files of a content, by target; nil where it is not kept.
    func release(
        of environment: EnvironmentName, _ content: ContentID
    ) throws(JournalProblem) -> [Target.ID: FileTree]?
    /// All that are kept: a handful, since a verdict prunes them.
    func releases(of environment: EnvironmentName) throws(JournalProblem) -> [ContentID: [Target.ID: FileTree]]
    /// Forgets the releases that are not in the keep-set.
    func pruneReleases(of environment: EnvironmentName, keep: Set<ContentID>) throws(JournalProblem)
}

/// A deploy that is not settled.
public struct StoredIntent: Hashable, Sendable {
    /// Number of the row: the newest has the highest.
    public let id: Int64
    /// Whether the journal knows that it was carried out.
    public let published: Bool
    /// What was, or was to be, done.
    public let intent: DeploymentIntent

    /// A row as it is in the journal.
    public init(id: Int64, published: Bool, intent: DeploymentIntent) {
        self.id = id
        self.published = published
        self.intent = intent
    }
}

/// A journal that cannot be opened, read or written.
public struct JournalProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence with the way out.
    public let message: String
    /// The same sentence.
    public var description: String { message }
    /// A problem in one sentence.
    public init(message: String) { self.message = message }
}
