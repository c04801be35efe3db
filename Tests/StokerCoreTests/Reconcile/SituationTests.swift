import Testing

@testable import StokerCore

/// What the decision is told, fact by fact.
@Suite struct SituationTests {
    private static let now = Instant(seconds: 1000)
    private static let failure = Failure(.unproven, .environmental, "for some reason")

    private static func goal(_ content: String, _ commit: String = "c1") -> Goal {
        Goal(revision: Revision(ref: "main", commit: CommitID(commit)), content: ContentID(content))
    }

    private static func standing(_ content: String) -> EnvironmentRecord.Standing {
        EnvironmentRecord.Standing(
            revision: goal(content).revision, content: ContentID(content), at: WallTime(milliseconds: 0), proof: [:])
    }

    private static func observation(
        _ content: Result<String, SourceInvalid> = .success("good"), commit: String = "c1", drifted: Bool = false
    ) -> Observation {
        Observation(
            now: Now(instant: now, wall: WallTime(milliseconds: 0)), bootID: "boot", nextAttempt: 7, jitter: 0.5,
            source: .known(
                Candidate(
                    revision: Revision(ref: "main", commit: CommitID(commit)), ref: .branch("main"),
                    content: content.map { ContentID($0) },
                    relation: .forward)), requests: [],
            disk: ["one": DriftLook(drifted: drifted ? ["a.yml": "was modified"] : [:])], runtime: [:],
            fingerprint: "validator 1", stillMissing: [], trigger: .poll)
    }

    private static func target(_ id: Target.ID) -> TargetConfiguration {
        TargetConfiguration(
            id: id, kind: .prometheus, path: ".", configFile: "prometheus.yml", deployTo: "/etc/\(id)",
            url: "http://localhost")
    }

    /// At rest, with `good` verified, live and newest.
    private func loop(_ change: (inout EnvironmentLoop) -> Void = { _ in }) -> EnvironmentLoop {
        let configuration = EnvironmentConfiguration(
            name: "production", layers: ["."], ref: nil, exclude: [], ruleTests: [], drift: .correct, verify: nil,
            targets: [Self.target("one"), Self.target("two")])
        var record = EnvironmentRecord(bootID: "boot")
        record.verified = Self.standing("good")
        record.live = Self.goal("good")
        var loop = EnvironmentLoop(configuration: configuration, onRewrite: .hold, record: record)
        loop.observation = Self.observation()
        change(&loop)
        return loop
    }

    private func attempt(_ content: String, _ trigger: Trigger, _ phase: Phase = .surveying) -> Attempt {
        var attempt = Attempt(
            id: 6, goal: Self.goal(content), trigger: trigger, startedAt: WallTime(milliseconds: 0),
            hasRollbackTarget: true)
        attempt.phase = phase
        return attempt
    }

    private func rejection(_ content: String, _ fingerprint: String?) -> EnvironmentRecord.Rejection {
        EnvironmentRecord.Rejection(
            revision: Self.goal(content).revision, content: ContentID(content), fingerprint: fingerprint,
            failure: Self.failure,
            rolledBack: false)
    }

    private func backoff(_ content: String) -> EnvironmentRecord.Backoff {
        EnvironmentRecord.Backoff(
            content: ContentID(content), failures: 1, until: Self.now + .seconds(5), failure: Self.failure)
    }

    // MARK: the newest content

    @Test func theNewestContent() {
        #expect(loop().candidateStanding() == .verified)
        #expect(loop { $0.observation = Self.observation(commit: "c2") }.candidateStanding() == .verifiedMoved)
        #expect(loop { $0.observation = Self.observation(.success("new")) }.candidateStanding() == .fresh)
        // Verified, but something else is live, or was made live since and not judged.
        #expect(loop { $0.record.live = nil }.candidateStanding() == .fresh)
        #expect(loop { $0.record.live = Self.goal("other") }.candidateStanding() == .fresh)
        #expect(loop { $0.record.unsettled = ["one"] }.candidateStanding() == .fresh)
    }

    @Test func whatIsHeldAgainstIt() {
        func standing(_ change: (inout EnvironmentRecord) -> Void) -> Situation.Candidate {
            loop {
                $0.observation = Self.observation(.success("new"))
                change(&$0.record)
            }.candidateStanding()
        }
        #expect(standing { $0.rejections = [rejection("new", "validator 1")] } == .rejected)
        #expect(standing { $0.rejections = [rejection("new", "validator 0")] } == .fresh)
        #expect(standing { $0.rejections = [rejection("new", nil)] } == .rejected)
        #expect(standing { $0.rejections = [rejection("other", nil)] } == .fresh)
        #expect(standing { $0.backoff = backoff("new") } == .waiting)
        #expect(standing { $0.backoff = backoff("other") } == .fresh)
        // A person wants it tried again, whatever is held against it.
        #expect(
            standing {
                $0.rejections = [rejection("new", nil)]; $0.forced = ContentID("new")
            } == .fresh)
        #expect(
            standing {
                $0.backoff = backoff("new"); $0.forced = ContentID("new")
            } == .fresh)
    }

    @Test func aTreeThatCannotBeReadIsSaid() {
        let invalid = loop {
            $0.observation = Self.observation(.failure(SourceInvalid(path: "production", "no such folder")))
        }
        #expect(invalid.candidateStanding() == .none)
        #expect(invalid.sourceHold?.reason == .sourceInvalid)
    }

    // MARK: the running attempt

    @Test func whereProofIsEnough() {
        func decides(_ trigger: Trigger, _ change: (inout EnvironmentRecord) -> Void = { _ in }) -> Bool {
            loop {
                $0.record = EnvironmentRecord(bootID: "boot")
                $0.record.attempt = attempt("good", trigger)
                change(&$0.record)
            }.situation().proofDecides
        }
        #expect(decides(.poll))
        #expect(!decides(.poll) { $0.verified = Self.standing("good") })
        #expect(!decides(.poll) { $0.live = Self.goal("good") })
        #expect(!decides(.poll) { $0.unsettled = ["one"] })
        #expect(decides(.drift) { $0.verified = Self.standing("good") })
    }

    @Test func whatAPersonAskedForGoesOn() {
        #expect(loop { $0.record.attempt = attempt("good", .rollback) }.situation().askedByPerson)
        #expect(!loop { $0.record.attempt = attempt("new", .poll, .publishing("one")) }.situation().askedByPerson)
        let half = loop {
            $0.record.attempt = attempt("new", .poll, .publishing("one"))
            $0.waits[.publish] = (1, Self.now + .seconds(1))
        }
        #expect(half.situation().askedByPerson)
    }

    @Test func aProcessThatWasReloadedIsNotReloadedAgain() {
        var reloading = attempt("new", .poll, .reloading("one"))
        #expect(loop { $0.record.attempt = reloading }.situation().result == .ok)
        reloading.todo = ["one"]
        #expect(loop { $0.record.attempt = reloading }.situation().result == .none)
        // What the reload said counts more than that it was made.
        reloading.todo = []
        let refused = loop {
            $0.record.attempt = reloading
            $0.result = .contentFailure
        }
        #expect(refused.situation().result == .contentFailure)
    }

    @Test func repairsAreNotRefused() {
        func refused(_ trigger: Trigger) -> Bool {
            loop {
                $0.record.attempt = attempt("good", trigger)
                $0.record.rejections = [rejection("good", nil)]
            }.situation().refused
        }
        #expect(refused(.poll))
        #expect(!refused(.drift))
        #expect(!refused(.rollback))
    }

    @Test func whoIsPassed() {
        func newer(_ trigger: Trigger, _ change: (inout EnvironmentRecord) -> Void = { _ in }) -> Bool {
            loop {
                $0.observation = Self.observation(.success("new"))
                $0.record.attempt = attempt("good", trigger)
                change(&$0.record)
            }.situation().newer
        }
        let suspension = EnvironmentRecord.Suspension(reason: "", actor: "ann", until: nil)
        #expect(newer(.poll))
        #expect(newer(.poll) { $0.suspension = suspension })
        #expect(newer(.drift))
        #expect(!newer(.drift) { $0.suspension = suspension })
        #expect(newer(.poll) { $0.rejections = [rejection("new", nil)] })
        #expect(!newer(.drift) { $0.rejections = [rejection("new", nil)] })
        #expect(
            !newer(.poll) {
                $0.rejections = [rejection("new", nil)]; $0.unsettled = ["one"]
            })
        #expect(newer(.poll) { $0.unsettled = ["one"] })
    }

    // MARK: verification

    @Test func theWorstVerdictCounts() {
        func verification(_ one: VerifyWindow.Verdict?, _ two: VerifyWindow.Verdict?, due: Bool = false)
            -> Situation.Verification
        {
            loop {
                $0.record.attempt = attempt("new", .poll, .verifying)
                $0.nextProbe = due ? Self.now : Self.now + .seconds(5)
                for (id, verdict) in [("one", one), ("two", two)] as [(Target.ID, VerifyWindow.Verdict?)] {
                    $0.windows[id] = .restored(
                        readyTimeout: .seconds(20), reloadTimeout: .seconds(20), evidence: nil, reloadedAt: Self.now)
                    $0.verdicts[id] = verdict.map { Verdict($0, shaky: false, proof: []) }
                }
            }.situation().verification
        }
        let passed = VerifyWindow.Verdict.passed(warnings: [])
        let waiting = VerifyWindow.Verdict.waitingForTarget(next: Self.now + .seconds(5), Self.failure)
        #expect(verification(passed, nil) == .due)
        #expect(verification(passed, passed) == .passed)
        #expect(verification(passed, .failed(Self.failure)) == .failed)
        #expect(verification(.unproven(Self.failure), passed) == .unproven)
        #expect(verification(.unproven(Self.failure), .failed(Self.failure)) == .failed)
        #expect(verification(passed, waiting) == .waitingForTarget)
        #expect(verification(passed, waiting, due: true) == .due)
        #expect(verification(passed, passed, due: true) == .passed)
    }

    // MARK: drift

    @Test func whatDriftAsksFor() {
        func drift(_ change: (inout EnvironmentLoop) -> Void = { _ in }) -> Situation.Drift {
            loop {
                $0.observation = Self.observation(drifted: true)
                change(&$0)
            }.driftStanding()
        }
        #expect(drift() == .correctable)
        #expect(drift { $0.contested = ["one/a.yml"] } == .reported)
        #expect(drift { $0.observation = Self.observation() } == .none)
        // Files are compared with what was deployed: only while that is what is verified they can be corrected to it.
        #expect(drift { $0.record.live = Self.goal("other") } == .none)
        #expect(drift { $0.record.unsettled = ["one"] } == .none)
        #expect(drift { $0.record.verified = nil } == .none)
        #expect(drift { $0.record.attempt = attempt("good", .poll) } == .none)
    }

    @Test func whatAProcessThatServesOtherThingsAsksFor() {
        func drift(_ change: (inout EnvironmentLoop) -> Void = { _ in }) -> Situation.Drift {
            loop {
                $0.record.runtimeDrift = Self.failure
                change(&$0)
            }.driftStanding()
        }
        #expect(drift() == .correctable)
        // Where it is not corrected it is looked at again, after a while.
        #expect(drift { $0.contested = [EnvironmentLoop.runtimeCorrection] } == .proofDue)
        #expect(
            drift {
                $0.contested = [EnvironmentLoop.runtimeCorrection]
                $0.waits[.proof] = (1, Self.now + .seconds(1))
            } == .reported)
    }
}
