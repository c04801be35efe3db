import Git
import TestSupport
import Testing

@Suite struct HistoryTests {
    @Test func resolvesBranchesAndAnnotatedTags() async throws {
        try await TestRepository.with { test in
            let commit = try await test.git.push(["a": "1"])
            try await test.git.git("tag", "-a", "v1", "-m", "one")
            try await test.git.git("tag", "-a", "v2", "-m", "a tag of a tag", "v1")
            try await test.git.git("push", "-q", "origin", "v1", "v2")
            let repository = try test.open()
            #expect(try repository.resolve("refs/heads/main")?.description == commit)
            #expect(try repository.resolve("refs/tags/v2")?.description == commit)
            #expect(try repository.target(of: "refs/tags/v2")?.description != commit)
            #expect(try repository.resolve("refs/heads/absent") == nil)
            #expect(try repository.references(below: "refs/tags/").sorted() == ["refs/tags/v1", "refs/tags/v2"])
        }
    }

    @Test func readsACommit() async throws {
        try await TestRepository.with { test in
            let first = try await test.git.push(["a": "1"], message: "first")
            let second = try await test.git.push(["a": "2"], message: "second \u{1b}[31mred\n\nbody")
            let repository = try test.open()
            let commit = try #require(try repository.commit(try test.id(second)))
            #expect(commit.parents.map(\.description) == [first])
            #expect(commit.author.name == "Test")
            #expect(commit.author.email == "test@example.com")
            #expect(commit.summary == "second  [31mred")
            #expect(try repository.commit(try test.id(String(repeating: "1", count: 40))) == nil)
        }
    }

    @Test func findsACommitByItsFirstDigits() async throws {
        try await TestRepository.with { test in
            let id = try await test.git.push(["a": "1"])
            let repository = try test.open()
            for count in [40, 12, 4] {
                #expect(try repository.commit(startingWith: String(id.prefix(count)))?.description == id)
            }
            #expect(try repository.commit(startingWith: String(id.prefix(3))) == nil)
            #expect(try repository.commit(startingWith: "main") == nil)
            #expect(try repository.commit(startingWith: String(repeating: "0", count: 40)) == nil)
            let tree = try #require(try repository.commit(try test.id(id))).tree
            #expect(try repository.commit(startingWith: tree.description) == nil)
        }
    }

    @Test func knowsWhatDescendsFromWhat() async throws {
        try await TestRepository.with { test in
            let first = try test.id(try await test.git.push(["a": "1"]))
            let second = try test.id(try await test.git.push(["a": "2"]))
            let other = try test.id(try await test.git.forcePush(["a": "3"]))
            let repository = try test.open()
            #expect(try repository.isDescendant(second, of: first))
            #expect(try !repository.isDescendant(first, of: second))
            #expect(try !repository.isDescendant(first, of: first))
            #expect(try !repository.isDescendant(other, of: second))
        }
    }

    @Test func listsTheCommitsBetweenTwo() async throws {
        try await TestRepository.with { test in
            var ids: [String] = []
            for number in 1...5 { ids.append(try await test.git.push(["a": "\(number)"])) }
            let repository = try test.open()
            let all = try repository.commits(from: try test.id(ids[4]), without: try test.id(ids[1]), limit: 10)
            #expect(Set(all.commits.map(\.id.description)) == Set(ids[2...4]))
            #expect(all.isComplete)
            let some = try repository.commits(from: try test.id(ids[4]), without: nil, limit: 2)
            #expect(some.commits.count == 2)
            #expect(!some.isComplete)
        }
    }

    @Test func followsWhatTheBranchTookWhateverTheClocksSaid() async throws {
        try await TestRepository.with { test in
            func commit(_ name: String, at seconds: Int) async throws -> ObjectID {
                try Files.write(name, to: "\(test.git.work)/\(name)")
                try await test.git.git("add", "--all")
                try await test.git.git(
                    ["commit", "-q", "-m", name], adding: ["GIT_COMMITTER_DATE": "@\(seconds) +0000"])
                return try test.id(try await test.git.git("rev-parse", "HEAD"))
            }
            let first = try await commit("first", at: 1_700_000_000)
            try await test.git.git("checkout", "-q", "-b", "topic")
            _ = try await commit("topic", at: 1_700_000_100)
            let topic = try await commit("more", at: 1_700_000_200)
            try await test.git.git("checkout", "-q", "main")
            // These clocks were wrong by years.
            let second = try await commit("second", at: 1_900_000_000)
            let third = try await commit("third", at: 1_500_000_000)
            try await test.git.git("merge", "-q", "--no-ff", "-m", "merge", "topic")
            let merged = try test.id(try await test.git.git("rev-parse", "HEAD"))
            try await test.git.git("push", "-q", "origin", "HEAD:main")
            let repository = try test.open()
            func mainline(_ old: ObjectID?, _ limit: Int = 10) throws -> [ObjectID] {
                try repository.mainline(from: merged, without: old, limit: limit).commits.map(\.id)
            }
            #expect(try mainline(nil) == [merged, third, second, first])
            #expect(try mainline(first) == [merged, third, second])
            #expect(try mainline(second) == [merged, third])
            // What was merged has the first commit in its history, and not what the branch had meanwhile.
            #expect(try mainline(topic) == [merged, third, second])
            #expect(try mainline(merged) == [])
            #expect(try mainline(nil, 2) == [merged, third])
            #expect(try !repository.mainline(from: merged, without: nil, limit: 2).isComplete)
        }
    }

    @Test func saysWhereThereIsNoRepository() async throws {
        try await TestRepository.with { test in
            let error = #expect(throws: GitError.self) { try Repository.openBare(at: test.directory("nowhere")) }
            #expect(error?.code == .notFound)
            #expect(error?.message.contains("nowhere") == true)
        }
    }
}
