import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// The cheap poll of a repository on this machine.
@Suite("Looks on disk") struct LocalLookTests {
    @Test("no child without news, whether references are loose or packed", arguments: ["", "file://"])
    func noNews(_ scheme: String) async throws {
        try await SourceFixture.with { test in
            try await test.git.push(["a": "1"])
            try await test.git.git("tag", "-a", "v1", "-m", "one")
            try await test.git.git("push", "-q", "origin", "v1")
            let look = try await LookFixture(test, url: scheme + test.git.bare, [.branch("main"), .tag("v1")])
            #expect(try await look.poll())
            try await look.pollQuietly(3)
            try await Shell.succeed(["git", "--git-dir", test.git.bare, "pack-refs", "--all"])
            try await look.pollQuietly(3)
            let second = try await test.git.push(["a": "2"])
            #expect(try await look.poll())
            #expect(await look.candidate() == second)
            try await Shell.succeed(["git", "--git-dir", test.git.bare, "pack-refs", "--all"])
            try await look.pollQuietly(3)
            try await Shell.succeed(["git", "--git-dir", test.git.bare, "update-ref", "-d", "refs/heads/main"])
            #expect(try await look.poll())
            #expect(await look.candidate().contains("is empty"))
        }
    }

    @Test("what is missing is looked for without a child, and seen when it comes", arguments: [false, true])
    func missing(_ isPacked: Bool) async throws {
        try await SourceFixture.with { test in
            try await test.git.push(["a": "1"])
            try await test.git.git("tag", "nightly")
            try await test.git.git("push", "-q", "origin", "nightly")
            let look = try await LookFixture(test, [.branch("release"), .tag("v1"), .tagPattern("v2.*")])
            func pack() async throws {
                guard isPacked else { return }
                try await Shell.succeed(["git", "--git-dir", test.git.bare, "pack-refs", "--all"])
            }
            #expect(try await look.poll())
            try await look.pollQuietly(2)
            try await pack()
            try await look.pollQuietly(2)
            #expect(
                await look.candidate().contains(
                    "has no branch release; its default branch is main: check branch of environment e0"))
            #expect(await look.candidate(2).hasSuffix("check tag of environment e2, or push such a tag"))
            for (number, ref) in ["refs/heads/release", "refs/tags/v1", "refs/tags/v2.0.0"].enumerated() {
                try await test.git.git("push", "-q", "origin", "HEAD:\(ref)")
                try await pack()
                #expect(try await look.poll())
                #expect(await look.candidate(number).count == 40)
                try await look.pollQuietly(2)
            }
            // The default branch is said where one is missing: another one is news, and none at all, too.
            try await test.git.git("push", "-q", "origin", ":release")
            #expect(try await look.poll())
            try await look.pollQuietly(2)
            try await Shell.succeed(["git", "--git-dir", test.git.bare, "symbolic-ref", "HEAD", "refs/heads/nowhere"])
            #expect(try await look.poll())
            #expect(await look.candidate().contains("has no branch release: check"))
            try await look.pollQuietly(2)
        }
    }

    @Test(
        "a pattern: no child without news, whether tags are loose or packed; a higher one, one that moves, one that goes"
    )
    func pattern() async throws {
        try await SourceFixture.with { test in
            func tag(_ name: String, _ options: String...) async throws {
                try await test.git.git(["tag"] + options + [name], adding: [:])
                try await test.git.git("push", "-q", "-f", "origin", "refs/tags/\(name)")
            }
            try await test.git.push(["a": "1"])
            try await tag("ops/v1.0.0")
            try await tag("ops/v1.1.0", "-a", "-m", "one")
            try await tag("v9.0.0")
            let look = try await LookFixture(test, [.tagPattern("ops/v1.*")])
            #expect(try await look.poll())
            try await look.pollQuietly(2)
            try await Shell.succeed(["git", "--git-dir", test.git.bare, "pack-refs", "--all"])
            try await look.pollQuietly(2)
            let second = try await test.git.push(["a": "2"])
            try await look.pollQuietly(2)
            try await tag("ops/v1.2.0")
            #expect(try await look.poll())
            #expect(await look.candidate() == second)
            try await look.pollQuietly(2)
            let third = try await test.git.push(["a": "3"])
            try await tag("ops/v1.2.0", "-f")
            #expect(try await look.poll())
            #expect(await look.candidate() == third)
            try await look.pollQuietly(2)
            try await test.git.git("push", "-q", "origin", ":ops/v1.2.0")
            #expect(try await look.poll())
            try await look.pollQuietly(2)
        }
    }

    @Test("a highest tag that leads to no commit: no child until it moves")
    func noCommit() async throws {
        try await SourceFixture.with { test in
            try await test.git.push(["a": "1"])
            try await test.git.git("push", "-q", "origin", "HEAD:refs/tags/v1.0.0")
            let look = try await LookFixture(test, [.tagPattern("v1.*")])
            #expect(try await look.poll())
            let blob = try await test.git.git("rev-parse", "HEAD:a")
            try await test.git.git("push", "-q", "origin", "\(blob):refs/tags/v1.1.0")
            #expect(try await look.poll())
            #expect(await look.candidate().contains("does not lead to a commit"))
            try await look.pollQuietly(3)
            let second = try await test.git.push(["a": "2"])
            try await test.git.git("push", "-q", "-f", "origin", "HEAD:refs/tags/v1.1.0")
            #expect(try await look.poll())
            #expect(await look.candidate() == second)
            try await look.pollQuietly(2)
        }
    }

    @Test("a repository with a tag of a file: a commit is found there, and the branch goes on")
    func fileTag() async throws {
        try await SourceFixture.with { test in
            let first = try await test.git.push(["a": "1"])
            let blob = try await test.git.git("rev-parse", "HEAD:a")
            try await test.git.git("push", "-q", "origin", "\(blob):refs/tags/key")
            let look = try await LookFixture(test, [.branch("main"), .commit(CommitID(first))])
            #expect(try await look.poll())
            try await look.pollQuietly(2)
            for text in ["2", "3"] {
                let next = try await test.git.push(["a": text])
                #expect(try await look.poll())
                #expect(await look.candidate() == next)
                #expect(await look.candidate(1) == first)
            }
        }
    }

    @Test("a tag in the cache whose commit is gone is damage, and mended")
    func halfTag() async throws {
        try await SourceFixture.with { test in
            let commit = try await test.git.push(["a": "1"])
            try await test.git.git("tag", "-a", "v1", "-m", "one")
            try await test.git.git("push", "-q", "origin", "v1")
            let look = try await LookFixture(test, [.tag("v1")])
            #expect(try await look.poll())
            let nobody = String(repeating: "1", count: 40)
            let cache = look.cache.path
            try Files.write(
                "object \(nobody)\ntype commit\ntag v1\ntagger T <t@example.com> 1 +0000\n\n",
                to: test.directory("object"))
            let tag = try await Shell.succeed([
                "git", "--git-dir", cache, "hash-object", "-t", "tag", "-w", "--literally", test.directory("object"),
            ])
            try Files.write(tag, to: "\(cache)/refs/stoker/tags/v1")
            #expect(try await look.poll())
            #expect(await look.candidate() == commit)
            try await look.pollQuietly(2)
        }
    }

    @Test("a commit that is on no branch: no child until some ref moves, and it is found when one brings it")
    func commit() async throws {
        try await SourceFixture.with { test in
            try await test.git.push(["a": "1"])
            try Files.write("2", to: "\(test.git.work)/a")
            try await test.git.git("commit", "-q", "-a", "-m", "hidden")
            let hidden = try await Shell.succeed(["git", "-C", test.git.work, "rev-parse", "HEAD"]).prefix(40)
            let look = try await LookFixture(test, [.commit(CommitID(String(hidden))), .branch("main")])
            #expect(try await look.poll())
            #expect(await look.candidate().hasSuffix("check commit of environment e0"))
            try await look.pollQuietly(3)
            try await test.git.git("push", "-q", "origin", "HEAD~1:refs/heads/else")
            #expect(try await look.poll())
            try await look.pollQuietly(2)
            try await test.git.git("push", "-q", "origin", "HEAD:refs/tags/here")
            #expect(try await look.poll())
            #expect(await look.candidate() == hidden)
            try await look.pollQuietly(2)
        }
    }

    @Test(
        "loose references: those below a prefix, with files in folders, without locks; anything odd or too many is no answer"
    )
    func loose() throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        for name in ["v1", "v2/a", "v2/b.lock", "x/y/z", "ops/v1"] {
            try Files.write("", to: directory("refs/tags/\(name)"))
        }
        func names(_ prefix: String, limit: Int = 100) -> [String]? {
            LooseRefs.names(in: directory.path, below: prefix, limit: limit)?.sorted()
        }
        #expect(names("refs/tags/v") == ["refs/tags/v1", "refs/tags/v2/a"])
        #expect(names("refs/tags/ops/v") == ["refs/tags/ops/v1"])
        #expect(names("refs/tags/")?.count == 4)
        #expect(names("refs/heads/") == [])
        #expect(names("refs/tags/", limit: 4) == nil)
        #expect(symlink("v1", directory("refs/tags/vlink")) == 0)
        #expect(names("refs/tags/v") == nil)
    }

    @Test("a repository with its files beside it counts; anything unusual is left to the fetch")
    func unusual() async throws {
        try await SourceFixture.with { test in
            try await test.git.push(["a": "1"])
            let question = RefQuestion(names: ["refs/heads/main"])
            func look(_ path: String) async -> RefsSeen? {
                await LocalLook(SourceURL(path), references: 100)?.look(question, within: .seconds(10))
            }
            #expect(await look(test.git.bare)?.ids.count == 1)
            #expect(await look(test.git.work)?.ids.count == 1)
            try await test.git.git("worktree", "add", "-q", "--detach", test.directory("tree"))
            #expect(await look(test.directory("tree")) == nil)
            try Files.write("ref: refs/heads/main\n", to: "\(test.git.bare)/refs/heads/alias")
            #expect(
                await LocalLook(SourceURL(test.git.bare), references: 100)?
                    .look(RefQuestion(names: ["refs/heads/alias"]), within: .seconds(10)) == nil)
            try Files.makeDirectory("\(test.git.bare)/reftable")
            #expect(await look(test.git.bare) == nil)
            #expect(await look(test.directory("nowhere")) == nil)
            #expect(await look("file://localhost\(test.git.work)") == nil)
            #expect(await look("file://\(test.git.work)")?.ids.count == 1)
        }
    }

    @Test("packed-refs in order, and in disorder")
    func packed() {
        let id = String(repeating: "1", count: 40)
        let text = "# pack-refs with: peeled fully-peeled sorted \n\(id) refs/heads/main\n\(id) refs/tags/v1\n^\(id)\n"
        #expect(PackedRefs.parse(Array(text.utf8), limit: 2)?.keys.sorted() == ["refs/heads/main", "refs/tags/v1"])
        #expect(PackedRefs.parse(Array(text.utf8), limit: 1) == nil)
        #expect(PackedRefs.parse(Array("\(id)\n".utf8), limit: 2) == nil)
        #expect(PackedRefs.parse(Array("zzz refs/heads/main\n".utf8), limit: 2) == nil)
    }

    @Test("work that hangs is not waited for, and no second thread begins while it does")
    func hanging() async throws {
        let work = BlockingWork<Int>()
        let gate = DispatchSemaphore(value: 0)
        #expect(
            await work.run(within: .milliseconds(50)) {
                gate.wait(); return 1
            } == nil)
        #expect(await work.run(within: .seconds(30)) { 2 } == nil)
        gate.signal()
        try await eventually("the thread is back") { await work.run(within: .seconds(30)) { 3 } == 3 }
    }
}
