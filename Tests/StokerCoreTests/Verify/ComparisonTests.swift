import StokerCore
import Testing

/// Vital signs before and after a change: what is worse, and what condemns the change.
struct ComparisonTests {
    @Test func nothingIsWorseThanItself() {
        #expect(compare(Self.healthy, Self.healthy).isEmpty)
    }

    @Test func relabellingThatDropsEverythingCondemnsTheJobItTouches() throws {
        let now = Self.healthy.with { $0.targets["node"] = Vitals.Targets(active: 0, dropped: 10) }
        let found = compare(Self.healthy, now, jobs: .some(["node"]))
        let targets = try #require(found.first { $0.sign == .targets })
        #expect(targets.condemns)
        #expect(targets.message.contains("10"))
        #expect(found.contains { $0.sign == .droppedTargets && !$0.condemns })
        // A job that the change did not touch condemns nothing.
        #expect(compare(Self.healthy, now, jobs: .some(["other"])).allSatisfy { !$0.condemns })
    }

    @Test func aListThatWasEmptiedIsMeant() {
        let now = Self.healthy.with { $0.targets["node"] = Vitals.Targets(active: 0, dropped: 0) }
        let found = compare(Self.healthy, now, jobs: .all)
        #expect(found.map(\.sign) == [.targets])
        #expect(found.allSatisfy { !$0.condemns })
    }

    @Test func manyWarningsHideNothingThatCondemns() {
        var before = Self.healthy
        for index in 100..<150 { before.up["a\(index)"] = Vitals.Up(up: 1, total: 1) }
        var now = before
        for job in before.up.keys { now.up[job] = Vitals.Up(up: 0, total: 1) }
        let found = compare(before, now, jobs: .some(["self"]))
        #expect(found.filter(\.condemns).map(\.subject) == ["self"])
        #expect(found.count == 21)
    }

    @Test func anotherDiscoveryThatFindsNothingCondemns() {
        let now = Self.healthy.with { $0.targets["node"] = Vitals.Targets(active: 0, dropped: 0) }
        var scope = ChangeScope(jobs: .some(["node"]))
        scope.rediscoveredJobs = ["node"]
        let found = compare(Self.healthy, now, scope: scope)
        #expect(found.map(\.sign) == [.targets])
        #expect(found.allSatisfy { $0.condemns && $0.message.contains("its new discovery finds nothing") })
        #expect(compare(Self.healthy, Self.healthy, scope: scope).isEmpty)
    }

    @Test(arguments: [(0, 3, true), (1, 3, false), (0, 0, false)])
    func aNewJobThatDropsAllItFindsCondemns(_ active: Int, _ dropped: Int, _ condemns: Bool) {
        let now = Self.healthy.with { $0.targets["new"] = Vitals.Targets(active: active, dropped: dropped) }
        var scope = ChangeScope(jobs: .some(["new"]))
        #expect(compare(Self.healthy, now, scope: scope).isEmpty)
        scope.addedJobs = ["new"]
        #expect(compare(Self.healthy, now, scope: scope).map(\.condemns) == (condemns ? [true] : []))
        // Not new after all: another change, not settled yet, had added it.
        let before = Self.healthy.with { $0.targets["new"] = Vitals.Targets(active: 0, dropped: dropped) }
        #expect(compare(before, now, scope: scope).isEmpty)
        #expect(ChangeScope().union(scope).addedJobs == ["new"])
    }

    @Test func someTargetsFewerIsNothingByDefault() {
        let now = Self.healthy.with { $0.targets["node"] = Vitals.Targets(active: 3, dropped: 1) }
        #expect(compare(Self.healthy, now, jobs: .all).isEmpty)
        let strict = ComparisonPolicy([.targets: .init(.fail, .share(0.5))])
        #expect(compare(Self.healthy, now, strict, jobs: .all).map(\.condemns) == [true])
    }

    @Test(arguments: [(10, true), (5, true), (4, false), (1, false)])
    func upMustFallByHalf(_ down: Int, _ condemns: Bool) {
        let now = Self.healthy.with { $0.up["node"] = Vitals.Up(up: 10 - down, total: 10) }
        #expect(compare(Self.healthy, now, jobs: .all).contains { $0.sign == .up && $0.condemns } == condemns)
    }

    @Test func aJobThatWasDownBeforeCondemnsNothing() {
        let down = Self.healthy.with { $0.up["node"] = Vitals.Up(up: 0, total: 10) }
        #expect(compare(down, down, jobs: .all).isEmpty)
    }

    @Test func aRuleThatCannotBeEvaluatedCondemnsTheFileItStandsIn() {
        let now = Self.healthy.with { $0.brokenRules = ["/r/a.yml;g;Join": "many-to-many matching not allowed"] }
        let found = compare(Self.healthy, now, files: ["/r/a.yml"])
        #expect(found.map(\.condemns) == [true])
        #expect(found.first?.message.contains("many-to-many") == true)
        #expect(compare(Self.healthy, now, files: ["/r/b.yml"]).map(\.condemns) == [false])
        #expect(compare(now, now, files: ["/r/a.yml"]).isEmpty)
    }

    @Test func aStormOfTheChangedAlertsCondemns() {
        let now = Self.healthy.with { $0.firing = ["New": 150, "Old": 2] }
        let found = compare(Self.healthy, now, alerts: ["New"])
        #expect(found.map(\.condemns) == [true])
        #expect(found.first?.message.contains("New 150") == true)
        #expect(compare(Self.healthy, now, alerts: ["Other"]).map(\.condemns) == [false])
        let few = Self.healthy.with { $0.firing = ["New": 50, "Old": 2] }
        #expect(compare(Self.healthy, few, alerts: ["New"]).isEmpty)
    }

    @Test func allAlertmanagersLost() {
        let now = Self.healthy.with { $0.alertmanagers = 0 }
        #expect(compare(Self.healthy, now, alerting: true).map(\.condemns) == [true])
        #expect(compare(Self.healthy, now, alerting: false).map(\.condemns) == [false])
        #expect(compare(Self.healthy, Self.healthy.with { $0.alertmanagers = 1 }, alerting: true).isEmpty)
    }

    @Test func groupsOfOtherFilesThatVanishAreSaid() {
        let now = Self.healthy.with { $0.ruleGroups["/r/b.yml;h"] = nil }
        let found = compare(Self.healthy, now)
        #expect(found.map(\.sign) == [.ruleGroups])
        #expect(found.first?.message.contains("/r/b.yml") == true)
        #expect(compare(Self.healthy, now, removedGroups: ["/r/b.yml;h"]).isEmpty)
    }

    @Test func poolsThatVanishAreSaidUnlessTheyWereRemoved() {
        let now = Self.healthy.with { $0.targets["node"] = nil }
        #expect(compare(Self.healthy, now).map(\.sign) == [.scrapePools])
        #expect(compare(Self.healthy, now, removedJobs: ["node"]).isEmpty)
    }

    @Test func countersThatFailedBeforeSayNothing() {
        let failing = Self.healthy.with { $0.evaluationFailures["/r/a.yml;g"] = 7 }
        let more = Self.healthy.with { $0.evaluationFailures["/r/a.yml;g"] = 9 }
        #expect(compare(failing, more).isEmpty)
        #expect(compare(Self.healthy, failing).map(\.sign) == [.evaluationFailures])
    }

    @Test func aNewProcessCountsFromZero() {
        let before = Self.healthy.with { $0.notificationErrors = 5 }
        let now = Self.healthy.with { $0.notificationErrors = 3 }
        #expect(compare(before, now).isEmpty)
        #expect(compare(before, now, sameProcess: false).map(\.sign) == [.notificationErrors, .restarts])
    }

    @Test func aRestartThatWasAskedForIsNone() {
        let found = Comparison.worsenings(
            before: Self.healthy, now: Self.healthy, policy: ComparisonPolicy(), scope: ChangeScope(),
            sameProcess: false, restartExpected: true)
        #expect(found.isEmpty)
    }

    @Test func growthCountsFromAFloor() {
        let small = Self.healthy.with { $0.memory = 300e6 }
        #expect(compare(Self.healthy, small).isEmpty)
        let large = Self.healthy.with { $0.memory = 600e6 }
        #expect(compare(Self.healthy, large).map(\.sign) == [.memory])
        let series = Self.healthy.with { $0.series = 50_000 }
        #expect(compare(Self.healthy, series).map(\.sign) == [.series])
    }

    @Test func offIsOff() {
        let worst = Vitals().with {
            $0.targets["node"] = Vitals.Targets(active: 0, dropped: 9)
            $0.firing = ["New": 1000]
            $0.alertmanagers = 0
        }
        let off = ComparisonPolicy(
            Dictionary(
                uniqueKeysWithValues: ComparisonPolicy.Sign.allCases.map { ($0, .init(.off, .count(0))) }))
        #expect(!off.comparesAnything)
        #expect(compare(Self.healthy, worst, off, jobs: .all, alerts: ["New"], alerting: true).isEmpty)
    }

    @Test func whatWasOvertakenIsNoMeasure() throws {
        var first = Evidence(wasUp: true)
        first.vitals = Self.healthy
        first.scope = ChangeScope(jobs: .some(["node"]), alerts: ["A"])
        var second = Evidence(wasUp: true)
        second.vitals = Self.healthy.with { $0.targets["node"] = Vitals.Targets(active: 0, dropped: 10) }
        second.scope = ChangeScope(jobs: .some(["self"]), ruleFiles: ["/r/a.yml"])
        second.successTimestamp = "7"
        let both = second.compared(since: first)
        #expect(both.vitals == Self.healthy)
        #expect(both.successTimestamp == "7")
        #expect(
            both.scope == ChangeScope(jobs: .some(["node", "self"]), ruleFiles: ["/r/a.yml"], alerts: ["A"]))
        #expect(second.compared(since: nil) == second)
        #expect(second.compared(since: Evidence(wasUp: false)) == second)
        first.scope?.jobs = .all
        #expect(second.compared(since: first).scope?.jobs == .all)
    }

    // MARK: Parts

    private static let healthy = Vitals().with {
        $0.ruleGroups = ["/r/a.yml;g": 2, "/r/b.yml;h": 1]
        $0.targets = ["node": Vitals.Targets(active: 10, dropped: 0), "self": Vitals.Targets(active: 1, dropped: 0)]
        $0.up = ["node": Vitals.Up(up: 10, total: 10), "self": Vitals.Up(up: 1, total: 1)]
        $0.alertmanagers = 2
        $0.brokenRules = [:]
        $0.firing = ["Old": 2]
        $0.series = 10_000
        $0.memory = 200e6
    }

    private func compare(_ before: Vitals, _ now: Vitals, scope: ChangeScope) -> [Worsening] {
        Comparison.worsenings(before: before, now: now, policy: ComparisonPolicy(), scope: scope, sameProcess: true)
    }

    private func compare(
        _ before: Vitals, _ now: Vitals, _ policy: ComparisonPolicy = ComparisonPolicy(),
        jobs: ChangeScope.Jobs = .some([]), removedJobs: Set<String> = [], files: Set<String> = [],
        removedGroups: Set<String> = [], alerts: Set<String> = [], alerting: Bool = false, sameProcess: Bool = true
    ) -> [Worsening] {
        Comparison.worsenings(
            before: before, now: now, policy: policy,
            scope: ChangeScope(
                jobs: jobs, removedJobs: removedJobs, ruleFiles: files, removedGroups: removedGroups, alerts: alerts,
                alerting: alerting), sameProcess: sameProcess)
    }
}

extension Vitals {
    fileprivate func with(_ change: (inout Vitals) -> Void) -> Vitals {
        var copy = self
        change(&copy)
        return copy
    }
}
