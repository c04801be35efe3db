import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

@Suite struct SourceFetchTests {
    @Test(arguments: ["", "file://"])
    func bringsNewsFromALocalRepository(_ scheme: String) async throws {
        try await SourceFixture.with { test in
            let first = try await test.git.push(["a": "1"])
            let source = try test.source(url: scheme + test.git.bare)
            let report = try await test.fetched(source)
            #expect(report.refs == [.init(ref: .branch("main"), commit: CommitID(first), problem: nil, target: first)])
            #expect(report.receivedObjects == 3)
            #expect(!report.rebuilt)
            #expect(try await test.fetched(source).receivedBytes == 0)
            let second = try await test.git.push(["a": "2"])
            let reader = SnapshotReader(source)
            #expect(try reader.revision(of: .branch("main")).commit == CommitID(first))
            #expect(try await test.fetched(source).refs.first?.commit == CommitID(second))
            #expect(try reader.revision(of: .branch("main")) == Revision(ref: "main", commit: CommitID(second)))
            #expect(try reader.revision(of: .commit(CommitID(String(first.prefix(8))))).commit == CommitID(first))
            #expect(try reader.relation(of: CommitID(second), to: CommitID(first)) == .descendant)
            let range = try reader.commits(from: CommitID(second), without: CommitID(first), limit: 10)
            #expect(range.commits.map(\.id.description) == [second])
        }
    }

    @Test func followsBranchTagAndCommit() async throws {
        try await SourceFixture.with { test in
            let first = try await test.git.push(["a": "1"])
            try await test.git.git("tag", "-a", "v1", "-m", "one")
            try await test.git.git("push", "-q", "origin", "v1")
            let second = try await test.git.push(["a": "2"])
            let refs: [GitRef] = [.branch("main"), .tag("v1"), .commit(CommitID(first))]
            let report = try await test.fetched(test.source(refs))
            #expect(report.refs.map(\.commit?.rawValue) == [second, first, first])
            #expect(try report.revision(of: .tag("v1")).get() == Revision(ref: "v1", commit: CommitID(first)))
            #expect(try SnapshotReader(try test.source(refs)).revision(of: .tag("v1")).commit == CommitID(first))
        }
    }

    @Test func bringsOnlyTheRefsThatAreFollowed() async throws {
        try await SourceFixture.with { test in
            try await test.git.push(["a": "1"])
            try await test.git.git("checkout", "-q", "-b", "other")
            try await test.git.commit(["b": "2"])
            try await test.git.git("push", "-q", "origin", "other")
            let source = try test.source()
            _ = try await test.fetched(source)
            let refs = try await Shell.succeed([
                "git", "--git-dir", source.cache, "for-each-ref", "--format=%(refname)",
            ])
            #expect(refs == "refs/stoker/heads/main\n")
        }
    }

    @Test func aCommitThatIsHereNeedsNoServer() async throws {
        try await SourceFixture.with { test in
            let commit = GitRef.commit(CommitID(try await test.git.push(["a": "1"])))
            let source = try test.source([commit])
            _ = try await test.fetched(source)
            try Files.remove(test.git.bare)
            #expect(try await test.fetched(source).refs.first?.problem == nil)
        }
    }

    @Test func saysWhatIsMissing() async throws {
        try await SourceFixture.with { test in
            let source = try test.source([
                .branch("release"), .tag("v9"), .commit(CommitID(String(repeating: "1", count: 40))),
            ])
            let empty = try await test.fetched(source)
            #expect(
                empty.refs[0].problem?.description
                    == "the repository \(test.git.bare) is empty: push a first commit to release")
            try await test.git.push(["a": "1"])
            let report = try await test.fetched(source)
            #expect(
                report.refs.map(\.problem?.description) == [
                    "the repository \(test.git.bare) has no branch release; its default branch is main: check source.branch",
                    "the repository \(test.git.bare) has no tag v9: check source.tag",
                    "the commit \(String(repeating: "1", count: 40)) is on no branch and no tag of \(test.git.bare): check source.commit",
                ])
            #expect(throws: SourceFailure.self) { try report.revision(of: .branch("release")).get() }
        }
    }

    @Test func aBranchThatVanishesIsGoneHereToo() async throws {
        try await SourceFixture.with { test in
            try await test.git.push(["a": "1"])
            try await test.git.git("push", "-q", "origin", "HEAD:release")
            let source = try test.source([.branch("release")])
            _ = try await test.fetched(source)
            try await test.git.git("push", "-q", "origin", ":release")
            let problem = try await test.fetched(source).refs[0].problem
            #expect(problem?.description.contains("has no branch release") == true)
            #expect(throws: SourceFailure.self) { try SnapshotReader(source).revision(of: .branch("release")) }
        }
    }

    @Test func seesThatHistoryWasRewritten() async throws {
        try await SourceFixture.with { test in
            let base = try await test.git.push(["a": "1"])
            let dropped = try await test.git.push(["a": "2"])
            let source = try test.source()
            _ = try await test.fetched(source)
            let rewritten = try await test.git.forcePush(["a": "3"])
            #expect(try await test.fetched(source).refs[0].commit == CommitID(rewritten))
            let reader = SnapshotReader(source)
            #expect(try reader.relation(of: CommitID(rewritten), to: CommitID(dropped)) == .unrelated)
            #expect(try reader.relation(of: CommitID(base), to: CommitID(dropped)) == .ancestor)
            #expect(try reader.relation(of: CommitID(base), to: CommitID(base)) == .same)
            #expect(
                try reader.relation(of: CommitID(base), to: CommitID(String(repeating: "1", count: 40))) == .unknown)
        }
    }

    @Test func saysThatThereIsNoRepository() async throws {
        try await SourceFixture.with { test in
            for url in [test.directory("nowhere"), "file://\(test.directory("nowhere"))", test.directory.path] {
                let failure = try await test.failed(test.source(url: url))
                #expect(failure.kind == .notFound)
                #expect(
                    failure.message.hasPrefix(
                        "there is no git repository at \(url), or it cannot be read: check source.url"))
            }
        }
    }

    @Test(arguments: ["git://example.invalid/x.git", "gopher://example.invalid/x"])
    func refusesWhatIsNotSupported(_ url: String) async throws {
        try await SourceFixture.with { test in
            let failure = try await test.failed(test.source(url: url))
            #expect(failure.kind == .unsupported)
            #expect(!Files.exists(test.directory("storage")))
        }
    }

    @Test func saysWhenTheChildCannotRun() async throws {
        try await SourceFixture.with { test in
            let configured = try test.source()
            let source = GitSource(
                configured.configuration, refs: configured.refs, storage: test.directory("storage"),
                executable: "/nonexistent/stoker")
            let failure = try await test.failed(source)
            #expect(failure.kind == .local)
            #expect(failure.message.contains("/nonexistent/stoker"))
        }
    }

    @Test func turnsAreTakenAndAllSucceed() async throws {
        try await SourceFixture.with { test in
            let commit = try await test.git.push(["a": "1"])
            let source = try test.source()
            let outcomes = await withTaskGroup(of: FetchOutcome.self) { group in
                for _ in 0..<4 { group.addTask { await source.poll() } }
                var outcomes: [FetchOutcome] = []
                for await outcome in group { outcomes.append(outcome) }
                return outcomes
            }
            for outcome in outcomes {
                guard case .fetched(let report) = outcome else { throw TestFailure("\(outcome)") }
                #expect(report.refs[0].commit == CommitID(commit))
            }
        }
    }
}
