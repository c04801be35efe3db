import Testing

@testable import StokerCore

/// Whose word counts, for what and for how long.
@Suite struct ApprovalTests {
    private static let week: Int64 = 7 * 86_400

    private func word(
        _ actor: String, _ content: String = "new", ago seconds: Int64 = 60, reason: String = ""
    ) -> Approval {
        Approval(content: ContentID(content), actor: actor, reason: reason, at: GateScene.ago(seconds))
    }

    private func gate(
        _ words: [Approval], count: Int = 1, approvers: [String] = [], expires: Duration? = nil
    ) -> GateStanding? {
        var scene = GateScene()
        scene.verify("new")
        scene.gates.approval = ApprovalPolicy(
            approvers: approvers, count: count, expires: expires ?? .seconds(Self.week))
        scene.record.approvals = words
        return scene.keeper.standings(of: GateScene.contender("new")).first { $0.reason == .approvalRequired }
    }

    @Test func nobodyHasSpokenYet() {
        #expect(
            gate([], count: 2, approvers: ["ada", "grace"])
                == GateStanding(
                    .approvalRequired, isOpen: false,
                    "0 of 2 approvals: `stoker approve production main@sha1:new` by ada, grace",
                    waitsFor: "ada, grace"))
        #expect(gate([])?.waitsFor == "anybody")
    }

    @Test func differentPeopleAreCountedOnceEach() {
        #expect(gate([word("ada")], count: 2)?.isOpen == false)
        #expect(
            gate([word("ada", reason: "fine")], count: 2)?.message.hasPrefix(
                "1 of 2 approvals, so far by ada (fine): ") == true)
        #expect(gate([word("ada"), word("ada", ago: 30), word("ada", ago: 0)], count: 2)?.isOpen == false)
        let both = gate([word("ada", reason: "fine"), word("ada"), word("grace", ago: 20)], count: 2)
        #expect(both?.isOpen == true && both?.message == "approved by ada (fine), grace")
        #expect(both?.since == GateScene.ago(20))
        #expect(gate([word("ada"), word("grace"), word("alan")], count: 2)?.isOpen == true)
    }

    @Test func whoHasSpokenIsNotWaitedFor() {
        let one = gate([word("root")], count: 2, approvers: ["root", "daemon"])
        #expect(one?.isOpen == false && one?.waitsFor == "daemon")
        #expect(
            one?.message
                == "1 of 2 approvals, so far by root: `stoker approve production main@sha1:new` by daemon")
        #expect(gate([word("ada")], count: 2, approvers: ["ada", "grace", "alan"])?.waitsFor == "grace, alan")
        // A word that counts no more must be given again.
        #expect(gate([word("ada", ago: 604_800)], approvers: ["ada"])?.waitsFor == "ada")
        #expect(gate([word("ada")], count: 2)?.waitsFor == "anybody else")
    }

    @Test func onlyApproversAndOnlyForThisContent() {
        #expect(gate([word("mallory")], approvers: ["ada"])?.isOpen == false)
        #expect(gate([word("mallory"), word("ada")], approvers: ["ada"])?.message == "approved by ada")
        #expect(gate([word("ada", "old")])?.isOpen == false)
        #expect(gate([word("ada", "old"), word("grace")], count: 2)?.isOpen == false)
    }

    @Test(
        arguments: [
            (0, true), (604_799, true), (604_800, false), (604_801, false),
            // The clock was set back since: the word is not lost.
            (-1, true), (-6_048_000, true),
        ] as [(Int64, Bool)])
    func aWordExpiresAtItsMoment(_ ago: Int64, _ isOpen: Bool) {
        #expect(gate([word("ada", ago: ago)])?.isOpen == isOpen)
    }

    @Test func aFreshWordMakesUpForAnExpiredOneOfTheSamePerson() {
        #expect(gate([word("ada", ago: Self.week), word("ada", ago: 1)])?.isOpen == true)
        #expect(gate([word("ada", ago: 61)], expires: .seconds(60))?.isOpen == false)
    }

    // MARK: Not exercised

    private func held(
        _ unexercised: [String], _ rule: GateConfiguration.Unexercised, approval: ApprovalPolicy? = nil,
        words: [Approval] = []
    ) -> [GateStanding] {
        var scene = GateScene()
        scene.verify("new")
        scene.gates = GateConfiguration(
            approval: approval, unexercised: rule, unexercisedApproval: ApprovalPolicy(approvers: ["grace"]))
        scene.record.approvals = words
        return scene.keeper.standings(of: GateScene.contender("new", unexercised: unexercised))
            .filter { $0.reason == .approvalRequired }
    }

    @Test func whatWasNotExercisedNeedsAWordWhereItIsHeld() {
        #expect(held(["a", "b"], .report).isEmpty)
        #expect(held([], .hold).isEmpty)
        let gate = held(["a", "b"], .hold)
        #expect(gate.map(\.isOpen) == [false] && gate.map(\.waitsFor) == ["grace"])
        #expect(gate.first?.message.hasPrefix("2 files were not exercised upstream; 0 of 1 approvals: ") == true)
        #expect(held(["a"], .hold, words: [word("ada")]).map(\.isOpen) == [false])
        #expect(held(["a"], .hold, words: [word("grace")]).map(\.isOpen) == [true])
        // Where somebody is asked anyway, that is enough.
        let asked = held(["a"], .hold, approval: ApprovalPolicy(approvers: ["ada"]), words: [word("grace")])
        #expect(asked.map(\.waitsFor) == ["ada"])
        #expect(asked.first?.message.hasPrefix("0 of 1 approvals: ") == true)
    }
}
