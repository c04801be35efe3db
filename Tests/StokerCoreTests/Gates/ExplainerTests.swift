import Testing

@testable import StokerCore

/// What `why` says: every state of a revision, every gate with since when, until when and for whom.
@Suite struct ExplainerTests {
    private func closed(_ explanation: Explanation) -> [Explanation.Gate] {
        explanation.gates.filter { !$0.standing.isOpen }
    }

    // MARK: Gates

    @Test func whatIsNotVerifiedUpstreamWaitsForIt() {
        let explanation = GateScene().explain()
        #expect(explanation.state == .held)
        #expect(explanation.message == "it is held by WaitingForUpstream: nothing is known of staging yet")
        #expect(explanation.next == "it waits for staging")
        #expect(explanation.gates.map(\.standing.reason) == [.frozen, .waitingForUpstream])
    }

    @Test func anUpstreamThatCannotBeAskedSaysSinceWhen() {
        var scene = GateScene()
        let trouble = UpstreamStanding.Trouble(since: GateScene.ago(30), message: "refused")
        scene.upstreams = [UpstreamStanding(name: "staging", trouble: trouble)]
        let gate = closed(scene.explain()).first
        #expect(gate?.since == GateScene.ago(30) && gate?.standing.message == "staging cannot be asked: refused")
    }

    @Test func aBeginningThatNobodyKnowsIsNotSaid() {
        var scene = GateScene()
        scene.upstreams = [UpstreamStanding(name: "staging", trouble: .init(since: nil, message: "refused"))]
        // Since then it waits for staging; since when staging cannot be asked is another question.
        scene.note(.waitingForUpstream, of: "new", since: 77)
        #expect(closed(scene.explain()).map(\.since) == [nil])
        scene.upstreams = [UpstreamStanding(name: "staging")]
        #expect(closed(scene.explain()).map(\.since) == [GateScene.ago(77)])
    }

    @Test func sinceIsOfTheRevisionThatTheStatusIsAbout() {
        var scene = GateScene()
        scene.verify("new", "old")
        scene.gates.approval = ApprovalPolicy()
        scene.note(.approvalRequired, of: "new", since: 77)
        let both = [GateScene.contender("new"), GateScene.contender("old")]
        #expect(closed(scene.explainer(both).explain(both[0])).map(\.since) == [GateScene.ago(77)])
        #expect(closed(scene.explainer(both).explain(both[1])).map(\.since) == [nil])
        // What soaks for others is what runs, not what waits.
        scene.gates = GateConfiguration(soak: .seconds(7200))
        scene.note(.soaking, of: "new", since: 77)
        #expect(closed(scene.explain()).map(\.since) == [nil])
        scene.status?.phase = "held"
        #expect(closed(scene.explain()).map(\.since) == [GateScene.ago(77)])
    }

    @Test func aSoakSaysHowLong() {
        var scene = GateScene()
        scene.gates.soak = .seconds(1800)
        scene.verify("new", soaked: .seconds(180))
        let explanation = scene.explain()
        #expect(explanation.message == "it is held by Soaking: has run for 3m of 30m in staging")
        #expect(explanation.next == "it is validated again, deployed and verified in 27m at the earliest")
        #expect(explanation.gates[1].standing.isOpen && explanation.gates[1].since == GateScene.ago(3600))
        #expect(closed(explanation).map(\.standing.opensIn) == [.seconds(1620)])
    }

    @Test func severalGatesAreAllSaid() {
        var scene = GateScene()
        scene.verify("new", soaked: .seconds(180))
        scene.gates = GateConfiguration(
            soak: .seconds(1800), approval: ApprovalPolicy(approvers: ["ada", "grace"], count: 2),
            windows: [CalendarInterval(weekdays: [.init(3, 3)])],
            checks: [CheckConfiguration(expr: "up", passWhen: .empty)])
        scene.record.approvals = [
            Approval(content: ContentID("new"), actor: "ada", reason: "looks good", at: GateScene.ago(5))
        ]
        let explanation = scene.explain()
        #expect(
            closed(explanation).map(\.standing.reason) == [
                .soaking, .approvalRequired, .outsideWindow, .gateCheckFailed,
            ])
        #expect(closed(explanation).map(\.standing.waitsFor) == [nil, "grace", nil, "up"])
        // Until Wednesday, and the other person, and the check, which is asked when all else is open.
        #expect(explanation.next == "it waits for grace, and for up, and for another 1h46m40s")
    }

    @Test func whatLetItInIsSaidAsItWasThen() throws {
        var scene = GateScene()
        scene.gates.soak = .seconds(1800)
        scene.gates.checks = [CheckConfiguration(expr: "up", passWhen: .empty)]
        scene.verify("new", soaked: .seconds(2400))
        scene.checks = [.pass]
        scene.record.note(try #require(scene.keeper.entry(of: GateScene.contender("new"))))
        scene.run("new")
        let then = scene.explain().grounds
        #expect(then.map(\.what) == ["verification", "upstream", "soak", "check"])
        // What becomes of it upstream later did not let it in.
        scene.upstreams = [UpstreamStanding(name: "staging", trouble: .init(since: nil, message: "connection refused"))]
        #expect(scene.explain().grounds == then)
        #expect(then[2].message.contains("40m") && then[3].message == "the check up passes")
    }

    @Test func whatANewerOneContainsNeverComes() {
        var scene = GateScene()
        scene.run("old")
        scene.verify("c", "a")
        let contenders = ["c", "b", "a"].map { GateScene.contender($0) }
        func overtaken(_ index: Int) -> Revision? { scene.explainer(contenders).explain(contenders[index]).overtakenBy }
        scene.record.promotion = Promotion(
            goal: GateScene.goal("b"), actor: "ada", reason: "", at: GateScene.now.wall, breakGlass: false)
        #expect(overtaken(1) == GateScene.revision("c"))
        // What is older comes before it, and it comes all the same.
        scene.verify("a")
        #expect(overtaken(1) == nil)
        scene.verify("c", "b")
        #expect(overtaken(1) == nil && overtaken(0) == nil)
    }

    @Test func whatIsNotServedIsNotSaidToRun() {
        var scene = GateScene()
        scene.verify("new")
        scene.run("new")
        #expect(scene.explain().state == .running)
        scene.record.away = EnvironmentRecord.Away(content: ContentID("new"), message: "p: connection refused")
        #expect(scene.explain().state == .unproved)
        #expect(scene.explain().message == "it was verified, and is not served now: p: connection refused")
        // Of another content.
        scene.record.away = EnvironmentRecord.Away(content: ContentID("old"), message: "p: connection refused")
        #expect(scene.explain().state == .running)
        scene.note(.drifted, of: "new", since: 5)
        scene.status?.message = "rules/a.yml differs"
        #expect(scene.explain().message == "it was verified, and is not as it was: rules/a.yml differs")
    }

    @Test func aTryThatFailedSaysWhyAndWhenItComesAgain() {
        var scene = GateScene()
        scene.verify("new")
        let failure = Failure(.reloadFailed, .environmental, "p: 503")
        scene.record.backoff = EnvironmentRecord.Backoff(
            content: ContentID("new"), failures: 1, until: GateScene.now.instant + .seconds(40), failure: failure)
        #expect(scene.explain().message == "nothing holds it; the last try failed: p: 503")
        #expect(scene.explain().next == "it is tried again in 40s")
        scene.record.backoff = EnvironmentRecord.Backoff(
            content: ContentID("new"), failures: 1, until: GateScene.now.instant, failure: failure)
        #expect(scene.explain().message == "nothing holds it")
    }

    @Test func checksAreNotAskedButRemembered() {
        var scene = GateScene()
        scene.verify("new")
        scene.gates.checks = [CheckConfiguration(expr: "up", passWhen: .empty)]
        scene.note(.gateCheckFailed, of: "new", since: 77)
        scene.status?.gates = [
            GateStatus(GateStanding(.frozen, isOpen: true, "not frozen")),
            GateStatus(GateStanding(.gateCheckFailed, isOpen: false, "the check up fails", waitsFor: "up")),
        ]
        let gate = closed(scene.explain()).first
        #expect(gate?.standing.message == "the check up fails" && gate?.since == GateScene.ago(77))
        // Another number of checks is another configuration.
        scene.gates.checks.append(CheckConfiguration(expr: "down", passWhen: .empty))
        #expect(closed(scene.explain()).first?.standing.message == "the check up is asked when all else is open")
    }

    @Test func aFreezeAndASuspensionSaySinceWhen() {
        var scene = GateScene()
        scene.verify("new")
        scene.decide(.suspend(reason: "maintenance", until: nil), ago: 300)
        scene.decide(.freeze(reason: "sale", until: nil), ago: 200)
        scene.record.freeze = .init(reason: "sale", actor: "ada", until: nil)
        scene.record.suspension = .init(
            reason: "maintenance", actor: "ada", until: WallTime(milliseconds: GateScene.now.wall.milliseconds + 60_000)
        )
        let explanation = scene.explain()
        #expect(closed(explanation).map(\.standing.reason) == [.suspended, .frozen])
        #expect(closed(explanation).map(\.since) == [GateScene.ago(300), GateScene.ago(200)])
        #expect(explanation.message == "it is held by Suspended: suspended by ada: maintenance")
        #expect(explanation.next == "it waits for `stoker unfreeze production`, and for another 1m")
    }

    @Test func theSourceHoldsToo() {
        var scene = GateScene()
        scene.verify("new")
        let refused = scene.explain(GateScene.contender("new", trust: .refused("nobody signed it")))
        #expect(refused.message == "it is held by SignatureInvalid: nobody signed it")
        let rewritten = GateScene.contender("new", relation: .rewritten("main went back"))
        #expect(scene.explain(rewritten).next == "it waits for `stoker approve production main@sha1:new`")
        scene.record.consents = ["new"]
        #expect(scene.explain(rewritten).state == .ready)
        scene.record.consents = []
        scene.onRewrite = .follow
        #expect(scene.explain(rewritten).state == .ready)
    }

    @Test func aPromotionLetsNoRewriteThrough() {
        var scene = GateScene()
        scene.verify("new")
        let rewritten = GateScene.contender("new", relation: .rewritten("main went back"))
        scene.record.rejections = [Self.rejection(fingerprint: "promtool")]
        let promotion = Promotion(
            goal: GateScene.goal("new"), actor: "ada", reason: "", at: GateScene.now.wall, breakGlass: false)
        scene.record.promote(promotion)
        let explanation = scene.explain(rewritten)
        #expect(explanation.state == .held)
        #expect(closed(explanation).map(\.standing.reason) == [.historyRewritten])
        // Also of an older commit: consent is to the newest.
        let older = scene.explainer([rewritten, GateScene.contender("old")]).explain(GateScene.contender("old"))
        #expect(closed(older).first?.standing.waitsFor == "`stoker approve production main@sha1:new`")
    }

    @Test func aBrokenGlassSaysWhatItSkips() {
        var scene = GateScene()
        scene.gates = GateConfiguration(soak: .seconds(1800), windows: [CalendarInterval(weekdays: [.init(3, 3)])])
        scene.verify("new", soaked: .zero)
        scene.record.promotion = Promotion(
            goal: GateScene.goal("new"), actor: "ada", reason: "outage", at: GateScene.now.wall, breakGlass: true)
        let explanation = scene.explain()
        #expect(explanation.state == .ready)
        #expect(explanation.next == "it is validated, deployed and verified at the next turn")
        #expect(
            explanation.gates.map(\.standing.message).suffix(2) == [
                "30m of soak skipped: ada broke the glass: outage",
                "the closed window is skipped: ada broke the glass: outage",
            ])
        // It does not help what staging has not verified.
        scene.upstreams = []
        #expect(scene.explain().state == .held)
    }

    // MARK: States

    @Test func whatRunsSaysWhatLetItIn() {
        var scene = GateScene()
        scene.run("new")
        scene.verify("new", soaked: .seconds(2700))
        let word = Approval(content: ContentID("new"), actor: "ada", reason: "looks good", at: GateScene.ago(90))
        let promotion = Promotion(
            goal: GateScene.goal("new"), actor: "grace", reason: "outage", at: GateScene.ago(60), breakGlass: true)
        scene.record.note(.init(content: ContentID("old"), at: GateScene.ago(80), promotion: promotion))
        scene.record.note(
            .init(content: ContentID("new"), at: GateScene.ago(50), approvals: [word], promotion: promotion))
        // Said when it was in already.
        scene.decide(.approve(CommitID("new"), ContentID("new"), reason: "late"), ago: 10)
        scene.decide(.promote(GateScene.goal("new"), reason: "late", breakGlass: false), ago: 5)
        let explanation = scene.explain()
        #expect(explanation.state == .running && explanation.gates.isEmpty)
        #expect(explanation.next == "nothing: it is what runs here")
        #expect(
            explanation.grounds == [
                .init(what: "verification", message: "verified here (p: reloaded, config)", at: GateScene.ago(7200)),
                .init(
                    what: "upstream", message: "verified in staging at main@sha1:new, where it has run for 45m",
                    at: GateScene.ago(3600)),
                .init(
                    what: "promotion", message: "promoted past soak, windows and blackouts by grace: outage",
                    at: GateScene.ago(60)),
                .init(what: "approval", message: "approved by ada: looks good", at: GateScene.ago(90)),
            ])
        scene.upstreams[0].verified = []
        scene.upstreams[0].revoked = [ContentID("staging-new"): "it was rolled back by ann"]
        #expect(
            scene.explain().grounds[1].message == "staging verified it once, but it was rolled back by ann")
    }

    @Test func ofSeveralUpstreamsOnlyThoseThatLetItIn() {
        var scene = GateScene()
        scene.after = Upstreams(["canary", "staging"], any: true)
        scene.run("new")
        scene.verify("new")
        func upstreams() -> [String] {
            scene.explain().grounds.filter { $0.what == "upstream" }.map(\.message)
        }
        #expect(upstreams() == ["verified in staging at main@sha1:new, where it has run for 1h"])
        // It was verified there when it entered, whatever became of it.
        scene.record.note(.init(content: ContentID("new"), at: GateScene.ago(50), upstreams: ["canary"]))
        #expect(upstreams() == ["nothing is known of canary"])
        scene.record.entries = nil
        scene.upstreams = []
        #expect(upstreams() == ["nothing is known of canary", "nothing is known of staging"])
    }

    @Test func whatLetsARevisionInIsWhatCountsNow() {
        var scene = GateScene()
        scene.after = Upstreams(["staging", "canary"])
        scene.verify("new")
        scene.upstreams.append(UpstreamStanding(name: "canary"))
        func word(_ actor: String, _ content: String = "new", days: Int64) -> Approval {
            Approval(content: ContentID(content), actor: actor, reason: "", at: GateScene.ago(days * 86_400))
        }
        scene.record.approvals = [
            word("ada", days: 1), word("bob", "old", days: 1), word("eve", days: 8), word("ada", days: 2),
        ]
        let other = Promotion(
            goal: GateScene.goal("old"), actor: "ada", reason: "", at: GateScene.now.wall, breakGlass: false)
        scene.record.promotion = other
        let entry = scene.keeper.entry(of: GateScene.contender("new"))
        #expect(entry?.at == GateScene.now.wall && entry?.upstreams == ["staging"] && entry?.promotion == nil)
        #expect(entry?.approvals == [word("ada", days: 1)])
        #expect(scene.keeper.entry(of: GateScene.contender("old"))?.promotion == other)
    }

    @Test func statesOfARevision() {
        func state(_ change: (inout GateScene) -> Void) -> Explanation {
            var scene = GateScene()
            scene.verify("new")
            change(&scene)
            return scene.explain()
        }
        #expect(state { _ in }.state == .ready)
        #expect(state { $0.record.live = GateScene.goal("new") }.state == .unproved)
        let degraded = state {
            $0.run("new")
            $0.record.runtimeDrift = Failure(.notServed, .environmental, "it serves another")
        }
        #expect(degraded.message == "it is live, and not proved now: it serves another")
        let rejected = state { $0.record.rejections = [Self.rejection(fingerprint: "promtool")] }
        #expect(rejected.state == .rejected && rejected.message == "it stands rejected: no good")
        #expect(rejected.next == "it waits for another content, or `stoker reconcile production --retry`")
        let refused = state { $0.record.rejections = [Self.rejection(fingerprint: nil)] }
        #expect(refused.next == "`stoker approve production main@sha1:new` lets it try again")
        let deploying = state { $0.record.attempt = Self.attempt(.staging("p")) }
        #expect(deploying.state == .inProgress && deploying.message == "it is being deployed")
        #expect(deploying.gates.isEmpty && deploying.grounds.map(\.what) == ["upstream"])
        // A hold is no progress.
        #expect(state { $0.record.attempt = Self.attempt(.held(Hold(.soaking, "x"))) }.state == .ready)
    }

    private static func rejection(fingerprint: String?) -> EnvironmentRecord.Rejection {
        EnvironmentRecord.Rejection(
            revision: GateScene.revision("new"), content: ContentID("new"), fingerprint: fingerprint,
            failure: Failure(.validationFailed, .content, "no good"), rolledBack: false)
    }

    private static func attempt(_ phase: Phase) -> Attempt {
        var attempt = Attempt(
            id: 1, goal: GateScene.goal("new"), trigger: .poll, startedAt: GateScene.now.wall, hasRollbackTarget: true)
        attempt.phase = phase
        return attempt
    }

    @Test func aCommitWithoutContent() {
        let candidate = Candidate(
            revision: GateScene.revision("new"), ref: .branch("main"),
            content: .failure(SourceInvalid(path: "a", "is a link")), relation: .forward)
        let explanation = GateScene().explain(Contender(candidate: candidate, upstream: [:]))
        #expect(explanation.state == .unusable && explanation.gates.isEmpty && explanation.content == nil)
        #expect(explanation.next == "it waits for a commit that can be deployed")
    }

    // MARK: Which is next

    @Test func anOlderOneIsPassedUnlessItIsPromoted() {
        var scene = GateScene()
        scene.verify("new", "old")
        let both = [GateScene.contender("new"), GateScene.contender("old")]
        #expect(scene.explainer(both).next?.candidate.revision.commit == CommitID("new"))
        let passed = scene.explainer(both).explain(both[1])
        #expect(passed.state == .passed && passed.message == "main@sha1:new goes before it")
        #expect(passed.next == "it comes only with `stoker promote production main@sha1:old`")
        scene.record.promotion = Promotion(
            goal: GateScene.goal("old"), actor: "ada", reason: "", at: GateScene.now.wall, breakGlass: false)
        #expect(scene.explainer(both).next?.candidate.revision.commit == CommitID("old"))
        #expect(scene.explainer(both).explain(both[1]).state == .ready)
        #expect(scene.explainer(both).explain(both[0]).state == .passed)
    }

    @Test func whereNothingMayEnterTheNewestIsWaitedFor() {
        let both = [GateScene.contender("new"), GateScene.contender("old")]
        #expect(GateScene().explainer(both).next == both[0])
        #expect(GateScene().explainer([]).next == nil)
        // Without upstreams it is always the newest.
        var free = GateScene()
        free.after = Upstreams()
        #expect(free.explainer(both).next == both[0])
    }

    @Test func whatRunsContainsNeverComes() {
        var scene = GateScene()
        scene.run("live")
        let live = GateScene.revision("live")
        let held = scene.explain()
        let passed = held.contained(in: live)
        #expect(held.state == .held && passed.state == .passed && passed.gates.isEmpty)
        #expect(passed.message == "main@sha1:live, which runs here, contains it, so it never comes")
        #expect(passed.next.hasPrefix("nothing: `stoker rollback production --to`"))
        scene.record.rejections = [
            EnvironmentRecord.Rejection(
                revision: GateScene.revision("new"), content: ContentID("new"), fingerprint: "",
                failure: Failure(.validationFailed, .content, "up =="), rolledBack: false)
        ]
        #expect(
            scene.explain().contained(in: live).message
                == "it stands rejected: up ==; main@sha1:live, which runs here, contains it, so it never comes")
        // A rollback leads there.
        let running = scene.explain(GateScene.contender("live"))
        #expect(running.contained(in: GateScene.revision("newer")) == running)
    }
}
