import StokerCore
import StokerSimulation

/// The files of an environment on a simulated machine, without the loop: what the journal and the disk are told, and when.
struct FilesWorld {
    let machine: SimulatedMachine
    let setup: SimulatedSetup

    static let first: Target.ID = "one"

    /// - Parameter baseline: the administrator's files are there.
    init(_ layout: TargetConfiguration.Layout, targets: Int = 1, baseline: Bool = true) throws {
        setup = SimulatedSetup(layout, targets: targets, baseline: baseline)
        machine = try setup.machine()
    }

    private init(_ machine: SimulatedMachine, _ setup: SimulatedSetup) {
        self.machine = machine
        self.setup = setup
    }

    /// The same world, to go another way from here.
    func copy() -> FilesWorld { FilesWorld(machine.copy(), setup) }

    /// A start of the process.
    func start() throws -> EnvironmentFiles {
        let git = machine.git
        return try EnvironmentFiles(
            machine.environment, storage: "/var/lib/stoker", journal: machine.journal, disk: machine.disk, source: git,
            snapshots: { revision throws(Failure) in try git.trees(revision) },
            digest: { BlobID(SimulatedDigest.gitBlobID(of: $0)) }, say: { _ in })
    }

    /// A commit with a content of its own.
    func goal(_ number: Int) -> Goal {
        let content = setup.content(.good, number, in: machine)
        return Goal(revision: Revision(ref: "main", commit: machine.git.push(content)), content: content)
    }

    /// The same with files of its own, in every target.
    func goal(_ files: [String: String]) -> Goal {
        let texts = Dictionary(uniqueKeysWithValues: targets.map { ($0, files) })
        let content = machine.git.know(files.sorted(by: <).map { "\($0.key)=\($0.value)" }.joined(), texts)
        return Goal(revision: Revision(ref: "main", commit: machine.git.push(content)), content: content)
    }

    var targets: [Target.ID] { machine.environment.targets.map(\.id) }
    var place: DeployPlace { machine.place(machine.target(Self.first)) }
    var rows: SimulatedJournal.Rows { machine.journal.rows }

    /// Stages and publishes a content in every target.
    func deploy(_ goal: Goal, attempt: Int64, with files: EnvironmentFiles) throws {
        for id in targets {
            _ = try files.stage(id, goal, attempt: attempt)
            if case .failed(let failure, _) = try files.publish(id) { throw failure }
        }
    }

    /// A content that is deployed and verified.
    func settled(_ goal: Goal, attempt: Int64, with files: EnvironmentFiles) throws {
        try files.store(try files.trees(of: goal), of: goal)
        try deploy(goal, attempt: attempt, with: files)
        try files.settle(goal, verified: true, keep: [goal.content])
    }

    /// The managed files of every target by blob, as they are on disk.
    func live() -> [Target.ID: [String: BlobID]] {
        var found: [Target.ID: [String: BlobID]] = [:]
        for target in machine.environment.targets {
            let place = machine.place(target)
            var files: [String: BlobID] = [:]
            for path in paths(target.id) {
                do throws(DiskError) {
                    guard try machine.disk.status(place.live(path))?.kind == .regular else { continue }
                    files[path] = try machine.disk.blobID(place.live(path))
                } catch {
                    continue
                }
            }
            found[target.id] = files
        }
        return found
    }

    private func paths(_ id: Target.ID) -> Set<String> {
        Set(machine.git.contents.values.flatMap { $0.texts[id]?.keys.map { $0 } ?? [] })
    }

    /// The files of a goal by blob.
    func wanted(_ goal: Goal) -> [Target.ID: [String: BlobID]] {
        (machine.git.contents[goal.content]?.trees ?? [:]).mapValues { $0.files.mapValues(\.blob) }
    }

    /// Bytes of a person in a file of the first target; durable.
    func edit(_ path: String, _ text: String) throws { try machine.edit(Self.first, path, text) }

    /// Whether a file below a folder has this text.
    func holds(_ text: String, below folder: String) throws -> Bool {
        guard try machine.disk.status(folder) != nil else { return false }
        for name in try machine.disk.list(folder, limit: 1000) {
            let path = folder + "/" + name
            switch try machine.disk.status(path)?.kind {
            case .directory: if try holds(text, below: path) { return true }
            case .regular:
                if String(decoding: try machine.disk.read(path, limit: 1 << 20), as: UTF8.self) == text { return true }
            case .link, .other, nil: break
            }
        }
        return false
    }
}
