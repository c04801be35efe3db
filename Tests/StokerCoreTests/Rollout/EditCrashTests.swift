import StokerCore
import StokerSimulation
import Testing

/// What somebody writes at the wrong moment, and where.
struct LateEdit: Sendable, CustomStringConvertible {
    enum How: String, Sendable { case edited, replaced }

    let change: SingleChange
    let path: String
    let how: How

    var description: String { "\(change): \(path) \(how)" }

    func make(in world: SmallWorld) throws {
        switch how {
        case .edited: try world.edit(path, LateEdit.text)
        case .replaced: try world.put(path, LateEdit.text)
        }
    }

    static let text = "by somebody else\n"

    /// Every changed file, in both ways, where it is there at that moment.
    static func all(before: Bool) -> [LateEdit] {
        SingleChange.all.flatMap { change -> [LateEdit] in
            let (now, other) = before ? (change.old, change.new) : (change.new, change.old)
            // A folder cannot be written over; what is not there can be made where its folder is.
            let changed = Set(now.keys).union(other.keys).filter { now[$0] != other[$0] }
            return changed.sorted().flatMap { path -> [LateEdit] in
                if now[path] != nil {
                    return [LateEdit(change: change, path: path, how: .edited)]
                        + (change.layout == .singleFile || path == "pinned.yml"
                            ? [] : [LateEdit(change: change, path: path, how: .replaced)])
                }
                guard change.layout == .inPlace, path.hasPrefix("s/"), !path.contains("/f"), !now.isEmpty else {
                    return []
                }
                return [LateEdit(change: change, path: path, how: .replaced)]
            }
        }
    }
}

/// Whatever dies, and whenever: bytes that are not ours are somewhere.
@Suite struct EditCrashTests {
    @Test(arguments: LateEdit.all(before: true)) func anEditAfterStagingIsNeverLost(edit: LateEdit) throws {
        let world = try SmallWorld(edit.change.layout, edit.change.old)
        let intent = try world.stage(edit.change.new)
        try edit.make(in: world)
        try walk(edit, world, intent) { world throws in
            _ = try Rollout.publish(intent, disk: world.disk)
        } again: { world throws in
            _ = try Rollout.recover(intent, published: false, disk: world.disk)
        }
    }

    @Test(arguments: LateEdit.all(before: false)) func anEditAfterPublishingIsNeverLost(edit: LateEdit) throws {
        let world = try SmallWorld(edit.change.layout, edit.change.old)
        let old = try world.visible()
        let intent = try world.stage(edit.change.new)
        _ = try Rollout.publish(intent, disk: world.disk)
        world.disk.settle()
        try edit.make(in: world)
        try walk(edit, world, intent) { world throws in
            _ = try Rollout.restore(intent, disk: world.disk)
        } again: { world throws in
            _ = try Rollout.restore(intent, disk: world.disk)
            #expect(try world.visible() == old, "\(edit): what was before is not back")
        }
    }

    /// Found before staging, an edit is copied: also after the verdict it is there.
    @Test(arguments: LateEdit.all(before: true)) func anEditBeforeStagingIsNeverLost(edit: LateEdit) throws {
        let world = try SmallWorld(edit.change.layout, edit.change.old)
        try edit.make(in: world)
        let start = world.copy()
        let work: (SmallWorld) throws -> Void = { world in
            let intent: DeploymentIntent
            do { intent = try world.stage(edit.change.new) } catch let error as StageError {
                if case .disk(let cause) = error { throw cause }
                if case .refused(let refusal) = error, let cause = refusal.cause { throw cause }
                throw error
            }
            _ = try Rollout.publish(intent, disk: world.disk)
            try Rollout.settle(world.place, staging: intent.staging, keep: [], disk: world.disk)
        }
        let clean = start.copy()
        try work(clean)
        for calls in 0...clean.disk.changes {
            let dead = start.copy()
            try dead.dying(after: calls) { try work(dead) }
            for loss in dead.outcomes() {
                let next = dead.copy()
                next.strike(loss)
                #expect(
                    try next.holds(LateEdit.text), "\(edit), call \(calls), \(loss.map { "\($0)" } ?? "process dies")")
            }
        }
    }

    private func walk(
        _ edit: LateEdit, _ world: SmallWorld, _ intent: DeploymentIntent, work: (SmallWorld) throws -> Void,
        again: (SmallWorld) throws -> Void
    ) throws {
        let clean = world.copy()
        try work(clean)
        let calls = clean.disk.changes
        #expect(try clean.holds(LateEdit.text), "\(edit): lost without a crash")
        // The journal knows that all was done; nobody looks at it again, and what no rollback needs goes.
        clean.disk.powerCut(.everything)
        try Rollout.settle(clean.place, staging: intent.staging, keep: [], disk: clean.disk)
        #expect(try clean.holds(LateEdit.text), "\(edit): lost with the verdict")
        for calls in 0...calls {
            let dead = world.copy()
            try dead.dying(after: calls) { try work(dead) }
            for loss in dead.outcomes() {
                let label = "\(edit), call \(calls), \(loss.map { "\($0)" } ?? "process dies")"
                let next = dead.copy()
                next.strike(loss)
                #expect(try next.holds(LateEdit.text), "\(label): lost")
                try again(next)
                next.disk.powerCut(.everything)
                #expect(try next.holds(LateEdit.text), "\(label): lost by the next start")
            }
        }
    }
}
