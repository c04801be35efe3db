import StokerCore
import Testing

/// Pre-emption, people's requests, history, drift and the journal.
@Suite("Policies: who goes first")
struct PreemptionTests {
    /// Turns until the attempt is being verified.
    private func verifying(_ world: ScriptedWorld) throws {
        for _ in 0..<10 where world.status.phase != "verifying" { world.turn() }
        try #require(world.status.phase == "verifying")
    }

    @Test("Pre-emption: a healthy countdown finishes, then the newest is taken")
    func healthyCountdown() throws {
        let world = try PolicyTests.verified(ScriptedWorld(checks: true))
        world.push("good-2")
        try verifying(world)
        world.push("good-3")
        try #require(world.settle())
        let outcomes = world.histories.sorted { $0.key < $1.key }.map { $0.value.outcome?.word }
        #expect(outcomes == ["verified", "verified", "verified"])
        #expect(world.disk["prometheus"] == "good-3")
    }

    @Test("Pre-emption: a failing countdown gives way; what the first broke does not excuse the second")
    func shakyCountdown() throws {
        let world = try PolicyTests.verified(ScriptedWorld(checks: true))
        world.push("harmful-2")
        try verifying(world)
        world.push("harmful-3")
        try #require(world.settle())
        #expect(world.histories.values.contains { $0.outcome?.word == "superseded" })
        #expect(world.disk["prometheus"] == "good-1")
        #expect(world.status.reason == .checkFailed)
    }

    @Test("What was taken back shortly before still shows in the metrics: it condemns no other change")
    func staleAfterRollback() throws {
        let world = try PolicyTests.verified(ScriptedWorld(checks: true))
        world.push("drops-2")
        for _ in 0..<200 {
            let rest = try #require(world.turn())
            if world.status.outcome == "rolled_back" { break }
            world.pass(rest.until.map { max($0 - world.now, .milliseconds(1)) } ?? .seconds(1))
        }
        try #require(world.disk["prometheus"] == "good-1")
        try #require(world.now < world.staleUntil)
        world.push("good-3")
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "good-3")
        #expect(world.histories.values.filter { $0.outcome?.word == "rolled_back" }.count == 1)
    }

    @Test("Pre-emption: what was superseded is judged after all when nothing comes of its successor")
    func supersededByBad() throws {
        let world = try PolicyTests.verified(ScriptedWorld(checks: true))
        world.push("harmful-2")
        try verifying(world)
        world.push("invalid-3")
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "good-1")
        #expect(world.intents.isEmpty)
        #expect(world.status.sync == .outOfSync)
        // A hold is no reason to leave it live either.
        world.push("harmful-4")
        try verifying(world)
        world.push("missing-5")
        for _ in 0..<40 {
            world.turn()
            world.pass(.seconds(10))
        }
        #expect(world.disk["prometheus"] == "good-1")
        #expect(world.status.reason == .missingFile)
    }

    @Test("Pre-emption: a commit or a suspension that comes during validation still counts")
    func duringValidation() throws {
        let world = try PolicyTests.verified()
        world.dies = { effect in
            if case .act(.validate(let goal)) = effect, goal.content == "good-2" { world.push("good-3") }
            return false
        }
        world.push("good-2")
        try #require(world.settle())
        #expect(!world.acts.contains("publish prometheus good-2"))
        #expect(world.disk["prometheus"] == "good-3")
        world.dies = { effect in
            if case .act(.validate(let goal)) = effect, goal.content == "good-4" {
                world.ask(.suspend(reason: "wait", until: nil))
            }
            return false
        }
        world.push("good-4")
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "good-3")
        #expect(world.status.reason == .suspended)
        #expect(world.exitCode == 4)
        world.acts = []
        world.ask(.resume)
        world.dies = { _ in false }
        try #require(world.settle())
        #expect(world.acts.first == "validate good-4")
        #expect(world.disk["prometheus"] == "good-4")
    }

    @Test("Failure classes: the world in the way is tried for ever, capped; content is stopped and remembered")
    func environmental() throws {
        let world = try PolicyTests.verified()
        world.diskIsFull = true
        world.push("good-2")
        var waits: [Duration] = []
        for _ in 0..<12 {
            let rest = try #require(world.turn())
            #expect(world.exitCode == 1)
            waits.append(try #require(rest.until) - world.now)
            world.pass(waits[waits.count - 1])
        }
        #expect(waits.allSatisfy { $0 <= .seconds(60) })
        #expect(waits[0] < .seconds(3) && waits[11] > .seconds(40))
        world.diskIsFull = false
        world.pass(.seconds(60))
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "good-2")
    }

    @Test("Failure classes: becoming ready ends the wait")
    func becomesReady() throws {
        let world = try PolicyTests.verified()
        world.diskIsFull = true
        world.push("good-2")
        for _ in 0..<8 {
            let rest = try #require(world.turn())
            world.pass(try #require(rest.until) - world.now)
        }
        let rest = try #require(world.turn())
        world.diskIsFull = false
        world.processes["prometheus"]?.up = false
        world.turn()
        #expect(world.disk["prometheus"] == "good-1")
        world.restartProcess("prometheus")
        world.turn()
        #expect(world.now < (try #require(rest.until)))
        #expect(world.disk["prometheus"] == "good-2")
    }

    @Test("Failure classes: a missing file is a hold, looked at again each poll, and not remembered")
    func missingFile() throws {
        let world = try PolicyTests.verified()
        world.push("missing-2")
        try #require(world.settle())
        #expect(world.status.reason == .missingFile)
        #expect(world.exitCode == 4)
        #expect(world.stored.rejections.isEmpty)
        world.acts = []
        try #require(world.settle())
        #expect(world.acts.isEmpty)
        world.restart()
        try #require(world.settle())
        #expect(world.status.phase == "held")
        world.missingFileIsThere = true
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "missing-2")
    }

    @Test("Ownership: the deletion budget holds until approved, by content")
    func deletionBudget() throws {
        let world = try PolicyTests.verified()
        world.push("deletes-2")
        try #require(world.settle())
        #expect(world.status.reason == .deletionBudgetExceeded)
        #expect(world.exitCode == 4)
        #expect(world.disk["prometheus"] == "good-1")
        world.push("deletes-2")
        world.ask(.approve(CommitID("c3"), ContentID("deletes-2")))
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "deletes-2")
    }

    @Test("History: a rewrite holds until approved, or until the branch descends again")
    func rewritten() throws {
        let world = try PolicyTests.verified()
        world.push("good-2", relation: .rewritten("branch main was rewritten"))
        try #require(world.settle())
        #expect(world.status.reason == .historyRewritten)
        #expect(world.exitCode == 4)
        #expect(world.disk["prometheus"] == "good-1")
        #expect(world.stored.seen?.commit == CommitID("c1"))
        world.ask(.approve(CommitID("c2"), nil))
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "good-2")
        world.push("good-3", relation: .rewritten("again"))
        try #require(world.settle())
        world.push("good-4")
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "good-4")
        // Back to a commit that was consented to once: asked again.
        world.source = .known(
            Candidate(
                revision: Revision(ref: "main", commit: CommitID("c2")), ref: .branch("main"),
                content: .success(ContentID("good-2")), relation: .rewritten("branch main went back"),
                trust: .trusted))
        try #require(world.settle())
        #expect(world.status.reason == .historyRewritten)
        #expect(world.disk["prometheus"] == "good-4")
        #expect(world.stored.consents.isEmpty)
        let following = try PolicyTests.verified(ScriptedWorld(onRewrite: .follow))
        following.push("good-2", relation: .rewritten("branch main was rewritten"))
        try #require(following.settle())
        #expect(following.disk["prometheus"] == "good-2")
    }

    @Test("A person's no: held content is rejected, live content is taken back, and no validator lifts it")
    func rejectedByPerson() throws {
        let world = try PolicyTests.verified(ScriptedWorld(checks: true))
        let revision = Revision(ref: "main", commit: CommitID("c2"))
        world.push("good-2")
        try verifying(world)
        world.ask(.reject(revision, "good-2", reason: "not today"))
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "good-1")
        #expect(world.status.reason == .rejectedByPerson)
        world.fingerprint = "promtool 2"
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "good-1")
        world.ask(.approve(CommitID("c2"), "good-2"))
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "good-2")
        world.push("missing-3")
        try #require(world.settle())
        world.ask(.reject(Revision(ref: "main", commit: CommitID("c3")), "missing-3", reason: "no"))
        try #require(world.settle())
        #expect(world.status.outcome == "rejected")
        #expect(world.exitCode == 3)
    }

    @Test(
        "A promotion that is given while another revision is watched is not lost, and its words stay with its attempt")
    func promotedMeanwhile() throws {
        let world = try PolicyTests.verified(ScriptedWorld(checks: true))
        world.push("good-2")
        try verifying(world)
        world.push("good-3")
        let goal = Goal(revision: Revision(ref: "main", commit: CommitID("c3")), content: ContentID("good-3"))
        world.ask(.promote(goal, reason: "now", breakGlass: true))
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "good-3")
        let messages = world.histories.sorted { $0.key < $1.key }.map { $0.value.message }
        #expect(messages == ["", "", "soak and windows skipped, ann broke the glass: now"])
        #expect(world.loop.record.promotion == nil)
    }
}
