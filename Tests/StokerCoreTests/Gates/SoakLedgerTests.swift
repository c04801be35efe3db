import Testing

@testable import StokerCore

/// What counts as time that a content has run verified.
@Suite struct SoakLedgerTests {
    private static func now(_ seconds: Int64) -> Now {
        Now(instant: Instant(seconds: seconds), wall: WallTime(milliseconds: seconds * 1000))
    }

    private static func goal(_ content: String, _ commit: String? = nil) -> Goal {
        Goal(revision: GateScene.revision(commit ?? content), content: ContentID(content))
    }

    private func soaked(_ ledger: SoakLedger, _ content: String, at seconds: Int64) -> Duration? {
        ledger.soaked(ContentID(content), at: Self.now(seconds).instant)
    }

    @Test func intervalsAddUpHoweverOftenItIsSaid() {
        var ledger = SoakLedger()
        #expect(soaked(ledger, "a", at: 0) == nil)
        for second in stride(from: 1000, through: 1100, by: 10) {
            ledger.runs(Self.goal("a"), at: Self.now(Int64(second)))
        }
        #expect(soaked(ledger, "a", at: 1100) == .seconds(100))
        ledger.runs(Self.goal("b"), at: Self.now(1100))
        #expect(ledger.runningContent == ContentID("b"))
        #expect(soaked(ledger, "a", at: 1150) == .seconds(100) && soaked(ledger, "b", at: 1150) == .seconds(50))
        ledger.runs(Self.goal("a"), at: Self.now(1200))
        #expect(soaked(ledger, "a", at: 1260) == .seconds(160) && soaked(ledger, "b", at: 1260) == .seconds(100))
        ledger.stop(at: Self.now(1300).instant)
        ledger.stop(at: Self.now(1400).instant)
        #expect(soaked(ledger, "a", at: 5000) == .seconds(200))
        #expect(ledger.runningContent == nil && ledger.entries.map(\.content.rawValue) == ["a", "b"])
        // It was verified when it was first.
        #expect(ledger.entries.map(\.verifiedAt) == [Self.now(1000).wall, Self.now(1100).wall])
    }

    @Test func anInterruptionCostsWhatNobodySaw() {
        var ledger = SoakLedger()
        ledger.runs(Self.goal("a"), at: Self.now(100))
        ledger.sees(Self.now(140).instant)
        #expect(ledger.lastSeen == Self.now(140).instant)
        ledger.interrupt()
        #expect(soaked(ledger, "a", at: 900) == .seconds(40) && ledger.lastSeen == nil)
        ledger.runs(Self.goal("a"), at: Self.now(900))
        ledger.interrupt()
        ledger.interrupt()
        #expect(soaked(ledger, "a", at: 2000) == .seconds(40))
    }

    @Test func anEarlierReadingOfTheClockTakesNothingAway() {
        var ledger = SoakLedger()
        ledger.runs(Self.goal("a"), at: Self.now(100))
        ledger.stop(at: Self.now(150).instant)
        ledger.runs(Self.goal("a"), at: Self.now(200))
        #expect(soaked(ledger, "a", at: 10) == .seconds(50))
        ledger.stop(at: Self.now(10).instant)
        #expect(soaked(ledger, "a", at: 300) == .seconds(50))
    }

    // MARK: Revoked

    @Test func aPersonsWordStandsUntilItIsVerifiedAnew() {
        var ledger = SoakLedger()
        ledger.runs(Self.goal("a"), at: Self.now(0))
        ledger.revoke(ContentID("a"), because: "rolled back", byPerson: true)
        #expect(ledger.runningContent == nil && soaked(ledger, "a", at: 10) == nil)
        #expect(ledger.entries.map(\.revoked) == ["rolled back"])
        // It runs on, or again, and something else does not while it does.
        ledger.runs(Self.goal("b"), at: Self.now(10))
        ledger.runs(Self.goal("a"), at: Self.now(20))
        #expect(ledger.runningContent == nil && soaked(ledger, "a", at: 30) == nil)
        #expect(soaked(ledger, "b", at: 30) == .seconds(10))
        ledger.runs(Self.goal("a"), at: Self.now(40), anew: true)
        #expect(soaked(ledger, "a", at: 45) == .seconds(5))
        ledger.runs(Self.goal("a"), at: Self.now(50))
        #expect(soaked(ledger, "a", at: 60) == .seconds(20) && ledger.entries.first?.revoked == nil)
        #expect(ledger.entries.first?.verifiedAt == Self.now(40).wall)
    }

    @Test func whatWasWorseBeginsAnewAsSoonAsItIsWell() {
        var ledger = SoakLedger()
        ledger.runs(Self.goal("a", "one"), at: Self.now(0))
        ledger.runs(Self.goal("a", "two"), at: Self.now(50))
        ledger.revoke(ContentID("a"), because: "degraded", byPerson: false)
        #expect(soaked(ledger, "a", at: 100) == nil && ledger.runningContent == nil)
        ledger.runs(Self.goal("a", "two"), at: Self.now(200))
        #expect(soaked(ledger, "a", at: 230) == .seconds(30))
        // Also from when a revision was taken: what ran before does not count for it any more.
        #expect(ledger.entries.first?.takings.map(\.soaked) == [.zero])
        #expect(ledger.entries.first?.verifiedAt == Self.now(200).wall)
    }

    @Test func aPersonsWordIsNotOverwritten() {
        var ledger = SoakLedger()
        ledger.runs(Self.goal("a"), at: Self.now(0))
        ledger.revoke(ContentID("a"), because: "rolled back", byPerson: true)
        ledger.revoke(ContentID("a"), because: "degraded", byPerson: false)
        ledger.runs(Self.goal("a"), at: Self.now(10))
        #expect(soaked(ledger, "a", at: 20) == nil && ledger.entries.map(\.revoked) == ["rolled back"])
    }

    @Test func revokingOneLeavesTheOthers() {
        var ledger = SoakLedger()
        ledger.runs(Self.goal("a"), at: Self.now(0))
        ledger.runs(Self.goal("b"), at: Self.now(10))
        ledger.revoke(ContentID("a"), because: "no", byPerson: true)
        ledger.revoke(ContentID("unknown"), because: "no", byPerson: true)
        #expect(soaked(ledger, "b", at: 30) == .seconds(20) && ledger.entries.count == 2)
    }

    // MARK: Bounds

    @Test func theOldestContentsAreForgotten() {
        var ledger = SoakLedger()
        for number in 0..<50 { ledger.runs(Self.goal("c\(number)"), at: Self.now(Int64(number))) }
        #expect(ledger.entries.count == 50 && soaked(ledger, "c0", at: 100) == .seconds(1))
        // What runs again is not among the oldest.
        ledger.runs(Self.goal("c0"), at: Self.now(100))
        ledger.runs(Self.goal("c50"), at: Self.now(101))
        #expect(ledger.entries.count == 50)
        #expect(soaked(ledger, "c1", at: 200) == nil)
        #expect(soaked(ledger, "c0", at: 200) == .seconds(2) && soaked(ledger, "c2", at: 200) != nil)
    }

    @Test func takingsAreNewestFirstOfEachRevisionOneAndNoMoreThanTwenty() {
        var ledger = SoakLedger()
        for number in 0..<21 { ledger.runs(Self.goal("a", "r\(number)"), at: Self.now(Int64(number * 10))) }
        let takings = ledger.entries[0].takings
        #expect(takings.map(\.revision) == (1...20).reversed().map { GateScene.revision("r\($0)") })
        #expect(takings.first?.soaked == .seconds(200) && takings.first?.at == Self.now(200).wall)
        ledger.runs(Self.goal("a", "r5"), at: Self.now(300))
        let again = ledger.entries[0].takings
        #expect(again.count == 20 && again.first?.revision == GateScene.revision("r5"))
        #expect(again.first?.soaked == .seconds(300))
        #expect(again.filter { $0.revision == GateScene.revision("r5") }.count == 1)
        // The content ran through all of it.
        #expect(soaked(ledger, "a", at: 310) == .seconds(310))
    }

    // MARK: Told to others

    @Test func anotherBootEndsWhatRan() {
        var record = EnvironmentRecord(bootID: "boot")
        var ledger = SoakLedger()
        ledger.runs(Self.goal("a"), at: Self.now(1000))
        ledger.sees(Self.now(1030).instant)
        record.soak = ledger
        func soaked(_ boot: String, _ seconds: Int64) -> Duration? {
            record.standing(of: "x", seenAt: Self.now(seconds).instant, boot: boot).verified(ContentID("a"))?.soaked
        }
        #expect(soaked("boot", 1100) == .seconds(100))
        #expect(soaked("other", 1100) == .seconds(30))
        #expect(soaked("other", 9_000_000) == .seconds(30))
    }

    @Test func aPersonsWordCountsBeforeTheEnvironmentHasHeardIt() {
        var record = EnvironmentRecord(bootID: "boot")
        record.live = Self.goal("a")
        var ledger = SoakLedger()
        ledger.runs(Self.goal("a"), at: Self.now(1000))
        record.soak = ledger
        func standing(_ kind: OperatorRequest.Kind) -> UpstreamStanding {
            let request = OperatorRequest(id: 1, kind: kind, actor: "ada", at: Self.now(1010).wall)
            return record.standing(of: "x", seenAt: Self.now(1100).instant, boot: "boot", requests: [request])
        }
        #expect(standing(.freeze(reason: "", until: nil)).verified(ContentID("a")) != nil)
        let back = standing(.rollback(to: Self.goal("b")))
        #expect(back.verified.isEmpty && back.revoked == [ContentID("a"): "it was rolled back by ada"])
        #expect(standing(.rollback(to: Self.goal("a"))).verified(ContentID("a")) != nil)
        let refused = standing(.reject(GateScene.revision("a"), ContentID("a"), reason: "no"))
        #expect(refused.verified.isEmpty && refused.revoked == [ContentID("a"): "it was rejected by ada"])
        #expect(refused.rejected == [ContentID("a"): "no"])
    }

    @Test func whatIsFoundGoneCountsUntilItWasSeenLast() throws {
        let world = try PolicyTests.verified(ScriptedWorld())
        func soaked() -> Duration? { world.loop.record.soak?.soaked(ContentID("good-1"), at: world.now) }
        let begin = try #require(soaked())
        world.pass(.seconds(60))
        world.turn()
        world.pass(.seconds(600))
        world.processes["prometheus"]?.up = false
        world.turn()
        #expect(soaked() == begin + .seconds(60))
        world.pass(.seconds(600))
        world.turn()
        #expect(soaked() == begin + .seconds(60))
    }

    @Test func whatAPersonTakesBackOrRefusesHasNotSoaked() throws {
        let world = try PolicyTests.verified(ScriptedWorld())
        world.push("good-2")
        try #require(world.settle())
        world.ask(.rollback(to: nil))
        try #require(world.settle())
        #expect(world.disk == ["prometheus": "good-1"])
        func revoked(_ content: ContentID) -> String? {
            world.loop.record.soak?.entries.first { $0.content == content }?.revoked
        }
        #expect(revoked(ContentID("good-2")) == "it was rolled back by ann" && revoked(ContentID("good-1")) == nil)
        world.ask(.reject(GateScene.revision("x"), ContentID("good-1"), reason: "no"))
        world.turn()
        #expect(revoked(ContentID("good-1")) == "rejected by ann: no")
    }

    @Test func anEditedDiskSoaksNothing() throws {
        let world = try PolicyTests.verified(ScriptedWorld())
        func soaked() -> Duration? { world.loop.record.soak?.soaked(ContentID("good-1"), at: world.now) }
        world.pass(.seconds(60))
        world.turn()
        let before = try #require(soaked())
        world.pass(.seconds(60))
        world.edited["prometheus"] = ["prometheus.yml": "edited"]
        world.turn()
        world.pass(.seconds(600))
        world.turn()
        #expect(soaked() == before)
        world.edited = [:]
        world.turn()
        world.pass(.seconds(60))
        #expect(try #require(soaked()) == before + .seconds(60))
    }

    @Test func whatIsServedNoMoreIsNotVerifiedAnyMore() throws {
        let world = try PolicyTests.verified(ScriptedWorld())
        func standing() -> UpstreamStanding {
            world.loop.record.standing(of: "staging", seenAt: world.now, boot: world.bootID)
        }
        try #require(standing().verified(ContentID("good-1")) != nil)
        world.processes["prometheus"]?.serves = "something"
        world.processes["prometheus"]?.configured += 1
        for _ in 0..<20 {
            world.turn()
            world.pass(.seconds(30))
        }
        #expect(standing().verified(ContentID("good-1")) == nil)
        #expect(standing().revoked[ContentID("good-1")]?.hasPrefix("it is degraded since: ") == true)
    }

    @Test func whatIsTakenBackLaterIsNotVerifiedAnyMore() throws {
        let world = try PolicyTests.verified(ScriptedWorld(checks: true))
        world.push("good-2")
        try #require(world.settle())
        func standing() -> UpstreamStanding {
            world.loop.record.standing(of: "staging", seenAt: world.now, boot: world.bootID)
        }
        try #require(standing().verified(ContentID("good-1")) != nil)
        // The same content again, which is not good any more.
        world.dies = { effect in
            if case .act(.reload) = effect { world.outage = true }
            return false
        }
        world.push("good-1")
        for _ in 0..<100 where world.status.outcome != "rolled_back" {
            world.turn()
            world.pass(.seconds(2))
        }
        try #require(world.status.outcome == "rolled_back")
        #expect(standing().verified(ContentID("good-1")) == nil)
        #expect(standing().revoked[ContentID("good-1")] == "the check up == 1 fails since the change")
        #expect(standing().rejected[ContentID("good-1")] != nil)
    }

    @Test("what goes live once more counts again when that is verified, whenever Stoker dies")
    func whatIsTriedAnewIsInDoubt() throws {
        let world = try PolicyTests.verified(ScriptedWorld())
        let content = ContentID("good-1")
        func standing() -> UpstreamStanding {
            world.loop.record.standing(of: "staging", seenAt: world.now, boot: world.bootID)
        }
        world.pass(.seconds(60))
        world.push("good-2")
        try #require(world.settle())
        let soaked = try #require(standing().verified(content)).soaked
        #expect(soaked > .seconds(60))
        world.push("good-1")
        world.dies = { effect in
            if case .act(.reload) = effect { return true }
            return false
        }
        world.turn()
        world.dies = { _ in false }
        world.restart()
        #expect(standing().verified(content) == nil)
        #expect(standing().revoked[content] == "it went live there once more and was not verified since")
        try #require(world.settle())
        #expect(try #require(standing().verified(content)).soaked >= soaked)
    }

    @Test(arguments: [(Int64(6), true), (7, false)]) func whatCouldNotBeWrittenIsInNoDoubt(
        _ attempt: Int64, _ counts: Bool
    ) {
        var scene = GateScene()
        scene.run("b")
        var ledger = SoakLedger()
        ledger.runs(Self.goal("a"), at: Self.now(0))
        ledger.runs(Self.goal("b"), at: Self.now(100))
        ledger.doubt(ContentID("a"), by: attempt, at: Self.now(200).instant)
        // It was in doubt before this attempt.
        ledger.doubt(ContentID("a"), by: 6, at: Self.now(200).instant)
        scene.record.soak = ledger
        var running = Attempt(
            id: 6, goal: GateScene.goal("a"), trigger: .poll, startedAt: GateScene.ago(0), hasRollbackTarget: true)
        running.phase = .publishing("p")
        scene.record.attempt = running
        var loop = EnvironmentLoop(configuration: scene.configuration, onRewrite: .hold, record: scene.record)
        loop.absorb(Report.takenBack("p", Failure(.deployFailed, .environmental, "p: not permitted")))
        #expect((loop.record.soak?.soaked(ContentID("a"), at: Self.now(300).instant) != nil) == counts)
    }

    @Test func timeWithoutStokerCountsNoLongerThanBetweenTwoLooks() throws {
        let world = try PolicyTests.verified(ScriptedWorld())
        world.downstreams = [DownstreamWish(name: "production", soak: .seconds(6000), wants: true)]
        func soaked() -> Duration? { world.loop.record.soak?.soaked(ContentID("good-1"), at: world.now) }
        world.pass(.seconds(60))
        world.turn()
        let begin = try #require(soaked())
        world.restart()
        world.pass(.seconds(100))
        world.turn()
        #expect(try #require(soaked()) == begin + .seconds(100))
        world.restart()
        world.pass(.seconds(130))
        world.turn()
        #expect(try #require(soaked()) == begin + .seconds(100))
        world.pass(.seconds(60))
        world.turn()
        #expect(try #require(soaked()) == begin + .seconds(160))
    }

    @Test func aRepairPutsNothingInDoubt() throws {
        let world = try PolicyTests.verified(ScriptedWorld(drift: .correct))
        world.edited["prometheus"] = ["prometheus.yml": "edited"]
        var isPublished = false
        world.dies = { effect in
            if case .act(.reload) = effect { isPublished = true }
            return isPublished
        }
        world.turn()
        try #require(isPublished)
        let standing = world.loop.record.standing(of: "staging", seenAt: world.now, boot: world.bootID)
        #expect(standing.verified(ContentID("good-1")) != nil)
    }

    @Test func aProcessThatIsDownIsToldToOthers() throws {
        let world = try PolicyTests.verified(ScriptedWorld())
        #expect(world.loop.record.away == nil)
        world.processes["prometheus"]?.up = false
        world.turn()
        #expect(world.loop.record.away?.message.contains("connection refused") == true)
        world.restartProcess("prometheus")
        try #require(world.settle())
        #expect(world.loop.record.away == nil)
    }
}
