import Foundation
import StokerCore
import Testing

/// The policies of the design, each told as a story.
@Suite("Policies")
struct PolicyTests {
    /// A world at rest whose `good-1` is verified.
    static func verified(_ world: ScriptedWorld = ScriptedWorld(), _ content: String = "good-1") throws -> ScriptedWorld
    {
        for id in world.targets {
            world.disk[id] = ContentID(content)
            world.processes[id]?.serves = ContentID(content)
        }
        world.push(content)
        try #require(world.settle())
        try #require(world.status.outcome == "verified")
        try #require(world.exitCode == 0, "\(world.status)")
        world.acts = []
        return world
    }

    @Test("Identity: a commit with the same content is no attempt, the revisions move along")
    func sameContent() throws {
        let world = try Self.verified()
        let attempts = world.histories.count
        world.push("good-1")
        try #require(world.settle())
        #expect(world.acts.isEmpty)
        #expect(world.histories.count == attempts)
        #expect(world.status.runningRevision == "main@sha1:c2")
        #expect(world.status.verifiedRevision == "main@sha1:c2")
        #expect(world.status.sync == .synced)
    }

    @Test("Reload: by restart the next process is expected, one more after it is not, and a restore may restart again")
    func restarts() throws {
        let world = try Self.verified(ScriptedWorld(checks: true))
        world.reloadRestarts = true
        world.push("good-2")
        var steps = 0
        // One further restart of its own in the middle of the window is forgiven, as after any reload.
        world.dies = { effect in
            if case .act(.probe) = effect {
                steps += 1
                if steps == 3 { world.processes["prometheus"]?.started += 1 }
            }
            return false
        }
        try #require(world.settle())
        #expect(world.status.outcome == "verified", "\(world.status)")
        #expect(world.histories.values.contains { $0.restarted == ["prometheus"] })
        world.dies = { _ in false }
        world.push("harmful-3")
        try #require(world.settle())
        #expect(world.status.outcome == "rolled_back", "\(world.status)")
        #expect(world.histories.values.contains { $0.restartedBack == ["prometheus"] })
    }

    @Test("Journal: an attempt noted before restarts were is read")
    func oldAttempt() throws {
        var attempt = Attempt(
            id: 1, goal: Goal(revision: Revision(ref: "main", commit: CommitID("c1")), content: "good-1"),
            trigger: .poll,
            startedAt: WallTime(milliseconds: 1), hasRollbackTarget: true)
        attempt.restarted = nil
        let text = String(decoding: try JSONEncoder().encode(attempt), as: UTF8.self)
        #expect(!text.contains("restarted"))
        #expect(try JSONDecoder().decode(Attempt.self, from: Data(text.utf8)) == attempt)
    }

    @Test("Identity: a revert to the verified content is verified without a deploy")
    func revert() throws {
        let world = try Self.verified()
        world.push("invalid-2")
        try #require(world.settle())
        #expect(world.exitCode == 3)
        #expect(world.status.sync == .outOfSync)
        world.push("good-1")
        world.acts = []
        try #require(world.settle())
        #expect(world.acts.isEmpty)
        #expect(world.exitCode == 0)
        #expect(world.status.outcome == "verified")
        #expect(world.status.reason == nil)
    }

    @Test("Identity: rejected content is not retried by itself, by a new validator or by a person it is")
    func rejectedOnce() throws {
        let world = try Self.verified()
        world.push("invalid-2")
        try #require(world.settle())
        #expect(world.status.outcome == "rejected")
        world.acts = []
        world.push("invalid-2")
        try #require(world.settle())
        #expect(world.acts.isEmpty)
        #expect(world.exitCode == 3)
        world.fingerprint = "promtool 2"
        try #require(world.settle())
        #expect(world.acts.contains("validate invalid-2"))
        world.acts = []
        world.ask(.reconcile(retry: true))
        try #require(world.settle())
        #expect(world.acts.contains("validate invalid-2"))
        #expect(world.histories.values.contains { $0.trigger == .retry })
    }

    @Test("First start: disk equals git and the process serves it: verified, no write, no reload, no gate")
    func adopted() throws {
        let world = ScriptedWorld(checks: true)
        world.disk["prometheus"] = "harmful-1"
        world.processes["prometheus"]?.serves = "harmful-1"
        world.push("harmful-1")
        try #require(world.settle())
        #expect(world.acts == ["survey harmful-1", "prove harmful-1", "settle"])
        #expect(world.stored.attempt?.trigger == .adopt)
        #expect(world.status.targets.first?.proof == ["config", "rules"])
        #expect(world.exitCode == 0)
    }

    @Test("First start: a baseline is gone back to, marked unverified, and the content is remembered")
    func baseline() throws {
        let world = ScriptedWorld(checks: true)
        world.disk["prometheus"] = "before"
        world.processes["prometheus"]?.serves = "before"
        world.push("harmful-1")
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "before")
        #expect(world.status.outcome == "rolled_back")
        #expect(world.status.health == .healthy)
        #expect(world.status.verifiedRevision == nil)
        #expect(world.status.message.contains("unverified"))
        world.push("good-2")
        try #require(world.settle())
        #expect(world.status.outcome == "verified")
    }

    @Test("Rollback: the message says when the failing check still fails after the restore", arguments: [true, false])
    func stillFailing(_ outage: Bool) throws {
        let world = ScriptedWorld(checks: true)
        world.push("good-1")
        try #require(world.settle())
        world.push(outage ? "good-2" : "harmful-2")
        world.dies = { [unowned world] effect in
            if case .act(.reload) = effect { world.outage = outage }
            return false
        }
        try #require(world.settle())
        try #require(world.status.outcome == "rolled_back")
        world.now = world.now + .seconds(120)
        try #require(world.settle())
        #expect(world.acts.filter { $0 == "recheck" }.count == 1)
        #expect(world.status.message.contains("probably not the cause") == outage)
        #expect(world.status.reason == .checkFailed)
    }

    @Test("First start: nothing there yet, Prometheus down: deployed, waited for, verified when it comes")
    func firstDown() throws {
        let world = ScriptedWorld()
        world.processes["prometheus"]?.up = false
        world.push("good-1")
        #expect(world.settle(limit: 30) == false)
        #expect(world.disk["prometheus"] == "good-1")
        #expect(world.status.reason == .targetUnreachable)
        #expect(world.exitCode == 1)
        world.restartProcess("prometheus")
        try #require(world.settle())
        #expect(world.exitCode == 0)
    }

    @Test("First start: without a way back a failure is degraded, and the content stays")
    func firstDegraded() throws {
        let world = ScriptedWorld(checks: true)
        world.push("harmful-1")
        try #require(world.settle())
        #expect(world.status.outcome == "degraded")
        #expect(world.disk["prometheus"] == "harmful-1")
        #expect(world.status.health == .degraded)
        #expect(world.intents.isEmpty)
        #expect(!world.acts.contains("restore"))
        // And it is no way back for the next one either.
        world.push("harmful-2")
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "harmful-2")
    }

    @Test("Several targets: one failure restores every touched target, and verifies that")
    func severalTargets() throws {
        let world = try Self.verified(ScriptedWorld(targets: ["one", "two"]))
        world.push("refused-2")
        try #require(world.settle())
        #expect(world.disk == ["one": "good-1", "two": "good-1"])
        world.push("good-3")
        try #require(world.settle())
        world.acts = []
        world.processes["two"]?.serves = "good-3"
        world.push("ignored-4")
        try #require(world.settle())
        #expect(world.disk == ["one": "good-3", "two": "good-3"])
        let publish = try #require(world.acts.firstIndex(of: "publish two ignored-4"))
        #expect(world.acts[..<publish].contains("reload one"))
        #expect(world.acts.suffix(5).starts(with: ["restore", "reload one", "reload two"]))
        #expect(world.status.outcome == "rolled_back")
    }

    @Test("Down before: deployed anyway, TargetUnreachable, judged when it returns; a newer commit pre-empts")
    func downBefore() throws {
        let world = try Self.verified()
        world.processes["prometheus"]?.up = false
        world.push("good-2")
        #expect(world.settle(limit: 20) == false)
        #expect(world.disk["prometheus"] == "good-2")
        #expect(world.status.outcome == nil)
        #expect(world.status.reason == .targetUnreachable)
        world.push("good-3")
        #expect(world.settle(limit: 20) == false)
        #expect(world.disk["prometheus"] == "good-3")
        world.restartProcess("prometheus")
        try #require(world.settle())
        #expect(world.status.outcome == "verified")
    }

    @Test("Down before, when_down: wait holds, and goes on when it returns")
    func whenDownWaits() throws {
        let world = try Self.verified(ScriptedWorld(whenDown: .wait))
        world.processes["prometheus"]?.up = false
        world.push("good-2")
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "good-1")
        #expect(world.status.reason == .targetUnreachable)
        #expect(world.exitCode == 4 || world.exitCode == 3)
        world.restartProcess("prometheus")
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "good-2")
    }

    @Test("Gone after: a process that dies of it is a failure; the restore is confirmed when it returns")
    func goneAfter() throws {
        let world = try Self.verified()
        world.push("kills-2")
        #expect(world.settle(limit: 150) == false)
        #expect(world.disk["prometheus"] == "good-1")
        #expect(
            world.histories.values.contains { $0.outcome?.word == "degraded" && $0.message.contains("RollbackFailed") })
        world.restartProcess("prometheus")
        try #require(world.settle())
        #expect(world.status.health == .healthy)
        #expect(world.status.sync == .outOfSync)
        #expect(world.exitCode == 3)
        #expect(world.status.reason == .targetUnreachable)
    }

    @Test("Verdict: a check that fails twice rolls back; reason and health stay")
    func checkFails() throws {
        let world = try Self.verified(ScriptedWorld(checks: true))
        world.push("harmful-2")
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "good-1")
        #expect(world.processes["prometheus"]?.serves == "good-1")
        let status = world.status
        #expect(status.outcome == "rolled_back")
        #expect(status.reason == .checkFailed)
        #expect(status.sync == .outOfSync)
        #expect(status.health == .healthy)
        #expect(world.exitCode == 3)
    }

    @Test("Verdict: unproven is degraded, the configuration is kept, and it is tried again")
    func unproven() throws {
        let world = try Self.verified()
        world.push("mute-2")
        #expect(world.settle(limit: 700) == false)
        #expect(world.disk["prometheus"] == "mute-2")
        let degraded = world.histories.values.filter { $0.outcome?.word == "degraded" }
        #expect(degraded.count >= 2)
        #expect(degraded.allSatisfy { $0.outcome?.failure?.reason == .unproven })
        // A content that is refused leads back to the verified one, not to the unproven one.
        world.push("ignored-3")
        try #require(world.settle(limit: 700))
        #expect(world.disk["prometheus"] == "good-1")
    }

    @Test("Rollback: a restore that the disk refuses is tried for ever, even with the journal full")
    func restoreRetried() throws {
        let world = try Self.verified(ScriptedWorld(checks: true))
        world.restoreFails = true
        world.dies = { effect in
            if case .act(.probe) = effect { world.journalIsBroken = true }
            return false
        }
        world.push("harmful-2")
        #expect(world.settle(limit: 40) == false)
        #expect(world.acts.count { $0 == "restore" } > 3)
        world.restoreFails = false
        #expect(world.settle(limit: 40) == false)
        #expect(world.disk["prometheus"] == "good-1")
        #expect(world.status.reason == .journalFailed)
        #expect(world.exitCode == 1)
        world.dies = { _ in false }
        world.journalIsBroken = false
        try #require(world.settle())
        #expect(world.status.outcome == "rolled_back")
        #expect(world.stored == world.loop.record)
    }
}
