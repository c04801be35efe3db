import StokerCore
import StokerSimulation
import Testing

private let layouts: [TargetConfiguration.Layout] = [.inPlace, .linked, .singleFile]

/// The journal and the disk after a death between any two of their calls.
@Suite struct EnvironmentFilesCrashTests {
    /// What a start must leave: one content as a whole, and a journal that says so.
    private func expectWhole(
        _ world: FilesWorld, _ files: EnvironmentFiles, old: Goal, new: Goal, _ label: String
    ) throws {
        let live = world.live()
        #expect(live == world.wanted(old) || live == world.wanted(new), "\(label): mixed")
        for id in world.targets {
            #expect(world.rows.inventories[id] == files.inventory(of: id), "\(label): the journal was not told")
            let look = try Rollout.look(world.place, inventory: files.inventory(of: id), disk: world.machine.disk)
            #expect(look.drifted.isEmpty, "\(label): \(look.drifted)")
        }
        let published = live == world.wanted(new)
        #expect(world.rows.intents.map(\.published) == (published ? [true] : []), "\(label): intents")
    }

    private func walk(
        _ world: FilesWorld, _ work: (FilesWorld) throws -> Void, then check: (FilesWorld, String) throws -> Void
    )
        throws
    {
        let clean = world.copy()
        try work(clean)
        let calls = clean.machine.fuse.count
        #expect(calls > 3)
        for call in 0...calls {
            let dead = world.copy()
            dead.machine.fuse.remaining = call
            do { try work(dead) } catch {
                // It died, or says that something failed because of it.
            }
            for loss in [nil] + dead.machine.disk.outcomes(limit: 12).map({ $0 }) {
                let next = dead.copy()
                next.machine.bury(findsFailedWrite: false)
                if let loss { next.machine.losePower(loss) }
                try check(next, "call \(call), \(loss.map { "\($0)" } ?? "process dies")")
            }
        }
    }

    @Test(arguments: layouts) func aDeployThatDied(layout: TargetConfiguration.Layout) throws {
        let world = try FilesWorld(layout)
        let (old, new) = (world.goal(1), world.goal(2))
        try world.settled(old, attempt: 1, with: try world.start())
        world.machine.disk.settle()
        world.machine.bury(findsFailedWrite: false)
        try walk(world) { world in
            try world.deploy(new, attempt: 2, with: try world.start())
        } then: { world, label in
            let files = try world.start()
            let repair = try files.recover(running: 2)
            try expectWhole(world, files, old: old, new: new, "\(layout), \(label)")
            let found: EnvironmentLoop.Recovered? = repair.found[FilesWorld.first]
            #expect(repair.open.isEmpty == world.rows.intents.isEmpty, "\(layout), \(label)")
            #expect(found != .forward || world.live() == world.wanted(new), "\(layout), \(label)")
            _ = try files.restore()
            #expect(world.live() == world.wanted(old), "\(layout), \(label): not taken back")
            #expect(world.rows.intents.isEmpty, "\(layout), \(label)")
            #expect(world.rows.inventories[FilesWorld.first] == files.inventory(of: FilesWorld.first))
        }
    }

    @Test(arguments: layouts) func aRestoreThatDied(layout: TargetConfiguration.Layout) throws {
        let world = try FilesWorld(layout)
        let (old, new) = (world.goal(1), world.goal(2))
        let files = try world.start()
        try world.settled(old, attempt: 1, with: files)
        try world.deploy(new, attempt: 2, with: files)
        world.machine.disk.settle()
        world.machine.bury(findsFailedWrite: false)
        try walk(world) { world in
            _ = try world.start().restore()
        } then: { world, label in
            let files = try world.start()
            _ = try files.recover(running: 2)
            try expectWhole(world, files, old: old, new: new, "\(layout), \(label)")
        }
    }

    /// The folder is not mounted at the start, and nothing in it would be missed: a file was to be deleted, or a new one to
    /// be taken back. Nothing is forgotten, and the deploy is made whole once the folder is there.
    @Test(arguments: [false, true]) func aFolderThatIsNotMounted(reverting: Bool) throws {
        let world = try FilesWorld(.inPlace, baseline: false)
        let (more, less) = (
            world.goal(["prometheus.yml": "main", "s/x.yml": "x"]), world.goal(["prometheus.yml": "main"])
        )
        let (old, new) = reverting ? (less, more) : (more, less)
        let files = try world.start()
        try world.settled(old, attempt: 1, with: files)
        _ = try files.stage("one", new, attempt: 2)
        if reverting { _ = try files.publish("one") }
        world.machine.disk.settle()
        // The intent, or the name that says that it goes back, and nothing more.
        world.machine.fuse.remaining = 1
        if reverting { #expect(throws: Failure.self) { try files.restore() } } else { _ = try files.publish("one") }
        world.machine.bury(findsFailedWrite: false)
        #expect(world.rows.intents.count == 1 && world.live() == world.wanted(reverting ? new : old))
        let disk = world.machine.disk
        try disk.rename("/etc/one", to: "/etc/away")
        #expect(throws: Failure.self) { try world.start().recover(running: 2) }
        try disk.rename("/etc/away", to: "/etc/one")
        let found = try world.start().recover(running: 2).found
        #expect(found["one"] == (reverting ? .back : .forward))
        #expect(world.live() == world.wanted(less))
    }

    /// The journal said no to an intent, and has it all the same after the next start: nothing was staged any more.
    @Test func anIntentThatWasThoughtLost() throws {
        let world = try FilesWorld(.inPlace)
        let (old, new) = (world.goal(1), world.goal(2))
        let files = try world.start()
        try world.settled(old, attempt: 1, with: files)
        _ = try files.stage("one", new, attempt: 2)
        world.machine.journal.isBroken = true
        #expect(throws: Failure.self) { try files.publish("one") }
        world.machine.journal.isBroken = false
        world.machine.bury(findsFailedWrite: true)
        #expect(world.rows.intents.count == 1)
        let repair = try world.start().recover(running: 2)
        #expect(repair.found == ["one": .untouched] && repair.open.isEmpty)
        #expect(world.rows.intents.isEmpty && world.live() == world.wanted(old))
    }

    /// A deploy that makes its folder itself, and died before that.
    @Test func aFolderThatIsNotMadeYet() throws {
        let world = try FilesWorld(.inPlace, baseline: false)
        let disk = world.machine.disk
        try disk.rename("/etc/one", to: "/etc/somewhere")
        let files = try world.start()
        let goal = world.goal(1)
        _ = try files.stage("one", goal, attempt: 1)
        world.machine.fuse.remaining = 1
        _ = try files.publish("one")
        world.machine.bury(findsFailedWrite: false)
        #expect(world.rows.intents.count == 1)
        try disk.status("/etc/one").map { _ in try disk.removeDirectory("/etc/one") }
        _ = try world.start().recover(running: 1)
        #expect(world.live() == world.wanted(goal))
    }
}
