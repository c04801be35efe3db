import StokerCore
import Testing

/// Every policy of the verdict by its name.
@Suite struct VerifyWindowTests {
    // MARK: proof

    @Test func withoutAVerifyBlockOneProofIsEnough() {
        var window = make(nil)
        #expect(window.take(proved(0.02)).isPassed)
    }

    @Test func proofIsRepeatedAtEachIntervalAndJustBeforeTheVerdict() {
        var window = make(.init(forDuration: .seconds(12), interval: .seconds(5), timeout: .seconds(300), checks: []))
        #expect(window.take(proved(0)) == .watching(next: at(5), until: at(12)))
        #expect(window.take(proved(5)) == .watching(next: at(10), until: at(12)))
        #expect(window.take(proved(10)) == .watching(next: at(12), until: at(12)))
        #expect(window.take(proved(12)).isPassed)
    }

    @Test func aProofThatBreaksJustBeforeTheVerdictIsNoPass() {
        var window = make(.init(forDuration: .seconds(5), interval: .seconds(5), timeout: .seconds(300), checks: []))
        _ = window.take(proved(0))
        #expect(window.take(broken(5)).isWatching)
        #expect(window.take(broken(6)).failure?.reason == .notServed)
    }

    @Test func twoFailuresInARowRollBackAndOneDoesNot() {
        var window = make(nil)
        #expect(window.take(broken(0)).isWatching)
        #expect(window.isShaky)
        #expect(window.take(proved(0.25)).isPassed)
        var second = make(nil)
        _ = second.take(broken(0))
        #expect(second.take(broken(0.25)).failure?.kind == .content)
    }

    @Test func rightAfterTheReloadLooksAreShort() {
        var window = make(.init(forDuration: .zero, interval: .seconds(5), timeout: .seconds(300), checks: []))
        #expect(window.take(pending(.pools, 0)) == .watching(next: at(0.25), until: nil))
        #expect(window.take(pending(.pools, 4)) == .watching(next: at(5), until: nil))
        var quick = make(.init(forDuration: .zero, interval: .milliseconds(100), timeout: .seconds(300), checks: []))
        #expect(quick.take(pending(.pools, 0)) == .watching(next: at(0.1), until: nil))
    }

    @Test func poolsHaveTenSecondsToFollow() {
        var window = make(nil)
        for second in 0..<10 { #expect(window.take(pending(.pools, Double(second))).isWatching) }
        #expect(window.take(pending(.pools, 10)).isWatching)
        #expect(window.take(pending(.pools, 11)).failure?.reason == .notServed)
        var other = make(nil)
        _ = other.take(pending(.pools, 0))
        #expect(other.take(proved(6)).isPassed)
    }

    @Test func aReloadWithoutAnAnswerHasItsOwnTime() {
        var window = make(nil)
        #expect(window.take(pending(.reloaded, 200)).isWatching)
        #expect(window.take(pending(.reloaded, 300)).isWatching)
        #expect(window.take(pending(.reloaded, 301)).failure != nil)
    }

    // MARK: checks

    @Test func forStartsAfterSettling() {
        var window = make(watched(for: 10), settle: .seconds(21))
        #expect(window.dueChecks(at: at(20)).isEmpty)
        #expect(window.dueChecks(at: at(21)) == [0])
        #expect(window.until == at(31))
        #expect(window.take(proved(0)) == .watching(next: at(5), until: at(31)))
        #expect(window.take(proved(20)) == .watching(next: at(21), until: at(31)))
        #expect(window.take(proved(30.9, checks: [.pass])).isWatching)
        #expect(window.take(proved(31, checks: [.pass])).isPassed)
    }

    @Test func failingChecksWhileSettlingDoNotCount() {
        var window = make(watched(for: 10), settle: .seconds(21))
        for second in 0..<21 { #expect(window.take(proved(Double(second), checks: [.fail])).isWatching) }
        #expect(!window.isShaky)
    }

    @Test func aCheckMustFailTwiceInARow() {
        var window = make(watched(for: 60))
        #expect(window.take(proved(1, checks: [.fail])).isWatching)
        #expect(window.isShaky)
        #expect(window.take(proved(2, checks: [.pass])).isWatching)
        #expect(!window.isShaky)
        #expect(window.take(proved(3, checks: [.fail])).isWatching)
        let failure = window.take(proved(4, checks: [.fail])).failure
        #expect(failure?.reason == .checkFailed)
        #expect(failure?.kind == .content)
        #expect(failure?.message.contains("up == 1") == true)
    }

    @Test func aCheckThatFailsOnceAtTheEndIsNoPass() {
        var window = make(watched(for: 10))
        #expect(window.take(proved(10, checks: [.fail])).isWatching)
        #expect(window.take(proved(11, checks: [.pass])).isPassed)
    }

    @Test func inconclusiveIsNeverAPassAndLongerThanTheTimeoutIsUnproven() {
        var window = make(watched(for: 10))
        #expect(window.take(proved(10, checks: [.inconclusive])).isWatching)
        #expect(window.isShaky)
        #expect(window.take(proved(309, checks: [.inconclusive])).isWatching)
        let verdict = window.take(proved(310, checks: [.inconclusive]))
        guard case .unproven(let failure) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(failure.reason == .unproven)
        #expect(failure.kind == .environmental)
    }

    @Test func anAnswerEndsBeingInconclusive() {
        var window = make(watched(for: 10))
        _ = window.take(proved(1, checks: [.inconclusive]))
        _ = window.take(proved(200, checks: [.pass]))
        #expect(window.take(proved(310, checks: [.inconclusive])).isWatching)
    }

    @Test func aCheckWithoutAnAnswerInTheProbeIsInconclusive() {
        var window = make(watched(for: 0))
        #expect(window.take(proved(1)).isWatching)
    }

    @Test func aCheckThatFailedBeforeTheChangeDoesNotCondemnIt() {
        var evidence = evidence()
        evidence.checks = [.fail]
        var window = make(watched(for: 2), evidence: evidence)
        #expect(window.take(proved(1, checks: [.fail])).isWatching)
        #expect(!window.isShaky)
        guard case .passed(let warnings) = window.take(proved(2, checks: [.fail])) else {
            Issue.record("not passed")
            return
        }
        #expect(warnings.contains { $0.contains("as it did before") })
    }

    @Test func aRestoredConfigurationIsJudgedByProofOfLoadOnly() {
        var window = VerifyWindow.restored(
            readyTimeout: .seconds(60), reloadTimeout: .seconds(300), evidence: evidence(), reloadedAt: at(0))
        #expect(window.dueChecks(at: at(1000)).isEmpty)
        #expect(window.take(proved(0.1, checks: [.fail])).isPassed)
    }

    // MARK: process

    @Test func oneRestartRestartsTheWindow() {
        var window = make(watched(for: 10))
        _ = window.take(proved(5, checks: [.pass]))
        #expect(window.take(proved(8, start: "b", checks: [.pass])).isWatching)
        #expect(window.restarts == 1)
        #expect(window.until == at(18))
        #expect(window.take(proved(17, start: "b", checks: [.pass])).isWatching)
        #expect(window.take(proved(18, start: "b", checks: [.pass])).isPassed)
    }

    @Test func twoRestartsAreAFailure() {
        var window = make(watched(for: 10))
        _ = window.take(proved(1, start: "b"))
        let failure = window.take(proved(2, start: "c")).failure
        #expect(failure?.reason == .targetUnreachable)
        #expect(failure?.kind == .content)
    }

    @Test func aProcessThatComesBackIsOneOfTwoAndNoRestart() {
        var window = make(watched(for: 10))
        #expect(window.take(proved(1, start: "b")).isWatching)
        guard case .unproven(let failure) = window.take(proved(2, start: "a")) else {
            Issue.record("not unproven")
            return
        }
        #expect(failure.reason == .notServed)
        #expect(failure.kind == .environmental)
        #expect(failure.message.contains("started at a answers again after one that started at b"))
        #expect(window.restarts == 1)
    }

    @Test func severalProcessesInOneLookKeepTheConfiguration() {
        var window = make(nil)
        guard case .unproven(let failure) = window.take(Probe(at: at(1), readiness: .several("a and b"))) else {
            Issue.record("not unproven")
            return
        }
        #expect(failure.reason == .notServed)
    }

    @Test func aRestartAfterARestoreMayHappenOnce() {
        var window = VerifyWindow.restored(
            readyTimeout: .seconds(60), reloadTimeout: .seconds(300), evidence: evidence(), reloadedAt: at(0),
            restartExpected: true)
        #expect(window.take(broken(1, start: "b")).isWatching)
        #expect(window.restarts == 0)
        #expect(window.take(broken(2, start: "c")).isWatching)
        #expect(window.restarts == 1)
    }

    @Test func aRestartMethodMayRestartOnce() {
        var window = make(nil, restartExpected: true)
        #expect(window.take(broken(1, start: "b")).isWatching)
        #expect(window.restarts == 0)
        #expect(window.take(proved(2, start: "b")).isPassed)
    }

    @Test func goneForLongerThanReadyTimeoutIsAFailure() {
        var window = make(nil)
        #expect(window.take(gone(1)).isWatching)
        #expect(window.take(gone(60)).isWatching)
        let failure = window.take(gone(61)).failure
        #expect(failure?.reason == .targetUnreachable)
        #expect(failure?.kind == .content)
    }

    @Test func dyingAgainAndAgainWhileStartingIsAFailure() {
        var window = make(nil)
        #expect(window.take(gone(1)).isWatching)
        #expect(window.take(starting(2)).isWatching)
        #expect(window.take(gone(3)).isWatching)
        #expect(window.take(starting(4)).isWatching)
        #expect(window.take(gone(5)).failure?.message.contains("died 2 times while starting") == true)
    }

    @Test func aStartThatSucceedsForgetsTheOneThatDied() {
        var window = make(watched(for: 30))
        _ = window.take(starting(1))
        _ = window.take(gone(2))
        _ = window.take(proved(3, start: "b"))
        _ = window.take(starting(4))
        #expect(window.take(gone(5)).isWatching)
    }

    @Test func goneForAMomentIsNot() {
        var window = make(nil)
        _ = window.take(gone(1))
        #expect(window.take(proved(50)).isPassed)
    }

    @Test func replayingItsLogAProcessHasLonger() {
        var window = make(nil)
        #expect(window.take(starting(1)).isWatching)
        #expect(window.take(starting(600)).isWatching)
        #expect(window.take(gone(610)).isWatching)
        #expect(window.take(starting(620)).isWatching)
        #expect(window.take(proved(700)).isPassed)
        var other = make(nil)
        _ = other.take(starting(0))
        #expect(other.take(starting(1800)).failure?.reason == .targetUnreachable)
    }

    @Test func aTargetThatWasDownBeforeIsWaitedForAndJudgedWhenItReturns() {
        var window = make(nil, evidence: Evidence(wasUp: false))
        guard case .waitingForTarget(_, let failure) = window.take(gone(1)) else {
            Issue.record("not waiting")
            return
        }
        #expect(failure.reason == .targetUnreachable)
        #expect(failure.kind == .environmental)
        guard case .waitingForTarget = window.take(gone(100_000)) else {
            Issue.record("not waiting")
            return
        }
        #expect(window.take(proved(100_001)).isPassed)
        var bad = make(nil, evidence: Evidence(wasUp: false))
        _ = bad.take(gone(1))
        _ = bad.take(broken(2))
        #expect(bad.take(broken(3)).failure?.reason == .notServed)
    }

    @Test func aTargetThatWasDownReturnedAndIsGoneAgainIsAFailure() {
        var window = make(watched(for: 600), evidence: Evidence(wasUp: false))
        _ = window.take(gone(1))
        _ = window.take(proved(2, checks: [.pass]))
        _ = window.take(gone(3))
        #expect(window.take(gone(63)).failure?.kind == .content)
    }

    @Test func wrongCredentialsAreInconclusive() {
        var window = make(nil)
        #expect(window.take(Probe(at: at(1), readiness: .refused("401"))).isWatching)
        guard case .unproven = window.take(Probe(at: at(301), readiness: .refused("401"))) else {
            Issue.record("not unproven")
            return
        }
    }

    // MARK: fixtures

    private func at(_ seconds: Double) -> Instant { Instant(nanoseconds: Int64(seconds * 1e9)) }

    private func evidence() -> Evidence {
        var evidence = Evidence(wasUp: true)
        evidence.runtime = RuntimeFacts(startTime: "a", lastConfigTime: "0", reloadSucceeded: true)
        return evidence
    }

    private func watched(for seconds: Int) -> VerifyConfiguration {
        VerifyConfiguration(
            forDuration: .seconds(seconds), interval: .seconds(5), timeout: .seconds(300),
            checks: [.init(expr: "up == 1", passWhen: .nonEmpty)])
    }

    private func make(
        _ configuration: VerifyConfiguration?, settle: Duration = .zero, evidence: Evidence? = nil,
        restartExpected: Bool = false
    ) -> VerifyWindow {
        VerifyWindow(
            .init(
                configuration, settle: settle, readyTimeout: .seconds(60), reloadTimeout: .seconds(300),
                evidence: evidence ?? self.evidence(), restartExpected: restartExpected),
            reloadedAt: at(0))
    }

    private func proved(_ seconds: Double, start: String = "a", checks: [Probe.CheckResult] = []) -> Probe {
        Probe(
            at: at(seconds), readiness: .ready(startTime: start),
            parts: [.reloaded: .proved, .config: .proved, .rules: .proved, .pools: .proved], checks: checks)
    }

    private func broken(_ seconds: Double, start: String = "a") -> Probe {
        var probe = proved(seconds, start: start)
        probe.parts[.rules] = .failed(Failure(.notServed, .content, "a rule is missing"))
        return probe
    }

    private func pending(_ part: Probe.Part, _ seconds: Double) -> Probe {
        var probe = proved(seconds)
        probe.parts[part] = .pending(Failure(.notServed, .content, "not yet"))
        return probe
    }

    private func gone(_ seconds: Double) -> Probe { Probe(at: at(seconds), readiness: .gone("connection refused")) }
    private func starting(_ seconds: Double) -> Probe { Probe(at: at(seconds), readiness: .starting("replaying")) }
}

extension VerifyWindow.Verdict {
    fileprivate var isPassed: Bool { if case .passed = self { true } else { false } }
    fileprivate var isWatching: Bool { if case .watching = self { true } else { false } }
    fileprivate var failure: Failure? { if case .failed(let failure) = self { failure } else { nil } }
}
