import Foundation
import TestSupport
import Testing

/// A storage directory that is full or read-only, and starts in a world that is not as it should be: folders that are not
/// there, names that are taken, nobody who answers.
@Suite("Storage care: space and starts")
struct StorageSpaceTests {
    @Test(
        "killed in the middle, then the disk filled: recover repairs all the same, again and again",
        arguments: [StorageLayout.inPlace, .singleFile])
    func fullAfterCrash(_ layout: StorageLayout) async throws {
        try await World.run(.installed, layout.setup) { world in
            try await StorageCare.mountStorage(world)
            try await layout.begin(world)
            let reserve = "\(world.stoker.storage)/reserve"
            try #require(FileManager.default.contents(atPath: reserve)?.count == 256 << 10)
            let commit = try await StorageCare.crash(world, layout)
            try StorageCare.fill(world)
            let after = layout.change(world.prometheus.port, "new").compactMapValues { $0 }
            for _ in 0..<3 {
                let recovered = try await world.stoker.run("recover")
                try #require(recovered.code == 0, "\(recovered)")
                try #require(world.tree == after)
                // Whatever the last one gave back is taken by somebody else.
                try StorageCare.fill(world)
            }
            let status = try await world.stoker.run("status")
            try #require(status.code == 0, "\(status)")
            try Files.removeWithSpace("\(world.stoker.storage)/filler")
            try requireVerified(try await world.once(), commit)
            try #require(FileManager.default.contents(atPath: reserve)?.count == 256 << 10)
        }
    }

    @Test("stopped well, then the disk filled: the journal opens, nothing is deployed, and it goes on with space")
    func fullAfterStop() async throws {
        try await World.run(.installed, StorageLayout.inPlace.setup) { world in
            try await StorageCare.mountStorage(world)
            try await world.adopt()
            // What `status` leaves would do instead of the reserve.
            for path in StorageCare.journal(world).dropFirst() where Files.exists(path) { try Files.remove(path) }
            try StorageCare.fill(world)
            let recovered = try await world.stoker.run("recover")
            try #require(recovered.code == 0, "\(recovered)")
            try #require(recovered.output == "nothing to repair\n", "\(recovered)")
            try StorageCare.fill(world)
            let tree = world.tree
            let commit = try await world.push(StorageLayout.inPlace.change(world.prometheus.port, "new"))
            let result = try await world.stoker.run("run", "--once")
            try #require(result.code == 1, "\(result)")
            try #require(world.tree == tree)
            try Files.removeWithSpace("\(world.stoker.storage)/filler")
            try requireVerified(try await world.once(), commit)
        }
    }

    @Test("a read-only storage directory is said to be one")
    func readOnly() async throws {
        try await World.run(.installed, StorageLayout.inPlace.setup) { world in
            try await StorageCare.mountStorage(world)
            try await world.adopt()
            try await Shell.succeed(["mount", "-o", "remount,ro", world.stoker.storage])
            for command in [["recover"], ["run", "--once"]] {
                let result = try await world.stoker.run(command, limit: .seconds(30))
                try #require(result.code == 1, "\(command) \(result)")
                try #require(result.error.contains(world.stoker.storage), "\(result)")
                try #require(result.error.contains("mount its file system read-write"), "\(result)")
            }
            let status = try await world.stoker.status()
            try #require(status["outcome"].string == "verified", "\(status)")
            try await Shell.succeed(["mount", "-o", "remount,rw", world.stoker.storage])
            try requireVerified(try await world.once(), world.firstCommit)
        }
    }

    @Test("a file called wake: said at the start, and nothing is written into it")
    func wake() async throws {
        try await World.run(.installed) { world in
            let path = "\(world.stoker.storage)/wake"
            if access(path, F_OK) == 0 { try Files.remove(path) }
            try Files.write("somebody's notes\n", to: path)
            let result = try await world.stoker.run("run", "--web.listen-address", "127.0.0.1:0", limit: .seconds(30))
            try #require(result.code == 1, "\(result)")
            try #require(result.error.contains("\(path): it is no pipe"), "\(result)")
            try #require(result.error.contains("remove it"), "\(result)")
            let suspended = try await world.stoker.run("suspend", "production", "--reason", "x")
            try #require(suspended.code == 0, "\(suspended)")
            try #require(Files.read(path) == "somebody's notes\n")
        }
    }

    @Test("a deploy_to that is not there at the start is locked as soon as it is")
    func lockedLater() async throws {
        let setup = World.Setup.with { setup in
            setup.deployed = false
            setup.adopted = false
            setup.deployTo = { "\($0)/later" }
            setup.prometheus = { $0.configSeenAt = "\($1)/later/prometheus.yml" }
        }
        try await World.run(.installed, setup) { world in
            let second = try world.stoker.variant(storage: world.directory("data-2"))
            try world.stoker.start()
            try await eventually("the first files") { Files.exists(world.directory("later/prometheus.yml")) }
            try await world.prometheus.start()
            try await world.stoker.wait(outcome: "verified", revision: world.firstCommit)
            let refused = try await second.run("run", "--once")
            try #require(refused.code == 1, "\(refused)")
            try #require(refused.error.contains("is held by process \(world.stoker.pid ?? 0)"), "\(refused)")
        }
    }

    @Test("one environment whose folder is not mounted stops no other, and is repaired when it is")
    func unmounted() async throws {
        try await World.run(.installed) { world in
            let folder = world.directory("etc-b")
            let other = try world.anotherPrometheus("other", folder: folder)
            let files = StorageLayout.inPlace.change(other.port, "first").compactMapValues { $0 }
            for (path, text) in files { try Files.write(text, to: "\(folder)/\(path)") }
            try await other.start()
            try world.reconfigure { file in
                var environment = file.environments[0]
                environment.name = "staging"
                environment.paths = ["staging"]
                environment.targets[0].deployTo = folder
                environment.targets[0].url = other.url
                file.environments.append(environment)
            }
            func staging(_ word: String) -> [String: String?] {
                Dictionary(
                    uniqueKeysWithValues: StorageLayout.inPlace.change(other.port, word).map {
                        ("staging/\($0.key)", $0.value)
                    })
            }
            try await world.repository.push(staging("first"))
            let adopted = try await world.stoker.run("run", "--once")
            try #require(adopted.code == 0, "\(adopted)")
            let commit = try await world.repository.push(staging("second"))
            let dying = try world.stoker.variant(
                prefix: [
                    "strace", "-f", "-qq", "-o", world.directory("strace.log"), "-P", "\(folder)/rules",
                    "-e", "trace=renameat", "-e", "inject=renameat:signal=SIGKILL:when=2",
                ])
            let killed = try await dying.run("run", "--once")
            try #require(killed.code == 128 + SIGKILL, "\(killed)")
            let torn = Files.tree(folder)
            let whole = StorageLayout.inPlace.change(other.port, "second").compactMapValues { $0 }
            try #require(torn != files)
            try #require(torn != whole)

            try FileManager.default.moveItem(atPath: folder, toPath: folder + ".away")
            let recovered = try await world.stoker.run("recover")
            try #require(recovered.code == 1, "\(recovered)")
            try #require(
                recovered.error.contains("staging: ") && recovered.error.contains("is its file system mounted?"),
                "\(recovered)")

            try world.stoker.start()
            let status = try await world.stoker.wait(for: "the obstacle", in: "staging") {
                $0["reason"].string == "DeployFailed"
                    && ($0["message"].string ?? "").contains("is its file system mounted?")
            }
            try #require(status["health"].string == "degraded", "\(status)")
            // The other one works meanwhile.
            let good = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            try await world.stoker.wait(outcome: "verified", revision: good)
            try #require(try world.prometheus.ruleNames().contains("NewAlert"))
            try #require(!Files.exists(folder), "nothing may be written where the mount is missing")
            let stays = try await world.stoker.status("staging")
            try #require(stays["reason"].string == "DeployFailed", "\(stays)")

            try FileManager.default.moveItem(atPath: folder + ".away", toPath: folder)
            try await world.stoker.wait(outcome: "verified", revision: good, in: "staging")
            try #require(Files.tree(folder) == whole)
            try #require(try other.ruleNames() == ["Base-second", "Extra-second"])
            let done = try await world.stoker.status("staging")
            try #require(done["reason"].isNull && done["message"].string == "", "\(done)")
            try #require((done["verified_revision"].string ?? "").count > commit.count)
        }
    }

    @Test(
        "recover asks nobody: neither git nor Prometheus sees a connection, and it ends at once",
        arguments: StorageLayout.allCases)
    func recoverAlone(_ layout: StorageLayout) async throws {
        try await World.run(.installed, layout.setup) { world in
            try await layout.begin(world)
            _ = try await StorageCare.crash(world, layout)
            let git = try CountingServer()
            let process = try CountingServer()
            defer {
                git.stop()
                process.stop()
            }
            try world.reconfigure { file in
                file.sourceURL = "http://127.0.0.1:\(git.port)/monitoring.git"
                file.environments[0].targets[0].url = "http://127.0.0.1:\(process.port)"
            }
            let clock = ContinuousClock.now
            let recovered = try await world.stoker.run("recover", limit: .seconds(20))
            try #require(ContinuousClock.now - clock < .seconds(10))
            try #require(recovered.code == 0, "\(recovered)")
            try #require(
                recovered.output
                    == "production/prometheus: the deploy in the journal is complete on disk; the next run verifies it\n",
                "\(recovered)")
            try #require(
                Files.tree(layout.live(world)) == layout.change(world.prometheus.port, "new").compactMapValues { $0 })
            let again = try await world.stoker.run("recover", limit: .seconds(20))
            try #require(again.code == 0, "\(again)")
            try #require(git.connections == 0)
            try #require(process.connections == 0)
            // The servers do count.
            _ = try? LoopbackHTTP.request(port: git.port, path: "/", limitSeconds: 1)
            try #require(git.connections == 1)
        }
    }
}
