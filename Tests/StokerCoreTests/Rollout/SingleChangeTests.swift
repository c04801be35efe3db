import StokerCore
import StokerSimulation
import Testing

/// A change that is alone in its folder.
struct SingleChange: Sendable, CustomStringConvertible {
    let description: String
    let layout: TargetConfiguration.Layout
    let old: [String: String]
    let new: [String: String]

    init(_ description: String, _ layout: TargetConfiguration.Layout, _ old: [String: String], _ new: [String: String])
    {
        self.description = description
        self.layout = layout
        let main = ["prometheus.yml": "main\n"]
        // Without files there is no main one either.
        self.old = old.isEmpty || layout == .singleFile ? old : old.merging(main) { $1 }
        self.new = layout == .singleFile ? new : new.merging(main) { $1 }
    }

    static let all: [SingleChange] = [
        SingleChange("a new file", .inPlace, ["s/x.yml": "x\n"], ["s/x.yml": "x\n", "s/n.yml": "new\n"]),
        SingleChange("a changed file", .inPlace, ["s/x.yml": "x\n"], ["s/x.yml": "another\n"]),
        SingleChange("a file that leaves", .inPlace, ["s/x.yml": "x\n", "s/y.yml": "y\n"], ["s/x.yml": "x\n"]),
        SingleChange("a new folder", .inPlace, ["s/x.yml": "x\n"], ["s/x.yml": "x\n", "s/f/g/n.yml": "new\n"]),
        SingleChange("a folder that becomes a file", .inPlace, ["s/f/y.yml": "y\n"], ["s/f": "a file\n"]),
        SingleChange("a file that becomes a folder", .inPlace, ["s/f": "a file\n"], ["s/f/y.yml": "y\n"]),
        SingleChange("a file with a kept inode", .inPlace, ["pinned.yml": "long before\n"], ["pinned.yml": "now\n"]),
        SingleChange("the first deployment", .inPlace, [:], ["s/x.yml": "x\n"]),
        SingleChange(
            "a new release", .linked, ["s/x.yml": "x\n", "y.yml": "y\n"], ["s/x.yml": "another\n", "y.yml": "y\n"]),
        SingleChange("the first release", .linked, [:], ["s/x.yml": "x\n"]),
        SingleChange("a single file", .singleFile, ["prometheus.yml": "long before\n"], ["prometheus.yml": "now\n"]),
        SingleChange("the first single file", .singleFile, [:], ["prometheus.yml": "now\n"]),
    ]
}

@Suite struct SingleChangeTests {
    @Test(arguments: SingleChange.all) func isFinishedAfterAnyCrash(change: SingleChange) throws {
        let world = try SmallWorld(change.layout, change.old)
        let old = try world.visible()
        let intent = try world.stage(change.new)
        let clean = world.copy()
        _ = try Rollout.publish(intent, disk: clean.disk)
        let new = try clean.visible()
        #expect(old != new)
        for calls in 0...clean.disk.changes {
            let dead = world.copy()
            try dead.dying(after: calls) { _ = try Rollout.publish(intent, disk: dead.disk) }
            for loss in dead.outcomes() {
                let label = "\(change), call \(calls), \(loss.map { "\($0)" } ?? "process dies")"
                let next = dead.copy()
                next.strike(loss)
                guard case .forward(let result) = try Rollout.recover(intent, published: false, disk: next.disk) else {
                    Issue.record("\(label): not forward")
                    continue
                }
                #expect(result.saved.isEmpty, "\(label): nobody edited anything")
                next.disk.powerCut(.everything)
                #expect(try next.visible() == new, "\(label): not durable")
                try expectNoSecondNames(next, intent, label)
                _ = try Rollout.restore(intent, disk: next.disk)
                next.disk.powerCut(.everything)
                #expect(try next.visible() == old, "\(label): not taken back")
            }
        }
    }

    /// What is live must not have its staged name as well: the restore would take an edit of it for somebody's own file.
    private func expectNoSecondNames(_ world: SmallWorld, _ intent: DeploymentIntent, _ label: String) throws {
        let left = try world.disk.list(intent.staging + "/staged-2", limit: 100)
        let rewritten = intent.operations.filter { [.rewrite, .moveFolder].contains($0.action) }.map { "\($0.number)" }
        #expect(Set(left).subtracting(rewritten + ["folders"]).isEmpty, "\(label): \(left) are staged still")
    }

    @Test(arguments: SingleChange.all) func isTakenBackAfterAnyCrash(change: SingleChange) throws {
        let world = try SmallWorld(change.layout, change.old)
        let old = try world.visible()
        let intent = try world.stage(change.new)
        _ = try Rollout.publish(intent, disk: world.disk)
        let clean = world.copy()
        _ = try Rollout.restore(intent, disk: clean.disk)
        for calls in 0...clean.disk.changes {
            let dead = world.copy()
            try dead.dying(after: calls) { _ = try Rollout.restore(intent, disk: dead.disk) }
            for loss in dead.outcomes() {
                let label = "\(change), call \(calls), \(loss.map { "\($0)" } ?? "process dies")"
                let next = dead.copy()
                next.strike(loss)
                _ = try Rollout.recover(intent, published: true, disk: next.disk)
                let result = try Rollout.restore(intent, disk: next.disk)
                #expect(result.saved.isEmpty, "\(label): nobody edited anything")
                next.disk.powerCut(.everything)
                #expect(try next.visible() == old, "\(label): not durable")
                let look = try Rollout.look(next.place, inventory: result.inventory, disk: next.disk)
                #expect(look.drifted.isEmpty && look.filesRead == 0, "\(label): the inventory does not fit")
                // And again: done is done.
                _ = try Rollout.restore(intent, disk: next.disk)
                try Rollout.settle(next.place, staging: intent.staging, keep: [], disk: next.disk)
                next.disk.powerCut(.everything)
                #expect(try next.visible() == old, "\(label): undone by the settlement")
            }
        }
    }

    /// A restore that died in the middle goes on as a restore, whatever the journal says of the publication.
    @Test(arguments: SingleChange.all, [true, false])
    func aRestoreGoesOnAsARestore(change: SingleChange, published: Bool) throws {
        let world = try SmallWorld(change.layout, change.old)
        let old = try world.visible()
        let intent = try world.stage(change.new)
        _ = try Rollout.publish(intent, disk: world.disk)
        let clean = world.copy()
        _ = try Rollout.restore(intent, disk: clean.disk)
        // The first two calls say that it begins.
        for calls in 2...clean.disk.changes {
            let dead = world.copy()
            try dead.dying(after: calls) { _ = try Rollout.restore(intent, disk: dead.disk) }
            for loss in dead.outcomes() {
                let next = dead.copy()
                next.strike(loss)
                guard case .back = try Rollout.recover(intent, published: published, disk: next.disk) else {
                    Issue.record("\(change), call \(calls): turned round")
                    continue
                }
                #expect(try next.visible() == old, "\(change), call \(calls)")
            }
        }
    }

    /// Two deployments that nobody judged, taken back one after the other.
    @Test(arguments: [TargetConfiguration.Layout.inPlace, .linked, .singleFile])
    func twoDeploymentsAreTakenBackAfterAnyCrash(layout: TargetConfiguration.Layout) throws {
        func files(_ text: String) -> [String: String] {
            layout == .singleFile
                ? ["prometheus.yml": text]
                : ["prometheus.yml": text, "s/\(text)": text, "t/x.yml": text, "pinned.yml": text]
        }
        let world = try SmallWorld(layout, files("first"))
        let old = try world.visible()
        let second = try world.stage(files("the second"))
        let middle = try Rollout.publish(second, disk: world.disk).inventory
        let third = try world.stage(files("3rd"), attempt: 3, over: middle)
        _ = try Rollout.publish(third, disk: world.disk)
        let clean = world.copy()
        for intent in [third, second] { _ = try Rollout.restore(intent, disk: clean.disk) }
        for calls in 0...clean.disk.changes {
            let dead = world.copy()
            try dead.dying(after: calls) {
                for intent in [third, second] { _ = try Rollout.restore(intent, disk: dead.disk) }
            }
            for loss in dead.outcomes() {
                let next = dead.copy()
                next.strike(loss)
                for intent in [third, second] { _ = try Rollout.restore(intent, disk: next.disk) }
                next.disk.powerCut(.everything)
                #expect(
                    try next.visible() == old, "\(layout), call \(calls), \(loss.map { "\($0)" } ?? "process dies")")
            }
        }
    }

    @Test func aFolderThatIsRemovedDoesNotComeBack() throws {
        let world = try SmallWorld(.inPlace, ["prometheus.yml": "main\n"])
        let first = try world.stage(["prometheus.yml": "main\n", "s/f/n.yml": "new\n"])
        let inventory = try Rollout.publish(first, disk: world.disk).inventory
        try Rollout.settle(world.place, staging: first.staging, keep: [], disk: world.disk)
        let second = try world.stage(["prometheus.yml": "main\n"], attempt: 3, over: inventory)
        _ = try Rollout.publish(second, disk: world.disk)
        try Rollout.settle(world.place, staging: second.staging, keep: [], disk: world.disk)
        world.disk.powerCut(.everything)
        #expect(try world.disk.list(world.place.root, limit: 10) == ["prometheus.yml"])
    }
}
