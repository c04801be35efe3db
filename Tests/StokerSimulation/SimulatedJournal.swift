import StokerCore

/// A journal in memory whose every write is one durable transaction, or none.
///
/// A write that fails may all the same be found after the next start, as with a real write-ahead log whose sync failed
/// after the frames had reached the file; but only until another write has succeeded, which overwrites those frames.
public final class SimulatedJournal: DeployJournal {
    /// All rows.
    public struct Rows: Sendable {
        /// The record of the loop; nil before the first note.
        public var record: EnvironmentRecord?
        /// Newest first.
        public var intents: [StoredIntent] = []
        /// Files that are ours.
        public var inventories: [Target.ID: Inventory] = [:]
        /// Files by content, and in which order they came.
        public var releases: [ContentID: [Target.ID: FileTree]] = [:]
        /// Attempts by id.
        public var attempts: [Int64: Attempt] = [:]
        /// People's requests, oldest first.
        public var requests: [OperatorRequest] = []
        var nextRow: Int64 = 1
        var nextRequest: Int64 = 1
        /// Nothing is known.
        public init() {}
    }

    /// What a start would read.
    public private(set) var rows: Rows
    /// Every write fails while true.
    public var isBroken = false
    /// Single writes that fail: asked before each; nil: none.
    public var fault: (() -> Bool)?
    /// Counts writes together with the other effects of the process.
    public var fuse: Fuse
    /// Applied to what is written, to see that it survives the way into a file and back; must give back the same.
    public var roundTrip: (Rows) -> Rows = { $0 }
    /// How many writes succeeded.
    public private(set) var writes = 0
    private var ghost: Rows?
    /// Attempts that are kept, as the real journal does.
    static let keptAttempts = 500

    /// An empty journal.
    public init(fuse: Fuse) {
        rows = Rows()
        self.fuse = fuse
    }

    /// The same rows in another journal.
    public func copy(fuse: Fuse) -> SimulatedJournal {
        let copy = SimulatedJournal(fuse: fuse)
        copy.rows = rows
        copy.ghost = ghost
        copy.isBroken = isBroken
        copy.roundTrip = roundTrip
        return copy
    }

    /// The process starts again.
    /// - Parameter findsFailedWrite: the last failed write is there after all.
    public func restart(findsFailedWrite: Bool) {
        if findsFailedWrite, let ghost { rows = ghost }
        ghost = nil
    }

    /// The machine loses its power: what was written stays.
    private func write(_ change: (inout Rows) -> Void) throws(JournalProblem) {
        guard fuse.spend() else { throw JournalProblem(message: "the process is dead") }
        var changed = rows
        change(&changed)
        if isBroken || fault?() ?? false {
            ghost = changed
            throw JournalProblem(message: "cannot write the journal: simulated")
        }
        rows = roundTrip(changed)
        ghost = nil
        writes += 1
    }

    private func read() throws(JournalProblem) {
        if fuse.blown { throw JournalProblem(message: "the process is dead") }
    }

    // MARK: - The loop

    /// Record, history and consumed requests, in one transaction.
    public func note(_ record: EnvironmentRecord, consumed: [Int64]) throws(JournalProblem) {
        try write { rows in
            rows.record = record
            if let attempt = record.attempt { rows.attempts[attempt.id] = attempt }
            rows.requests.removeAll { consumed.contains($0.id) }
            if record.attempt?.outcome != nil {
                let keep = record.keptContents(besides: nil)
                rows.releases = rows.releases.filter { keep.contains($0.key) }
            }
            while rows.attempts.count > Self.keptAttempts, let oldest = rows.attempts.keys.min() {
                rows.attempts[oldest] = nil
            }
        }
    }

    /// A person asks, through a process of his own: it does not spend the fuse of the daemon.
    public func ask(_ kind: OperatorRequest.Kind, by actor: String = "ann") {
        rows.requests.append(OperatorRequest(id: rows.nextRequest, kind: kind, actor: actor))
        rows.nextRequest += 1
    }

    // MARK: - Deployments

    /// A new row.
    public func intend(_ intent: DeploymentIntent, in environment: EnvironmentName) throws(JournalProblem) -> Int64 {
        let id = rows.nextRow
        try write { rows in
            rows.nextRow = id + 1
            rows.intents.insert(StoredIntent(id: id, published: false, intent: intent), at: 0)
        }
        return id
    }

    /// The row knows that it was carried out.
    public func published(
        _ id: Int64, _ inventory: Inventory, of target: Target.ID, in environment: EnvironmentName
    ) throws(JournalProblem) {
        try write { rows in
            rows.intents = rows.intents.map {
                $0.id == id ? StoredIntent(id: id, published: true, intent: $0.intent) : $0
            }
            rows.inventories[target] = inventory
        }
    }

    /// Newest first.
    public func intents(of environment: EnvironmentName) throws(JournalProblem) -> [StoredIntent] {
        try read()
        return rows.intents
    }

    /// Rows are forgotten, inventories noted.
    public func settle(
        _ ids: [Int64], inventories: [Target.ID: Inventory], in environment: EnvironmentName
    ) throws(JournalProblem) {
        try write { rows in
            rows.intents.removeAll { ids.contains($0.id) }
            rows.inventories.merge(inventories) { $1 }
        }
    }

    /// What is ours.
    public func inventory(of target: Target.ID, in environment: EnvironmentName) throws(JournalProblem) -> Inventory {
        try read()
        return rows.inventories[target] ?? Inventory()
    }

    /// Keeps a content's files.
    public func store(
        release trees: [Target.ID: FileTree], of goal: Goal, in environment: EnvironmentName
    ) throws(JournalProblem) {
        try write { $0.releases[goal.content] = trees }
    }

    /// A content's files.
    public func release(
        of environment: EnvironmentName, _ content: ContentID
    ) throws(JournalProblem) -> [Target.ID: FileTree]? {
        try read()
        return rows.releases[content]
    }

    /// All that are kept.
    public func releases(of environment: EnvironmentName) throws(JournalProblem) -> [ContentID: [Target.ID: FileTree]] {
        try read()
        return rows.releases
    }

    /// Only these stay.
    public func pruneReleases(of environment: EnvironmentName, keep: Set<ContentID>) throws(JournalProblem) {
        guard rows.releases.keys.contains(where: { !keep.contains($0) }) else { return }
        try write { $0.releases = $0.releases.filter { keep.contains($0.key) } }
    }
}
