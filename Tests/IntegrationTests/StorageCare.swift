import Foundation
import TestSupport
import Testing

/// The three layouts, each with its usual world.
enum StorageLayout: String, CaseIterable, CustomTestStringConvertible {
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

    /// The folder with the files now: a walk does not begin at a link.
    func live(_ world: World) -> String {
        guard self == .linked, let path = realpath(world.directory("live"), nil) else { return world.etc }
        defer { free(path) }
        return String(cString: path)
    }

    /// First deployment or adoption; verified at the end.
    func begin(_ world: World) async throws {
        guard self == .linked else { return try await world.adopt() }
        _ = try await world.once()
        try await world.prometheus.start()
        try await world.adopt()
    }
}

/// What the tests of the storage directory do to it.
enum StorageCare {
    static func journal(_ world: World) -> [String] {
        ["", "-wal", "-shm"].map { "\(world.stoker.storage)/journal.sqlite\($0)" }
    }

    static func bytes(_ world: World) -> [Data?] {
        journal(world).prefix(2).map { FileManager.default.contents(atPath: $0) }
    }

    static func moveAway(_ world: World) throws {
        let place = world.directory("away-\(UUID().uuidString)")
        try Files.makeDirectory(place)
        for path in journal(world) where Files.exists(path) {
            try FileManager.default.moveItem(atPath: path, toPath: "\(place)/\((path as NSString).lastPathComponent)")
        }
    }

    /// Every command that needs the journal says the same sentence, exits 1 and changes nothing.
    static func requireRefused(
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

    static func change(_ path: String, _ body: (inout Data) -> Void) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        body(&bytes)
        try bytes.write(to: URL(fileURLWithPath: path))
    }

    /// Pushes a change of every file and lets the program die in the middle of it.
    static func crash(_ world: World, _ layout: StorageLayout, _ word: String = "new") async throws -> String {
        let commit = try await world.push(layout.change(world.prometheus.port, word))
        let kill = layout.kill(world)
        let dying = try world.stoker.variant(
            prefix: ["strace", "-f", "-qq", "-o", world.directory("strace.log")] + kill.paths.flatMap { ["-P", $0] }
                + ["-e", "trace=\(kill.call)", "-e", "inject=\(kill.call):signal=SIGKILL:when=\(kill.ordinal)"])
        let result = try await dying.run("run", "--once")
        try #require(result.code == 128 + SIGKILL, "\(result)")
        return commit
    }

    /// MNT_DETACH, which Swift does not import as a number.
    static let lazily: Int32 = 2

    static func mountStorage(_ world: World) async throws {
        let storage = world.stoker.storage
        try Files.makeDirectory(storage)
        try await Shell.succeed(["mount", "-t", "tmpfs", "-o", "size=16m,mode=0700", "tmpfs", storage])
        world.deferred.add {
            world.stoker.stop()
            _ = umount2(storage, lazily)
        }
    }

    static func fill(_ world: World) throws {
        let descriptor = open("\(world.stoker.storage)/filler", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw TestFailure("the filler cannot be made") }
        defer { close(descriptor) }
        for size in [65_536, 4_096, 1] {
            let block = [UInt8](repeating: 0x20, count: size)
            while write(descriptor, block, size) > 0 {}
        }
    }
}

/// A server of 127.0.0.1 that says nothing and counts who came.
final class CountingServer {
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
