import StokerCore
import TestSupport
import Testing

@testable import StokerHost

@Suite struct SourceFeedTests {
    private static func with(
        _ source: [String], _ body: @HostActor (FeedFixture, _ alice: [String]) async throws -> Void
    ) async throws {
        try await SignatureFixture.with { test in
            let alice = try await test.keys.ssh("alice")
            _ = try await test.keys.ssh("bob")
            try test.keys.allow([("alice@example.com", "", "alice")])
            let lines = source.map { $0.replacing("SIGNERS", with: "\(test.keys.directory)/allowed_signers") }
            try await body(try await FeedFixture(test, lines), alice)
        }
    }

    private static let verify = "verify: { allowed_signers_file: SIGNERS }"

    /// Signatures asked for in a mode; empty: not asked for.
    private static func verify(_ mode: String) -> [String] {
        mode.isEmpty ? [] : ["verify: { allowed_signers_file: SIGNERS, mode: \(mode) }"]
    }

    /// Two releases, of which the newer one was accepted, and then a higher tag on the older one's commit.
    @HostActor
    private static func leadBack(
        _ fixture: FeedFixture, _ alice: [String]
    ) async throws -> (first: String, second: String, seen: EnvironmentRecord.Seen) {
        let first = try await fixture.test.push("1", alice)
        try await fixture.test.tag("v1.0.0", alice)
        let second = try await fixture.test.push("2", alice)
        try await fixture.test.tag("v1.1.0", alice)
        let seen = fixture.seen(try await fixture.look())
        try await fixture.test.source.git.git("checkout", "-q", first)
        try await fixture.test.tag("v1.2.0", alice)
        return (first, second, seen)
    }

    @Test("who signed a candidate is known with it")
    func signer() async throws {
        try await Self.with([Self.verify]) { fixture, alice in
            try await fixture.test.push("1", alice)
            let key = try await fixture.test.keys.fingerprint("alice")
            #expect(try await fixture.look().signer == "alice@example.com (\(key))")
            try await fixture.test.push("2")
            #expect(try await fixture.look().signer == nil)
        }
    }

    @Test("what is being tried is judged at each poll, whatever the branch leads to, or where there is none")
    func attempted() async throws {
        try await Self.with([Self.verify]) { fixture, alice in
            try await fixture.test.push("1", alice)
            let tried = try await fixture.look().revision
            try await fixture.test.push("2")
            // It began while a poll was on its way that did not ask about it.
            #expect(fixture.feed.trust(of: tried, fixture.environment) == .trusted)
            fixture.take(attempted: tried)
            #expect(try await fixture.look().revision != tried)
            #expect(fixture.feed.trust(of: tried, fixture.environment) == .trusted)
            try fixture.test.keys.allow([("bob@example.com", "", "bob")])
            let bare = fixture.test.source.git.bare
            try await Shell.succeed(["git", "--git-dir", bare, "branch", "-m", "main", "other"])
            _ = await fixture.feed.poll()
            guard case .failed(_, last: nil) = fixture.feed.look(fixture.environment, seen: nil) else {
                throw TestFailure("the branch is still there")
            }
            guard case .refused(let why) = fixture.feed.trust(of: tried, fixture.environment) else {
                throw TestFailure("\(fixture.feed.trust(of: tried, fixture.environment))")
            }
            #expect(why.contains("which is not in"))
            // Without a network, too.
            try Files.remove(bare)
            try fixture.test.keys.allow([("alice@example.com", "", "alice")])
            #expect(await fixture.feed.poll() != nil)
            #expect(fixture.feed.trust(of: tried, fixture.environment) == .trusted)
            // Nobody tries it any more.
            fixture.take()
            _ = await fixture.feed.poll()
            #expect(fixture.feed.trust(of: tried, fixture.environment) != .trusted)
        }
    }

    @Test("an attempt that begins while a poll judges keeps the verdict it began with")
    func begunMeanwhile() async throws {
        try await Self.with([Self.verify]) { fixture, alice in
            try await fixture.test.push("1", alice)
            let tried = try await fixture.look().revision
            try await fixture.test.push("2", alice)
            let judge = try #require(fixture.feed.judge)
            judge.clock = {
                // By now the poll knows what it asks about.
                fixture.take(attempted: tried)
                return Clock.instant()
            }
            #expect(try await fixture.look().revision != tried)
            #expect(fixture.feed.trust(of: tried, fixture.environment) == .trusted)
        }
    }

    @Test("between two polls a verdict is asked for again when it is an hour old, or other files say who is trusted")
    func judgeAgain() async throws {
        try await Self.with([Self.verify]) { fixture, alice in
            try await fixture.test.push("1", alice)
            let revision = try await fixture.look().revision
            let judge = try #require(fixture.feed.judge)
            let start = Clock.instant()
            for (minutes, checks) in [(59, 1), (61, 2), (62, 2)] {
                judge.clock = { start + .seconds(minutes * 60) }
                await fixture.feed.judgeAgain(fixture.environment)
                #expect(judge.checks == checks, "after \(minutes) minutes")
            }
            try fixture.test.keys.allow([("bob@example.com", "", "bob")])
            // Another environment may be the first to notice.
            _ = await judge.judge([])
            await fixture.feed.judgeAgain(fixture.environment)
            #expect(fixture.feed.trust(of: revision, fixture.environment) != .trusted)
        }
    }

    @Test(
        "a tag that leads back to a commit of old is a rewrite where signatures are asked for",
        arguments: ["", "head", "every_commit", "tag"])
    func wayBack(_ mode: String) async throws {
        try await Self.with(["tag: v1.*"] + Self.verify(mode)) { fixture, alice in
            let (first, second, seen) = try await Self.leadBack(fixture, alice)
            #expect(seen.commit == CommitID(second))
            let relation = try await fixture.look(seen: seen).relation
            let rewritten = Candidate.Relation.rewritten(
                "tag v1.2.0 leads back from \(second.prefix(7)) to \(first.prefix(7)), losing \(second.prefix(7))")
            #expect(relation == (["", "tag"].contains(mode) ? .forward : rewritten))
            // Sideways first: what was verified counts as well.
            try await fixture.test.source.git.git("checkout", "-q", "--orphan", "aside")
            let sideways = try await fixture.test.push("3", alice)
            try await fixture.test.source.git.git("push", "-q", "-f", "origin", "\(second):main")
            try await fixture.test.tag("v1.1.1", alice)
            try await fixture.test.source.git.git("push", "-q", "origin", ":v1.2.0")
            let aside = fixture.seen(try await fixture.look())
            #expect(aside.commit == CommitID(sideways))
            try await fixture.test.source.git.git("push", "-q", "origin", "v1.2.0")
            fixture.take(verified: Revision(ref: "v1.1.0", commit: CommitID(second)), seen: aside)
            #expect(try await fixture.look(seen: aside).relation == relation)
            // Verified of a branch that was followed before: to edit the ref is no rewrite.
            fixture.take(verified: Revision(ref: "main", commit: CommitID(second)), seen: aside)
            #expect(try await fixture.look(seen: aside).relation == .forward)
        }
    }

    @Test("a cache that was thrown away does not open the way back", arguments: ["", "head"])
    func wayBackAnew(_ mode: String) async throws {
        try await Self.with(["tag: v1.*"] + Self.verify(mode)) { fixture, alice in
            let (first, second, seen) = try await Self.leadBack(fixture, alice)
            try await fixture.test.source.git.git("push", "-q", "-f", "origin", ":v1.1.0", "\(first):main")
            try Files.remove(fixture.test.source.directory("storage"))
            let anew = try fixture.anew()
            let relation = try await anew.look(seen: seen).relation
            switch relation {
            case .forward: #expect(mode.isEmpty)
            case .rewritten(let message):
                #expect(!mode.isEmpty)
                #expect(
                    message == "tag v1.2.0 leads to \(first.prefix(7)), and \(second.prefix(7)), which was accepted "
                        + "before, is not in the repository any more: it may lead back")
            }
        }
    }

    @Test(
        "a tag that is named may move, and where signatures are asked for not back",
        arguments: ["", "head", "tag"])
    func named(_ mode: String) async throws {
        try await Self.with(["tag: stable"] + Self.verify(mode)) { fixture, alice in
            let first = try await fixture.test.push("1", alice)
            try await fixture.test.tag("stable", alice)
            let before = fixture.seen(try await fixture.look())
            let second = try await fixture.test.push("2", alice)
            try await fixture.test.tag("stable", alice)
            #expect(try await fixture.look(seen: before).relation == .forward)
            let seen = EnvironmentRecord.Seen(ref: .tag("stable"), commit: CommitID(second))
            try await fixture.test.source.git.git("checkout", "-q", first)
            try await fixture.test.tag("stable", alice)
            let relation = try await fixture.look(seen: seen).relation
            switch relation {
            case .forward: #expect(mode.isEmpty)
            case .rewritten(let message):
                #expect(!mode.isEmpty)
                #expect(message.hasPrefix("tag stable leads back from \(second.prefix(7)) to \(first.prefix(7))"))
            }
        }
    }
}
