import StokerCore
import StokerSimulation

/// A deployment of a few files on a simulated disk. Nothing else happens in their folders, so that nobody else's sync makes
/// durable what was forgotten.
struct SmallWorld {
    let scenario: DeploymentScenario
    let disk: SimulatedDisk
    /// What is deployed at first.
    let inventory: Inventory

    var place: DeployPlace { scenario.place }

    /// The old files are there, and durable. Without any, not even the root is.
    init(_ layout: TargetConfiguration.Layout, _ old: [String: String]) throws {
        scenario = DeploymentScenario(layout, base: "/srv")
        disk = SimulatedDisk()
        for folder in ["/srv", "/srv/etc", "/srv/storage"] { try disk.makeDirectory(folder, permissions: 0o755) }
        switch layout {
        case .inPlace, .singleFile:
            for (path, text) in old.sorted(by: <) { try scenario.write(scenario.place.live(path), text, disk) }
            inventory = try Rollout.baseline(scenario.place, desired: scenario.tree(old), disk: disk)
        case .linked:
            guard !old.isEmpty else {
                inventory = Inventory()
                break
            }
            let request = scenario.request(attempt: 1, inventory: Inventory(), files: old)
            let intent = try Rollout.stage(request, blobs: scenario.blobs, disk: disk)
            inventory = try Rollout.publish(intent, disk: disk).inventory
            try Rollout.settle(scenario.place, staging: intent.staging, keep: [], disk: disk)
        }
        disk.largestWrite = 64
        disk.settle()
        disk.restart()
    }

    private init(_ scenario: DeploymentScenario, _ disk: SimulatedDisk, _ inventory: Inventory) {
        self.scenario = scenario
        self.disk = disk
        self.inventory = inventory
    }

    /// The same world, to go another way from here.
    func copy() -> SmallWorld { SmallWorld(scenario, disk.copy(), inventory) }

    func stage(_ files: [String: String], attempt: Int64 = 2, over inventory: Inventory? = nil) throws
        -> DeploymentIntent
    {
        try Rollout.stage(
            scenario.request(attempt: attempt, inventory: inventory ?? self.inventory, files: files),
            blobs: scenario.blobs, disk: disk)
    }

    /// What the process and neighbours see.
    func visible() throws -> [String: String] { try scenario.visible(disk) }

    func text(_ path: String) throws -> String {
        String(decoding: try disk.read(path, limit: 1 << 20), as: UTF8.self)
    }

    /// Runs work that dies after so many changing calls, where it comes so far.
    func dying(after calls: Int, _ work: () throws -> Void) throws {
        disk.crashAfter = calls
        do { try work() } catch let error as DiskError where error.code == .crashed {
            // That is what was asked for.
        }
    }

    /// What the crash can leave: the process alone dies, or the power goes in any way.
    func outcomes() -> [SimulatedDisk.Loss?] { [nil] + disk.outcomes(limit: 40).map { $0 } }

    /// The next process finds this.
    func strike(_ loss: SimulatedDisk.Loss?) {
        if let loss { disk.powerCut(loss) } else { disk.restart() }
    }

    /// As an editor that writes through the inode; durable at once.
    func edit(_ path: String, _ text: String) throws {
        let handle = try disk.openExisting(place.live(path))
        defer { disk.close(handle) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty { rest = rest.dropFirst(try disk.write(handle, rest)) }
        try disk.truncate(handle, size: Int64(text.utf8.count))
        try disk.sync(handle)
    }

    /// As an editor that writes a new file and renames it over the old one, or where nothing was; durable at once.
    func put(_ path: String, _ text: String) throws {
        try scenario.write("/srv/new", text, disk)
        try disk.rename("/srv/new", to: place.live(path))
        disk.settle()
    }

    /// Whether some file of the machine has this text.
    func holds(_ text: String) throws -> Bool {
        try files(below: "/srv").contains { try self.text($0) == text }
    }

    /// Every regular file.
    func files(below folder: String) throws -> [String] {
        var found: [String] = []
        for name in try disk.list(folder, limit: 1000) {
            let path = folder + "/" + name
            switch try disk.status(path)?.kind {
            case .directory: found += try files(below: path)
            case .regular: found.append(path)
            case .link, .other, nil: break
            }
        }
        return found
    }
}
