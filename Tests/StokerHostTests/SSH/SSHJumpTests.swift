import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// A repository behind a jump host, with a configuration file of the user's that would trust anybody.
@Suite("SSH through a jump host") struct SSHJumpTests {
    private struct Ground {
        let test: SourceFixture
        let server: SSHServer
        let jump: SSHServer
        let key: String
        let config: String

        /// A source whose URL names an alias of the configuration file.
        func source(known: String, storage: String = "storage") throws -> GitSource {
            let text = [server, jump].map { Files.read($0.knownHosts) ?? "" }
            try Files.write(
                known.replacing("SERVER", with: text[0]).replacing("JUMP", with: text[1]), to: test.directory("known"))
            let configured = try test.source(
                url: "ssh://\(NSUserName())@corner\(test.git.bare)",
                ssh: SSHAccess(keyFile: key, knownHostsFile: test.directory("known"), configFile: config))
            return GitSource(
                configured.configuration, refs: configured.refs, storage: test.directory(storage),
                executable: configured.executable)
        }

        /// The configuration files beside the cache.
        func files() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: test.directory("storage/git")).filter {
                $0.contains(".ssh-")
            }
        }

        /// Whether somebody has logged in at the jump host.
        var isJumpUsed: Bool { jump.log.contains("Accepted publickey") }
    }

    /// What a shell, ssh and its search for files would each take for something else.
    private static let oddName = "my [config] * \\file"

    /// - Parameter name: of the configuration file.
    private func with(name: String = "config", _ body: (Ground) async throws -> Void) async throws {
        try await SourceFixture.with { test in
            let server = try await SSHServer(directory: test.directory("server"))
            defer { server.stop() }
            let jump = try await SSHServer(directory: test.directory("jump"))
            defer { jump.stop() }
            let config = test.directory(name)
            try Files.write(
                """
                Host corner
                  HostName 127.0.0.1
                  Port \(server.port)
                  ProxyJump gate
                Host gate
                  HostName 127.0.0.1
                  Port \(jump.port)
                  User \(NSUserName())
                  IdentityFile \(try await jump.key())
                Host *
                  StrictHostKeyChecking no
                  NoHostAuthenticationForLocalhost yes
                  UserKnownHostsFile /dev/null
                  KnownHostsCommand /bin/cat \(jump.knownHosts)
                  ForwardAgent yes
                  PermitLocalCommand yes
                  LocalCommand touch \(test.directory("command"))

                """, to: config)
            try await body(
                Ground(test: test, server: server, jump: jump, key: try await server.key(), config: config))
        }
    }

    @Test("both hosts known: fetched and looked at through it")
    func known() async throws {
        try await with(name: Self.oddName) { ground in
            let commit = try await ground.test.git.push(["a": "1"])
            let source = try ground.source(known: "SERVERJUMP")
            #expect(try await ground.test.fetched(source).refs[0].commit == CommitID(commit))
            #expect(ground.isJumpUsed)
            let look = await RefLook(source)
            let question = RefQuestion(names: ["refs/heads/main"])
            #expect(try await look.look(question)?.ids.values.map(\.description) == [commit])
            #expect(!Files.exists(ground.test.directory("command")))
            #expect(try ground.files().count == 1)
        }
    }

    @Test("a jump host whose key is another one, or unknown, is refused by fetch and look, whatever the file says")
    func wrong() async throws {
        try await with { ground in
            try await ground.test.git.push(["a": "1"])
            let other = ground.test.directory("other")
            try await SSHServer.makeKey(other, type: "ed25519")
            let wrong = "[127.0.0.1]:\(ground.jump.port) \(try #require(Files.read("\(other).pub")))"
            let owner = "the host key of [127.0.0.1]:\(ground.jump.port) for the git server at ssh://"
            for (known, words) in [
                ("SERVER" + wrong, " is not the one in source.ssh.known_hosts_file "),
                ("SERVER", " is not known: add its ED25519 key to "),
            ] {
                let source = try ground.source(known: known)
                let failure = try await ground.test.failed(source)
                #expect(failure.kind == .certificate, "\(failure)")
                #expect(failure.message.hasPrefix(owner) && failure.message.contains(words), "\(failure)")
                let look = await RefLook(source)
                let looked = await #expect(throws: FetchFailure.self) {
                    try await look.look(RefQuestion(names: ["refs/heads/main"]))
                }
                #expect(looked?.kind == .certificate, "\(String(describing: looked))")
            }
            #expect(!ground.isJumpUsed)
        }
    }

    @Test("behind a good jump host a wrong server is refused, too")
    func wrongServer() async throws {
        try await with { ground in
            try await ground.test.git.push(["a": "1"])
            let failure = try await ground.test.failed(ground.source(known: "JUMP"))
            #expect(failure.kind == .certificate, "\(failure)")
            #expect(ground.isJumpUsed)
            #expect(!ground.server.log.contains("Accepted publickey"))
        }
    }

    @Test("ssh takes every line of our file, and the user's options that are no checks")
    func options() async throws {
        try await with(name: Self.oddName) { ground in
            let source = try ground.source(known: "SERVERJUMP")
            guard case .ssh(let access) = try await source.access() else { throw TestFailure("no ssh") }
            let shown = try await Shell.succeed(["ssh", "-G", "-F", try #require(access.configFile), "gate"])
            let lines = Set(shown.split(separator: "\n").map(String.init))
            for line in [
                "stricthostkeychecking true", "batchmode yes", "forwardagent no", "permitlocalcommand no",
                "userknownhostsfile \(ground.test.directory("known"))", "globalknownhostsfile /dev/null",
                "identityagent none", "nohostauthenticationforlocalhost no", "port \(ground.jump.port)",
            ] {
                #expect(lines.contains(line), "\(line) is missing in \(shown)")
            }
            #expect(!shown.contains("knownhostscommand /bin/cat"))
        }
    }

    @Test(
        "a path that the shell of a jump host's ssh would take apart is refused; without a file it is nobody's business"
    )
    func storage() async throws {
        try await with { ground in
            let failure = try await ground.test.failed(ground.source(known: "SERVERJUMP", storage: "my data"))
            #expect(failure.kind == .local)
            #expect(
                failure.message.hasPrefix(
                    "source.ssh.config_file needs a storage directory whose path has only letters"))
        }
    }
}
