import StokerCore
import Testing

/// Drift, suspension, rollback by a person, the journal, restarts and the steady state.
@Suite("Policies: drift, people and crashes")
struct DriftAndJournalTests {
    private let edit = ["rules.yml": "was modified"]

    @Test("Drift: report says so and leaves it alone")
    func reported() throws {
        let world = try PolicyTests.verified()
        world.edited["prometheus"] = edit
        try #require(world.settle())
        #expect(world.acts.isEmpty)
        #expect(world.status.reason == .drifted)
        #expect(world.status.sync == .outOfSync)
        #expect(world.exitCode == 3)
        world.edited = [:]
        try #require(world.settle())
        #expect(world.exitCode == 0)
    }

    @Test("Drift: correct restores three times an hour, then DriftContested and report only")
    func contested() throws {
        let world = try PolicyTests.verified(ScriptedWorld(drift: .correct))
        for _ in 0..<3 {
            world.edited["prometheus"] = edit
            try #require(world.settle())
            #expect(world.edited["prometheus"] == nil)
            #expect(world.exitCode == 0)
            #expect(world.intents.isEmpty)
        }
        // A jump of the wall clock gives nobody another try.
        world.wall = WallTime(milliseconds: world.wall.milliseconds + 7_200_000)
        world.edited["prometheus"] = edit
        try #require(world.settle())
        #expect(world.edited["prometheus"] == edit)
        #expect(world.status.reason == .driftContested)
        world.pass(.seconds(3600))
        try #require(world.settle())
        #expect(world.edited["prometheus"] == nil)
    }

    @Test("Drift: a full disk does not use the corrections up, and a failing repair never restores the edit")
    func repairFails() throws {
        let world = try PolicyTests.verified(ScriptedWorld(drift: .correct))
        world.diskIsFull = true
        world.edited["prometheus"] = edit
        #expect(world.settle(limit: 12) == false)
        #expect(world.exitCode == 1)
        #expect(world.stored.corrections.isEmpty)
        world.diskIsFull = false
        world.reloadIsClosed = true
        world.processes["prometheus"]?.serves = "smuggled"
        #expect(world.settle(limit: 30) == false)
        #expect(!world.acts.contains("restore"))
        #expect(world.stored.unsettled.isEmpty && world.intents.isEmpty)
        world.reloadIsClosed = false
        try #require(world.settle())
        #expect(world.status.health == .healthy)
    }

    @Test("Drift: the process serves something else: two proofs, then a reload, or a report that heals")
    func runtimeDrift() throws {
        let world = try PolicyTests.verified(ScriptedWorld(drift: .correct))
        world.processes["prometheus"]?.serves = "smuggled"
        world.processes["prometheus"]?.configured += 1
        try #require(world.settle())
        #expect(world.acts.count { $0 == "prove good-1" } >= 2)
        #expect(world.acts.contains("reload prometheus"))
        #expect(!world.acts.contains { $0.hasPrefix("publish") })
        #expect(world.exitCode == 0)
        let reporting = try PolicyTests.verified()
        reporting.processes["prometheus"]?.serves = "smuggled"
        reporting.processes["prometheus"]?.configured += 1
        #expect(reporting.settle(limit: 5) == false)
        #expect(reporting.status.reason == .drifted)
        #expect(reporting.status.health == .degraded)
        reporting.processes["prometheus"]?.serves = "good-1"
        try #require(reporting.settle())
        #expect(reporting.exitCode == 0)
    }

    @Test("Drift: a process that restarted is proved again, and one that does not answer is not hammered")
    func restarted() throws {
        let world = try PolicyTests.verified()
        world.restartProcess("prometheus")
        try #require(world.settle())
        #expect(world.acts == ["prove good-1"])
    }

    @Test("Suspend: nothing is written, in the middle of an attempt too; resume goes on")
    func suspended() throws {
        let world = try PolicyTests.verified(ScriptedWorld(drift: .correct, checks: true))
        world.push("harmful-2")
        for _ in 0..<10 where world.status.phase != "verifying" { world.turn() }
        world.ask(.suspend(reason: "maintenance", until: nil))
        for _ in 0..<20 {
            world.turn()
            world.pass(.seconds(2))
        }
        #expect(world.disk["prometheus"] == "harmful-2")
        #expect(!world.acts.contains("restore"))
        #expect(world.status.health == .suspended)
        world.ask(.resume)
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "good-1")
        world.ask(.suspend(reason: "a while", until: WallTime(milliseconds: world.wall.milliseconds + 60_000)))
        world.edited["prometheus"] = edit
        try #require(world.settle())
        #expect(world.edited["prometheus"] == edit)
        #expect(world.status.reason == .suspended)
        world.pass(.seconds(61))
        try #require(world.settle())
        #expect(world.edited["prometheus"] == nil)
    }

    @Test("Rollback by a person: to the one before, and suspended; while an attempt runs it is not lost")
    func rollback() throws {
        let world = try PolicyTests.verified(ScriptedWorld(checks: true))
        world.push("good-2")
        try #require(world.settle())
        world.ask(.rollback(to: nil))
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "good-1")
        #expect(world.status.reason == .suspended)
        #expect(world.exitCode == 4)
        #expect(world.stored.attempt?.trigger == .rollback)
        world.ask(.resume)
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "good-2")
        // Held, and in the middle of a countdown; Stoker dies right after the request was noted.
        for content in ["missing-3", "harmful-4", "good-5"] {
            world.push(content)
            for _ in 0..<10 where !["verifying", "held"].contains(world.status.phase) { world.turn() }
            world.ask(.rollback(to: Goal(revision: Revision(ref: "main", commit: CommitID("c1")), content: "good-1")))
            var noted = false
            world.dies = { effect in
                defer { if case .note = effect { noted = true } }
                return noted
            }
            world.turn()
            world.restart()
            world.dies = { _ in false }
            try #require(world.settle())
            #expect(world.disk["prometheus"] == "good-1", "\(content)")
            #expect(world.stored.verified?.content == "good-1")
            #expect(world.intents.isEmpty)
            world.ask(.resume)
        }
    }

    @Test("Rollback by a person: a full disk only delays it, and resume calls it off")
    func rollbackDelayed() throws {
        let world = try PolicyTests.verified()
        world.push("good-2")
        try #require(world.settle())
        world.diskIsFull = true
        world.ask(.rollback(to: nil))
        #expect(world.settle(limit: 10) == false)
        #expect(world.disk["prometheus"] == "good-2")
        world.diskIsFull = false
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "good-1")
        world.ask(.resume)
        try #require(world.settle())
        world.diskIsFull = true
        world.ask(.rollback(to: nil))
        #expect(world.settle(limit: 10) == false)
        world.ask(.resume)
        try #require(world.settle())
        world.diskIsFull = false
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "good-2")
        #expect(world.exitCode == 0)
    }

    @Test("Rollback: a deploy that fails half-way is taken back, read again and retried")
    func publishFails() throws {
        let world = try PolicyTests.verified()
        world.publishFails = true
        world.push("good-2")
        let rest = try #require(world.turn())
        #expect(world.acts.contains("restore") && world.acts.contains("reload prometheus"))
        #expect(world.disk["prometheus"] == "good-1")
        #expect(world.status.outcome == "rolled_back")
        #expect(world.status.reason == .deployFailed)
        #expect(world.stored.rejections.isEmpty && rest.until != nil)
        world.publishFails = false
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "good-2")
    }

    @Test("Journal: what cannot be noted is not done, and a wait grows; afterwards it goes on")
    func journalBroken() throws {
        let world = try PolicyTests.verified()
        world.journalIsBroken = true
        world.push("good-2")
        #expect(world.settle(limit: 8) == false)
        #expect(world.acts.isEmpty)
        #expect(world.status.reason == .journalFailed)
        #expect(world.exitCode == 1)
        world.journalIsBroken = false
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "good-2")
    }

    @Test("Journal: broken at any note, nothing live changes unwritten, and everything ends well", arguments: 1...30)
    func journalBreaks(at count: Int) throws {
        let world = try PolicyTests.verified(ScriptedWorld(targets: ["one", "two"]))
        var notes = 0
        world.dies = { effect in
            if case .note = effect {
                notes += 1
                world.journalIsBroken = notes >= count && notes < count + 6
            }
            return false
        }
        world.push("good-2")
        try #require(world.settle())
        #expect(world.disk == ["one": "good-2", "two": "good-2"])
        #expect(world.exitCode == 0)
        #expect(world.stored == world.loop.record)
        #expect(world.intents.isEmpty)
    }

    @Test("Journal: broken between two targets while suspended, it rests, and goes on afterwards")
    func brokenBetweenTargets() throws {
        let world = try PolicyTests.verified(ScriptedWorld(targets: ["one", "two"]))
        world.push("good-2")
        world.dies = { effect in
            if case .act(.stage("two", _, _)) = effect { return true }
            return false
        }
        world.turn()
        world.dies = { _ in false }
        world.restart()
        world.journalIsBroken = true
        world.ask(.suspend(reason: "wait", until: nil))
        world.acts = []
        for _ in 0..<3 { #expect(world.turn()?.until != nil) }
        #expect(world.acts.isEmpty)
        world.journalIsBroken = false
        world.ask(.resume)
        try #require(world.settle())
        #expect(world.disk == ["one": "good-2", "two": "good-2"])
    }

    @Test("Journal: an attempt's intents are forgotten before the next begins, or a restore would go too far")
    func settlement() throws {
        let world = try PolicyTests.verified(ScriptedWorld(checks: true))
        world.dies = { effect in
            if case .act(.settle) = effect { world.journalIsBroken = true }
            return false
        }
        world.push("good-2")
        #expect(world.settle(limit: 20) == false)
        #expect(!world.intents.isEmpty)
        world.dies = { _ in false }
        world.journalIsBroken = false
        world.push("harmful-3")
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "good-2")
    }

    @Test(
        "Restart: killed before any effect, it ends where it would have ended",
        arguments: ["good-2", "harmful-2", "refused-2"])
    func killedAnywhere(_ content: String) throws {
        var kills = 0
        for limit in 0..<60 {
            let world = try PolicyTests.verified(ScriptedWorld(targets: ["one", "two"], checks: true))
            world.push(content)
            var effects = 0
            world.dies = { _ in
                effects += 1
                return effects == limit
            }
            for _ in 0..<60 where effects < limit {
                if world.turn() == nil {
                    world.restart()
                    kills += 1
                }
                world.pass(.seconds(1))
            }
            world.dies = { _ in false }
            try #require(world.settle())
            let expected: ContentID = content == "good-2" ? "good-2" : "good-1"
            #expect(world.disk == ["one": expected, "two": expected], "killed before effect \(limit)")
            #expect(world.stored.verified?.content == expected)
            #expect(world.processes.values.allSatisfy { $0.serves == expected })
            #expect(world.intents.isEmpty)
        }
        #expect(kills > 20)
    }

    @Test("Restart: an earlier attempt's whole deploy is not taken for the running one's")
    func earlierIntent() throws {
        let world = try PolicyTests.verified(ScriptedWorld(checks: true))
        world.push("harmful-2")
        for _ in 0..<10 where world.status.phase != "verifying" { world.turn() }
        world.push("good-3")
        world.dies = { effect in
            if case .act(.publish) = effect { return world.staged == "good-3" }
            return false
        }
        for _ in 0..<5 { if world.turn() == nil { break } }
        world.dies = { _ in false }
        world.restart()
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "good-3")
        #expect(world.status.outcome == "verified")
        #expect(world.stored.rejections.isEmpty)
    }

    @Test("Restart: a restore the journal was not told of is finished for every target, and condemns nothing")
    func untoldRestore() throws {
        let world = try PolicyTests.verified(ScriptedWorld(targets: ["one", "two"]))
        world.push("good-2")
        world.dies = { effect in
            if case .act(.publish("two")) = effect { return true }
            return false
        }
        world.turn()
        world.dies = { _ in false }
        try #require(world.stored.attempt?.phase == .publishing("two"))
        // The second publish failed, the restore began, and Stoker died before it could say so.
        world.intents = []
        world.disk["one"] = "good-1"
        world.loop = EnvironmentLoop(configuration: world.configuration, onRewrite: .hold, record: world.stored)
        world.loop.recovered(["one": .back, "two": .back], open: [])
        world.acts = []
        try #require(world.settle())
        #expect(world.acts.prefix(2) == ["restore", "reload one"])
        #expect(world.stored.rejections.isEmpty)
        #expect(world.disk == ["one": "good-2", "two": "good-2"])
    }

    @Test("Restart: after a restore was caught half-way, every process is told to read its files")
    func tornRestore() throws {
        let world = try PolicyTests.verified(ScriptedWorld(targets: ["one", "two"], checks: true))
        world.push("harmful-2")
        world.dies = { effect in
            if case .act(.restore) = effect { return true }
            return false
        }
        for _ in 0..<20 {
            if world.turn() == nil { break }
            world.pass(.seconds(1))
        }
        world.dies = { _ in false }
        world.acts = []
        world.restart(torn: true)
        try #require(world.settle())
        #expect(world.acts.prefix(3) == ["restore", "reload one", "reload two"])
        #expect(world.status.outcome == "rolled_back")
        #expect(!world.histories.values.contains { $0.outcome?.word == "degraded" })
    }

    @Test("Drift: a proof without an answer waits for the next, and is no drift")
    func noAnswer() throws {
        let world = ScriptedWorld()
        world.quirks = false
        try _ = PolicyTests.verified(world, "mute-1")
        world.quirks = true
        world.restartProcess("prometheus")
        let rest = try #require(world.turn())
        #expect(world.acts == ["prove mute-1"])
        #expect(rest.until != nil)
        #expect(world.settle(limit: 10) == false)
        #expect(world.acts.count <= 11)
        #expect(world.stored.runtimeDrift == nil)
    }

    @Test("Another boot: waits are over, corrections are not forgotten")
    func anotherBoot() throws {
        let world = try PolicyTests.verified(ScriptedWorld(drift: .correct))
        for _ in 0..<3 {
            world.edited["prometheus"] = edit
            try #require(world.settle())
        }
        world.bootID = "boot-2"
        world.now = Instant(seconds: 5)
        world.restart()
        world.edited["prometheus"] = edit
        try #require(world.settle())
        #expect(world.status.reason == .driftContested)
    }

    @Test("Steady state: a turn with nothing new is one look")
    func steady() throws {
        let world = try PolicyTests.verified()
        let looks = world.looks
        let record = world.stored
        for _ in 0..<10 {
            world.pass(.seconds(60))
            world.turn()
        }
        #expect(world.looks == looks + 10)
        #expect(world.acts.isEmpty)
        #expect(world.stored == record)
    }
}
