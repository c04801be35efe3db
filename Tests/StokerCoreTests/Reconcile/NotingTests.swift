import StokerCore
import Testing

/// What is written to the journal, and when.
@Suite struct NotingTests {
    private let live = Goal(revision: Revision(ref: "main", commit: CommitID("c1")), content: ContentID("good"))

    private func loop(_ change: (inout EnvironmentRecord) -> Void = { _ in }) -> EnvironmentLoop {
        let target = TargetConfiguration(
            id: "one", kind: .prometheus, path: ".", configFile: "prometheus.yml", deployTo: "/etc/one",
            url: "http://localhost")
        var record = EnvironmentRecord(bootID: "boot")
        change(&record)
        return EnvironmentLoop(
            configuration: EnvironmentConfiguration(
                name: "production", layers: ["."], ref: nil, exclude: [], ruleTests: [], drift: .report, verify: nil,
                targets: [target]), onRewrite: .hold, record: record)
    }

    private func observation(_ requests: [OperatorRequest] = []) -> Observation {
        Observation(
            now: Now(instant: Instant(seconds: 1000), wall: WallTime(milliseconds: 0)), bootID: "boot", nextAttempt: 2,
            jitter: 0.5, source: .unknown, requests: requests, disk: [:], runtime: [:], fingerprint: "validator 1",
            stillMissing: [], trigger: .poll)
    }

    @Test func whatAStartFoundIsNoted() throws {
        var loop = loop {
            $0.unsettled = ["one"]
            $0.live = live
        }
        loop.recovered(["one": .back], open: [])
        _ = loop.handle(.woke)
        guard case .note(let record, _) = loop.handle(.looked(observation())) else {
            Issue.record("not noted")
            return
        }
        #expect(record.unsettled.isEmpty && record.live == nil)
    }

    /// The journal could not be written after a request was folded in: the same request is in the next look, and counts once.
    @Test func aRequestIsFoldedInOnce() throws {
        let request = OperatorRequest(id: 7, kind: .suspend(reason: "work", until: nil), actor: "ann")
        var loop = loop()
        _ = loop.handle(.woke)
        guard case .note(_, consumed: [7]) = loop.handle(.looked(observation([request]))) else {
            Issue.record("not noted")
            return
        }
        _ = loop.handle(.noteFailed("no space"))
        _ = loop.handle(.woke)
        guard case .note(_, let consumed) = loop.handle(.looked(observation([request]))) else {
            Issue.record("not noted again")
            return
        }
        #expect(consumed == [7])
        // With the note it is done with.
        _ = loop.handle(.noted)
        _ = loop.handle(.woke)
        guard case .rest = loop.handle(.looked(observation())) else {
            Issue.record("noted once more")
            return
        }
    }

    @Test("a restore out of the verification that the journal was not told of condemns the content")
    func anUntoldVerdict() throws {
        let world = try PolicyTests.verified(ScriptedWorld(checks: true))
        world.push("harmful-2")
        world.dies = { effect in
            if case .act(.probe) = effect { true } else { false }
        }
        world.turn()
        world.dies = { _ in false }
        try #require(world.stored.attempt?.phase == .verifying)
        // The verdict fell, the journal was full, the restore was done, and Stoker was stopped.
        world.intents = []
        world.disk["prometheus"] = "good-1"
        world.loop = EnvironmentLoop(configuration: world.configuration, onRewrite: .hold, record: world.stored)
        world.loop.recovered(["prometheus": .back], open: [])
        world.acts = []
        try #require(world.settle())
        #expect(world.disk == ["prometheus": "good-1"])
        #expect(world.stored.rejections.map(\.content) == ["harmful-2"])
        #expect(!world.acts.contains("publish prometheus harmful-2"))
    }
}
