import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// The cache stays small however often there is news, and loses nothing that somebody needs.
@Suite("Compaction")
struct CompactionTests {
    /// Commits `count` changes without pushing them; their ids, oldest first.
    private func commits(_ count: Int, in git: GitRepository) async throws -> [String] {
        let script = """
            for i in $(seq \(count)); do echo $i-$RANDOM > "production-$((i % 7)).yml"; git add -A; git commit -qm "$i"; done
            git log --reverse --format=%H -n \(count)
            """
        let environment = ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent"]
        try await git.git("config", "user.name", "Test")
        try await git.git("config", "user.email", "test@example.com")
        let text = try await Shell.succeed(["bash", "-c", script], directory: git.work, environment: environment)
        try await git.git("push", "-q", "origin", "HEAD:refs/heads/store")
        // Its objects stay there without a reference: libgit2 brings from a folder whatever some reference leads to.
        try await Shell.succeed(["git", "-C", git.bare, "update-ref", "-d", "refs/heads/store"])
        return text.split(separator: "\n").map(String.init)
    }

    private func move(_ branch: String, to commit: String, _ test: SourceFixture) async throws {
        try await Shell.succeed(["git", "-C", test.git.bare, "update-ref", "refs/heads/\(branch)", commit])
    }

    private func readable(_ reader: SnapshotReader, _ commit: String) throws -> Int {
        let revision = Revision(ref: "main", commit: CommitID(commit))
        let snapshot = try reader.snapshot(revision, layers: ["."], exclude: [], isExcluded: { _ in false })
        for entry in snapshot.tree.files.values { _ = try reader.bytes(of: entry.blob, limit: 64 << 20) }
        return snapshot.tree.files.count
    }

    private func files(_ source: GitSource) throws -> Int {
        (FileManager.default.enumerator(atPath: source.cache)?.allObjects ?? []).count
    }

    /// Gives the cache many packs at once: the same one under other names.
    private func multiply(_ source: GitSource, to count: Int) throws {
        let folder = "\(source.cache)/objects/pack"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".pack") }
        let name = try #require(names.first)
        for number in names.count..<count {
            let copy = "pack-" + String(repeating: "0", count: 36 - "\(number)".count) + "cafe\(number)"
            for kind in ["pack", "idx"] {
                try FileManager.default.linkItem(
                    atPath: "\(folder)/\(name.dropLast(4))\(kind)", toPath: "\(folder)/\(copy).\(kind)")
            }
        }
    }

    @Test("two hundred pushes leave as little as one, and the newest, the one before and the verified stay readable")
    func bounded() async throws {
        try await SourceFixture.with { test in
            let commits = try await commits(200, in: test.git)
            let source = try test.source()
            let cache = CacheDirectory(path: source.cache)
            let verified = CommitID(commits[3])
            let reader = SnapshotReader(source)
            var most = 0
            var mostFiles = 0
            var mostBytes = 0
            for (number, commit) in commits.enumerated() {
                try await move("main", to: commit, test)
                let report = try await test.fetched(source)
                #expect(report.refs[0].commit == CommitID(commit))
                // In one long-lived reader, as the daemon has it.
                #expect(try readable(reader, commit) == min(number + 1, 7))
                if number > 0 { #expect(try readable(reader, commits[number - 1]) > 0) }
                if number > 3 { #expect(try readable(reader, verified.rawValue) == 4) }
                most = max(most, cache.packs.count)
                mostFiles = max(mostFiles, try files(source))
                mostBytes = max(mostBytes, cache.packs.bytes)
                // A poll without news in the middle, as there usually is one.
                if number == 66 {
                    #expect(try await test.fetched(source).receivedObjects == 0)
                }
            }
            #expect(most <= Compaction.mostPacks + 1)
            #expect(mostFiles < 2 * Compaction.mostPacks + 60)
            #expect(mostBytes <= 200 << 10)
            #expect(try reader.relation(of: CommitID(commits[199]), to: verified) == .descendant)
            #expect(try reader.commits(from: CommitID(commits[199]), without: nil, limit: 500).commits.count == 200)
        }
    }

    @Test("commits on no ref any more stay as long as they are asked for")
    func keeps() async throws {
        try await SourceFixture.with { test in
            let commits = try await commits(5, in: test.git)
            let source = try test.source()
            try await move("main", to: commits[4], test)
            _ = try await test.fetched(source)
            // Rewritten: a commit without a parent.
            let tree = try await test.git.git("rev-parse", "\(commits[0])^{tree}")
            let other = try await test.git.git("commit-tree", tree, "-m", "other")
            try await test.git.git("push", "-q", "--force", "origin", "\(other):refs/heads/main")
            _ = try await test.fetched(source)
            try multiply(source, to: 80)
            let nowhere = CommitID(String(repeating: "1", count: 40))
            guard case .fetched = await source.poll(keep: [CommitID(commits[4]), nowhere]) else {
                throw TestFailure("the fetch failed")
            }
            #expect(CacheDirectory(path: source.cache).packs.count == 1)
            let reader = SnapshotReader(source)
            #expect(try readable(reader, commits[4]) == 5)
            #expect(try reader.relation(of: CommitID(other), to: CommitID(commits[4])) == .unrelated)
            #expect(try reader.relation(of: CommitID(commits[4]), to: CommitID(commits[0])) == .descendant)

            try multiply(source, to: 80)
            guard case .fetched = await source.poll(keep: []) else { throw TestFailure("the fetch failed") }
            #expect(try reader.relation(of: CommitID(other), to: CommitID(commits[4])) == .unknown)
            #expect(try readable(reader, other) == 1)
            #expect(!(try await test.fetched(source).rebuilt))
        }
    }

    @Test("a followed annotated tag keeps its history, and news on top of it arrives")
    func tags() async throws {
        try await SourceFixture.with { test in
            let commits = try await commits(6, in: test.git)
            try await test.git.git("tag", "-a", "-m", "one", "v1", commits[3])
            try await test.git.git("push", "-q", "origin", "v1")
            let source = try test.source([.tag("v1")])
            _ = try await test.fetched(source)
            try multiply(source, to: 80)
            _ = try await test.fetched(source)
            #expect(CacheDirectory(path: source.cache).packs.count == 1)
            let reader = SnapshotReader(source)
            #expect(try reader.revision(of: .tag("v1")).commit == CommitID(commits[3]))
            #expect(try reader.commits(from: CommitID(commits[3]), without: nil, limit: 50).commits.count == 4)
            try await test.git.git("tag", "-f", "-a", "-m", "two", "v1", commits[5])
            try await test.git.git("push", "-q", "--force", "origin", "v1")
            let report = try await test.fetched(source)
            #expect(report.refs[0].commit == CommitID(commits[5]))
            #expect(!report.rebuilt)
            #expect(try reader.relation(of: CommitID(commits[5]), to: CommitID(commits[3])) == .descendant)
        }
    }

    @Test("a large cache is cloned anew, and only when the server lets us")
    func large() async throws {
        try await SourceFixture.with { test in
            try await Shell.succeed(
                ["sh", "-c", "head -c \(Compaction.largestCopy) /dev/urandom > \"$0\"", "\(test.git.work)/large.bin"])
            let first = try await test.git.push(["a": "1"])
            let source = try test.source()
            let cache = CacheDirectory(path: source.cache)
            _ = try await test.fetched(source)
            let wanted = Compaction.mostPacks + 80
            // Of the small pack only: links of the large one would count as its bytes again and again.
            try await test.git.push(["a": "2"])
            let second = try await test.fetched(source)
            let folder = "\(source.cache)/objects/pack"
            let small = try #require(
                try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".pack") }.min {
                    try size("\(folder)/\($0)") < size("\(folder)/\($1)")
                })
            for number in 0..<wanted {
                let copy = "pack-" + String(repeating: "0", count: 36 - "\(number)".count) + "cafe\(number)"
                for kind in ["pack", "idx"] {
                    try FileManager.default.linkItem(
                        atPath: "\(folder)/\(small.dropLast(4))\(kind)", toPath: "\(folder)/\(copy).\(kind)")
                }
            }
            try FileManager.default.moveItem(atPath: test.git.bare, toPath: test.git.bare + ".away")
            _ = try await test.failed(source)
            // It can be told that it is needed, and cannot be done.
            guard case .fetched(let known) = await source.tidy() else { throw TestFailure("no answer") }
            #expect(known.refs == second.refs)
            #expect(cache.packs.count > wanted)
            #expect(try readable(SnapshotReader(source), first) == 1 + 1)
            try FileManager.default.moveItem(atPath: test.git.bare + ".away", toPath: test.git.bare)
            // It failed a moment ago: not at every poll.
            _ = try await test.fetched(source)
            #expect(cache.packs.count > wanted)
            try Files.remove(source.cache + ".compacting")
            let report = try await test.fetched(source)
            #expect(!report.rebuilt)
            #expect(cache.packs.count == 1)
            #expect(try readable(SnapshotReader(source), first) == 2)
        }
    }

    @Test("what was fetched is on top of the largest pack: never twice of it, whoever makes it smaller")
    func twice() async throws {
        try await SourceFixture.with { test in
            func push(_ bytes: Int, _ name: String) async throws {
                try await Shell.succeed([
                    "sh", "-c", "head -c \(bytes) /dev/urandom > \"$0\"", "\(test.git.work)/\(name)",
                ])
                try await test.git.push(["a": name])
            }
            let source = try test.source()
            let cache = CacheDirectory(path: source.cache)
            try await push(2 << 20, "base.bin")
            _ = try await test.fetched(source)
            var untidy = 0
            for number in 0..<12 {
                try await push(300 << 10, "more-\(number).bin")
                guard case .fetched(let report) = await source.poll(tidying: false) else {
                    throw TestFailure("not fetched")
                }
                #expect(cache.packs.bytes < 2 * cache.packs.largest + 2 * Compaction.slack)
                guard report.untidy else { continue }
                untidy += 1
                let count = cache.packs.count
                guard case .fetched(let tidied) = await source.tidy() else { throw TestFailure("not made smaller") }
                #expect(!tidied.untidy && tidied.refs == report.refs)
                #expect(count > 1 && cache.packs.count == 1)
            }
            #expect(untidy >= 2)
            #expect(try test.snapshot(SnapshotReader(source)).tree.files.count == 14)
        }
    }

    private func size(_ path: String) throws -> Int {
        (try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.intValue ?? 0
    }

    @Test(
        "killed at any renaming of it: what was readable stays readable without the server, and the next fetch goes on")
    func killed() async throws {
        try await SourceFixture.with { test in
            let commits = try await commits(3, in: test.git)
            let source = try test.source()
            for commit in commits {
                try await move("main", to: commit, test)
                _ = try await test.fetched(source)
            }
            try multiply(source, to: 80)
            let saved = test.directory("saved")
            try await Shell.succeed(["cp", "-a", source.cache, saved])
            var kills = 0
            for calls in ["rename,renameat,renameat2", "unlink,unlinkat", "fsync"] {
                for number in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 60] {
                    let wrapper = test.directory("stoker-\(calls.prefix(6))-\(number)")
                    try await Files.writeProgram(
                        "#!/bin/sh\nexec strace -f -o /dev/null -e trace=\(calls) "
                            + "-e inject=\(calls):signal=SIGKILL:when=\(number) \(source.executable) \"$@\"\n",
                        to: wrapper)
                    let dying = GitSource(
                        source.configuration, refs: source.refs, storage: test.directory("storage"), executable: wrapper
                    )
                    _ = await dying.poll()
                    if CacheDirectory(path: source.cache).packs.count != 1 { kills += 1 }
                    try FileManager.default.moveItem(atPath: test.git.bare, toPath: test.git.bare + ".away")
                    let reader = SnapshotReader(source)
                    for commit in commits { #expect(try readable(reader, commit) > 0, "\(calls) \(number)") }
                    _ = try await test.failed(source)
                    for commit in commits { #expect(try readable(reader, commit) > 0, "\(calls) \(number)") }
                    try FileManager.default.moveItem(atPath: test.git.bare + ".away", toPath: test.git.bare)
                    let report = try await test.fetched(source)
                    #expect(!report.rebuilt, "\(calls) \(number)")
                    for commit in commits { #expect(try readable(reader, commit) > 0, "\(calls) \(number)") }
                    for name in try FileManager.default.contentsOfDirectory(atPath: test.directory("storage/git")) {
                        try Files.remove("\(test.directory("storage/git"))/\(name)")
                    }
                    try await Shell.succeed(["cp", "-a", saved, source.cache])
                }
            }
            #expect(kills > 8, "\(kills)")
            print("compaction: \(kills) kills left a cache that was readable at once")
        }
    }
}
