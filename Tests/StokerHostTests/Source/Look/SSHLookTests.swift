import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// The cheap poll through a real sshd.
@Suite("Looks over ssh") struct SSHLookTests {
    /// Runs what was asked for, without the variable that asks for protocol 2.
    private static let oldProtocol = "env -u GIT_PROTOCOL sh -c \"$SSH_ORIGINAL_COMMAND\""

    private static let endless = String(repeating: "1", count: 40)

    private func with(
        command: String? = nil, _ body: (SourceFixture, SSHServer) async throws -> Void
    ) async throws {
        try await SourceFixture.with { test in
            let server = try await SSHServer(directory: test.directory("ssh"), command: command)
            defer { server.stop() }
            try await body(test, server)
        }
    }

    private func source(
        _ test: SourceFixture, _ server: SSHServer, path: String? = nil, key: String? = nil, known: String? = nil,
        _ refs: [GitRef] = [.branch("main")], timeout: Duration = .seconds(60), limits: SourceLimits = SourceLimits()
    ) async throws -> GitSource {
        let access = SSHAccess(
            keyFile: try await key == nil ? server.key() : key, knownHostsFile: known ?? server.knownHosts)
        let configuration = SourceConfiguration(
            url: server.url(path ?? test.git.bare), ref: refs[0], timeout: timeout, http: HTTPAccess(), ssh: access,
            onRewrite: .hold, limits: limits)
        return GitSource(
            configuration, refs: refs, storage: test.directory("storage"), executable: try Programs.stoker())
    }

    private static let main = RefQuestion([.branch("main")])

    private func logins(_ server: SSHServer) -> Int {
        server.log.split(whereSeparator: \.isNewline).count { $0.contains("Accepted publickey for") }
    }

    private func failure(_ refs: RefLook) async throws -> FetchFailure {
        do throws(FetchFailure) { _ = try await refs.look(Self.main) } catch { return error }
        throw TestFailure("the look succeeded")
    }

    @Test("one process for each look, whichever protocol the server speaks", arguments: [nil, oldProtocol])
    func oneProcess(_ command: String?) async throws {
        try await with(command: command) { test, server in
            let first = try await test.git.push(["a": "1"])
            let refs = await RefLook(try await source(test, server))
            for _ in 0..<3 {
                let seen = try await refs.look(Self.main)
                #expect(seen?.ids.mapValues(\.description) == ["refs/heads/main": first])
                #expect(seen?.head == "refs/heads/main")
                #expect(seen?.hasBranches == true)
            }
            let second = try await test.git.push(["a": "2"])
            #expect(try await refs.look(Self.main)?.ids["refs/heads/main"]?.description == second)
            #expect(logins(server) == 4)
        }
    }

    @Test("no fetch child without news, and news at the next poll", arguments: [nil, oldProtocol])
    func feed(_ command: String?) async throws {
        try await with(command: command) { test, server in
            try await test.git.push(["a": "1"])
            let access = SSHAccess(keyFile: try await server.key(), knownHostsFile: server.knownHosts)
            let look = try await LookFixture(test, url: server.url(test.git.bare), ssh: access)
            #expect(try await look.poll())
            try await look.pollQuietly(3)
            let second = try await test.git.push(["a": "2"])
            #expect(try await look.poll())
            #expect(await look.candidate() == second)
            try await look.pollQuietly()
            server.stop()
            #expect(try await look.failure().kind == .unreachable)
        }
    }

    @Test("an empty repository and a missing branch are told apart", arguments: [nil, oldProtocol])
    func missing(_ command: String?) async throws {
        try await with(command: command) { test, server in
            let refs = await RefLook(try await source(test, server, [.branch("release")]))
            let release = RefQuestion([.branch("release")])
            #expect(try await refs.look(release)?.hasBranches == false)
            try await test.git.push(["a": "1"])
            let seen = try await refs.look(release)
            #expect(seen?.hasBranches == true && seen?.ids.isEmpty == true && seen?.head == "refs/heads/main")
            try await Shell.succeed(["git", "--git-dir", test.git.bare, "symbolic-ref", "HEAD", "refs/heads/nowhere"])
            let dangling = try await refs.look(release)
            #expect(dangling?.hasBranches == true && dangling?.head == nil)
        }
    }

    @Test("what ssh and the server complain about becomes the failure of a fetch")
    func failures() async throws {
        try await with { test, server in
            try await test.git.push(["a": "1"])
            let key = try await server.key()
            let absent = await RefLook(try await source(test, server, path: "/nowhere.git", key: key))
            #expect(try await failure(absent).kind == .notFound)
            try Files.write("", to: test.directory("nobody"))
            let unknown = await RefLook(
                try await source(test, server, key: key, known: test.directory("nobody")))
            #expect(try await failure(unknown).kind == .certificate)
            try await SSHServer.makeKey(test.directory("stranger"), type: "ed25519")
            let stranger = await RefLook(try await source(test, server, key: test.directory("stranger")))
            #expect(try await failure(stranger).kind == .authentication)
            let refs = await RefLook(try await source(test, server, key: key))
            _ = try await refs.look(Self.main)
            server.stop()
            #expect(try await failure(refs).kind == .unreachable)
        }
    }

    @Test(
        "a shell that talks, one that never ends, one that is silent: bounded, and said",
        arguments: [
            ("echo Welcome", FetchFailure.Kind.protocolError), ("yes 0000000000000000", .protocolError),
            ("sleep 600", .timeout),
            ("printf 0008NAK; exit 0", .protocolError),
            ("exec yes 003e\(Self.endless) refs/heads/aaaaaaaa", .tooLarge),
        ])
    func wrongServers(_ command: String, _ kind: FetchFailure.Kind) async throws {
        try await with(command: command) { test, server in
            let refs = await RefLook(
                try await source(
                    test, server, timeout: .seconds(kind == .timeout ? 3 : 60), limits: SourceLimits(references: 1000)))
            let start = ContinuousClock.now
            let failure = try await failure(refs)
            #expect([kind, .tooLarge].contains(failure.kind), "\(failure)")
            #expect(ContinuousClock.now - start < .seconds(90))
        }
    }
}
