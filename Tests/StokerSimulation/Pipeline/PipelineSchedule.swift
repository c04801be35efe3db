import StokerCore

/// The life of a pipeline of one to five environments, drawn from a seed: commits, rewrites, people, clocks that are set,
/// machines that start anew, Stokers that die, other Stokers that cannot be reached. Nothing may ever enter an environment
/// without its evidence; afterwards the world heals, and everything that may go live does.
public final class PipelineSchedule {
    /// What happened in one or many schedules.
    public struct Counts: Sendable, CustomStringConvertible {
        /// Schedules that were run.
        public var schedules = 0
        /// Deploys that were no repairs.
        public var deploys = 0
        /// Of these, into environments that come after others.
        public var promotions = 0
        /// Effects of the loops.
        public var effects = 0
        /// Holds that were looked at, by their reason.
        public var holds: [String: Int] = [:]

        /// Nothing yet.
        public init() {}

        /// For the log of a test run.
        public var description: String {
            let kinds = holds.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
            return
                "\(schedules) pipelines, \(effects) effects, \(deploys) deploys (\(promotions) after others); holds: \(kinds)"
        }

        /// The sum.
        public mutating func add(_ other: Counts) {
            schedules += other.schedules
            deploys += other.deploys
            promotions += other.promotions
            effects += other.effects
            holds.merge(other.holds, uniquingKeysWith: +)
        }
    }

    /// What happened.
    public private(set) var counts = Counts()
    /// What was broken; empty where all held.
    public private(set) var violations: [String] = []
    /// What happened, in words; only where `tells`.
    public private(set) var story: [String] = []
    private let tells: Bool
    private var random: SeededGenerator
    private let world: PipelineWorld
    private var contents = 0

    /// - Parameter seed: which life.
    public init(seed: UInt64, tells: Bool = false) {
        self.tells = tells
        random = SeededGenerator(seed: seed)
        world = PipelineWorld(Self.draw(&random))
        if tells { world.tell = { [unowned self] in story.append($0) } }
        for configuration in world.configurations {
            tell(
                "\(configuration.name): after \(configuration.after), \(configuration.gates), \(configuration.advance)")
        }
    }

    private func tell(_ words: @autoclosure () -> String) { if tells { story.append(words()) } }

    // MARK: Drawing

    private static func draw(_ random: inout SeededGenerator) -> [EnvironmentConfiguration] {
        var made: [EnvironmentConfiguration] = []
        for index in 0..<(1 + random.below(5)) {
            var after = Upstreams()
            if index > 0, !random.chance(5) {
                let names = made.map(\.name).filter { _ in random.chance(2) }
                after = Upstreams(names.isEmpty ? [made[index - 1].name] : names, any: random.chance(4))
            }
            var gates = GateConfiguration()
            if !after.names.isEmpty, random.chance(2) { gates.soak = .seconds(60 * (1 + random.below(40))) }
            if random.chance(4) {
                gates.approval = ApprovalPolicy(
                    approvers: random.chance(2) ? ["ann", "bob"] : [], count: 1 + random.below(2),
                    expires: .seconds(random.chance(2) ? 3600 : 86_400))
            }
            if random.chance(5) {
                var hours = CalendarInterval()
                hours.times = [
                    CalendarInterval.Times(start: (1 + random.below(11)) * 60, end: 720 + random.below(12) * 60)
                ]
                .compactMap { $0 }
                if random.chance(2) { gates.windows = [hours] } else { gates.blackouts = [hours] }
            }
            if !after.names.isEmpty, random.chance(6) { gates.unexercised = .hold }
            if random.chance(6) { gates.checks = [CheckConfiguration(expr: "up == 1", passWhen: .nonEmpty)] }
            made.append(
                EnvironmentConfiguration(
                    name: EnvironmentName("e\(index)"), layers: ["."], ref: nil, exclude: [], ruleTests: [],
                    drift: .correct, verify: nil,
                    targets: [
                        TargetConfiguration(
                            id: "prometheus", kind: .prometheus, path: ".", configFile: "prometheus.yml",
                            deployTo: "/etc/\(index)", url: "http://localhost")
                    ], after: after, gates: gates, advance: random.chance(4) ? .latest : .train,
                    remote: random.chance(5) ? RemoteEnvironment(url: "http://other") : nil))
        }
        return made
    }

    // MARK: Running

    /// From the first commit to the last check.
    public func run() {
        counts.schedules = 1
        push(everywhere: true)
        for _ in 0..<(4 + random.below(12)) {
            happen()
            turns(crashing: true)
            if !violations.isEmpty { return finish() }
            world.pass(.seconds(random.chance(3) ? 1 + random.below(60) : 60 + random.below(2400)))
        }
        heal()
        finish()
    }

    private func finish() {
        for stage in world.order {
            violations += stage.violations
            counts.effects += stage.effects
            counts.deploys += stage.deploys
            if !stage.configuration.after.names.isEmpty { counts.promotions += stage.deploys }
        }
    }

    /// Every environment has its turn, in any order.
    private func turns(crashing: Bool) {
        for stage in world.order.shuffled(using: &random) {
            stage.turn(dyingAfter: crashing && random.chance(6) ? random.below(20) : nil)
            note(stage)
        }
    }

    private func note(_ stage: PipelineStage) {
        if tells { tell(stage.sayings) }
        guard let gate = stage.loop.currentHold else { return }
        counts.holds[gate.reason.rawValue, default: 0] += 1
        if gate.message.isEmpty || gate.lasting.isEmpty {
            violations.append("\(stage.name) holds with \(gate.reason) and says nothing")
        }
        if gate.opensIn == nil, gate.waitsFor == nil {
            violations.append("\(stage.name) holds with \(gate.reason) and says neither until when nor for whom")
        }
    }

    private func push(everywhere: Bool) {
        var change: [EnvironmentName: ContentID] = [:]
        for configuration in world.configurations where everywhere || random.chance(2) {
            contents += 1
            // What sours is good once, and not when it comes back.
            let kinds = ["invalid", "harmful", "sours", "sours"]
            let kind = everywhere || !random.chance(4) ? "good" : kinds[random.below(kinds.count)]
            change[configuration.name] = ContentID("\(kind)-\(contents)")
            if !everywhere, random.chance(5), let earlier = world.branch.randomElement(using: &random) {
                change[configuration.name] = world.content(of: configuration.name, at: earlier)
            }
        }
        world.push(change)
        tell("push \(world.branch.last?.rawValue ?? "") \(change.mapValues(\.rawValue))")
    }

    private func happen() {
        let stage = world.order[random.below(world.order.count)]
        let name = stage.name
        switch random.below(25) {
        case 0..<6: push(everywhere: random.chance(3))
        case 6:
            tell("rewrite")
            world.rewrite(losing: 1 + random.below(2))
        case 7:
            tell("reboot")
            world.reboot()
        case 8:
            tell("the clock is set")
            world.setClock(by: .seconds((random.chance(2) ? 1 : -1) * (600 + random.below(90_000))))
        case 9:
            tell("\(name) cannot be reached, or can again")
            if world.unreachable.remove(name) == nil { world.unreachable.insert(name) }
        case 10..<13: approve(stage, by: random.chance(2) ? "ann" : "bob")
        case 13:
            guard let goal = goal(of: stage) else { return }
            tell("reject \(goal.content) in \(name)")
            stage.ask(.reject(goal.revision, goal.content, reason: "no"))
        case 14: stage.ask(.suspend(reason: "holiday", until: nil))
        case 15: stage.ask(.resume)
        case 16:
            tell("freeze \(name)")
            stage.ask(
                .freeze(
                    reason: "release",
                    until: random.chance(2) ? WallTime(milliseconds: world.wall.milliseconds + 1_800_000) : nil))
        case 17: stage.ask(.unfreeze)
        case 18:
            guard let goal = goal(of: stage) else { return }
            let breakGlass = random.chance(2)
            tell("promote \(goal.content) in \(name), \(breakGlass)")
            stage.ask(.promote(goal, reason: "now", breakGlass: breakGlass))
        case 19:
            tell("\(name) serves something else")
            stage.derail()
        case 22, 23:
            tell("the process of \(name) dies, or comes back")
            stage.isDown.toggle()
        case 20, 21:
            let answers: [Probe.CheckResult] = [.pass, .fail, .inconclusive]
            stage.answer = answers[random.below(3)]
            tell("the check of \(name) says \(stage.answer)")
        default:
            tell("rollback \(name)")
            stage.ask(.rollback(to: nil))
        }
    }

    private func goal(of stage: PipelineStage) -> Goal? {
        guard let commit = world.branch.suffix(3).randomElement(using: &random),
            let content = world.content(of: stage.name, at: commit), content != stage.disk
        else { return nil }
        return Goal(revision: world.revision(commit), content: content)
    }

    private func approve(_ stage: PipelineStage, by actor: String) {
        let attempt = stage.loop.record.attempt.flatMap { $0.outcome == nil ? $0 : nil }
        guard let commit = attempt?.goal.revision.commit ?? world.branch.last,
            let content = world.content(of: stage.name, at: commit)
        else { return }
        tell("\(actor) approves \(content) in \(stage.name)")
        stage.ask(.approve(commit, content), by: actor)
    }

    // MARK: Healing

    /// Everybody is reached, nothing is forbidden, people say yes, and time passes: the newest goes everywhere.
    private func heal() {
        world.unreachable = []
        for stage in world.order {
            stage.ask(.resume)
            stage.ask(.unfreeze)
            stage.answer = .pass
            stage.isDown = false
        }
        push(everywhere: true)
        guard let head = world.branch.last else { return }
        for _ in 0..<Self.mostTurns {
            turns(crashing: false)
            for stage in world.order where stage.loop.currentHold?.reason == .approvalRequired {
                approve(stage, by: "ann")
                approve(stage, by: "bob")
            }
            if !violations.isEmpty || world.order.allSatisfy({ isThere($0, head) }) { return }
            world.pass(untilSomethingOpens)
        }
        for stage in world.order where !isThere(stage, head) {
            violations.append("never gets \(head): \(stage.sayings)")
        }
    }

    /// Enough for five environments one after the other, each with all gates.
    private static let mostTurns = 400

    /// People and checks are heard at the next poll, before what they said has expired.
    private var untilSomethingOpens: Duration {
        let holds = world.order.compactMap(\.loop.currentHold)
        if holds.contains(where: { [.approvalRequired, .gateCheckFailed].contains($0.reason) }) { return .seconds(30) }
        let waits = holds.compactMap(\.opensIn).filter { $0 > .zero }
        return max(.seconds(1), min(waits.min() ?? .seconds(60), .seconds(86_400)))
    }

    private func isThere(_ stage: PipelineStage, _ head: CommitID) -> Bool {
        let record = stage.loop.record
        return stage.disk == world.content(of: stage.name, at: head) && record.verified?.content == stage.disk
            && record.unsettled.isEmpty && record.verified?.revision.commit == head
    }
}
