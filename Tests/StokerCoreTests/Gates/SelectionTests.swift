import Testing

@testable import StokerCore

/// Which revision is next: of those that staging has verified, newest first, unless one is on its way already.
@Suite struct SelectionTests {
    /// Staging's word for each content, newest first; an hour is enough.
    private func next(
        _ staging: [(content: String, soaked: Int64, isSoaking: Bool)], onItsWay: String? = nil,
        advance: Advance = .train, _ change: (inout GateScene) -> Void = { _ in }
    ) -> String? {
        var scene = GateScene()
        scene.gates.soak = .seconds(3600)
        scene.advance = advance
        scene.record.contending = onItsWay.map { Contending(revision: GateScene.revision($0), takenAt: [:]) }
        scene.upstreams = [
            UpstreamStanding(
                name: "staging",
                verified: staging.map {
                    GateScene.verified($0.content, soaked: .seconds($0.soaked), isSoaking: $0.isSoaking)
                })
        ]
        change(&scene)
        let contenders = (["head"] + staging.map(\.content)).map { GateScene.contender($0) }
        return Selection(keeper: scene.keeper).next(of: contenders)?.candidate.revision.commit.rawValue
    }

    @Test func theNewestThatIsVerifiedUpstreamIsNext() {
        #expect(next([]) == nil)
        #expect(next([("c", 0, true), ("b", 9000, false)]) == "c")
        #expect(next([("c", 0, true), ("b", 9000, false)], onItsWay: "a") == "c")
    }

    @Test func aTrainIsNotOvertakenWhileItSoaks() {
        #expect(next([("c", 0, true), ("b", 60, true)], onItsWay: "b") == "b")
        #expect(next([("c", 0, true), ("b", 60, true)], onItsWay: "b", advance: .latest) == "c")
        // What has come further goes first.
        #expect(next([("c", 3600, true), ("b", 60, true)], onItsWay: "b") == "c")
        #expect(next([("c", 60, true), ("b", 3600, true)], onItsWay: "b") == "b")
    }

    @Test(arguments: [Candidate.Trust.refused("nobody"), .unknown("no answer"), .trusted])
    func onlyWhatIsTrustedIsNext(_ trust: Candidate.Trust) {
        var scene = GateScene()
        scene.verify("c", "b")
        let contenders = [GateScene.contender("c", trust: trust), GateScene.contender("b")]
        let next = Selection(keeper: scene.keeper).next(of: contenders)
        #expect(next == contenders[trust == .trusted ? 0 : 1])
    }

    @Test func whereTheNewestIsWhatRunsNothingOlderIsNext() {
        #expect(next([("b", 3600, true)], onItsWay: "b") { $0.run("head") } == "head")
        // What is live there and was not verified is not what runs.
        #expect(next([("b", 3600, true)], onItsWay: "b") { $0.record.live = GateScene.goal("head") } == "b")
        #expect(
            next([("b", 3600, true)], onItsWay: "b") {
                $0.run("head")
                $0.record.live = GateScene.goal("other")
            } == "b")
    }

    @Test func whereTheUpstreamWentPastItItGivesWay() {
        #expect(next([("c", 0, true), ("b", 3599, false)], onItsWay: "b") == "c")
        // It has soaked: nothing is lost by that the upstream runs something else now.
        #expect(next([("c", 0, true), ("b", 3600, false)], onItsWay: "b") == "b")
        // Nothing soaks, as after a restart of the process: then it keeps its place.
        #expect(next([("c", 0, false), ("b", 3599, false)], onItsWay: "b") == "b")
    }

    @Test func whatAPersonChoseGivesWayOnlyToWhatHasComeFurther() {
        func chosen(_ content: String) -> (inout GateScene) -> Void {
            {
                $0.record.promotion = Promotion(
                    goal: GateScene.goal(content), actor: "ada", reason: "", at: GateScene.now.wall, breakGlass: false)
            }
        }
        #expect(next([("c", 0, true), ("b", 3599, false)], chosen("b")) == "b")
        #expect(next([("c", 3600, true), ("b", 3599, false)], chosen("b")) == "c")
        #expect(next([("c", 3600, true), ("b", 3600, false)], chosen("b")) == "b")
    }

    @Test func peoplesWordsForAContentAreNotThrownAway() {
        func approved(by actor: String?) -> (inout GateScene) -> Void {
            {
                $0.gates.approval = ApprovalPolicy(approvers: [], count: 2, expires: .seconds(3600))
                $0.record.approvals = actor.map {
                    [Approval(content: ContentID("b"), actor: $0, reason: "", at: GateScene.ago(60))]
                }
            }
        }
        #expect(next([("c", 3600, true), ("b", 3600, false)], onItsWay: "b", approved(by: "ada")) == "b")
        #expect(next([("c", 3600, true), ("b", 3600, false)], onItsWay: "b", approved(by: nil)) == "c")
    }
}
