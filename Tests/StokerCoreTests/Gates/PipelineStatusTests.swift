import Testing

@testable import StokerCore

/// The gates in `status`: which revision they are about, and the line below the table.
@Suite struct PipelineStatusTests {
    private func loop(
        _ scene: GateScene, _ pipeline: PipelineLook, source: String? = "new", candidate: Candidate? = nil
    ) -> EnvironmentLoop {
        var loop = EnvironmentLoop(
            configuration: scene.configuration, onRewrite: .hold, record: scene.record,
            gateWindows: Windows(windows: scene.gates.windows, blackouts: scene.gates.blackouts, zones: [.utc]))
        _ = loop.handle(.woke)
        loop.absorb(
            Observation(
                now: GateScene.now, bootID: "boot", nextAttempt: 1, jitter: 0,
                source: (candidate ?? source.map { GateScene.contender($0).candidate }).map { .known($0) } ?? .unknown,
                requests: [], disk: [:], runtime: [:], fingerprint: "", stillMissing: [], trigger: .poll,
                pipeline: pipeline))
        return loop
    }

    @Test func gatesAreThoseOfTheRevisionThatWantsIn() {
        var scene = GateScene()
        scene.run("old")
        scene.gates.soak = .seconds(1800)
        scene.verify("new", soaked: .seconds(180))
        let look = PipelineLook(
            contenders: [GateScene.contender("new", unexercised: ["a.yml"])], upstreams: scene.upstreams)
        let status = loop(scene, look).status(layouts: [:])
        #expect(status.after == ["staging"])
        #expect(status.unexercised == ["a.yml"])
        #expect(status.gates?.map(\.gate) == [.frozen, .waitingForUpstream, .soaking])
        // It counts from when staging took this very revision, which is from the beginning.
        #expect(status.gates?.map(\.open) == [true, true, false])
        #expect(status.gates?.last?.opensInSeconds == 1620)
    }

    @Test func aPersonsWordAndARewriteAreNotHiddenBehindUpstreams() {
        var scene = GateScene()
        scene.run("old")
        scene.upstreams = [UpstreamStanding(name: "staging")]
        func status(_ relation: Candidate.Relation = .forward) -> EnvironmentStatus {
            let contender = GateScene.contender("new", relation: relation)
            let look = PipelineLook(contenders: [contender], upstreams: scene.upstreams)
            return loop(scene, look, candidate: contender.candidate).status(layouts: [:])
        }
        #expect(status().reason == .waitingForUpstream && status().held && !status().bad)
        #expect(status(.rewritten("it was rewritten")).reason == .historyRewritten)
        scene.record.rejections = [
            EnvironmentRecord.Rejection(
                revision: GateScene.revision("new"), content: ContentID("new"), fingerprint: nil,
                failure: Failure(.rejectedByPerson, .content, "rejected by ada: no"), rolledBack: false)
        ]
        #expect(status().reason == .rejectedByPerson && status().bad)
    }

    @Test func checksAreAskedAsSoonAsAllElseIsOpen() {
        var scene = GateScene()
        scene.run("old")
        scene.verify("new")
        scene.gates.checks = [CheckConfiguration(expr: "up", passWhen: .empty)]
        scene.record.freeze = .init(reason: "sale", actor: "ada", until: GateScene.ago(-10))
        var attempt = Attempt(
            id: 1, goal: GateScene.goal("new"), trigger: .poll, startedAt: GateScene.ago(60), hasRollbackTarget: true)
        attempt.phase = .held(Hold(.frozen, "frozen by ada: sale"))
        scene.record.attempt = attempt
        var loop = EnvironmentLoop(configuration: scene.configuration, onRewrite: .hold, record: scene.record)
        /// One turn: for each of its looks whether the checks were to be asked; and whether it goes on.
        func turn(at seconds: Int64) -> (asked: [Bool], validates: Bool) {
            var asked: [Bool] = []
            var effect = loop.handle(.woke)
            for _ in 0..<20 {
                switch effect {
                case .look(let request):
                    asked.append(request.gateChecks)
                    let now = Now(
                        instant: GateScene.now.instant + .seconds(seconds), wall: GateScene.ago(-seconds))
                    let pipeline = PipelineLook(
                        contenders: [GateScene.contender("new")], upstreams: scene.upstreams,
                        checks: request.gateChecks ? [.pass] : nil)
                    effect = loop.handle(
                        .looked(
                            Observation(
                                now: now, bootID: "boot", nextAttempt: 2, jitter: 0,
                                source: .known(GateScene.contender("new").candidate), requests: [], disk: [:],
                                runtime: [:], fingerprint: "", stillMissing: [], trigger: .poll, pipeline: pipeline)))
                case .note: effect = loop.handle(.noted)
                case .act(let action): return (asked, action == .validate(GateScene.goal("new")))
                case .rest: return (asked, false)
                }
            }
            return (asked, false)
        }
        // Before its first look it knows of nothing that stands in the way.
        #expect(turn(at: 0) == ([true], false))
        #expect(turn(at: 1) == ([false], false))
        #expect(turn(at: 11) == ([false, true], true))
    }

    @Test func whatRunsHasNoGates() {
        var scene = GateScene()
        scene.run("new")
        scene.verify("new")
        let look = PipelineLook(contenders: [GateScene.contender("new")], upstreams: scene.upstreams)
        let status = loop(scene, look).status(layouts: [:])
        #expect(status.gates == [] && status.unexercised == [])
        // Nothing is known before the first fetch.
        #expect(loop(scene, PipelineLook(), source: nil).status(layouts: [:]).gates == [])
        #expect(EnvironmentStatus.unknown(scene.configuration).gates == nil)
    }

    @Test func secondsAreRoundedUp() {
        func seconds(_ duration: Duration?) -> Int64? {
            GateStatus(GateStanding(.soaking, isOpen: false, "", opensIn: duration)).opensInSeconds
        }
        #expect(seconds(nil) == nil)
        #expect(seconds(.milliseconds(1)) == 1)
        #expect(seconds(.seconds(5)) == 5)
        #expect(seconds(.seconds(-5)) == 0)
    }

    @Test func whoMayApproveIsHeardAndNobodyElse() {
        var scene = GateScene()
        scene.gates.approval = ApprovalPolicy(approvers: ["ada"])
        for (actor, count) in [("ada", 1), ("bob", 0)] {
            var loop = loop(scene, PipelineLook())
            let request = OperatorRequest(
                id: 1, kind: .approve(CommitID("new"), ContentID("new"), reason: "x"), actor: actor,
                at: GateScene.now.wall)
            loop.absorb(
                Observation(
                    now: GateScene.now, bootID: "boot", nextAttempt: 1, jitter: 0, source: .unknown,
                    requests: [request], disk: [:], runtime: [:], fingerprint: "", stillMissing: [], trigger: .poll))
            #expect(loop.record.approvals?.count ?? 0 == count)
            #expect(loop.record.consents.isEmpty == (count == 0))
            // Either way it is done with.
            #expect(loop.consumed == [1])
        }
    }

    @Test func aPromotionDoesInTheLoopWhatItDoesWithoutIt() {
        var scene = GateScene()
        scene.record.rejections = [nil, "promtool"].map {
            EnvironmentRecord.Rejection(
                revision: GateScene.revision("new"), content: ContentID("new"), fingerprint: $0,
                failure: Failure(.rejectedByPerson, .content, "no"), rolledBack: false)
        }
        var loop = loop(scene, PipelineLook())
        var record = loop.record
        record.promote(
            Promotion(
                goal: GateScene.goal("new"), actor: "ada", reason: "x", at: GateScene.ago(5), breakGlass: true))
        #expect(record.consents.isEmpty && record.rejections.map(\.fingerprint) == [nil])
        let request = OperatorRequest(
            id: 1, kind: .promote(GateScene.goal("new"), reason: "x", breakGlass: true), actor: "ada",
            at: GateScene.ago(5))
        loop.absorb(
            Observation(
                now: GateScene.now, bootID: "boot", nextAttempt: 1, jitter: 0, source: .unknown, requests: [request],
                disk: [:], runtime: [:], fingerprint: "", stillMissing: [], trigger: .request))
        #expect(loop.record.promotion == record.promotion)
        #expect(loop.record.consents == record.consents && loop.record.rejections == record.rejections)
    }

    @Test func upstreamsThatCannotBeAskedAreNotedWithSinceWhen() {
        var scene = GateScene()
        scene.run("old")
        scene.upstreams = [
            UpstreamStanding(name: "staging", trouble: .init(since: GateScene.ago(30), message: "refused")),
            UpstreamStanding(name: "canary", trouble: .init(since: nil, message: "refused")),
        ]
        let look = PipelineLook(contenders: [GateScene.contender("new")], upstreams: scene.upstreams)
        #expect(loop(scene, look).status(layouts: [:]).unreachable == ["staging": GateScene.ago(30)])
        scene.verify("new")
        let asked = PipelineLook(contenders: [GateScene.contender("new")], upstreams: scene.upstreams)
        #expect(loop(scene, asked).status(layouts: [:]).unreachable == nil)
    }

    // MARK: The line

    private func line(_ scene: GateScene, _ change: (inout EnvironmentStatus) -> Void = { _ in }) -> String? {
        var status = EnvironmentStatus.unknown(scene.configuration)
        status.runningRevision = GateScene.revision("0ddba11a").description
        change(&status)
        return status.pipelineLine(scene.configuration, zones: [.utc], now: GateScene.now.wall)
    }

    @Test func aLineForEveryEnvironmentOfAPipeline() {
        var scene = GateScene()
        #expect(line(scene) == "production: after staging; running main@sha1:0ddba11; no gates beyond after")
        scene.after = Upstreams(["a", "b"], any: true)
        #expect(line(scene)?.hasPrefix("production: after a or b;") == true)
        scene.after = Upstreams(["a", "b"])
        #expect(line(scene)?.hasPrefix("production: after a, b;") == true)
        scene.after = Upstreams()
        #expect(line(scene) == nil)
    }

    @Test func aLineSaysWhatHoldsAndWhenTheNextWindowIs() {
        var scene = GateScene()
        scene.gates = GateConfiguration(soak: .seconds(1800), windows: [CalendarInterval(weekdays: [.init(3, 3)])])
        let held = line(scene) {
            $0.candidateRevision = GateScene.revision("feedbeef").description
            $0.held = true
            $0.unexercised = ["a", "b", "c", "d", "e", "f"]
            $0.gates = [
                GateStatus(GateStanding(.frozen, isOpen: true, "")),
                GateStatus(GateStanding(.soaking, isOpen: false, "", opensIn: .seconds(90), waitsFor: "staging")),
            ]
        }
        #expect(
            held
                == "production: after staging; running main@sha1:0ddba11; candidate main@sha1:feedbee; held by Soaking for another 1m30s, waits for staging; not exercised before: a, b, c, d, e and 1 more; next window in 1h46m40s"
        )
        scene.gates.windows = [CalendarInterval(weekdays: [.init(2, 2)])]
        #expect(line(scene)?.hasSuffix("; the window is open for another 1h46m40s") == true)
        scene.after = Upstreams()
        #expect(line(scene) == "production: running main@sha1:0ddba11; the window is open for another 1h46m40s")
    }

    @Test(arguments: [
        (
            true, "outage",
            "main@sha1:new promoted past soak and windows by ada: outage (`stoker reject production main@sha1:new --reason …` takes it back)"
        ),
        (
            false, "",
            "main@sha1:new promoted by ada (`stoker reject production main@sha1:new --reason …` takes it back)"
        ),
    ])
    func aPromotionThatStandsIsSaid(_ breakGlass: Bool, _ reason: String, _ words: String) {
        var scene = GateScene()
        // Even where there is nothing else to say.
        scene.after = Upstreams()
        let promotion = Promotion(
            goal: GateScene.goal("new"), actor: "ada", reason: reason, at: GateScene.now.wall, breakGlass: breakGlass)
        let line = line(scene) { $0.promotion = promotion }
        #expect(line == "production: running main@sha1:0ddba11; \(words)")
    }

    @Test func aHoldWithoutUpstreamsHasALineToo() {
        var scene = GateScene()
        scene.after = Upstreams()
        scene.gates.approval = ApprovalPolicy()
        let held = line(scene) {
            $0.held = true
            $0.runningRevision = nil
            $0.gates = [GateStatus(GateStanding(.approvalRequired, isOpen: false, "", waitsFor: "anybody"))]
        }
        #expect(held == "production: what runs is not known; held by ApprovalRequired, waits for anybody")
    }
}
