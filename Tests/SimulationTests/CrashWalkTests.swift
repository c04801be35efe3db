import Glibc
import StokerCore
import StokerSimulation
import TestSupport
import Testing

/// Every outcome of an attempt, in every layout, with a crash at every effect.
@Suite struct CrashWalkTests {
    /// A story and how it ends.
    struct Story: Sendable, CustomTestStringConvertible {
        let name: String
        let outcomes: [String]
        var drift = EnvironmentConfiguration.Drift.report
        var targets = 1
        var baseline = true
        var supervised = true
        var before: [CrashWalk.Step] = [Story.push(.good, 1)]
        let steps: [CrashWalk.Step]

        var testDescription: String { name }

        static func push(_ deed: SimulatedPrometheus.Deed, _ number: Int) -> CrashWalk.Step {
            { machine, setup in machine.git.push(setup.content(deed, number, in: machine)) }
        }
    }

    static let stories: [Story] = [
        Story(name: "first deploy", outcomes: ["verified"], baseline: false, before: [], steps: [Story.push(.good, 2)]),
        Story(name: "verified", outcomes: ["verified"], steps: [Story.push(.good, 2)]),
        Story(name: "two targets", outcomes: ["verified"], targets: 2, steps: [Story.push(.good, 2)]),
        Story(name: "rejected", outcomes: ["rejected"], steps: [Story.push(.invalid, 2)]),
        Story(name: "rolled back, a check fails", outcomes: ["rolled_back"], steps: [Story.push(.harmful, 2)]),
        Story(
            name: "rolled back, two targets", outcomes: ["rolled_back"], targets: 2, steps: [Story.push(.halved, 3)]),
        Story(
            name: "rolled back to what was there before", outcomes: ["rolled_back"], before: [],
            steps: [Story.push(.harmful, 2)]),
        Story(
            name: "degraded, then the way is open again", outcomes: ["degraded", "verified"], supervised: false,
            steps: [
                { machine, setup in
                    machine.processes["one"]?.trouble = .closesAfterOne
                    machine.git.push(setup.content(.harmful, 2, in: machine))
                }
            ]),
        Story(
            name: "drift corrected", outcomes: ["verified"], drift: .correct,
            steps: [
                { machine, setup in
                    let path = setup.layout == .singleFile ? "prometheus.yml" : "rules/a.yml"
                    try machine.edit("one", path, "good edit\n# end\n")
                }
            ]),
        Story(
            name: "superseded, then rolled back", outcomes: ["superseded", "rolled_back"], supervised: false,
            steps: [
                { machine, setup in
                    // Nobody can judge the first before the second comes.
                    machine.processes["one"]?.die()
                    machine.git.push(setup.content(.good, 2, in: machine))
                },
                Story.push(.harmful, 3),
                { machine, _ in machine.start("one") },
            ]),
        Story(
            name: "a person rolls back", outcomes: ["verified", "verified"],
            before: [Story.push(.good, 1), Story.push(.good, 2)],
            steps: [{ machine, _ in machine.journal.ask(.rollback(to: nil)) }]),
    ]

    private static let layouts: [TargetConfiguration.Layout] = [.inPlace, .linked, .singleFile]

    @Test("killed at every effect, and whatever became of its writes, it ends well", arguments: stories, layouts)
    func crashes(story: Story, layout: TargetConfiguration.Layout) async throws {
        try await Background.run { try Self.walk(story, layout) }
    }

    private static func walk(_ story: Story, _ layout: TargetConfiguration.Layout) throws {
        let setup = SimulatedSetup(
            layout, targets: story.targets, drift: story.drift, checks: true, baseline: story.baseline)
        var walk = try CrashWalk(setup, before: story.before, steps: story.steps, supervised: story.supervised)
        let soak = getenv("STOKER_CRASH_ALL") != nil
        try walk.run(outcomes: soak ? 512 : 64, within: soak ? 32 : 6)
        print("crash walk: \(layout.rawValue), \(story.name): \(walk.counts)")
        #expect(walk.violations.isEmpty, "\(walk.violations.prefix(5).joined(separator: "\n"))")
        // There is nothing that a link could have been before.
        let outcomes = layout == .linked && story.baseline && story.before.isEmpty ? ["degraded"] : story.outcomes
        #expect(contains(walk.outcomes, outcomes), "it ended \(walk.outcomes) without a crash")
        #expect(walk.counts.calls > 3 && walk.counts.crashes > walk.counts.calls)
    }

    private static func contains(_ all: [String], _ some: [String]) -> Bool {
        var rest = some[...]
        for one in all where one == rest.first { rest = rest.dropFirst() }
        return rest.isEmpty
    }
}
