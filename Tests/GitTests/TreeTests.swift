import Git
import TestSupport
import Testing

@Suite struct TreeTests {
    @Test func walksFilesWithTheirModes() async throws {
        try await TestRepository.with { test in
            try await test.git.commit([
                "staging/rules/a.yml": "a", "staging/prometheus.yml": "p", "staging/run.sh": "#!/bin/sh",
                "other/x": "x",
            ])
            try await Shell.succeed(["chmod", "+x", "\(test.git.work)/staging/run.sh"])
            try await Shell.succeed(["ln", "-s", "prometheus.yml", "\(test.git.work)/staging/link.yml"])
            let commit = try await test.git.push([:])
            let repository = try test.open()
            let root = try #require(try repository.commit(try test.id(commit))).tree
            let staging = try #require(try repository.entry(at: "staging", in: root))
            #expect(staging.mode == .folder)
            let entries = try repository.walk(tree: staging.id)
            let modes = Dictionary(uniqueKeysWithValues: entries.map { ($0.path, $0.mode) })
            #expect(modes == ["rules/a.yml": .file, "prometheus.yml": .file, "run.sh": .executable, "link.yml": .link])
            #expect(try repository.entry(at: "staging/rules/a.yml", in: root)?.mode == .file)
            #expect(try repository.entry(at: "staging/absent", in: root) == nil)
        }
    }

    @Test func doesNotLookIntoWhatIsLeftOut() async throws {
        try await TestRepository.with { test in
            let commit = try await test.git.push(["a/b/c": "1", "d": "2"])
            let repository = try test.open()
            let root = try #require(try repository.commit(try test.id(commit))).tree
            var asked: [String] = []
            let entries = try repository.walk(tree: root) { path, isFolder in
                asked.append(path)
                return !isFolder
            }
            #expect(entries.map(\.path) == ["d"])
            #expect(asked.sorted() == ["a", "d"])
        }
    }

    @Test func readsBlobsAsTheyAre() async throws {
        try await TestRepository.with { test in
            try await test.git.commit([".gitattributes": "* text eol=crlf\n"])
            let text = "a\nb\n\u{0}c"
            let id = try await test.blob(text)
            let repository = try test.open()
            #expect(try repository.size(ofBlob: id) == 6)
            #expect(try repository.blob(id, limit: 6) == Array(text.utf8))
            let error = #expect(throws: GitError.self) { try repository.blob(id, limit: 5) }
            #expect(error?.code == .limit)
            let absent = #expect(throws: GitError.self) {
                try repository.size(ofBlob: try test.id(String(repeating: "1", count: 40)))
            }
            #expect(absent?.code == .notFound)
        }
    }

    @Test(arguments: [
        "..", ".", ".git", ".GIT", ".Git", "a/b", "../x", "a\nb", "a\u{7f}", "a\u{1b}[2J", "a\\b",
        String(repeating: "x", count: 256),
    ])
    func refusesNamesThatGitWouldNotWrite(_ name: String) async throws {
        try await expectRefused(Array(name.utf8))
    }

    @Test func refusesNamesThatAreNotUnicode() async throws {
        try await expectRefused([0x61, 0xff, 0xfe])
    }

    @Test func refusesANameInAFolderBelow() async throws {
        try await TestRepository.with { test in
            let blob = try await test.blob("x")
            let inner = try await test.tree([("100644", Array("..".utf8), blob)])
            let outer = try await test.tree([("40000", Array("rules".utf8), inner)])
            let error = #expect(throws: GitError.self) { try test.open().walk(tree: outer) }
            #expect(error?.code == .badTree)
            #expect(error?.message.contains("rules") == true)
        }
    }

    @Test func refusesTwoEntriesOfOneName() async throws {
        try await TestRepository.with { test in
            let blob = try await test.blob("x")
            let tree = try await test.tree([("100644", Array("a".utf8), blob), ("100755", Array("a".utf8), blob)])
            let error = #expect(throws: GitError.self) { try test.open().walk(tree: tree) }
            #expect(error?.code == .badTree)
        }
    }

    @Test func refusesAnUnknownMode() async throws {
        try await TestRepository.with { test in
            let blob = try await test.blob("x")
            let tree = try await test.tree([("010644", Array("fifo".utf8), blob)])
            #expect(throws: GitError.self) { try test.open().walk(tree: tree) }
        }
    }

    @Test func boundsDepthAndEntries() async throws {
        try await TestRepository.with { test in
            let blob = try await test.blob("x")
            // Each level names the level below twice: 2^20 files in 20 small objects.
            var tree = try await test.tree([("100644", Array("f".utf8), blob)])
            for _ in 0..<20 {
                tree = try await test.tree([("40000", Array("a".utf8), tree), ("40000", Array("b".utf8), tree)])
            }
            let repository = try test.open()
            let many = #expect(throws: GitError.self) {
                try repository.walk(tree: tree, limits: TreeLimits(entries: 1000, depth: 64))
            }
            #expect(many?.code == .limit)
            let deep = #expect(throws: GitError.self) {
                try repository.walk(tree: tree, limits: TreeLimits(entries: 10_000_000, depth: 10))
            }
            #expect(deep?.code == .limit)
        }
    }

    private func expectRefused(_ name: [UInt8]) async throws {
        try await TestRepository.with { test in
            let blob = try await test.blob("x")
            let tree = try await test.tree([("100644", name, blob)])
            let error = #expect(throws: GitError.self) { try test.open().walk(tree: tree) }
            // libgit2 itself refuses some of them when it reads the tree; the rest must fall to our own check.
            #expect(error?.code == .badTree || error?.area == .tree)
            #expect(error?.message.unicodeScalars.contains { $0.value < 32 || $0.value == 0x7f } == false)
        }
    }
}
