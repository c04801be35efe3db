import StokerCore
import StokerSimulation
import Testing

// Promise 2, walked: a crash before and after every changing call of staging, publishing and restoring, and for each of
// them several outcomes of what was not synced. The counts are printed.

/// What happens to the machine at a crash.
private enum Blow: Sendable, CustomStringConvertible {
    case processDies
    case powerCut(SimulatedDisk.Loss, String)

    static let all: [Blow] =
        [.processDies, .powerCut(.everything, "all lost"), .powerCut(.nothing, "all kept")]
        + (1...12).map { .powerCut(.seeded($0), "seed \($0)") }

    /// For walks that are long.
    static let few = Array(all.prefix(6))

    func strike(_ disk: SimulatedDisk) {
        switch self {
        case .processDies: disk.restart()
        case .powerCut(let loss, _): disk.powerCut(loss)
        }
    }

    var description: String {
        switch self {
        case .processDies: "process dies"
        case .powerCut(_, let name): "power cut, \(name)"
        }
    }
}

/// A staged deployment that any number of crashes can start from.
private struct Staged {
    let scenario: DeploymentScenario
    let disk: SimulatedDisk
    let intent: DeploymentIntent
    let old: [String: String]
    let new: [String: String]

    init(_ layout: TargetConfiguration.Layout) throws {
        scenario = DeploymentScenario(layout, base: "/srv")
        disk = SimulatedDisk()
        try disk.makeDirectory("/srv", permissions: 0o755)
        let inventory = try scenario.setUp(disk)
        disk.settle()
        old = try scenario.visible(disk)
        intent = try Rollout.stage(
            scenario.request(attempt: 2, inventory: inventory, files: scenario.newFiles), blobs: scenario.blobs,
            disk: disk)
        let clean = disk.copy()
        _ = try Rollout.publish(intent, disk: clean)
        new = try scenario.visible(clean)
    }

    /// Runs work until it dies after a number of changing calls.
    func crash(_ disk: SimulatedDisk, after calls: Int, _ work: () throws -> Void) throws {
        disk.crashAfter = calls
        do { try work() } catch let error as DiskError where error.code == .crashed {
            // That is what was asked for.
        }
    }

    /// Whatever the moment: neighbours are untouched, and every file that is replaced by rename is whole.
    func checkWhole(_ disk: SimulatedDisk, _ label: String) throws {
        let now = try scenario.visible(disk)
        for (path, text) in scenario.foreignFiles {
            #expect(now[path]?.hasSuffix(text) == true, "\(label): \(path) was touched")
        }
        let rewritten = scenario.layout == .singleFile ? "etc/prometheus.yml" : "etc/prometheus/pinned.yml"
        for (path, text) in now where path != rewritten || scenario.layout == .linked {
            #expect(old[path] == text || new[path] == text, "\(label): \(path) is \(text)")
        }
        // One whole release at every instant.
        if scenario.layout == .linked { #expect(now == old || now == new, "\(label): mixed release") }
    }
}

private let layouts: [TargetConfiguration.Layout] = [.inPlace, .linked, .singleFile]

@Suite struct RolloutCrashTests {
    @Test(arguments: layouts) func publishIsFinishedAfterAnyCrash(layout: TargetConfiguration.Layout) throws {
        let staged = try Staged(layout)
        let clean = staged.disk.copy()
        _ = try Rollout.publish(staged.intent, disk: clean)
        #expect(staged.old != staged.new)
        var schedules = 0
        for calls in 0...clean.changes {
            for blow in Blow.all {
                let label = "\(layout) publish, call \(calls), \(blow)"
                let disk = staged.disk.copy()
                try staged.crash(disk, after: calls) { _ = try Rollout.publish(staged.intent, disk: disk) }
                blow.strike(disk)
                try staged.checkWhole(disk, label)
                try expectForward(staged, disk, label)
                disk.powerCut(.everything)
                #expect(try staged.scenario.visible(disk) == staged.new, "\(label): not durable")
                try expectForward(staged, disk, label + ", again")
                _ = try Rollout.restore(staged.intent, disk: disk)
                #expect(try staged.scenario.visible(disk) == staged.old, "\(label): not restored")
                schedules += 1
            }
        }
        print("\(layout): publish survived \(schedules) crashes over \(clean.changes) calls")
    }

    private func expectForward(_ staged: Staged, _ disk: SimulatedDisk, _ label: String) throws {
        guard case .forward(let result) = try Rollout.recover(staged.intent, published: false, disk: disk) else {
            Issue.record("\(label): not forward")
            return
        }
        #expect(try staged.scenario.visible(disk) == staged.new, "\(label): not the new tree")
        #expect(result.saved.isEmpty, "\(label): nobody edited anything")
        let look = try Rollout.look(staged.scenario.place, inventory: result.inventory, disk: disk)
        #expect(look.drifted.isEmpty, "\(label): the inventory does not fit")
        #expect(Set(result.inventory.files.keys) == Set(staged.scenario.newFiles.keys))
        #expect(disk.openHandles == 0)
    }

    @Test(arguments: layouts) func restoreIsFinishedAfterAnyCrash(layout: TargetConfiguration.Layout) throws {
        let staged = try Staged(layout)
        let published = staged.disk.copy()
        _ = try Rollout.publish(staged.intent, disk: published)
        let clean = published.copy()
        _ = try Rollout.restore(staged.intent, disk: clean)
        var schedules = 0
        var wentBack = 0
        for calls in 0...clean.changes {
            for blow in Blow.all {
                let label = "\(layout) restore, call \(calls), \(blow)"
                let disk = published.copy()
                try staged.crash(disk, after: calls) { _ = try Rollout.restore(staged.intent, disk: disk) }
                blow.strike(disk)
                try staged.checkWhole(disk, label)
                switch try Rollout.recover(staged.intent, published: true, disk: disk) {
                case .back(let result, _):
                    wentBack += 1
                    try expectOld(staged, disk, result, label)
                case .forward:
                    // The restore had not durably begun: the published tree is whole, and the loop decides again.
                    #expect(try staged.scenario.visible(disk) == staged.new, "\(label): mixed")
                case .untouched: Issue.record("\(label): untouched")
                }
                try expectOld(staged, disk, try Rollout.restore(staged.intent, disk: disk), label)
                disk.powerCut(.everything)
                #expect(try staged.scenario.visible(disk) == staged.old, "\(label): not durable")
                schedules += 1
            }
        }
        #expect(wentBack > schedules / 2)
        print("\(layout): restore survived \(schedules) crashes over \(clean.changes) calls")
    }

    private func expectOld(
        _ staged: Staged, _ disk: SimulatedDisk, _ result: Rollout.Result, _ label: String
    ) throws {
        #expect(try staged.scenario.visible(disk) == staged.old, "\(label): not the old tree")
        let look = try Rollout.look(staged.scenario.place, inventory: result.inventory, disk: disk)
        #expect(look.drifted.isEmpty, "\(label): the inventory does not fit")
        #expect(look.filesRead == 0, "\(label): stamps are stale")
        #expect(Set(result.inventory.files.keys) == Set(staged.scenario.oldFiles.keys))
    }

    /// A publication that died, taken back instead of finished.
    @Test(arguments: layouts) func anythingPartlyPublishedCanBeTakenBack(layout: TargetConfiguration.Layout) throws {
        let staged = try Staged(layout)
        let clean = staged.disk.copy()
        _ = try Rollout.publish(staged.intent, disk: clean)
        for calls in 0...clean.changes {
            for blow in Blow.all {
                let label = "\(layout) half published, call \(calls), \(blow)"
                let disk = staged.disk.copy()
                try staged.crash(disk, after: calls) { _ = try Rollout.publish(staged.intent, disk: disk) }
                blow.strike(disk)
                try expectOld(staged, disk, try Rollout.restore(staged.intent, disk: disk), label)
                disk.powerCut(.everything)
                #expect(try staged.scenario.visible(disk) == staged.old, "\(label): not durable")
            }
        }
    }

    /// Crash upon crash: the recovery dies too, at every call, and is run again.
    @Test(arguments: layouts) func recoveryMayDieToo(layout: TargetConfiguration.Layout) throws {
        let staged = try Staged(layout)
        let clean = staged.disk.copy()
        _ = try Rollout.publish(staged.intent, disk: clean)
        for calls in stride(from: 0, through: clean.changes, by: 3) {
            for second in 0...clean.changes {
                let disk = staged.disk.copy()
                try staged.crash(disk, after: calls) { _ = try Rollout.publish(staged.intent, disk: disk) }
                disk.powerCut(.seeded(UInt64(calls * 1000 + second)))
                try staged.crash(disk, after: second) {
                    _ = try Rollout.recover(staged.intent, published: false, disk: disk)
                }
                disk.powerCut(.seeded(UInt64(second * 1000 + calls)))
                try expectForward(staged, disk, "\(layout) calls \(calls) and \(second)")
            }
        }
    }

    @Test(arguments: layouts) func stagingNeverTouchesTheTree(layout: TargetConfiguration.Layout) throws {
        let scenario = DeploymentScenario(layout, base: "/srv")
        let start = SimulatedDisk()
        try start.makeDirectory("/srv", permissions: 0o755)
        let inventory = try scenario.setUp(start)
        start.settle()
        let old = try scenario.visible(start)
        let request = scenario.request(attempt: 2, inventory: inventory, files: scenario.newFiles)
        let clean = start.copy()
        _ = try Rollout.publish(try Rollout.stage(request, blobs: scenario.blobs, disk: clean), disk: clean)
        let new = try scenario.visible(clean)
        for calls in 0...clean.changes {
            for blow in Blow.few {
                let label = "\(layout) stage, call \(calls), \(blow)"
                let disk = start.copy()
                disk.crashAfter = calls
                do { _ = try Rollout.stage(request, blobs: scenario.blobs, disk: disk) } catch {
                    switch error {
                    case StageError.disk(let cause) where cause.code == .crashed: break
                    case StageError.refused(let refusal) where refusal.cause?.code == .crashed: break
                    default: throw error
                    }
                }
                blow.strike(disk)
                #expect(try scenario.visible(disk) == old, "\(label)")
                let intent = try Rollout.stage(request, blobs: scenario.blobs, disk: disk)
                disk.powerCut(.everything)
                #expect(try scenario.visible(disk) == old, "\(label): staging was seen")
                _ = try Rollout.recover(intent, published: false, disk: disk)
                #expect(try scenario.visible(disk) == new, "\(label): what was staged is not durable")
            }
        }
    }
}
