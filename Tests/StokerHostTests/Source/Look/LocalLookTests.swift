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
