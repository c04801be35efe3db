import Testing

@testable import StokerCore

/// Each gate by itself, at its edges, and the order in which they hold.
@Suite struct GatekeeperTests {
    private static let contender = GateScene.contender("new")

    private func standings(
        _ scene: GateScene, _ reason: Reason, _ contender: Contender = Self.contender
    ) -> [GateStanding] {
        scene.keeper.standings(of: contender).filter { $0.reason == reason }
    }

    private func later(_ milliseconds: Int64) -> WallTime {
        WallTime(milliseconds: GateScene.now.wall.milliseconds + milliseconds)
    }

    private func breakGlass(for content: String = "new", breakGlass: Bool = true) -> Promotion {
        Promotion(
            goal: GateScene.goal(content), actor: "ada", reason: "outage", at: GateScene.now.wall,
            breakGlass: breakGlass)
    }

    // MARK: Freeze

    @Test func aFreezeHoldsUntilAPersonOrItsEnd() {
        var scene = GateScene()
        scene.verify("new")
        #expect(standings(scene, .frozen) == [GateStanding(.frozen, isOpen: true, "not frozen")])
        scene.record.freeze = .init(reason: "sale", actor: "ada", until: nil)
        #expect(
            standings(scene, .frozen) == [
                GateStanding(
                    .frozen, isOpen: false, "frozen by ada: sale", waitsFor: "`stoker unfreeze production`")
            ])
        scene.record.freeze = .init(reason: "sale", actor: "ada", until: later(90_000))
        #expect(
            standings(scene, .frozen) == [
                GateStanding(
                    .frozen, isOpen: false, "frozen by ada: sale; 1m30s left", lasting: "frozen by ada: sale",
                    opensIn: .seconds(90))
            ])
        // Not even breaking the glass passes it.
        scene.record.promotion = breakGlass()
        #expect(scene.keeper.hold(of: Self.contender)?.reason == .frozen)
    }

    @Test(arguments: [(1, false), (0, true), (-1, true), (-86_400_000, true)] as [(Int64, Bool)])
    func aFreezeEndsAtItsMoment(_ left: Int64, _ isOpen: Bool) {
        var scene = GateScene()
        scene.verify("new")
        scene.record.freeze = .init(reason: "sale", actor: "ada", until: later(left))
        #expect(standings(scene, .frozen).map(\.isOpen) == [isOpen])
        #expect((scene.keeper.hold(of: Self.contender) == nil) == isOpen)
        // So does a suspension: `why` may read it before the next turn takes it out of the record.
        scene.record.freeze = nil
        scene.record.suspension = .init(reason: "maintenance", actor: "ada", until: later(left))
        #expect((scene.explain().state == .ready) == isOpen)
    }

    // MARK: Checks

    @Test(
        arguments: [
            ([.pass], true, "the check up passes"), ([.fail], false, "the check up fails"),
            ([.inconclusive], false, "the check up has no answer"),
            ([.notAsked], false, "the check up is asked when all else is open"),
            ([], false, "the check up is asked when all else is open"),
            (nil, false, "the check up is asked when all else is open"),
        ] as [([Probe.CheckResult]?, Bool, String)])
    func aCheckIsPassedByAPassAlone(_ answers: [Probe.CheckResult]?, _ isOpen: Bool, _ message: String) {
        var scene = GateScene()
        scene.verify("new")
        scene.gates.checks = [CheckConfiguration(expr: "up", passWhen: .empty)]
        scene.checks = answers
        let gate = GateStanding(.gateCheckFailed, isOpen: isOpen, message, waitsFor: isOpen ? nil : "up")
        #expect(standings(scene, .gateCheckFailed) == [gate])
        #expect(scene.keeper.hold(of: Self.contender) == (isOpen ? nil : gate))
        // Breaking the glass skips no check.
        scene.record.promotion = breakGlass()
        #expect((scene.keeper.hold(of: Self.contender) == nil) == isOpen)
    }

    @Test func eachCheckHasItsOwnAnswer() {
        var scene = GateScene()
        scene.verify("new")
        scene.gates.checks = ["a", "b", "c"].map { CheckConfiguration(expr: $0, passWhen: .empty) }
        scene.checks = [.pass, .inconclusive, .fail]
        #expect(standings(scene, .gateCheckFailed).map(\.isOpen) == [true, false, false])
        #expect(scene.keeper.hold(of: Self.contender)?.waitsFor == "b")
        scene.checks = [.pass, .pass, .fail]
        #expect(scene.keeper.hold(of: Self.contender)?.waitsFor == "c")
    }

    // MARK: Windows

    @Test(
        arguments: [
            // Tuesday, 22:13:20.
            ([2], [], true, "the window is open for another 1h46m40s", nil),
            ([3], [], false, "the window is closed for another 1h46m40s", 6400),
            ([], [2], false, "the window is closed for another 1h46m40s", 6400),
            ([], [3], true, "the window is open for another 1h46m40s", nil),
            ([2, 3], [2], false, "the window is closed for another 1h46m40s", 6400),
            ([2], [2], false, "no window opens within ten years", nil),
        ] as [([Int], [Int], Bool, String, Int64?)])
    func windowsAndBlackouts(
        _ open: [Int], _ closed: [Int], _ isOpen: Bool, _ message: String, _ seconds: Int64?
    ) {
        var scene = GateScene()
        scene.verify("new")
        scene.gates.windows = open.map { CalendarInterval(weekdays: [.init($0, $0)]) }
        scene.gates.blackouts = closed.map { CalendarInterval(weekdays: [.init($0, $0)]) }
        let gate = standings(scene, .outsideWindow)
        #expect(gate.map(\.isOpen) == [isOpen] && gate.map(\.message) == [message])
        #expect(gate.map(\.opensIn) == [seconds.map { Duration.seconds($0) }])
        #expect(gate.map(\.waitsFor) == [isOpen || seconds != nil ? nil : "stoker.yml"])
        scene.record.promotion = breakGlass()
        let skipped = "the closed window is skipped: ada broke the glass: outage"
        #expect(standings(scene, .outsideWindow).map(\.message) == [isOpen ? message : skipped])
        #expect(scene.keeper.hold(of: Self.contender) == nil)
        // Only for what it was broken for.
        for promotion in [breakGlass(for: "old"), breakGlass(breakGlass: false)] {
            scene.record.promotion = promotion
            #expect(standings(scene, .outsideWindow) == gate)
        }
    }

    @Test func withoutWindowsThereIsNoSuchGate() {
        var scene = GateScene()
        scene.verify("new")
        #expect(scene.keeper.standings(of: Self.contender).map(\.reason) == [.frozen, .waitingForUpstream])
    }

    // MARK: Order

    @Test func checksThatWereNotAskedComeAfterAllElse() {
        var scene = GateScene()
        scene.verify("new", soaked: .seconds(60))
        scene.gates = GateConfiguration(
            approval: ApprovalPolicy(), checks: [CheckConfiguration(expr: "up", passWhen: .empty)])
        func hold() -> Reason? { scene.keeper.hold(of: Self.contender)?.reason }
        #expect(hold() == .approvalRequired)
        scene.checks = [.inconclusive]
        #expect(hold() == .gateCheckFailed)
        scene.checks = nil
        scene.record.approvals = [
            Approval(content: ContentID("new"), actor: "ada", reason: "", at: GateScene.now.wall)
        ]
        #expect(hold() == .gateCheckFailed)
        scene.checks = [.pass]
        #expect(hold() == nil)
    }

    @Test func theFirstThatHoldsIsSaidAndTheOrderIsAlwaysTheSame() {
        var scene = GateScene()
        scene.verify("new", soaked: .seconds(10))
        let verified = scene.upstreams
        scene.upstreams = []
        scene.record.freeze = .init(reason: "sale", actor: "ada", until: nil)
        scene.gates = GateConfiguration(
            soak: .seconds(60), approval: ApprovalPolicy(), windows: [CalendarInterval(weekdays: [.init(3, 3)])],
            checks: [CheckConfiguration(expr: "up", passWhen: .empty)])
        scene.checks = [.fail]
        func hold() -> Reason? { scene.keeper.hold(of: Self.contender)?.reason }
        func closed() -> [Reason] {
            scene.keeper.standings(of: Self.contender).filter { !$0.isOpen }.map(\.reason)
        }
        let order: [Reason] = [
            .frozen, .waitingForUpstream, .soaking, .gateCheckFailed, .approvalRequired, .outsideWindow,
        ]
        // What is not verified has no soak to measure.
        #expect(hold() == .frozen && closed() == order.filter { $0 != .soaking })
        scene.record.freeze = nil
        #expect(hold() == .waitingForUpstream)
        scene.upstreams = verified
        #expect(hold() == .soaking && closed() == Array(order.dropFirst(2)))
        scene.verify("new", soaked: .seconds(60))
        #expect(hold() == .gateCheckFailed && closed() == Array(order.dropFirst(3)))
        scene.checks = [.pass]
        #expect(hold() == .approvalRequired && closed() == Array(order.dropFirst(4)))
        scene.record.approvals = [
            Approval(content: ContentID("new"), actor: "ada", reason: "", at: GateScene.now.wall)
        ]
        #expect(hold() == .outsideWindow && closed() == Array(order.dropFirst(5)))
        scene.gates.windows = [CalendarInterval(weekdays: [.init(2, 2)])]
        #expect(hold() == nil && closed().isEmpty)
        #expect(scene.keeper.standings(of: Self.contender).map(\.reason) == order)
    }
}
