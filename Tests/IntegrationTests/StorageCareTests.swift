import Foundation
import TestSupport
import Testing

/// A storage directory that is damaged, lost, full or read-only, and folders that are not there: what is said, what is left
/// alone, and that the way out works.
@Suite("Storage care")
struct StorageCareTests {
    /// The three layouts, each with its usual world.
    enum Layout: String, CaseIterable, CustomTestStringConvertible {
        case inPlace = "in_place"
        case linked
        case singleFile = "single_file"

        var testDescription: String { rawValue }

        var setup: World.Setup {
            .with { setup in
                setup.adopted = false
                switch self {
                case .inPlace:
                    setup.files = { port in
                        Sample.files(port: port).merging(["rules/extra.yml": Sample.alerts("Extra", group: "extra")]) {
                            $1
                        }
                    }
                case .linked:
                    setup.target = { _ in ["layout: linked"] }
                    setup.deployed = false
                    setup.deployTo = { "\($0)/live" }
                    setup.prometheus = { $0.configSeenAt = "\($1)/live/prometheus.yml" }
                case .singleFile:
                    setup.files = { ["prometheus.yml": Self.main($0, ["a", "b"])] }
                    setup.deployTo = { "\($0)/etc/prometheus.yml" }
                }
            }
        }

        static func main(_ port: UInt16, _ jobs: [String]) -> String {
            Sample.main(port: port, jobs: jobs.map { Sample.job($0, port: port) }, rules: [])
        }

        /// A change of every file there is.
        func change(_ port: UInt16, _ word: String) -> [String: String?] {
            switch self {
            case .inPlace:
                [
                    "prometheus.yml": Sample.main(port: port, jobs: [Sample.job(word, port: port)]),
                    "rules/base.yml": Sample.alerts("Base-\(word)", group: "base"),
                    "rules/extra.yml": Sample.alerts("Extra-\(word)", group: "extra"),
                ]
            case .linked:
                [
                    "prometheus.yml": Sample.main(port: port, jobs: [Sample.job(word, port: port)]),
                    "rules/base.yml": Sample.alerts("Base-\(word)", group: "base"),
                ]
            case .singleFile: ["prometheus.yml": Self.main(port, [word])]
            }
        }

        /// What kills the program in the middle of its deployment: calls, which one of them, and the folder or file they are on.
        func kill(_ world: World) -> (call: String, ordinal: Int, paths: [String]) {
            switch self {
            case .inPlace: ("renameat", 2, ["\(world.etc)/rules"])
            // After the flip: the new release is live, and neither Prometheus nor the journal was told.
            case .linked: ("fsync", 2, [world.directory.path])
            case .singleFile: ("ftruncate", 1, ["\(world.etc)/prometheus.yml"])
            }
        }

        func live(_ world: World) -> String {
            // A walk does not begin at a link.
            (self == .linked ? world.directory("live") as NSString : world.etc as NSString).resolvingSymlinksInPath
        }

        /// First deployment or adoption; verified at the end.
        func begin(_ world: World) async throws {
            guard self == .linked else { return try await world.adopt() }
            _ = try await world.once()
            try await world.prometheus.start()
            try await world.adopt()
        }
    }

    private static func journal(_ world: World) -> [String] {
        ["", "-wal", "-shm"].map { "\(world.stoker.storage)/journal.sqlite\($0)" }
    }

    private static func bytes(_ world: World) -> [Data?] {
        journal(world).prefix(2).map { FileManager.default.contents(atPath: $0) }
    }

    private static func moveAway(_ world: World) throws {
        let place = world.directory("away-\(UUID().uuidString)")
        try Files.makeDirectory(place)
        for path in journal(world) where Files.exists(path) {
            try FileManager.default.moveItem(atPath: path, toPath: "\(place)/\((path as NSString).lastPathComponent)")
        }
    }

    /// Every command that needs the journal says the same sentence, exits 1 and changes nothing.
    private static func requireRefused(
        _ world: World, saying words: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = (bytes(world), world.tree)
        for command in [
            ["run", "--once"], ["run", "--web.listen-address", "127.0.0.1:0"], ["recover"], ["status"], ["history"],
            ["suspend", "production", "--reason", "x"],
        ] {
            let result = try await world.stoker.run(command, limit: .seconds(30))
            try #require(result.code == 1, "\(command) \(result)", sourceLocation: sourceLocation)
            for word in words + [journal(world)[0]] {
                try #require(
                    result.error.contains(word), "\(command) \(word) \(result)", sourceLocation: sourceLocation)
            }
            try #require(bytes(world) == before.0, "\(command)", sourceLocation: sourceLocation)
        }
        try #require(world.tree == before.1, sourceLocation: sourceLocation)
    }

    private static func change(_ path: String, _ body: (inout Data) -> Void) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        body(&bytes)
        try bytes.write(to: URL(fileURLWithPath: path))
    }

    @Test(
        "a journal that cannot be used: one sentence, nothing changed; moved away, the next start adopts",
        arguments: Layout.allCases)
    func unusable(_ layout: Layout) async throws {
        try await World.run(.installed, layout.setup) { world in
            try await layout.begin(world)
            let path = Self.journal(world)[0]
            let tree = Files.tree(layout.live(world))
            let saved = try Data(contentsOf: URL(fileURLWithPath: path))
            let way = "adopts what is on disk"
            func restore() throws { try saved.write(to: URL(fileURLWithPath: path)) }

            try Self.change(path) { $0.replaceSubrange(0..<200, with: Data(repeating: 0x5a, count: 200)) }
            try await Self.requireRefused(world, saying: "corrupt", way)
            try restore()
            try Self.change(path) { $0 = $0.prefix(9_000) }
            try await Self.requireRefused(world, saying: "corrupt", way)
            try restore()
            try Self.change(path) { $0.replaceSubrange(4096 * 3..<4096 * 4, with: Data(repeating: 0xa5, count: 4096)) }
            try await Self.requireRefused(world, saying: "corrupt", way)
            try restore()
            // The schema's version is the big-endian number at 60.
            try Self.change(path) { $0[63] += 1 }
            try await Self.requireRefused(world, saying: "version 2", "newer stoker", way)
            try Files.remove(path)
            for rest in Self.journal(world) where Files.exists(rest) { try Files.remove(rest) }
            try Files.makeDirectory(path)
            try await Self.requireRefused(world, saying: "no regular file")
            try Files.remove(path)
            try restore()

            try Self.moveAway(world)
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
            try await Shell.succeed(["python3", "-c", script, Self.journal(world)[0]])
            try #require(Self.bytes(world)[1]?.isEmpty == false)
            for command in [["run", "--once"], ["recover"], ["status"], ["history"]] {
                let before = Self.bytes(world)
                let result = try await world.stoker.run(command, limit: .seconds(30))
                try #require(result.code == 1, "\(command) \(result)")
                for word in [Self.journal(world)[0], "use the version that wrote it", "adopts what is on disk"] {
                    try #require(result.error.contains(word), "\(command) \(result)")
                }
                try #require(Self.bytes(world) == before, "\(command)")
            }
            try Self.moveAway(world)
            try requireVerified(try await world.once(), commit)
        }
    }

    /// Pushes a change of every file and lets the program die in the middle of it.
    private static func crash(_ world: World, _ layout: Layout, _ word: String = "new") async throws -> String {
        let commit = try await world.push(layout.change(world.prometheus.port, word))
        let kill = layout.kill(world)
        let dying = try world.stoker.variant(
            prefix: ["strace", "-f", "-qq", "-o", world.directory("strace.log")] + kill.paths.flatMap { ["-P", $0] }
                + ["-e", "trace=\(kill.call)", "-e", "inject=\(kill.call):signal=SIGKILL:when=\(kill.ordinal)"])
        let result = try await dying.run("run", "--once")
        try #require(result.code == 128 + SIGKILL, "\(result)")
        return commit
    }

    @Test(
        "killed in the middle, then the journal lost: not taken for verified, deployed anew and whole",
        arguments: Layout.allCases)
    func lostAfterCrash(_ layout: Layout) async throws {
        try await World.run(.installed, layout.setup) { world in
            try await layout.begin(world)
            let before = Files.tree(layout.live(world))
            let commit = try await Self.crash(world, layout)
            let after = layout.change(world.prometheus.port, "new").compactMapValues { $0 }
            let torn = Files.tree(layout.live(world))
            try #require(torn != before)
            if layout != .linked { try #require(torn != after, "the crash left a whole tree") }
            try Self.moveAway(world)
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

    // MARK: - Full and read-only

    /// MNT_DETACH, which Swift does not import as a number.
    private static let lazily: Int32 = 2

    private static func mountStorage(_ world: World) async throws {
        let storage = world.stoker.storage
        try Files.makeDirectory(storage)
        try await Shell.succeed(["mount", "-t", "tmpfs", "-o", "size=16m,mode=0700", "tmpfs", storage])
        world.deferred.add {
            world.stoker.stop()
            _ = umount2(storage, lazily)
        }
    }

    private static func fill(_ world: World) throws {
        let descriptor = open("\(world.stoker.storage)/filler", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        guard descriptor >= 0 else { throw TestFailure("the filler cannot be made") }
        defer { close(descriptor) }
        for size in [65_536, 4_096, 1] {
            let block = [UInt8](repeating: 0x20, count: size)
            while write(descriptor, block, size) > 0 {}
        }
    }

    @Test(
        "killed in the middle, then the disk filled: recover repairs all the same, again and again",
        arguments: [Layout.inPlace, .singleFile])
    func fullAfterCrash(_ layout: Layout) async throws {
        try await World.run(.installed, layout.setup) { world in
            try await Self.mountStorage(world)
            try await layout.begin(world)
            let reserve = "\(world.stoker.storage)/reserve"
            try #require(FileManager.default.contents(atPath: reserve)?.count == 256 << 10)
            let commit = try await Self.crash(world, layout)
            try Self.fill(world)
            let after = layout.change(world.prometheus.port, "new").compactMapValues { $0 }
            for _ in 0..<3 {
                let recovered = try await world.stoker.run("recover")
                try #require(recovered.code == 0, "\(recovered)")
                try #require(world.tree == after)
                // Whatever the last one gave back is taken by somebody else.
                try Self.fill(world)
            }
            let status = try await world.stoker.run("status")
            try #require(status.code == 0, "\(status)")
            try Files.remove("\(world.stoker.storage)/filler")
            try requireVerified(try await world.once(), commit)
            try #require(FileManager.default.contents(atPath: reserve)?.count == 256 << 10)
        }
    }

    @Test("stopped well, then the disk filled: the journal opens, nothing is deployed, and it goes on with space")
    func fullAfterStop() async throws {
        try await World.run(.installed, Layout.inPlace.setup) { world in
            try await Self.mountStorage(world)
            try await world.adopt()
            // What `status` leaves would do instead of the reserve.
            for path in Self.journal(world).dropFirst() where Files.exists(path) { try Files.remove(path) }
            try Self.fill(world)
            let recovered = try await world.stoker.run("recover")
            try #require(recovered.code == 0, "\(recovered)")
            try #require(recovered.output == "nothing to repair\n", "\(recovered)")
            try Self.fill(world)
            let tree = world.tree
            let commit = try await world.push(Layout.inPlace.change(world.prometheus.port, "new"))
            let result = try await world.stoker.run("run", "--once")
            try #require(result.code == 1, "\(result)")
            try #require(world.tree == tree)
            try Files.remove("\(world.stoker.storage)/filler")
            try requireVerified(try await world.once(), commit)
        }
    }

    @Test("a read-only storage directory is said to be one")
    func readOnly() async throws {
        try await World.run(.installed, Layout.inPlace.setup) { world in
            try await Self.mountStorage(world)
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

    @Test("a user who may not write the journal is told so, and one who may not read it too")
    func forbidden() async throws {
        try await World.run(.installed) { world in
            let path = Self.journal(world)[0]
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

    // MARK: - Starting

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
            let files = Layout.inPlace.change(other.port, "first").compactMapValues { $0 }
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
                    uniqueKeysWithValues: Layout.inPlace.change(other.port, word).map {
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
            let whole = Layout.inPlace.change(other.port, "second").compactMapValues { $0 }
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

    // MARK: - Recover

    @Test(
        "recover asks nobody: neither git nor Prometheus sees a connection, and it ends at once",
        arguments: Layout.allCases)
    func recoverAlone(_ layout: Layout) async throws {
        try await World.run(.installed, layout.setup) { world in
            try await layout.begin(world)
            _ = try await Self.crash(world, layout)
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

/// A server of 127.0.0.1 that says nothing and counts who came.
private final class CountingServer {
    let port: UInt16
    private let descriptor: Int32
    private var count = 0

    init() throws {
        descriptor = socket(
            AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) == 0 && listen(descriptor, 128) == 0
                    && getsockname(descriptor, generic, &length) == 0
            }
        }
        guard code else { throw TestFailure("no server: \(String(cString: strerror(errno)))") }
        port = UInt16(bigEndian: address.sin_port)
    }

    /// Connections so far, answered or not.
    var connections: Int {
        while true {
            let client = accept(descriptor, nil, nil)
            if client < 0 { return count }
            close(client)
            count += 1
        }
    }

    func stop() { close(descriptor) }
}
