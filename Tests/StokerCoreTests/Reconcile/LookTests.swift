import Testing

@testable import StokerCore

/// What a look changes in the record: people's requests, waits that are over, holds that are cleared.
@Suite struct LookTests {
    private static let now = Instant(seconds: 100_000)
    private static let wall = WallTime(milliseconds: 5000)
    private static let failure = Failure(.unproven, .environmental, "for some reason")

    private static func goal(_ content: String) -> Goal {
        Goal(revision: Revision(ref: "main", commit: CommitID("of " + content)), content: ContentID(content))
    }

    private static func standing(_ content: String) -> EnvironmentRecord.Standing {
        EnvironmentRecord.Standing(
            revision: goal(content).revision, content: ContentID(content), at: WallTime(milliseconds: 0), proof: [:])
    }

    private static func observation(
        _ kinds: [OperatorRequest.Kind] = [], boot: String = "boot", runtime: [Target.ID: RuntimeLook] = [:],
        contenders: [String]? = nil
    ) -> Observation {
        Observation(
            now: Now(instant: now, wall: wall), bootID: boot, nextAttempt: 7, jitter: 0.5,
            source: .known(
                Candidate(
                    revision: goal("new").revision, ref: .branch("main"), content: .success(ContentID("new")),
                    relation: .forward)),
            requests: kinds.enumerated().map {
                OperatorRequest(id: Int64($0.offset + 1), kind: $0.element, actor: "ann")
            },
            disk: [:], runtime: runtime, fingerprint: "validator 1", stillMissing: [], trigger: .poll,
            pipeline: contenders.map { PipelineLook(contenders: $0.map(contender)) })
    }

    private static func contender(_ content: String) -> Contender {
        Contender(
            candidate: Candidate(
                revision: goal(content).revision, ref: .branch("main"), content: .success(ContentID(content)),
                relation: .forward), upstream: [:])
    }

    /// With `good` verified and live, after a look.
    private func after(_ observation: Observation, _ change: (inout EnvironmentLoop) -> Void = { _ in })
        -> EnvironmentLoop
    {
        func target(_ id: Target.ID, _ whenDown: TargetConfiguration.WhenDown) -> TargetConfiguration {
            TargetConfiguration(
                id: id, kind: .prometheus, path: ".", configFile: "prometheus.yml", deployTo: "/etc/\(id)",
                url: "http://localhost", whenDown: whenDown)
        }
        var record = EnvironmentRecord(bootID: "boot")
        record.verified = Self.standing("good")
        record.live = Self.goal("good")
        record.earlier = [Self.standing("older")]
        var loop = EnvironmentLoop(
            configuration: EnvironmentConfiguration(
                name: "production", layers: ["."], ref: nil, exclude: [], ruleTests: [], drift: .correct, verify: nil,
                targets: [target("one", .wait), target("two", .deploy)]), onRewrite: .hold, record: record)
        change(&loop)
        loop.absorb(observation)
        return loop
    }

    private func attempt(_ content: String, _ trigger: Trigger, _ phase: Phase) -> Attempt {
        var attempt = Attempt(
            id: 6, goal: Self.goal(content), trigger: trigger, startedAt: WallTime(milliseconds: 0),
            hasRollbackTarget: true)
        attempt.phase = phase
        return attempt
    }

    private func rejection(_ content: String) -> EnvironmentRecord.Rejection {
        EnvironmentRecord.Rejection(
            revision: Self.goal(content).revision, content: ContentID(content), fingerprint: "validator 1",
            failure: Self.failure, rolledBack: false)
    }

    // MARK: holds

    @Test func deletionsAreHeldUntilAPersonConsents() {
        func result(_ consents: [String]) -> Situation.Result {
            after(Self.observation()) {
                $0.record.attempt = attempt("new", .poll, .held(Hold(.deletionBudgetExceeded, "too many")))
                $0.record.consents = consents
            }.result
        }
        #expect(result([]) == .held)
        #expect(result(["another"]) == .held)
        #expect(result(["new"]) == .none)
        #expect(result(["of new"]) == .none)
    }

    @Test func aTargetThatIsAwaitedHoldsAndNoOther() {
        func result(_ runtime: [Target.ID: RuntimeLook]) -> Situation.Result {
            after(Self.observation(runtime: runtime)) {
                $0.record.attempt = attempt("new", .poll, .held(Hold(.targetUnreachable, "down")))
            }.result
        }
        let up = RuntimeLook.up(RuntimeFacts(startTime: "1", lastConfigTime: "1", reloadSucceeded: true))
        let down = RuntimeLook.unreachable(message: "connection refused")
        #expect(result(["one": down, "two": up]) == .held)
        #expect(result(["two": up]) == .held)
        #expect(result(["one": up, "two": down]) == .none)
    }

    // MARK: waits

    @Test func whatIsTriedAgainWaits() {
        func result(_ phase: Phase, _ before: Situation.Result, _ wait: EnvironmentLoop.Wait, passed: Bool)
            -> Situation.Result
        {
            after(Self.observation()) {
                $0.record.attempt = attempt("new", .poll, phase)
                $0.result = before
                $0.waits[wait] = (1, passed ? Self.now : Self.now + .seconds(1))
            }.result
        }
        let restoring = Phase.restoring(because: Self.failure)
        #expect(result(restoring, .environmentFailure, .restore, passed: false) == .environmentFailure)
        #expect(result(restoring, .environmentFailure, .restore, passed: true) == .none)
        #expect(result(.publishing("one"), .held, .publish, passed: false) == .held)
        #expect(result(.publishing("one"), .held, .publish, passed: true) == .none)
    }

    @Test func instantsOfAnotherBootMeanNothing() {
        func loop(_ boot: String) -> EnvironmentLoop {
            after(Self.observation(boot: boot)) {
                $0.record.backoff = EnvironmentRecord.Backoff(
                    content: ContentID("new"), failures: 3, until: Self.now + .seconds(1_000_000), failure: Self.failure
                )
                $0.record.recheckAt = Self.now + .seconds(1_000_000)
                $0.waits[.proof] = (3, Self.now + .seconds(1_000_000))
            }
        }
        #expect(loop("boot").record.backoff != nil && loop("boot").record.recheckAt != nil)
        #expect(loop("boot").isPostponed(.proof))
        #expect(loop("another").record.backoff == nil && loop("another").record.recheckAt == nil)
        #expect(!loop("another").isPostponed(.proof))
        #expect(loop("another").record.bootID == "another")
    }

    @Test func aSuspensionLastsAsLongAsWasSaid() {
        func suspension(_ until: WallTime?) -> EnvironmentRecord.Suspension? {
            after(Self.observation()) {
                $0.record.suspension = EnvironmentRecord.Suspension(reason: "work", actor: "ann", until: until)
            }.record.suspension
        }
        #expect(suspension(nil) != nil)
        #expect(suspension(WallTime(milliseconds: 5001)) != nil)
        #expect(suspension(Self.wall) == nil)
    }

    // MARK: people

    @Test func whereARollbackGoes() {
        func goal(_ change: (inout EnvironmentRecord) -> Void = { _ in }) -> ContentID? {
            after(Self.observation([.rollback(to: nil)])) { change(&$0.record) }.record.rollbackGoal?.content
        }
        #expect(goal() == ContentID("older"))
        // What is live was never verified: back to what was.
        #expect(goal { $0.live = Self.goal("unjudged") } == ContentID("good"))
        #expect(goal { $0.unsettled = ["one"] } == ContentID("good"))
    }

    @Test func aRejectionTakesConsentBack() {
        let record = after(
            Self.observation([
                .reject(Self.goal("new").revision, ContentID("new"), reason: "no"),
                .reject(Self.goal("new").revision, ContentID("new"), reason: "never"),
            ])
        ) {
            $0.record.consents = ["new", "of new", "another"]
            $0.record.rejections = [rejection("new"), rejection("another")]
        }.record
        #expect(record.consents == ["another"])
        #expect(record.rejections.map(\.content) == [ContentID("new"), ContentID("another")])
        #expect(record.rejections.first?.fingerprint == nil)
    }

    @Test func aRetryForgivesTheNewestContent() {
        let retry = Self.observation([.reconcile(retry: true)])
        let record = after(retry) { $0.record.rejections = [rejection("new"), rejection("another")] }.record
        #expect(record.rejections.map(\.content) == [ContentID("another")])
        #expect(record.forced == ContentID("new"))
        // It is being tried already.
        #expect(after(retry) { $0.record.attempt = attempt("new", .poll, .validating) }.record.forced == nil)
    }

    // MARK: two writers

    @Test func correctionsOfAProcessAreCounted() {
        var loop = after(Self.observation()) {
            $0.record.attempt = attempt("good", .drift, .reloading("one"))
            $0.record.attempt?.correcting = [EnvironmentLoop.runtimeCorrection]
        }
        loop.absorb(.reloaded("one", .accepted(answered: true)))
        #expect(loop.record.corrections.map(\.path) == [EnvironmentLoop.runtimeCorrection])
        // One for a deploy, however many targets it has.
        loop.absorb(.reloaded("two", .accepted(answered: true)))
        #expect(loop.record.corrections.count == 1)
    }

    @Test func correctionsOfAProcessAreLimited() {
        func contested(_ seconds: [Int64]) -> [String] {
            after(Self.observation()) { loop in
                loop.record.runtimeDrift = Self.failure
                loop.record.corrections = seconds.map {
                    EnvironmentRecord.Correction(
                        path: EnvironmentLoop.runtimeCorrection, at: Instant(seconds: 100_000 - $0))
                }
            }.contested
        }
        #expect(contested([1, 2, 3]) == [EnvironmentLoop.runtimeCorrection])
        #expect(contested([1, 2]).isEmpty)
        #expect(contested([1, 2, 3600]).isEmpty)
    }

    // MARK: Promotions

    private static let promotion = OperatorRequest.Kind.promote(goal("chosen"), reason: "", breakGlass: false)

    @Test func aPromotionIsForgottenWhenTheRevisionIsPassed() {
        func promote(_ loop: inout EnvironmentLoop) {
            loop.absorb(Self.observation([Self.promotion], contenders: ["new"]))
        }
        // It was asked for after that look had been made.
        #expect(after(Self.observation([Self.promotion], contenders: ["new"])).record.promotion != nil)
        #expect(after(Self.observation(contenders: ["new", "chosen"]), promote).record.promotion != nil)
        #expect(after(Self.observation(contenders: ["new"]), promote).record.promotion == nil)
        // Looks that found nothing say nothing.
        #expect(after(Self.observation(), promote).record.promotion != nil)
        #expect(after(Self.observation(contenders: []), promote).record.promotion != nil)
    }

    @Test func aPromotionDoesNotMoveWhatWasSeenOfTheBranch() {
        let loop = after(Self.observation(contenders: ["new", "chosen"])) {
            $0.absorb(Self.observation([Self.promotion], contenders: ["new", "chosen"]))
        }
        #expect(loop.contender?.candidate.revision == Self.goal("chosen").revision)
        #expect(loop.record.seen?.commit == Self.goal("new").revision.commit)
    }

    @Test func aPromotionConsentsToNothingAndLiftsNoPersonsRejection() {
        func rejection(_ fingerprint: String?) -> EnvironmentRecord.Rejection {
            EnvironmentRecord.Rejection(
                revision: Self.goal("chosen").revision, content: ContentID("chosen"), fingerprint: fingerprint,
                failure: Self.failure, rolledBack: false)
        }
        let byUs = after(Self.observation([Self.promotion])) { $0.record.rejections = [rejection("validator 1")] }
        #expect(byUs.record.rejections.isEmpty && byUs.record.consents.isEmpty)
        let byPerson = after(Self.observation([Self.promotion])) { $0.record.rejections = [rejection(nil)] }
        #expect(byPerson.record.rejections.count == 1)
    }
}
