import StokerCore
import Testing

/// How a window judges vital signs that got worse, and checks with an interval, a window and a limit of their own.
struct VerifyWindowComparisonTests {
    // MARK: Vital signs

    @Test func aSignThatStaysWorseCondemns() {
        var window = make(watched(for: 60), settle: .seconds(16))
        #expect(!window.wantsComparison(at: at(15)))
        #expect(window.wantsComparison(at: at(16)))
        #expect(window.take(proved(16, [worse(.up, "node")])).isWatching)
        #expect(window.isShaky)
        #expect(window.take(proved(31, [worse(.up, "node")])).isWatching)
        let failure = window.take(proved(32, [worse(.up, "node")])).failure
        #expect(failure?.reason == .checkFailed)
        #expect(failure?.message.contains("verify.compare.up") == true)
    }

    @Test func aTargetThatFlapsCondemnsNothing() {
        var window = make(watched(for: 60), settle: .seconds(16))
        for second in stride(from: 16.0, to: 76, by: 10) {
            #expect(window.take(proved(second, [worse(.up, "node")])).isWatching)
            #expect(window.take(proved(second + 5, [])).isWatching)
        }
        // The first proof was complete at 21.
        #expect(window.take(proved(81, [])).isPassed)
    }

    @Test func anotherSubjectBeginsAnew() {
        var window = make(watched(for: 60), settle: .seconds(16))
        #expect(window.take(proved(16, [worse(.up, "a")])).isWatching)
        #expect(window.take(proved(40, [worse(.up, "b")])).isWatching)
    }

    @Test func theWindowDoesNotEndWhileASignIsWorse() {
        var window = make(watched(for: 10), settle: .seconds(6))
        #expect(window.take(proved(6, [])).isWatching)
        #expect(window.take(proved(16, [worse(.up, "a")])).isWatching)
        #expect(window.take(proved(17, [])).isPassed)
    }

    @Test func whatDoesNotCondemnIsAWarning() {
        var window = make(watched(for: 0))
        guard case .passed(let warnings) = window.take(proved(1, [worse(.memory, "", condemns: false)])) else {
            Issue.record("not passed")
            return
        }
        #expect(warnings == ["memory of \"\" is worse"])
    }

    // MARK: Looks that take long

    @Test func aLookThatBeganBeforeSettlingIsNotTheLastOne() {
        var window = make(watched(for: 5), settle: .seconds(7))
        #expect(window.take(proved(1, nil)).isWatching)
        // Asked at 6.9, when nothing was to be compared yet; answered late.
        #expect(window.take(proved(7.5, nil)).isWatching)
        #expect(window.take(proved(8, [worse(.up, "node")])).isWatching)
        #expect(window.take(proved(15.5, [worse(.up, "node")])).failure?.reason == .checkFailed)
    }

    @Test func aLookThatBeganBeforeTheChecksCountIsNotTheLastOne() {
        var window = make(checked(for: 0), settle: .seconds(7))
        #expect(window.take(answered(1, .notAsked)).isWatching)
        #expect(window.take(answered(7.5, .notAsked)).isWatching)
        #expect(window.take(answered(8, .fail)).isWatching)
        #expect(window.take(answered(9, .fail)).failure?.reason == .checkFailed)
    }

    // MARK: Pools that follow

    @Test func aTouchedJobIsJudgedWhenItsPoolHasFollowed() {
        var window = make(watched(for: 0))
        #expect(window.take(synced(0.1, 0)).isWatching)
        #expect(window.take(synced(4, 0)).isWatching)
        #expect(window.take(synced(5, 1)).isPassed)
    }

    @Test func whatThePoolDidBeforeTheReloadDoesNotCount() {
        var window = make(watched(for: 0))
        #expect(window.take(synced(0.1, 3)).isWatching)
        #expect(window.take(synced(4, 3)).isWatching)
        #expect(window.take(synced(5, 4)).isPassed)
    }

    @Test func aPoolThatFollowedBeforeTheFirstLookIsNotWaitedForTwice() {
        var window = make(watched(for: 0))
        #expect(window.take(synced(8, 1)).isWatching)
        #expect(window.take(synced(9.9, 1)).isWatching)
        #expect(window.take(synced(10, 1)).isPassed)
    }

    @Test func aPoolThatNeverFollowsIsInconclusive() {
        var window = make(watched(for: 0))
        #expect(window.take(synced(1, 0)).isWatching)
        #expect(window.take(synced(11, 0)).isWatching)
        guard case .unproven(let failure) = window.take(synced(311, 0)) else {
            Issue.record("not unproven")
            return
        }
        #expect(failure.message.contains("\"node\""))
    }

    @Test func aDiscoveryWithoutAnAnswerIsWaitedForAndNotBlamed() {
        var window = make(watched(for: 0))
        #expect(window.take(synced(1, 0, certain: false)).isWatching)
        #expect(window.take(synced(10, 0, certain: false)).isPassed)
    }

    @Test func targetsThatAreGoneAreLookedAtUntilDiscoveryMustHaveSpoken() {
        var window = make(watched(for: 0))
        var gone = synced(5, 1)
        gone.syncs["node"]?.hasLost = true
        #expect(window.take(synced(1, 0)).isWatching)
        #expect(window.take(gone).isWatching)
        gone.at = at(10)
        #expect(window.take(gone).isPassed)
    }

    @Test func aRestartBeginsTheWaitAnew() {
        var window = make(watched(for: 0))
        #expect(window.take(synced(1, 0)).isWatching)
        var probe = proved(3, [])
        probe.readiness = .ready(startTime: "another")
        #expect(window.take(probe).isPassed)
    }

    private func synced(_ second: Double, _ count: Int, certain: Bool = true) -> Probe {
        var probe = proved(second, [])
        probe.syncs = ["node": Probe.PoolSync(count: count, isCertain: certain)]
        return probe
    }

    @Test func silenceIsInconclusive() {
        var window = make(watched(for: 0))
        #expect(window.take(silent(1)).isWatching)
        guard case .unproven = window.take(silent(301)) else {
            Issue.record("not unproven")
            return
        }
    }

    @Test func withoutAVerifyBlockNothingIsCompared() {
        #expect(!make(nil).wantsComparison(at: at(1000)))
        var off = VerifyConfiguration(
            forDuration: .seconds(10), interval: .seconds(5), timeout: .seconds(300), checks: [])
        off.compare = ComparisonPolicy(
            Dictionary(uniqueKeysWithValues: ComparisonPolicy.Sign.allCases.map { ($0, .init(.off, .count(0))) }))
        #expect(!make(off).wantsComparison(at: at(1000)))
    }

    @Test func aWrittenComparisonWaitsUntilTheProcessHasSettled() {
        var short = watched(for: 0)
        #expect(make(short, settle: .seconds(16)).isPassedAtOnce)
        short.compare = ComparisonPolicy([:], isWritten: true)
        var window = make(short, settle: .seconds(16))
        #expect(window.take(proved(1, nil)) == .watching(next: at(6), until: at(16)))
        #expect(window.take(proved(16, [])).isPassed)
    }

    // MARK: Checks

    @Test func aCheckIsAskedAtItsOwnInterval() {
        var window = make(checked(interval: .seconds(30), for: 60))
        #expect(window.dueChecks(at: at(0)) == [0])
        #expect(window.take(answered(0, .pass)).isWatching)
        #expect(window.dueChecks(at: at(5)) == [])
        #expect(window.take(answered(5, .notAsked)).isWatching)
        #expect(window.dueChecks(at: at(30)) == [0])
        // The last look asks everything.
        #expect(window.take(answered(40, .pass)).isWatching)
        #expect(window.dueChecks(at: at(60)) == [0])
    }

    @Test func aFailureHoldsUntilTheCheckIsAskedAgain() {
        var window = make(checked(interval: .seconds(30), for: 10))
        #expect(window.take(answered(1, .fail)).isWatching)
        #expect(window.take(answered(10, .notAsked)).isWatching)
        #expect(window.isShaky)
        #expect(window.take(answered(31, .pass)).isPassed)
    }

    @Test func aCheckMayFailAsOftenAsItSays() {
        var window = make(checked(failures: 4, for: 60))
        for second in 1...3 { #expect(window.take(answered(Double(second), .fail)).isWatching) }
        #expect(window.take(answered(4, .fail)).failure != nil)
    }

    @Test func aCheckMayNeedLongerThanTheWindow() {
        #expect(make(checked(ownFor: .seconds(100), for: 10)).until == at(100))
        #expect(make(checked(ownFor: .seconds(5), for: 10)).until == at(10))
        var window = make(checked(ownFor: .seconds(5), for: 60))
        #expect(window.take(answered(1, .pass)).isWatching)
        // It has held for its own window.
        #expect(window.dueChecks(at: at(6)) == [])
    }

    // MARK: Parts

    private func at(_ seconds: Double) -> Instant { Instant(nanoseconds: Int64(seconds * 1e9)) }

    private func watched(for seconds: Int) -> VerifyConfiguration {
        VerifyConfiguration(
            forDuration: .seconds(seconds), interval: .seconds(5), timeout: .seconds(300), checks: [])
    }

    private func checked(
        interval: Duration? = nil, failures: Int = 2, ownFor: Duration? = nil, for seconds: Int
    ) -> VerifyConfiguration {
        var configuration = watched(for: seconds)
        configuration.checks = [
            CheckConfiguration(
                .query("up == 1", .nonEmpty, nil), failures: failures, interval: interval, forDuration: ownFor)
        ]
        return configuration
    }

    private func make(_ configuration: VerifyConfiguration?, settle: Duration = .zero) -> VerifyWindow {
        var evidence = Evidence(wasUp: true)
        evidence.runtime = RuntimeFacts(startTime: "a", lastConfigTime: "", reloadSucceeded: true)
        evidence.vitals = Vitals()
        return VerifyWindow(
            .init(
                configuration, settle: settle, readyTimeout: .seconds(60), reloadTimeout: .seconds(300),
                evidence: evidence),
            reloadedAt: at(0))
    }

    private func proved(_ seconds: Double, _ worsenings: [Worsening]?) -> Probe {
        Probe(
            at: at(seconds), readiness: .ready(startTime: "a"), parts: [.reloaded: .proved],
            comparison: worsenings.map { .made($0) } ?? .notMade)
    }

    private func silent(_ seconds: Double) -> Probe {
        Probe(
            at: at(seconds), readiness: .ready(startTime: "a"), parts: [.reloaded: .proved],
            comparison: .unanswered("no answer"))
    }

    private func answered(_ seconds: Double, _ result: Probe.CheckResult) -> Probe {
        Probe(
            at: at(seconds), readiness: .ready(startTime: "a"), parts: [.reloaded: .proved], checks: [result],
            comparison: .made([]))
    }

    private func worse(_ sign: ComparisonPolicy.Sign, _ subject: String, condemns: Bool = true) -> Worsening {
        Worsening(
            sign: sign, subject: subject, condemns: condemns,
            message: "\(sign.rawValue) of \"\(subject)\" is worse")
    }
}

extension VerifyWindow {
    fileprivate var isPassedAtOnce: Bool {
        var copy = self
        return copy.take(
            Probe(
                at: since + .seconds(1), readiness: .ready(startTime: "a"), parts: [.reloaded: .proved])
        ).isPassed
    }
}

extension VerifyWindow.Verdict {
    fileprivate var isPassed: Bool { if case .passed = self { true } else { false } }
    fileprivate var isWatching: Bool { if case .watching = self { true } else { false } }
    fileprivate var failure: Failure? { if case .failed(let failure) = self { failure } else { nil } }
}
