import StokerCore

/// A story walked with a crash at every effect, and for each of them what a power cut can make of the writes that were not
/// synced; each time Stoker starts again and runs to rest.
public struct CrashWalk {
    /// What happened.
    public struct Counts: Sendable, CustomStringConvertible {
        /// Effects of the loop in the clean run; a crash came before and after each.
        public var effects = 0
        /// Calls of disk, journal and process in the clean run; a crash came before each.
        public var calls = 0
        /// Crashes with everything that was tried of them.
        public var crashes = 0
        /// Crashes that were a power cut with one outcome of the unsynced writes.
        public var powerCuts = 0
        /// Moments at which the invariants were checked.
        public var checks = 0

        /// Nothing yet.
        public init() {}

        /// For the log.
        public var description: String {
            "\(effects) effects, \(calls) calls, \(crashes) crashes (\(powerCuts) power cuts), \(checks) checks"
        }
    }

    /// What the world does, one thing after the other; Stoker runs in between.
    public typealias Step = @Sendable (SimulatedMachine, SimulatedSetup) throws -> Void

    /// What happened.
    public private(set) var counts = Counts()
    /// What was broken; empty where all held.
    public private(set) var violations: [String] = []
    /// How the clean run ended: outcomes of the last attempts, newest last.
    public private(set) var outcomes: [String] = []
    private let setup: SimulatedSetup
    private let supervised: Bool
    private let before: SimulatedMachine
    private let steps: [Step]

    /// - Parameters:
    ///   - before: happens, and is at rest, before the first crash.
    ///   - steps: the story that is walked.
    ///   - supervised: processes that are down are started again while the story goes on, so that it comes to rest; otherwise
    ///     only at its end.
    public init(_ setup: SimulatedSetup, before: [Step], steps: [Step], supervised: Bool = true) throws {
        self.setup = setup
        self.supervised = supervised
        self.steps = steps
        let machine = try setup.machine()
        if before.isEmpty {
            self.before = machine
            return
        }
        let stoker = try SimulatedStoker(machine)
        for step in before {
            try step(machine, setup)
            _ = Self.live(stoker, supervised: true)
        }
        machine.disk.settle()
        self.before = machine
    }

    /// Walks all of it.
    /// - Parameters:
    ///   - outcomes: how many outcomes of unsynced writes are tried at an effect's boundary, all where there are no more.
    ///   - within: the same for a crash in the middle of an effect.
    public mutating func run(outcomes: Int, within: Int) throws {
        let boundaries = try cleanRun()
        for calls in 0...counts.calls {
            let machine = before.copy()
            var at = 0
            guard try die(machine, after: calls, &at) else { continue }
            let limit = boundaries.contains(calls) ? outcomes : within
            try goOn(machine.copy(), at, nil, "call \(calls)")
            for loss in machine.disk.outcomes(limit: limit) {
                try goOn(machine.copy(), at, loss, "call \(calls), \(loss)")
            }
            if violations.count > 20 { return }
        }
    }

    /// The story without a crash; the numbers of calls at which an effect begins.
    private mutating func cleanRun() throws -> Set<Int> {
        let machine = before.copy()
        let stoker = try SimulatedStoker(machine)
        machine.fuse.reset()
        var boundaries: Set<Int> = []
        stoker.meanwhile = { _ in
            boundaries.insert(machine.fuse.count)
            return false
        }
        for step in steps {
            try step(machine, setup)
            if !live(stoker), supervised { violations.append("the story does not come to rest without a crash") }
        }
        stoker.meanwhile = { _ in false }
        counts.effects = stoker.effects
        counts.calls = machine.fuse.count
        finish(machine, stoker, "without a crash")
        outcomes = machine.journal.rows.attempts.sorted { $0.key < $1.key }.compactMap { $0.value.outcome?.word }
        return boundaries
    }

    /// Runs the story until the process dies; false where it does not.
    private func die(_ machine: SimulatedMachine, after calls: Int, _ at: inout Int) throws -> Bool {
        let stoker = try SimulatedStoker(machine)
        machine.fuse.reset()
        machine.fuse.remaining = calls
        for (index, step) in steps.enumerated() {
            at = index
            try step(machine, setup)
            _ = live(stoker)
            if machine.fuse.blown { return true }
        }
        return false
    }

    /// After the crash: what was left is looked at, Stoker starts again, and the rest of the story is told.
    private mutating func goOn(
        _ machine: SimulatedMachine, _ at: Int, _ loss: SimulatedDisk.Loss?, _ label: String
    ) throws {
        counts.crashes += 1
        machine.bury(findsFailedWrite: false)
        if let loss {
            counts.powerCuts += 1
            machine.losePower(loss)
        }
        check(machine, .anytime, nil, label)
        // At boot: neither git nor a process is there.
        let reachable = machine.git.isUnreachable
        machine.git.isUnreachable = true
        let stoker = try SimulatedStoker(machine)
        check(machine, .repaired, nil, label)
        if supervised { machine.wake() }
        if counts.crashes % 2 == 0 { _ = live(stoker) }
        machine.git.isUnreachable = reachable
        _ = live(stoker)
        for step in steps[(at + 1)...] {
            try step(machine, setup)
            _ = live(stoker)
        }
        finish(machine, stoker, label)
    }

    private mutating func finish(_ machine: SimulatedMachine, _ stoker: SimulatedStoker, _ label: String) {
        machine.endTroubles()
        _ = Self.live(stoker, supervised: true)
        check(machine, .atRest, stoker, label)
        violations += (stoker.brokenAtRest() + stoker.violations).map { "\(label): \($0)" }
    }

    private func live(_ stoker: SimulatedStoker) -> Bool { Self.live(stoker, supervised: supervised) }

    /// Turns until there is nothing to do, or for as long as waiting may take; false where it went on.
    private static func live(_ stoker: SimulatedStoker, supervised: Bool) -> Bool {
        guard supervised else { return stoker.settle(limit: 12) }
        for _ in 0..<20 {
            if stoker.machine.fuse.blown { return false }
            let woke = stoker.machine.wake()
            if stoker.settle(limit: 8), !woke, !stoker.machine.wake() { return true }
        }
        return false
    }

    private mutating func check(
        _ machine: SimulatedMachine, _ moment: WorldSight.Moment, _ stoker: SimulatedStoker?, _ label: String
    ) {
        counts.checks += 1
        violations += Invariants.violations(machine.sight(moment, stoker)).map { "\(label), \(moment): \($0)" }
    }
}
