import StokerCore

/// One life of an environment, drawn from a seed: commits, faults, crashes and people, in any order. Afterwards the world
/// heals, and what was promised must hold.
///
/// The seed is all there is to it: the same seed gives the same life.
public final class Schedule {
    /// What happened in one or many schedules.
    public struct Counts: Sendable, CustomStringConvertible {
        /// Schedules that were run.
        public var schedules = 0
        /// Attempts by their outcome.
        public var outcomes: [String: Int] = [:]
        /// Deaths of the process, power cuts among them.
        public var crashes = 0
        /// Power cuts.
        public var powerCuts = 0
        /// Moments at which the invariants were checked.
        public var checks = 0
        /// Calls that met a fault.
        public var faults = 0
        /// Effects of the loop.
        public var effects = 0
        /// Commits.
        public var commits = 0

        /// Nothing yet.
        public init() {}

        /// For the log of a test run.
        public var description: String {
            let ends = outcomes.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
            return
                "\(schedules) schedules, \(commits) commits, \(effects) effects, \(crashes) crashes (\(powerCuts) power "
                + "cuts), \(faults) faults, \(checks) checks; attempts: \(ends)"
        }

        /// The sum.
        public mutating func add(_ other: Counts) {
            schedules += other.schedules
            outcomes.merge(other.outcomes, uniquingKeysWith: +)
            crashes += other.crashes
            powerCuts += other.powerCuts
            checks += other.checks
            faults += other.faults
            effects += other.effects
            commits += other.commits
        }
    }

    /// What happened.
    public private(set) var counts = Counts()
    /// What was broken; empty where all held.
    public private(set) var violations: [String] = []
    /// What happened, in words; only where `tells`.
    public private(set) var story: [String] = []
    /// Whether a story is told: for the seed that failed.
    public let tells: Bool

    var random: SeededGenerator
    let setup: SimulatedSetup
    let machine: SimulatedMachine
    private var stoker: SimulatedStoker?

    /// - Parameters:
    ///   - seed: which life.
    ///   - roundTrip: what the journal's file makes of its rows; must give back the same.
    public init(
        seed: UInt64, tells: Bool = false,
        roundTrip: @escaping (SimulatedJournal.Rows) -> SimulatedJournal.Rows = { $0 }
    ) throws(DiskError) {
        self.tells = tells
        random = SeededGenerator(seed: seed)
        let layouts: [TargetConfiguration.Layout] = [.inPlace, .linked, .singleFile]
        setup = SimulatedSetup(
            layouts[random.below(3)], targets: random.chance(4) ? 2 : 1, drift: random.chance(2) ? .correct : .report,
            checks: random.chance(2), whenDown: random.chance(6) ? .wait : .deploy, baseline: !random.chance(4))
        machine = try setup.machine(onRewrite: random.chance(3) ? .follow : .hold)
        machine.journal.roundTrip = roundTrip
        tell("\(setup)")
    }

    /// From the first start to the last check.
    public func run() {
        counts.schedules = 1
        for _ in 0..<(2 + random.below(6)) {
            happen()
            if !random.chance(4) { turn() }
            if !violations.isEmpty { return }
        }
        heal()
        countFaults()
        counts.outcomes = Dictionary(
            grouping: machine.journal.rows.attempts.values.compactMap { $0.outcome?.word }, by: \.self
        ).mapValues(\.count)
    }

    func tell(_ words: @autoclosure () -> String) { if tells { story.append(words()) } }

    func countCommit() { counts.commits += 1 }

    func countFaults() { counts.faults += machine.disk.faults.met }

    /// One turn, or its first part.
    private func turn() {
        guard let stoker = running() else { return }
        let dies = random.chance(3)
        let limit = random.below(random.chance(2) ? 40 : 400)
        if dies { machine.fuse.remaining = limit }
        // The world does not wait for Stoker: something happens before one of the effects.
        let intrusion = random.chance(4) ? random.below(16) : nil
        var effects = 0
        stoker.meanwhile = { _ in
            effects += 1
            if effects == intrusion { self.happen() }
            return false
        }
        let rest = stoker.turn(random.chance(3) ? .push : .poll)
        stoker.meanwhile = { _ in false }
        collect(stoker)
        machine.fuse.remaining = nil
        if rest == nil {
            crash()
        } else {
            tell(
                "  \(stoker.acts.joined(separator: ", ")) -> \(stoker.status.phase ?? "-") \(stoker.status.outcome ?? "-")"
            )
            check(.anytime)
            machine.pass(.milliseconds(Int64(200 + random.below(20_000))))
        }
    }

    private func collect(_ stoker: SimulatedStoker) {
        counts.effects += stoker.effects
        stoker.effects = 0
        violations += stoker.violations
        stoker.violations = []
        if tells { stoker.tells = true }
    }

    /// The process died; perhaps with the machine.
    private func crash() {
        counts.crashes += 1
        tell(
            "  dies after \(stoker?.acts.suffix(3) ?? []) in \(machine.journal.rows.record?.attempt?.phase.word ?? "rest")"
        )
        stoker = nil
        machine.bury(findsFailedWrite: random.chance(2))
        check(.anytime)
        if random.chance(3) {
            counts.powerCuts += 1
            tell("  power cut")
            machine.losePower([.everything, .nothing, .seeded(random.next())][random.below(3)])
            check(.anytime)
        }
        // Supervisors do not wait for Stoker.
        if random.chance(2) { machine.wake() }
    }

    /// Stoker as it runs, started where it does not; nil where it cannot start now.
    private func running() -> SimulatedStoker? {
        if let stoker { return stoker }
        do throws(Failure) {
            let started = try SimulatedStoker(machine)
            started.tells = tells
            stoker = started
            tell("  started: \(started.loop.record.attempt?.phase.word ?? "rest")")
            check(.repaired)
            return started
        } catch {
            tell("  cannot start: \(error)")
            if machine.fuse.blown { machine.bury(findsFailedWrite: false) }
            check(.anytime)
            return nil
        }
    }

    private func check(_ moment: WorldSight.Moment) {
        counts.checks += 1
        let broken = Invariants.violations(machine.sight(moment, moment == .atRest ? stoker : nil))
        if !broken.isEmpty { tell("  \(moment): \(broken)") }
        if tells, !machine.lostEdits().isEmpty { tell("  lost: \(machine.lostEdits())") }
        violations += broken.map { "\(moment): \($0)" }
    }

    // MARK: - The end

    /// Faults end, people let go, and the last commit is one that can be judged.
    private func heal() {
        machine.endTroubles()
        machine.journal.ask(.resume)
        tell("heals")
        let deeds: [SimulatedPrometheus.Deed] = [.good, .good, .invalid, .harmful, .ignored, .refused]
        push(deeds[random.below(deeds.count)])
        // A person has looked at what was rewritten.
        if let head = machine.git.head { machine.journal.ask(.approve(head, machine.git.newest)) }
        for round in 0..<40 {
            let awake = machine.wake()
            guard let stoker = running() else {
                if round > 2 { violations.append("does not start on a healthy machine") }
                continue
            }
            if round == 0 { _ = stoker.turn() }
            let rests = stoker.settle(limit: 8)
            collect(stoker)
            // A supervisor tries again, now that the files are others.
            if rests, !awake, !machine.wake() { return checkRest(stoker) }
            // A process that cannot start with what is there is waited for; a newer commit ends that.
            if round == 20, stoker.status.reason == .targetUnreachable {
                push(.good)
                if let head = machine.git.head { machine.journal.ask(.approve(head, machine.git.newest)) }
            }
        }
        violations.append("does not come to rest: \(stoker.map { "\($0.status)" } ?? "not running")")
    }

    private func checkRest(_ stoker: SimulatedStoker) {
        tell("  \(stoker.acts.suffix(20).joined(separator: ", "))\n  \(stoker.status)")
        check(.atRest)
        violations += stoker.brokenAtRest()
    }
}

extension SeededGenerator {
    /// A number from zero to below the limit.
    public mutating func below(_ limit: Int) -> Int { Int(next() % UInt64(limit)) }
    /// True once in so many times.
    public mutating func chance(_ one: Int) -> Bool { below(one) == 0 }
}
