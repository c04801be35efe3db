import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// Who holds a key that has ended, and may push, cannot make it count again by dates: neither by those of his own commits,
/// nor by those of what he puts before them.
@Suite struct BackdatedTests {
    private let words = "more than a day before what it builds on, or before what was accepted already"
    private let accepted = "2026-01-01T12:00:00Z"

    /// A key that ended in July 2020, a commit it signed before that, and one that was accepted long after.
    private func with(
        _ body: (SignatureFixture, _ alice: [String], _ first: String, _ accepted: String) async throws -> Void
    ) async throws {
        try await SignatureFixture.with { test in
            let alice = try await test.keys.ssh("alice")
            _ = try await test.keys.ssh("bob")
            try test.keys.allow([
                ("alice@example.com", "valid-before=\"20200701\"", "alice"), ("bob@example.com", "", "bob"),
            ])
            let first = try await test.push("1", alice, at: "2020-06-07T12:00:00Z")
            let second = try await test.push("2", at: accepted)
            try await body(test, alice, first, second)
        }
    }

    @Test("head: an unsigned parent that is dated back as well does not help, whatever came of what was accepted")
    func head() async throws {
        try await with { test, alice, _, accepted in
            try await test.push("3", at: "2020-06-08T12:00:00Z")
            try await test.push("4", alice, at: "2020-06-09T12:00:00Z")
            let policy = test.policy(ssh: true)
            #expect(try await test.verdict(policy, verified: accepted).objection.contains(words))
            #expect(try await test.verdict(policy, seen: accepted).objection.contains(words))
            #expect(try await test.verdict(policy).isGood, "there is nothing that it could be measured by")
            // While the key is valid, clocks may differ as they like.
            try test.keys.allow([("alice@example.com", "", "alice")])
            #expect(try await test.verdict(policy, verified: accepted, seen: accepted).isGood)
        }
    }

    @Test("head: what is in the history of a commit that was accepted is older by right")
    func history() async throws {
        try await with { test, _, first, accepted in
            let sitting = try await Sitting(test, test.policy(ssh: true))
            _ = try await sitting.verdict()
            try await test.source.git.git("push", "-q", "-f", "origin", "\(first):main")
            #expect(try await sitting.verdict(verified: accepted, seen: accepted).isGood)
        }
    }

    @Test("one verdict for a date that is believed, and another for one that is not")
    func both() async throws {
        try await with { test, alice, _, accepted in
            try await test.push("3", at: "2020-06-08T12:00:00Z")
            try await test.push("4", alice, at: "2020-06-09T12:00:00Z")
            let sitting = try await Sitting(test, test.policy(ssh: true))
            for _ in 0..<2 {
                #expect(try await sitting.verdict().isGood)
                #expect(try await sitting.verdict(verified: accepted).objection.contains(words))
            }
            #expect(await sitting.judge.checks == 2)
        }
    }

    @Test("a date at the end of what can be counted stops nobody", arguments: [Int64.min, Int64.max])
    func endOfTime(_ seconds: Int64) async throws {
        try await with { test, alice, _, accepted in
            try await test.pushCommit(dated: seconds)
            let odd = try await test.source.git.git("rev-parse", "HEAD")
            let policy = test.policy(ssh: true)
            #expect(try await test.verdict(policy, verified: accepted).objection.contains("is not signed"))
            try await test.push("4", alice, at: "2020-06-09T12:00:00Z")
            for mode in [SignaturePolicy.Mode.head, .everyCommit] {
                #expect(try await !test.verdict(test.policy(mode, ssh: true), verified: accepted).isGood)
                _ = try await test.verdict(test.policy(mode, ssh: true), verified: odd, seen: odd)
            }
        }
    }

    @Test("tag: an unsigned commit that is dated back under a tag that is")
    func tag() async throws {
        try await with { test, alice, _, accepted in
            try await test.push("3", at: "2020-06-08T12:00:00Z")
            try await test.tag("v1.0.0", alice, at: "2020-06-09T12:00:00Z")
            let policy = test.policy(.tag, ssh: true)
            let ref = GitRef.tag("v1.0.0")
            #expect(try await test.verdict(policy, ref: ref).isGood)
            #expect(try await test.verdict(policy, ref: ref, verified: accepted).objection.contains(words))
            #expect(try await test.verdict(policy, ref: ref, seen: accepted).objection.contains(words))
        }
    }

    @Test("every_commit: a side branch that is dated back is named, whoever merges it")
    func everyCommit() async throws {
        try await with { test, alice, first, accepted in
            try await test.source.git.git("checkout", "-q", "-b", "side", first)
            let dates = ["GIT_COMMITTER_DATE": "2020-06-10T12:00:00Z", "GIT_AUTHOR_DATE": "2020-06-10T12:00:00Z"]
            try await test.source.git.git(
                alice + ["commit", "-q", "--allow-empty", "-S", "-m", "aside"], adding: dates)
            let aside = try await test.source.git.git("rev-parse", "HEAD")
            try await test.source.git.git("checkout", "-q", "main")
            let bob = ["-c", "gpg.format=ssh", "-c", "user.signingkey=\(test.keys.directory)/bob"]
            try await test.source.git.git(bob + ["merge", "-q", "--no-ff", "-S", "-m", "merge", "side"], adding: [:])
            _ = try await test.pushHead()
            let objection = try await test.verdict(test.policy(.everyCommit, ssh: true), verified: accepted).objection
            #expect(objection.hasPrefix("commit \(aside.prefix(7)) by Test"), "\(objection)")
            #expect(objection.contains(words))
            #expect(try await test.verdict(test.policy(ssh: true), verified: accepted).isGood)
        }
    }
}
