import Foundation
import TestSupport
import Testing

/// A storage directory that is damaged, lost, full or read-only, and folders that are not there: what is said, what is left
/// alone, and that the way out works.
@Suite("Storage care")
struct StorageCareTests {
    @Test(
        "a journal that cannot be used: one sentence, nothing changed; moved away, the next start adopts",
        arguments: StorageLayout.allCases)
    func unusable(_ layout: StorageLayout) async throws {
        try await World.run(.installed, layout.setup) { world in
            try await layout.begin(world)
            let path = StorageCare.journal(world)[0]
            let tree = Files.tree(layout.live(world))
            let saved = try Data(contentsOf: URL(fileURLWithPath: path))
            let way = "adopts what is on disk"
            func restore() throws { try saved.write(to: URL(fileURLWithPath: path)) }

            try StorageCare.change(path) { $0.replaceSubrange(0..<200, with: Data(repeating: 0x5a, count: 200)) }
            try await StorageCare.requireRefused(world, saying: "corrupt", way)
            try restore()
            try StorageCare.change(path) { $0 = $0.prefix(9_000) }
            try await StorageCare.requireRefused(world, saying: "corrupt", way)
            try restore()
            try StorageCare.change(path) {
                $0.replaceSubrange(4096 * 3..<4096 * 4, with: Data(repeating: 0xa5, count: 4096))
            }
            try await StorageCare.requireRefused(world, saying: "corrupt", way)
            try restore()
            // The schema's version is the big-endian number at 60.
            try StorageCare.change(path) { $0[63] += 1 }
            try await StorageCare.requireRefused(world, saying: "version 2", "newer stoker", way)
            try Files.remove(path)
            for rest in StorageCare.journal(world) where Files.exists(rest) { try Files.remove(rest) }
            try Files.makeDirectory(path)
            try await StorageCare.requireRefused(world, saying: "no regular file")
            try Files.remove(path)
            try restore()

            try StorageCare.moveAway(world)
            let turn = try await world.once()
            try requireVerified(turn, world.firstCommit)
            try #require(turn.attempt["trigger"].string == "adopt", "\(turn)")
            try #require(Files.tree(layout.live(world)) == tree)
            let commit = try await world.push(layout.change(world.prometheus.port, "later"))
            try requireVerified(try await world.once(), commit)
            try #require(world.prometheus.isRunning)
            try await eventually("the new job") { try world.prometheus.jobs().contains("later") }
        }
    }

    @Test("rows of another version: the same, and the log of a killed program stays where it is")
    func foreignRows() async throws {
        try await World.run(.installed) { world in
            try world.stoker.start()
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            try await world.stoker.wait(outcome: "verified", revision: commit)
            world.stoker.kill()
            // Killed, so the newest entries are in the log; now one that this version does not know, by another program.
            let script = """
                import os, sqlite3, sys
                c = sqlite3.connect(sys.argv[1], isolation_level=None)
                c.execute("UPDATE environment SET record = '{\\"later\\":1}', status = '{\\"later\\":1}'")
                c.execute("UPDATE attempt SET findings = '{}'")
                os._exit(0)
                """
            try await Shell.succeed(["python3", "-c", script, StorageCare.journal(world)[0]])
            try #require(StorageCare.bytes(world)[1]?.isEmpty == false)
            for command in [["run", "--once"], ["recover"], ["status"], ["history"]] {
                let before = StorageCare.bytes(world)
                let result = try await world.stoker.run(command, limit: .seconds(30))
                try #require(result.code == 1, "\(command) \(result)")
                for word in [StorageCare.journal(world)[0], "use the version that wrote it", "adopts what is on disk"] {
                    try #require(result.error.contains(word), "\(command) \(result)")
                }
                try #require(StorageCare.bytes(world) == before, "\(command)")
            }
            try StorageCare.moveAway(world)
            try requireVerified(try await world.once(), commit)
        }
    }

    @Test(
        "killed in the middle, then the journal lost: not taken for verified, deployed anew and whole",
        arguments: StorageLayout.allCases)
    func lostAfterCrash(_ layout: StorageLayout) async throws {
        try await World.run(.installed, layout.setup) { world in
            try await layout.begin(world)
            let before = Files.tree(layout.live(world))
            let commit = try await StorageCare.crash(world, layout)
            let after = layout.change(world.prometheus.port, "new").compactMapValues { $0 }
            let torn = Files.tree(layout.live(world))
            try #require(torn != before)
            if layout != .linked { try #require(torn != after, "the crash left a whole tree") }
            try StorageCare.moveAway(world)
            let recovered = try await world.stoker.run("recover")
            try #require(recovered.code == 0, "\(recovered)")
            try #require(Files.tree(layout.live(world)) == torn, "without a journal nobody knows what to repair")
            let turn = try await world.once()
            try requireVerified(turn, commit)
            try #require(Files.tree(layout.live(world)) == after)
            try await eventually("the new job") { try world.prometheus.jobs() == ["new", "self"] }
            if layout != .singleFile {
                try #require(try world.prometheus.ruleNames().allSatisfy { $0.hasSuffix("-new") })
            }
            // Nothing of the lost attempt is left beside the tree, and another change goes through.
            let next = try await world.push(layout.change(world.prometheus.port, "next"))
            try requireVerified(try await world.once(), next)
            let leftovers =
                (FileManager.default.enumerator(atPath: "\(world.stoker.storage)/targets")?.allObjects ?? [])
                .compactMap { $0 as? String }.filter { $0.contains("staged-") || $0.contains("revert-") }
            try #require(leftovers.isEmpty, "\(leftovers)")
        }
    }

    @Test("a user who may not write the journal is told so, and one who may not read it too")
    func forbidden() async throws {
        try await World.run(.installed) { world in
            let path = StorageCare.journal(world)[0]
            let nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
            let other = try world.stoker.variant(prefix: nobody)
            try #require(chmod(world.stoker.storage, 0o777) == 0)
            for name in ["lock", "wake", "reserve"] { chmod("\(world.stoker.storage)/\(name)", 0o666) }
            try #require(chmod(path, 0o600) == 0)
            let refused = try await other.run("status")
            try #require(refused.code == 1, "\(refused)")
            try #require(refused.error.contains(path), "\(refused)")
            try #require(chmod(path, 0o644) == 0)
            let readable = try await other.run("status")
            try #require(readable.code == 0, "\(readable)")
            let written = try await other.run("recover")
            try #require(written.code == 1, "\(written)")
            try #require(written.error.contains("cannot write the journal \(path)"), "\(written)")
            try #require(written.error.contains("let this user read and write it"), "\(written)")
        }
    }
}
