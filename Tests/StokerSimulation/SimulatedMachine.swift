import StokerCore

/// A host with everything that Stoker meets on it: a disk, a journal, git, processes and clocks. It outlives Stoker, and
/// a copy of it goes another way.
public final class SimulatedMachine {
    /// The disk.
    public let disk: SimulatedDisk
    /// What Stoker remembers.
    public let journal: SimulatedJournal
    /// The repository.
    public let git: SimulatedGit
    /// Counts every effect of the process, so that it can die between any two.
    public let fuse: Fuse
    /// By target.
    public var processes: [Target.ID: SimulatedPrometheus] = [:]
    /// On the clock that never jumps.
    public var now = Instant(seconds: 1000)
    /// On the clock that does.
    public var wall = WallTime(milliseconds: 1_700_000_000_000)
    /// The running boot.
    public var bootID = "boot-1"
    /// What the checks ask about is broken, whatever is configured.
    public var outage = false
    /// Files that a person wrote over managed ones, which must be found again somewhere: path and text.
    public internal(set) var edits: [(path: String, text: String)] = []
    /// The disk had no space at some time.
    var wasFull = false
    /// Blobs of all that was ever written so.
    var written: Set<String> = []
    /// The content that was there before Stoker, by name.
    public internal(set) var baseline: String?
    /// There are files of others in and beside the trees.
    public internal(set) var hasNeighbours = false
    /// As configured.
    public let environment: EnvironmentConfiguration
    /// `on_rewrite`.
    public let onRewrite: SourceConfiguration.OnRewrite
    /// What a neighbour's file says.
    static let foreignText = "not ours\n"
    static let storage = "/var/lib/stoker"

    /// A machine with an empty disk.
    public init(_ environment: EnvironmentConfiguration, onRewrite: SourceConfiguration.OnRewrite) throws(DiskError) {
        self.environment = environment
        self.onRewrite = onRewrite
        fuse = Fuse()
        disk = SimulatedDisk(fuse: fuse)
        journal = SimulatedJournal(fuse: fuse)
        git = SimulatedGit()
        disk.largestWrite = 4096
        for folder in ["/var", "/var/lib", Self.storage, "/etc"] {
            try disk.makeDirectory(folder, permissions: 0o755)
        }
        for target in environment.targets { processes[target.id] = SimulatedPrometheus(place: place(target)) }
    }

    private init(copyOf other: SimulatedMachine) {
        environment = other.environment
        onRewrite = other.onRewrite
        fuse = Fuse()
        disk = other.disk.copy(fuse: fuse)
        journal = other.journal.copy(fuse: fuse)
        git = other.git.copy()
        processes = other.processes
        now = other.now
        wall = other.wall
        bootID = other.bootID
        outage = other.outage
        edits = other.edits
        written = other.written
        wasFull = other.wasFull
        baseline = other.baseline
        hasNeighbours = other.hasNeighbours
    }

    /// The same machine, to go another way from here.
    public func copy() -> SimulatedMachine { SimulatedMachine(copyOf: self) }

    /// Where a target's files are.
    public func place(_ target: TargetConfiguration) -> DeployPlace {
        DeployPlace(
            layout: target.layout ?? .inPlace, root: target.deployTo, releasesDirectory: target.releasesDirectory,
            configFile: target.configFile)
    }

    /// A target by its name.
    public func target(_ id: Target.ID) -> TargetConfiguration {
        guard let found = environment.targets.first(where: { $0.id == id }) else { preconditionFailure("no \(id)") }
        return found
    }

    // MARK: - What people and the world do

    /// Time goes by on both clocks.
    public func pass(_ duration: Duration) {
        now = now + duration
        wall = WallTime(milliseconds: wall.milliseconds + duration.inNanoseconds / 1_000_000)
        for id in processes.keys { processes[id]?.breathe(disk) }
    }

    /// An administrator puts a content there by hand, durably.
    public func install(_ content: ContentID) throws(DiskError) {
        for (id, files) in git.contents[content]?.texts ?? [:] {
            let place = place(target(id))
            for (path, text) in files.sorted(by: { $0.key < $1.key }) { try put(place.live(path), text) }
        }
        baseline = git.contents[content]?.name
        disk.settle()
    }

    /// A neighbour's file in the tree, where the layout allows one, and one beside it.
    public func addNeighbours() throws(DiskError) {
        for target in environment.targets {
            if place(target).layout == .inPlace { try put(target.deployTo + "/rules/foreign.yml", Self.foreignText) }
            try put(target.deployTo + ".txt", Self.foreignText)
        }
        hasNeighbours = true
        disk.settle()
    }

    /// A person edits a managed file, durably; returns false where there is none.
    @discardableResult
    public func edit(_ id: Target.ID, _ path: String, _ text: String) throws(DiskError) -> Bool {
        let live = place(target(id)).live(path)
        return try disk.asBystander { () throws(DiskError) in
            guard try disk.status(live)?.kind == .regular else { return false }
            // What a person overwrites is the person's own loss.
            let found = String(decoding: try disk.read(live, limit: 1 << 20), as: UTF8.self)
            edits.removeAll { $0.path == live && $0.text == found }
            try disk.overwrite(live, text)
            edits.append((live, text))
            written.insert(SimulatedDigest.gitBlobID(of: Array(text.utf8)))
            return true
        }
    }

    private func put(_ path: String, _ text: String) throws(DiskError) {
        var folder = ""
        for component in path.split(separator: "/").dropLast() {
            folder += "/" + component
            if try disk.status(folder) == nil { try disk.makeDirectory(folder, permissions: 0o755) }
        }
        disk.close(try disk.create(path, permissions: 0o644))
        try disk.overwrite(path, text)
    }

    /// The process is gone, and with it what it had open; the next one may act.
    /// - Parameter findsFailedWrite: the journal's last failed write is there after all.
    public func bury(findsFailedWrite: Bool) {
        fuse.reset()
        disk.restart()
        journal.restart(findsFailedWrite: findsFailedWrite)
    }

    /// Everything works again.
    public func endTroubles() {
        disk.faults.clear()
        journal.isBroken = false
        git.isUnreachable = false
        git.cacheIsLost = false
        outage = false
        for id in processes.keys {
            processes[id]?.trouble = .none
            if processes[id]?.isStarting == true { start(id) }
        }
    }

    /// A supervisor starts a process.
    public func start(_ id: Target.ID) { processes[id]?.start(disk) }

    /// Supervisors start what is down; whether one came up.
    @discardableResult
    public func wake() -> Bool {
        var woke = false
        for target in environment.targets where processes[target.id]?.isUp != true {
            start(target.id)
            if processes[target.id]?.isUp == true { woke = true }
        }
        return woke
    }

    /// The power goes; the machine comes up again, and a supervisor starts what it should.
    public func losePower(_ loss: SimulatedDisk.Loss) {
        disk.powerCut(loss)
        bootID += "'"
        now = Instant(seconds: 5)
        for id in processes.keys { processes[id]?.die() }
    }
}

extension SimulatedDisk {
    /// A person's editor: other bytes in the same inode, durable at once.
    func overwrite(_ path: String, _ text: String) throws(DiskError) {
        let handle = try openExisting(path)
        defer { close(handle) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty { rest = rest.dropFirst(try write(handle, rest)) }
        try truncate(handle, size: Int64(text.utf8.count))
        try sync(handle)
    }
}
