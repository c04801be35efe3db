import StokerCore
import StokerSimulation
import TestSupport
import Testing

/// A year untouched: nothing grows with the number of turns.
@Suite struct LongLifeTests {
    /// What could grow.
    private struct Size: CustomStringConvertible {
        let inodes: Int
        let handles: Int
        let intents: Int
        let releases: Int
        let attempts: Int
        let memory: Int

        init(_ machine: SimulatedMachine, _ stoker: SimulatedStoker) {
            let rows = machine.journal.rows
            inodes = machine.disk.inodeCount
            handles = machine.disk.openHandles
            intents = rows.intents.count
            releases = rows.releases.count
            attempts = rows.attempts.count
            let record = stoker.loop.record
            memory = record.rejections.count + record.consents.count + record.earlier.count + record.corrections.count
        }

        var description: String {
            "\(inodes) inodes, \(handles) handles, \(intents) intents, \(releases) releases, \(attempts) attempts, "
                + "\(memory) memories"
        }

        func isWithin(_ other: Size) -> Bool {
            inodes <= other.inodes && handles == 0 && intents == 0 && releases <= other.releases
                && attempts <= other.attempts && memory <= other.memory
        }
    }

    @Test(
        "10,000 turns with pushes, rejections and rollbacks: files, descriptors and rows stay flat",
        arguments: [TargetConfiguration.Layout.inPlace, .linked, .singleFile])
    func turns(layout: TargetConfiguration.Layout) async throws {
        try await Background.run { try Self.live(layout) }
    }

    private static func live(_ layout: TargetConfiguration.Layout) throws {
        let setup = SimulatedSetup(layout, drift: .correct, checks: true)
        let machine = try setup.machine()
        let stoker = try SimulatedStoker(machine)
        let deeds: [SimulatedPrometheus.Deed] = [.good, .invalid, .good, .harmful, .good, .refused]
        var turns = 0
        var pushes = 0
        var early: Size?
        while turns < 10_000 {
            // Numbers do not repeat: every content is new.
            machine.git.push(setup.content(deeds[pushes % deeds.count], pushes, in: machine))
            pushes += 1
            if pushes % 7 == 0 { try machine.edit("one", "prometheus.yml", "good edit \(pushes)\n# end\n") }
            var left = 60
            while left > 0 {
                left -= 1
                turns += 1
                guard let rest = stoker.turn() else { break }
                if rest.until == nil, rest.why == .idle { break }
                machine.pass(rest.until.map { max($0 - machine.now, .milliseconds(1)) } ?? .seconds(1))
                machine.wake()
            }
            machine.pass(.seconds(600))
            // By now every bounded memory is full.
            if turns > 5000, early == nil { early = Size(machine, stoker) }
        }
        let late = Size(machine, stoker)
        let outcomes = Dictionary(
            grouping: machine.journal.rows.attempts.values.compactMap { $0.outcome?.word }, by: \.self
        )
        .mapValues(\.count)
        print("long life: \(layout.rawValue): \(turns) turns, \(pushes) pushes: \(late); last attempts \(outcomes)")
        #expect(stoker.violations.isEmpty, "\(stoker.violations.prefix(3))")
        let before = try #require(early)
        #expect(late.isWithin(before), "after 5,000 turns: \(before); after 10,000: \(late)")
        for outcome in ["verified", "rejected", "rolled_back"] { #expect((outcomes[outcome] ?? 0) > 20) }
    }
}
