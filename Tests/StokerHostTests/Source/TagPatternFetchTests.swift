import StokerCore
import TestSupport
import Testing

@testable import StokerHost

@Suite struct TagPatternFetchTests {
    private let pattern = GitRef.tagPattern("v1.*")

    /// Tags the present commit and pushes the tag.
    private func tag(_ name: String, _ test: SourceFixture, annotated: Bool = false) async throws {
        if annotated {
            try await test.git.git("tag", "-f", "-a", name, "-m", name)
        } else {
            try await test.git.git("tag", "-f", name)
        }
        try await test.git.git("push", "-q", "-f", "origin", "refs/tags/\(name)")
    }

    private func references(_ source: GitSource) async throws -> [String] {
        try await Shell.succeed(["git", "--git-dir", source.cache, "for-each-ref", "--format=%(refname)"])
            .split(separator: "\n").map(String.init)
    }

    @Test("the highest tag is brought, and no other; it is found without a network", arguments: [false, true])
    func highest(_ annotated: Bool) async throws {
        try await SourceFixture.with { test in
            let source = try test.source([pattern])
            let reader = SnapshotReader(source)
            _ = try await test.git.push(["a": "1"])
            try await tag("v1.9.0", test, annotated: annotated)
            let tenth = try await test.git.push(["a": "2"])
            try await tag("v1.10.0", test, annotated: annotated)
            _ = try await test.git.push(["a": "3"])
            try await tag("v2.0.0", test, annotated: annotated)
            try await tag("v1.11.0-rc.1", test, annotated: annotated)
            let expected = Revision(ref: "v1.10.0", commit: CommitID(tenth))
            #expect(try await test.fetched(source).revision(of: pattern).get() == expected)
            #expect(try reader.revision(of: pattern) == expected)
            #expect(try await references(source).count == 1)
            #expect(try await test.fetched(source).receivedBytes == 0)
            let next = try await test.git.push(["a": "4"])
            try await tag("v1.10.1", test, annotated: annotated)
            #expect(try await test.fetched(source).revision(of: pattern).get().ref == "v1.10.1")
            #expect(try reader.revision(of: pattern) == Revision(ref: "v1.10.1", commit: CommitID(next)))
            #expect(try await references(source).count == 1)
        }
    }

    @Test("a tag that vanishes leads to the next one, and none to one sentence")
    func vanishes() async throws {
        try await SourceFixture.with { test in
            let source = try test.source([pattern, .tag("v1.1.0")])
            let first = try await test.git.push(["a": "1"])
            try await tag("v1.0.0", test)
            _ = try await test.git.push(["a": "2"])
            try await tag("v1.1.0", test)
            #expect(try await test.fetched(source).refs[0].tag == "v1.1.0")
            try await test.git.git("push", "-q", "origin", ":v1.1.0")
            let back = try await test.fetched(source)
            #expect(try back.revision(of: pattern).get() == Revision(ref: "v1.0.0", commit: CommitID(first)))
            #expect(
                back.refs[1].problem?.description
                    == "the repository \(test.git.bare) has no tag v1.1.0: check source.tag")
            try await test.git.git("push", "-q", "origin", ":v1.0.0")
            #expect(
                try await test.fetched(source).refs[0].problem?.description
                    == "the repository \(test.git.bare) has no tag that matches v1.* and is a version such as v1.2.3: "
                    + "check source.tag, or push such a tag")
            #expect(throws: SourceFailure.self) { try SnapshotReader(source).revision(of: pattern) }
            #expect(try await references(source) == [])
        }
    }

    @Test("tags with slashes and signs, one the folder of another's name, beside a commit that brings everything")
    func names() async throws {
        try await SourceFixture.with { test in
            let deep = GitRef.tagPattern("mon%2F/v*")
            let first = try await test.git.push(["a": "1"])
            try await tag("mon%2F/v1.0.0+a.b", test)
            let source = try test.source([deep, .commit(CommitID(first))])
            #expect(try await test.fetched(source).refs.map(\.tag) == ["mon%2F/v1.0.0+a.b", nil])
            _ = try await test.git.push(["a": "2"])
            try await tag("mon%2F/v1.0.1", test)
            #expect(try await test.fetched(source).refs[0].tag == "mon%2F/v1.0.1")
            #expect(try SnapshotReader(source).revision(of: deep).ref == "mon%2F/v1.0.1")
        }
    }

    @Test("what a pattern leads to stays when the cache is made smaller")
    func compaction() async throws {
        try await SourceFixture.with { test in
            let source = try test.source([.branch("main"), pattern])
            _ = try await test.git.push(["a": "0"])
            try await tag("v1.0.0", test, annotated: true)
            for number in 1...12 {
                try await test.git.push(["a": "\(number)"])
                guard case .fetched = await source.poll(tidying: false) else { throw TestFailure("not fetched") }
            }
            guard case .fetched(let report) = await source.tidy() else { throw TestFailure("not made smaller") }
            #expect(CacheDirectory(path: source.cache).packs.count == 1)
            #expect(report.refs[1].tag == "v1.0.0")
            #expect(try SnapshotReader(source).revision(of: pattern).ref == "v1.0.0")
            #expect(try await test.fetched(source).refs[1].tag == "v1.0.0")
        }
    }
}
