import Glibc
import StokerCore
import TestSupport
import Testing

/// Short schedules of commits, faults, crashes and requests, drawn from a seed; afterwards the world heals, and what the
/// design promises at rest must hold. `STOKER_WALKS` in the environment asks for more of them.
@Suite("Random walk")
struct RandomWalkTests {
    @Test("whatever happens, it comes to rest with what was promised")
    func walk() async throws {
        try await Background.run { Self.walkAll() }
    }

    private static func walkAll() {
        let walks = getenv("STOKER_WALKS").flatMap { Int(String(cString: $0)) } ?? 400
        var totals = Walk.Totals()
        for seed in 1...UInt64(walks) {
            var walk = Walk(seed: seed)
            walk.run()
            totals.add(walk.totals)
            guard walk.broken.isEmpty else {
                Issue.record(
                    "seed \(seed): \(walk.broken.joined(separator: "; "))\n\(walk.story.joined(separator: "\n"))")
                return
            }
        }
        print("random walk: \(walks) schedules, \(totals)")
        #expect(totals.verified > walks / 2 && totals.rolledBack > walks / 20 && totals.crashes > walks / 4)
    }
}

/// One schedule.
struct Walk {
    struct Totals: CustomStringConvertible {
        var attempts = 0
        var verified = 0
        var rolledBack = 0
        var crashes = 0
        var description: String {
            "\(attempts) attempts, \(verified) verified, \(rolledBack) rolled back, \(crashes) crashes"
        }
        mutating func add(_ other: Totals) {
            attempts += other.attempts
            verified += other.verified
            rolledBack += other.rolledBack
            crashes += other.crashes
        }
    }

    var totals = Totals()
    var broken: [String] = []
    var story: [String] = []
    private var random: WalkGenerator
    private let world: ScriptedWorld
    private static let kinds = [
        "good", "good", "good", "invalid", "harmful", "ignored", "refused", "kills", "mute", "missing", "deletes",
    ]

    init(seed: UInt64) {
        random = WalkGenerator(seed: seed)
        world = ScriptedWorld(
            targets: random.chance(3) ? ["one", "two"] : ["prometheus"], drift: random.chance(2) ? .correct : .report,
            checks: random.chance(2), whenDown: random.chance(5) ? .wait : .deploy)
        if random.chance(2) {
            for id in world.targets {
                world.disk[id] = "before"
                world.processes[id]?.serves = "before"
            }
        }
    }

    mutating func run() {
        watch()
        for _ in 0..<(6 + random.below(14)) {
            happen()
            if random.chance(2) { turn() }
        }
        heal()
        check()
        totals.attempts = world.histories.count
        totals.verified = world.histories.values.count { $0.outcome?.word == "verified" }
        totals.rolledBack = world.histories.values.count { $0.outcome?.word == "rolled_back" }
    }

    /// Looks over the loop's shoulder at every effect.
    private func watch(dyingAfter limit: Int? = nil, _ violations: Violations? = nil) {
        let world = world
        var effects = 0
        var unread: Target.ID?
        world.dies = { effect in
            effects += 1
            if let limit, effects > limit { return true }
            guard case .act(let action) = effect else { return false }
            if let id = unread, action != .reload(id), action != .restore {
                violations?.list.append("\(action) between deploy and reload")
            }
            unread = nil
            guard case .publish(let id) = action, !world.isHalfPublished(id), let attempt = world.loop.record.attempt
            else { return false }
            unread = world.journalIsBroken || world.publishFails ? nil : id
            if world.stored.suspension != nil, attempt.trigger != .rollback {
                violations?.list.append("wrote while suspended")
            }
            if !attempt.isRepair, world.loop.rejects(attempt.goal.content) {
                violations?.list.append(
                    "deployed rejected \(attempt.goal.content) as \(attempt.trigger) after \(world.acts.suffix(8))")
            }
            if world.stored.attempt?.id != attempt.id {
                violations?.list.append("the journal does not know the attempt")
            }
            return false
        }
    }

    private final class Violations { var list: [String] = [] }

    private mutating func turn() {
        let violations = Violations()
        let limit = random.chance(3) ? random.below(14) : nil
        watch(dyingAfter: limit, violations)
        if world.turn() == nil {
            totals.crashes += 1
            story.append(
                "  crash after \(limit ?? 0) effects in \(world.stored.attempt.map { "\($0.phase.word)" } ?? "rest")")
            world.restart(torn: random.chance(2))
        }
        broken += violations.list
        world.pass(.milliseconds(200 + random.below(20_000)))
        story.append(
            "  \(world.status.phase ?? "-") \(world.status.outcome ?? "-") disk \(world.disk) served \(world.processes.mapValues { $0.up ? $0.serves?.rawValue ?? "-" : "down" }) unsettled \(world.loop.record.unsettled)"
        )
    }

    private mutating func happen() {
        let id = world.targets[random.below(world.targets.count)]
        let what = random.below(23)
        switch what {
        case 0..<7: world.push("\(Self.kinds[random.below(Self.kinds.count)])-\(random.below(4))")
        case 7: world.push("good-9", relation: .rewritten("rewritten"))
        case 8: world.processes[id]?.up = false
        case 9: world.restartProcess(id)
        case 10: world.diskIsFull.toggle()
        case 11: world.journalIsBroken.toggle()
        case 12: world.reloadIsClosed.toggle()
        case 13: world.restoreFails.toggle()
        case 14: world.ask(.suspend(reason: "a while", until: nil))
        case 15: world.ask(.resume)
        case 16: world.ask(.rollback(to: nil))
        case 17: world.ask(.reconcile(retry: true))
        case 18:
            if case .known(let newest) = world.source, let content = world.desired {
                world.ask(.reject(newest.revision, content, reason: "no"))
            }
        case 19:
            if case .known(let newest) = world.source { world.ask(.approve(newest.revision.commit, world.desired)) }
        case 20: world.edited[id] = ["rules.yml": "was modified"]
        case 21: world.publishFails.toggle()
        default:
            world.bootID += "'"
            story.append("reboot")
            for id in world.targets { world.restartProcess(id) }
            world.restart()
        }
        story.append(
            "\(what): newest \(world.desired?.rawValue ?? "-"), full \(world.diskIsFull), journal \(!world.journalIsBroken)"
        )
    }

    /// Faults end, people let go, the last commit is one that can be judged.
    private mutating func heal() {
        let violations = Violations()
        watch(violations)
        world.diskIsFull = false
        world.journalIsBroken = false
        world.reloadIsClosed = false
        world.restoreFails = false
        world.publishFails = false
        world.missingFileIsThere = true
        world.quirks = false
        world.ask(.resume)
        world.turn()
        let kinds = ["good", "invalid", "harmful", "ignored", "refused"]
        world.push("\(kinds[random.below(kinds.count)])-\(random.below(9))")
        story.append("healed, newest \(world.desired?.rawValue ?? "-")")
        for _ in 0..<12 {
            for id in world.targets where world.facts(id) == nil { world.restartProcess(id) }
            if world.settle(limit: 40) {
                broken += violations.list
                return
            }
        }
        broken += violations.list
        let tail = world.acts.suffix(12).joined(separator: ", ")
        broken.append("does not come to rest: \(world.status) \(tail)")
    }

    private mutating func check() {
        let record = world.loop.record
        let status = world.status
        story.append("\(status)")
        func promise(_ what: String, _ holds: Bool) { if !holds { broken.append(what) } }
        let live = Set(world.targets.map { world.disk[$0] })
        let hasWayBack = record.verified != nil
        // Without a way back a failure in the middle stays as it is, and says so.
        promise("one content is live", live.count == 1 || !hasWayBack)
        promise("the journal holds what the loop knows", world.stored == record)
        if let content = record.live?.content, hasWayBack {
            promise("the record knows what is live", live == [content])
        }
        promise("every intent is settled", world.intents.isEmpty == record.unsettled.isEmpty)
        promise("nothing is left unproved", record.unsettled.isEmpty)
        promise("every attempt ended", record.attempt.map { $0.outcome != nil } ?? true || status.phase == "held")
        promise("histories end", world.histories.allSatisfy { $0.key == record.attempt?.id || $0.value.outcome != nil })
        if hasWayBack {
            promise("live is verified", record.live?.content == record.verified?.content)
            if world.edited.values.allSatisfy(\.isEmpty), record.runtimeDrift == nil {
                promise("it is served", world.targets.allSatisfy { world.processes[$0]?.serves == world.disk[$0] })
            }
        }
        if world.exitCode == 0 {
            promise(
                "in sync means desired is live, served and verified",
                live == [world.desired]
                    && record.verified?.content == world.desired)
            promise("in sync is said", status.sync == .synced && status.outcome == "verified")
        }
        let acts = world.acts.count
        let looks = world.looks
        world.pass(.seconds(1))
        world.turn()
        promise("a turn with nothing new does nothing", world.acts.count == acts && world.looks == looks + 1)
        promise("and notes nothing", world.stored == record)
    }
}

/// SplitMix64: the same numbers for the same seed, everywhere.
struct WalkGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 }

    mutating func below(_ limit: Int) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((z ^ (z >> 31)) % UInt64(limit))
    }

    mutating func chance(_ one: Int) -> Bool { below(one) == 0 }
}

extension EnvironmentLoop {
    /// The memory says no to this content.
    func rejects(_ content: ContentID) -> Bool {
        record.rejections.contains {
            $0.content == content && ($0.fingerprint == nil || $0.fingerprint == observation?.fingerprint)
        }
    }
}
