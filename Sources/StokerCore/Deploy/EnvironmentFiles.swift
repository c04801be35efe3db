// Deploy: the files of one environment, from the goal to the disk and back. `Rollout` knows one deployment of one
// target; here is what stands around it: the intent goes into the journal before the first file is touched, what was
// there before is saved, a restore takes back everything that is open, and a start repairs what a crash left. It is
// synchronous code over the ports `Disk` and `DeployJournal`, so that a simulator can let it die between any two of
// their calls and look at what is left.

/// The files of one environment's targets, with what the journal knows of them.
public final class EnvironmentFiles {
    /// What the source has at a revision: the content, and its files by target.
    public typealias Snapshots = (Revision) throws(Failure) -> (content: ContentID, trees: [Target.ID: FileTree])

    /// The folders of a target's tree in which its process watches files by itself, for an inventory.
    public typealias Watched = (Target.ID, Inventory) -> Set<String>

    /// As configured.
    public let environment: EnvironmentConfiguration
    /// In file order.
    public let targets: [TargetFiles]
    /// Files that are ours, as the journal has them, so that a turn does not read them again.
    public private(set) var inventories: [Target.ID: Inventory] = [:]
    /// Which folders of a release have to be nudged after a flip; all of them until somebody knows better.
    public var watched: Watched = { _, inventory in Set(inventory.files.keys.map(SeenPath.parent)) }

    let journal: any DeployJournal
    let disk: any Disk
    private let source: any Blobs
    private let snapshots: Snapshots
    private let digest: ([UInt8]) -> BlobID
    let say: (Notice) -> Void

    /// Staged, not published.
    var staged: [Target.ID: DeploymentIntent] = [:]
    /// Restored, and not yet written to the journal: it could not be.
    var unwritten: (ids: [Int64], inventories: [Target.ID: Inventory])?
    /// Inventories from before the running attempt's deploys.
    var before: (attempt: Int64, inventories: [Target.ID: Inventory])?
    private var trees: (content: ContentID, trees: [Target.ID: FileTree])?

    /// Reads the inventories at once: what is ours must never be taken for nothing because a later read failed.
    /// - Parameters:
    ///   - storage: the storage directory, absolute.
    ///   - source: git's bytes.
    ///   - snapshots: git's files.
    ///   - digest: the git blob id of bytes.
    ///   - say: takes what people should read in the log.
    public init(
        _ environment: EnvironmentConfiguration, storage: String, journal: any DeployJournal, disk: any Disk,
        source: any Blobs, snapshots: @escaping Snapshots, digest: @escaping ([UInt8]) -> BlobID,
        say: @escaping (Notice) -> Void
    ) throws(JournalProblem) {
        self.environment = environment
        self.journal = journal
        self.disk = disk
        self.source = source
        self.snapshots = snapshots
        self.digest = digest
        self.say = say
        targets = environment.targets.map { TargetFiles($0, in: environment.name, storage: storage, disk: disk) }
        for target in targets {
            inventories[target.id] = try journal.inventory(of: target.id, in: environment.name)
        }
    }

    /// The files of a target that are ours.
    public func inventory(of id: Target.ID) -> Inventory { inventories[id] ?? Inventory() }

    func keep(_ inventory: Inventory, of id: Target.ID) { inventories[id] = inventory }

    /// A target by its name.
    public func target(_ id: Target.ID) -> TargetFiles {
        guard let target = targets.first(where: { $0.id == id }) else {
            preconditionFailure("the loop names target \(id), which the configuration does not have")
        }
        return target
    }

    /// Targets that have another folder now: none of the files in it are ours.
    public func forget(_ ids: [Target.ID]) throws(JournalProblem) {
        for id in ids {
            try journal.settle([], inventories: [id: Inventory()], in: environment.name)
            inventories[id] = Inventory()
        }
    }

    /// Called before an attempt is surveyed. While nothing of ours is live, what stands there is the administrator's: an
    /// inventory of it is from an attempt that was taken back, and people may have changed it since.
    public func forgetBaselines(_ record: EnvironmentRecord) throws(Failure) {
        guard record.verified == nil, record.live == nil, record.unsettled.isEmpty, record.settlement == nil,
            record.restoreUnconfirmed == nil
        else { return }
        let known = targets.map(\.id).filter { !inventory(of: $0).files.isEmpty }
        if known.isEmpty { return }
        guard try openIntents().isEmpty else { return }
        try onJournal { () throws(JournalProblem) in try forget(known) }
    }

    /// The highest attempt that names of ours on disk carry: those of a journal that was lost must not be taken for those
    /// of a new attempt.
    public func newestAttemptOnDisk() -> Int64 { targets.map { $0.newestAttemptOnDisk() }.max() ?? 0 }

    /// The files of a goal by target: remembered, from git, or where git has them no more from the journal's releases.
    /// Git first: which file belongs to which target is for today's configuration to say, not for that of the release.
    public func trees(of goal: Goal) throws(Failure) -> [Target.ID: FileTree] {
        if let trees, trees.content == goal.content, targets.allSatisfy({ trees.trees[$0.id] != nil }) {
            return trees.trees
        }
        let missing: Failure
        do throws(Failure) {
            let found = try snapshots(goal.revision)
            // A commit is one content: another one would mean that `exclude` or `path` are others than when it was chosen.
            if found.content == goal.content {
                trees = (goal.content, found.trees)
                return found.trees
            }
            missing = Failure(
                .fetchFailed, .environmental,
                "\(goal.revision) has another content than \(goal.content.short) with this configuration, and that "
                    + "release is not kept any more")
        } catch {
            missing = error
        }
        let stored = try onJournal { () throws(JournalProblem) in
            try journal.release(of: environment.name, goal.content)
        }
        guard let stored, targets.allSatisfy({ stored[$0.id] != nil }) else { throw missing }
        trees = (goal.content, stored)
        return stored
    }

    /// Bytes for this environment's files, from git or from what was kept.
    /// - Parameter observed: inventories to use in place of the known ones.
    public func blobs(observed: [Target.ID: Inventory] = [:]) -> BlobChain {
        BlobChain(
            first: source, disk: disk, places: targets.map { $0.keeps(observed[$0.id] ?? inventory(of: $0.id)) },
            digest: digest,
            releases: { [journal, environment, say] in
                do throws(JournalProblem) {
                    return try journal.releases(of: environment.name)
                } catch {
                    say(Notice(.warning, "kept releases cannot be read", ["error": "\(error)"]))
                    return [:]
                }
            })
    }

    func onJournal<Value>(_ work: () throws(JournalProblem) -> Value) throws(Failure) -> Value {
        do throws(JournalProblem) {
            return try work()
        } catch {
            throw Failure(.journalFailed, .environmental, error.message)
        }
    }
}
