import Testing

@testable import StokerCore

/// Which upstreams speak for what a revision changes here: those that have verified it, each for what it has exercised.
@Suite struct ExerciseTests {
    /// `a` and `b` before production; what each has not exercised, and who has verified the revision, for how long.
    private func scene(any: Bool, verified: [EnvironmentName: Int64], gates: GateConfiguration = GateConfiguration())
        -> GateScene
    {
        var scene = GateScene()
        scene.after = Upstreams(["a", "b"], any: any)
        scene.gates = gates
        scene.upstreams = (["a", "b"] as [EnvironmentName]).map { name in
            let all = verified[name].map { soaked in
                UpstreamStanding.Verified(
                    content: ContentID("\(name)-new"), verifiedAt: GateScene.ago(soaked), soaked: .seconds(soaked),
                    isSoaking: true,
                    takings: [
                        SoakLedger.Taking(
                            revision: GateScene.revision("new"), at: GateScene.ago(10), soaked: .seconds(soaked - 10))
                    ])
            }
            return UpstreamStanding(name: name, verified: [all].compactMap { $0 })
        }
        return scene
    }

    private func contender(_ unexercised: [EnvironmentName: [String]]) -> Contender {
        Contender(
            candidate: GateScene.contender("new").candidate,
            upstream: ["a": ContentID("a-new"), "b": ContentID("b-new")], unexercised: unexercised)
    }

    // MARK: Files

    @Test(
        arguments: [
            ([:], ["a", "b"], []),
            (["a": ["x", "y"], "b": ["z", "y"]], ["a", "b"], ["y"]),
            (["a": ["y", "x"], "b": ["y", "x"]], ["a", "b"], ["x", "y"]),
            (["a": ["x"], "b": ["y"]], ["a", "b"], []),
            (["a": ["x"]], ["a", "b"], []),
            // Who has not verified it speaks for nothing.
            (["a": ["x", "y"], "b": ["y", "z"]], ["a"], ["x", "y"]),
            (["b": ["y"]], ["b"], ["y"]),
            (["b": ["y"]], ["a"], []),
            // Where nobody has, all are shown as if they had.
            (["a": ["x", "y"], "b": ["y", "z"]], [], ["y"]),
            (["b": ["y"]], [], []),
        ] as [([EnvironmentName: [String]], [EnvironmentName], [String])])
    func onlyWhoHasVerifiedItSpeaksForIt(
        _ unexercised: [EnvironmentName: [String]], _ verified: [EnvironmentName], _ expected: [String]
    ) {
        let times = Dictionary(uniqueKeysWithValues: verified.map { ($0, Int64(3600)) })
        for any in [false, true] {
            let keeper = scene(any: any, verified: times).keeper
            #expect(keeper.unexercised(contender(unexercised)) == expected, "any: \(any)")
        }
    }

    @Test func whoCannotBeAskedSpeaksForNothing() {
        var scene = scene(any: true, verified: ["a": 3600, "b": 3600])
        scene.upstreams[0].trouble = UpstreamStanding.Trouble(since: GateScene.ago(30), message: "refused")
        #expect(scene.keeper.unexercised(contender(["b": ["y"]])) == ["y"])
        // Nor who took back its word, or does not do well with it.
        for trouble in 0..<2 {
            scene.upstreams[0].trouble = nil
            scene.upstreams[0].rejected = trouble == 0 ? ["a-new": "a bad rule"] : [:]
            scene.upstreams[0].degraded = trouble == 1 ? ["a-new": "it is down"] : [:]
            #expect(scene.keeper.unexercised(contender(["b": ["y"]])) == ["y"])
            // Its time does not count either.
            scene.gates.soak = .seconds(1800)
            #expect(scene.keeper.standings(of: contender(["b": ["y"]])).last?.opensIn == .seconds(1790))
        }
        scene.after = Upstreams()
        #expect(scene.keeper.unexercised(contender(["b": ["y"]])) == [])
    }

    @Test func aListOfEveryUpstreamIsTakenTogether() {
        let files: [EnvironmentName: [String]] = ["a": ["y", "x"], "b": ["x"]]
        #expect(Gatekeeper.unexercised(files, by: []) == [])
        #expect(Gatekeeper.unexercised(files, by: ["a"]) == ["x", "y"])
        #expect(Gatekeeper.unexercised(files, by: ["a", "b"]) == ["x"])
        #expect(Gatekeeper.unexercised(files, by: ["a", "b", "c"]) == [])
    }

    // MARK: Gates

    @Test func anUpstreamThatHasNotVerifiedItOpensNothing() {
        let gates = GateConfiguration(unexercised: .hold)
        func hold(_ verified: [EnvironmentName: Int64]) -> Reason? {
            scene(any: true, verified: verified, gates: gates).keeper.hold(of: contender(["a": ["x"]]))?.reason
        }
        #expect(hold(["a": 3600]) == .approvalRequired)
        #expect(hold(["b": 3600]) == nil)
        #expect(hold(["a": 3600, "b": 3600]) == nil)
    }

    @Test func soakOfOneThatIsEnoughCountsForWhatItHasExercised() {
        let gates = GateConfiguration(soak: .seconds(1800))
        func left(any: Bool, _ unexercised: [EnvironmentName: [String]], a: Int64, b: Int64) -> [Duration?] {
            scene(any: any, verified: ["a": a, "b": b], gates: gates).keeper.standings(of: contender(unexercised))
                .filter { $0.reason == .soaking }.map(\.opensIn)
        }
        // `a` has run long, but not this; `b` has run this, but not long.
        #expect(left(any: true, ["a": ["x"]], a: 3600, b: 100) == [.seconds(1700)])
        #expect(left(any: true, ["a": ["x"]], a: 3600, b: 1800) == [nil])
        #expect(left(any: true, ["b": ["x"]], a: 1000, b: 3600) == [.seconds(800)])
        #expect(left(any: true, ["a": ["x"], "b": ["x"]], a: 3600, b: 3600) == [.seconds(1790)])
        // Both are measured, and `b` has run it.
        #expect(left(any: false, ["a": ["x"]], a: 3600, b: 100) == [nil, .seconds(1700)])
        #expect(left(any: false, ["a": ["x"], "b": ["x"]], a: 3600, b: 3600) == [.seconds(1790), .seconds(1790)])
    }

    @Test func whatIsExplainedAndShownIsWhatIsHeld() {
        let scene = scene(any: true, verified: ["b": 3600], gates: GateConfiguration(unexercised: .hold))
        let contender = contender(["b": ["y"]])
        let explanation = scene.explain(contender)
        #expect(explanation.unexercised == ["y"] && explanation.state == .held)
    }
}
