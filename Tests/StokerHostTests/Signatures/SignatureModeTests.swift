import StokerCore
import TestSupport
import Testing

@testable import StokerHost

@Suite struct SignatureModeTests {
    @Test("every_commit: one bad commit in the middle is named; head looks at the newest alone")
    func everyCommit() async throws {
        try await SignatureFixture.with { test in
            let alice = try await test.keys.ssh("alice")
            try test.keys.allow([("alice@example.com", "", "alice")])
            let every = test.policy(.everyCommit, ssh: true)
            try await test.push("0")
            let first = try await test.push("1", alice)
            #expect(try await test.verdict(every).isGood, "at the first start the newest commit counts alone")
            try await test.push("2", alice)
            #expect(try await test.verdict(every, verified: first).isGood)
            let bad = try await test.push("3")
            let after = try await test.push("4", alice)
            #expect(try await test.verdict(test.policy(ssh: true), verified: first).isGood)
            #expect(
                try await test.verdict(every, verified: first).objection.hasPrefix("commit \(bad.prefix(7)) by Test"))
            #expect(try await test.verdict(every, verified: bad).isGood)
            #expect(try await test.verdict(every, verified: after).isGood)
            // A verified commit that is not here excludes nothing.
            let unknown = String(repeating: "1", count: 40)
            #expect(try await test.verdict(every, verified: unknown).objection.contains("is not signed"))
        }
    }

    @Test("every_commit: what a merge brings in is judged, too")
    func merge() async throws {
        try await SignatureFixture.with { test in
            let alice = try await test.keys.ssh("alice")
            try test.keys.allow([("alice@example.com", "", "alice")])
            let first = try await test.push("1", alice)
            try await test.source.git.git("checkout", "-q", "-b", "side")
            let bad = try await test.source.git.commit(["b": "1"])
            try await test.source.git.git("checkout", "-q", "main")
            try await test.source.git.git(alice + ["merge", "-q", "--no-ff", "-S", "-m", "merge", "side"], adding: [:])
            _ = try await test.pushHead()
            #expect(try await test.verdict(test.policy(ssh: true)).isGood)
            #expect(
                try await test.verdict(test.policy(.everyCommit, ssh: true), verified: first).objection.hasPrefix(
                    "commit \(bad.prefix(7)) "))
        }
    }

    @Test("every_commit: more commits than anybody checks are refused")
    func tooMany() async throws {
        try await SignatureFixture.with { test in
            let alice = try await test.keys.ssh("alice")
            try test.keys.allow([("alice@example.com", "", "alice")])
            let first = try await test.push("1", alice)
            let stream = (1...1001).map {
                "commit refs/heads/main\ncommitter T <t@example.com> \(1_700_000_000 + $0) +0000\ndata 1\nx\n"
                    + ($0 == 1 ? "from \(first)\n" : "") + "\n"
            }.joined()
            try Files.write(stream, to: test.source.directory("stream"))
            try await Shell.succeed(
                ["sh", "-c", "git fast-import --quiet < '\(test.source.directory("stream"))'"],
                directory: test.source.git.work)
            _ = try await test.pushHead()
            let objection = try await test.verdict(test.policy(.everyCommit, ssh: true), verified: first).objection
            #expect(
                objection.hasPrefix(
                    "there are more than 1000 commits between the last verified revision \(first.prefix(7))"))
        }
    }

    @Test("tag: the annotated tag is judged, and not the commit it leads to", arguments: [false, true])
    func tag(_ isOpenPGP: Bool) async throws {
        try await SignatureFixture.with { test in
            let alice =
                isOpenPGP ? try await test.keys.openPGP("alice@example.com") : try await test.keys.ssh("alice")
            if isOpenPGP {
                try await test.keys.keyring()
            } else {
                try test.keys.allow([("alice@example.com", "", "alice")])
            }
            let policy = test.policy(.tag, ssh: !isOpenPGP, openPGP: isOpenPGP)
            try await test.push("1")
            try await test.tag("v1.0.0", alice)
            for ref in [GitRef.tagPattern("v1.*"), .tag("v1.0.0")] {
                #expect(try await test.verdict(policy, ref: ref).isGood)
            }
            let pattern = GitRef.tagPattern("v1.*")
            try await test.push("2", isOpenPGP ? nil : alice)
            try await test.tag("v1.1.0")
            #expect(
                try await test.verdict(policy, ref: pattern).objection
                    == "tag v1.1.0 by Test <test@example.com> is not signed: sign it with `git tag -s`, and push again")
            try await test.tag("v1.2.0", annotated: false)
            #expect(try await test.verdict(policy, ref: pattern).objection.hasPrefix("tag v1.2.0 is a lightweight tag"))
            // The old signed tag under the name of a new version.
            try await test.source.git.git("update-ref", "refs/tags/v1.3.0", "refs/tags/v1.0.0")
            try await test.source.git.git("push", "-q", "origin", "refs/tags/v1.3.0")
            #expect(
                try await test.verdict(policy, ref: pattern).objection.hasPrefix(
                    "tag v1.3.0 holds a tag that was made as v1.0.0: a signature is for one name"))
        }
    }
}
