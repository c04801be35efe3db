import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// Revisions as people type them: what nobody can have meant is refused, and never read as the newest.
@Suite struct TypedRevisionTests {
    private static let commit = String(repeating: "a1", count: 20)

    private func complaint(_ text: String, _ ref: GitRef = .branch("main")) -> String? {
        SourceFeed.complaint(aboutTyped: text, "production", follows: ref)
    }

    @Test(arguments: ["", " ", "\t\n"])
    func emptyIsNotTheNewest(_ text: String) {
        #expect(
            complaint(text)
                == "the revision given for production is empty: give a full commit id (is a variable of a script not set?)"
        )
    }

    @Test(arguments: [
        (GitRef.branch("main"), "main", nil),
        (.branch("main"), "other", "branch main"),
        (.branch("main"), "mai", "branch main"),
        (.branch("main"), "", "branch main"),
        (.tag("stable"), "stable", nil),
        (.tag("stable"), "main", "tag stable"),
        (.tagPattern("v1.*"), "v1.2.0", nil),
        // As a commit is printed that no tag leads to.
        (.tagPattern("v1.*"), "v1.*", nil),
        (.tagPattern("v1.*"), "v2.0.0", "the tags v1.*"),
        (.commit(CommitID(commit)), String(commit.prefix(12)), nil),
        (.commit(CommitID(commit)), "main", "commit a1a1a1a1a1a1"),
    ])
    func theRefIsOneThatIsFollowed(_ ref: GitRef, _ name: String, _ followed: String?) {
        let text = "\(name)@sha1:\(Self.commit)"
        let found = complaint(text, ref)
        guard let followed else {
            #expect(found == nil)
            return
        }
        #expect(found?.hasPrefix("production follows \(followed), and \(text) is named as of \(name): ") == true)
        // Without a ref it is looked for.
        #expect(complaint(Self.commit, ref) == nil)
    }

    @Test("the feed reads what is typed, refuses what is not, and finds the newest by itself")
    func feed() async throws {
        try await SignatureFixture.with { test in
            let first = try await test.push("1")
            let second = try await test.push("2")
            try await check(try await FeedFixture(test, []), first, second)
        }
    }

    @HostActor
    private func check(_ fixture: FeedFixture, _ first: String, _ second: String) async throws {
        let newest = try await fixture.look().revision
        #expect(newest.commit == CommitID(second))
        #expect(try fixture.feed.newest(in: fixture.environment) == newest)
        #expect(try fixture.anew().feed.newest(in: fixture.environment) == newest)
        for text in [first, String(first.prefix(10)), "main@sha1:\(first)"] {
            let found = try fixture.feed.revision(text, in: fixture.environment)
            #expect(found == Revision(ref: "main", commit: CommitID(first)))
            #expect(try fixture.feed.isContained(found, in: newest))
        }
        #expect(try !fixture.feed.isContained(newest, in: newest))
        let name = fixture.environment.name.rawValue
        for text in ["", "other@sha1:\(first)"] {
            let failure = #expect(throws: SourceFailure.self) {
                try fixture.feed.revision(text, in: fixture.environment)
            }
            #expect(failure?.failure.message == complaint(text)?.replacing("production", with: name))
        }
    }
}
