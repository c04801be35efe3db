import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// Through a real sshd, and the real binary as fetch child.
@Suite struct SSHFetchTests {
    /// A repository behind an sshd.
    private struct Ground {
        let source: SourceFixture
        let server: SSHServer

        /// A source with the server's known_hosts file, unless another one is given.
        func make(
            url: String? = nil, key: String?, known: String? = nil, config: String? = nil,
            timeout: Duration = .seconds(60), limits: SourceLimits = SourceLimits()
        ) throws -> GitSource {
            try source.source(
                url: url ?? server.url(source.git.bare), timeout: timeout,
                ssh: SSHAccess(
                    keyFile: key, knownHostsFile: known ?? server.knownHosts, configFile: config),
                limits: limits)
        }
    }

    private func with(
        command: String? = nil, hostKeys: [String] = ["ed25519"], _ body: (Ground) async throws -> Void
    ) async throws {
        try await SourceFixture.with { test in
            let server = try await SSHServer(directory: test.directory("ssh"), command: command, hostKeys: hostKeys)
            defer { server.stop() }
            try await body(Ground(source: test, server: server))
        }
    }

    @Test(arguments: ["ed25519", "ecdsa", "rsa"])
    func bringsNewsWithEveryTypeOfKey(_ type: String) async throws {
        try await with(hostKeys: [type]) { ground in
            let first = try await ground.source.git.push(["a": "1"])
            let source = try ground.make(key: try await ground.server.key(type: type))
            #expect(try await ground.source.fetched(source).refs[0].commit == CommitID(first))
            let quiet = try await ground.source.fetched(source)
            #expect(quiet.receivedBytes == 0 && quiet.refs[0].commit == CommitID(first))
            let second = try await ground.source.git.push(["a": "2"])
            let news = try await ground.source.fetched(source)
            #expect(news.refs[0].commit == CommitID(second))
            #expect(news.receivedObjects == 3)
            #expect(try ground.source.snapshot(SnapshotReader(source)).tree.files.count == 1)
        }
    }

    @Test func takesTheShortSpellingAndAConfiguration() async throws {
        try await with { ground in
            let commit = try await ground.source.git.push(["a": "1"])
            let config = ground.source.directory("config")
            try Files.write(
                "Host corner\n  HostName 127.0.0.1\n  Port \(ground.server.port)\n  HostKeyAlias [127.0.0.1]:\(ground.server.port)\n",
                to: config)
            let source = try ground.make(
                url: "\(NSUserName())@corner:\(ground.source.git.bare)", key: try await ground.server.key(),
                config: config)
            #expect(try await ground.source.fetched(source).refs[0].commit == CommitID(commit))
        }
    }

    @Test func pathsReachTheServerAsTheyAre() async throws {
        try await with { ground in
            let folder = ground.source.directory("it's $(touch pwned); \"a\" !b")
            let git = try await GitRepository(in: folder)
            let commit = try await git.push(["a": "1"])
            let config = ground.source.directory("config")
            try Files.write("Port \(ground.server.port)\n", to: config)
            let source = try ground.make(
                url: "\(NSUserName())@127.0.0.1:\(git.bare)", key: try await ground.server.key(), config: config)
            #expect(try await ground.source.fetched(source).refs[0].commit == CommitID(commit))
        }
    }

    @Test func anEmptyRepositoryIsSaidToBeEmpty() async throws {
        try await with { ground in
            let report = try await ground.source.fetched(ground.make(key: try await ground.server.key()))
            #expect(report.refs[0].problem?.description.contains("is empty: push a first commit to main") == true)
        }
    }

    @Test func anUnknownHostKeyIsNotTaken() async throws {
        try await with { ground in
            try Files.write("", to: ground.source.directory("known"))
            let known = ground.source.directory("known")
            let key = try await ground.server.key()
            let failure = try await ground.source.failed(ground.make(key: key, known: known))
            #expect(failure.kind == .certificate)
            #expect(
                failure.message.contains(" is not known: add its ED25519 key to source.ssh.known_hosts_file \(known)"))
            // Not even where a configuration file says so.
            let config = ground.source.directory("config")
            try Files.write(
                "StrictHostKeyChecking no\nNoHostAuthenticationForLocalhost yes\nUserKnownHostsFile \(ground.server.knownHosts)\nKnownHostsCommand /bin/cat \(ground.server.knownHosts)\n",
                to: config)
            let weakened = try await ground.source.failed(ground.make(key: key, known: known, config: config))
            #expect(weakened.kind == .certificate, "\(weakened)")
            #expect(Files.read(known) == "")
        }
    }

    @Test func aChangedHostKeyIsNotTaken() async throws {
        try await with { ground in
            let known = ground.source.directory("known")
            let other = try await ground.server.key(type: "rsa")
            try await SSHServer.makeKey(ground.source.directory("other"), type: "ed25519")
            let publicKey = try #require(Files.read(ground.source.directory("other.pub")))
            try Files.write("[127.0.0.1]:\(ground.server.port) \(publicKey)", to: known)
            let failure = try await ground.source.failed(ground.make(key: other, known: known))
            #expect(failure.kind == .certificate)
            #expect(failure.message.contains("is not the one in source.ssh.known_hosts_file \(known), but SHA256:"))
        }
    }

    @Test func aKeyThatIsNotLetIn() async throws {
        try await with { ground in
            _ = try await ground.server.key()
            let wrong = ground.source.directory("wrong")
            try await SSHServer.makeKey(wrong, type: "ed25519")
            let failure = try await ground.source.failed(ground.make(key: wrong))
            #expect(failure.kind == .authentication)
            #expect(
                failure.message.hasSuffix(
                    "refused user \(NSUserName()) with the key in source.ssh.key_file \(wrong): check that its public half is allowed there"
                ))
        }
    }

    @Test func aKeyWithAPassphrase() async throws {
        try await with { ground in
            let key = try await ground.server.key(passphrase: "secret")
            let failure = try await ground.source.failed(ground.make(key: key))
            #expect(failure.kind == .authentication)
            #expect(failure.message.contains("\(key) has a passphrase, which nobody is there to type"))
        }
    }

    @Test func aFileThatIsNoKey() async throws {
        try await with { ground in
            let key = ground.source.directory("key")
            try Files.write("garbage\n", to: key)
            try await Shell.succeed(["chmod", "600", key])
            let failure = try await ground.source.failed(ground.make(key: key))
            #expect(failure.kind == .authentication)
            #expect(failure.message.contains("ssh could not use the key for the git server at "))
        }
    }

    @Test func anAgentIsAskedWhenItMayBe() async throws {
        try await with { ground in
            try await ground.source.git.push(["a": "1"])
            let key = try await ground.server.key(passphrase: "secret")
            let socket = ground.source.directory("agent")
            let agent = try Child(["ssh-agent", "-D", "-a", socket], output: ground.source.directory("agent.log"))
            defer { agent.stop() }
            try await eventually("the agent's socket") { Files.exists(socket) }
            let answer = ground.source.directory("answer")
            try await Files.writeProgram("#!/bin/sh\necho secret\n", to: answer)
            try await Shell.succeed(
                ["ssh-add", "-q", key],
                environment: [
                    "PATH": "/usr/bin:/bin", "SSH_AUTH_SOCK": socket, "SSH_ASKPASS": answer,
                    "SSH_ASKPASS_REQUIRE": "force",
                ])
            for (isAllowed, keyFile) in [(true, nil), (true, key), (false, nil)] {
                var configuration = try ground.make(key: keyFile).configuration
                configuration.ssh.agent = isAllowed
                let command = SSHCommand(try SSHSourceAccess(configuration, agent: socket))
                let result = await ChildProcess.run(
                    "ssh", command.arguments, environment: command.environment, input: Array("0000".utf8),
                    limit: .seconds(30))
                #expect(result.exit.isSuccess == isAllowed, "\(result.standardError.text)")
                #expect(result.standardOutput.text.contains("refs/heads/main") == isAllowed)
            }
        }
    }

    @Test func aRepositoryThatIsNotThere() async throws {
        try await with { ground in
            let url = ground.server.url("/nowhere.git")
            let failure = try await ground.source.failed(
                ground.make(url: url, key: try await ground.server.key()))
            #expect(failure.kind == .notFound)
            #expect(
                failure.message
                    == "the git server at \(url) has no such repository, or this key may not see it: check source.url and source.ssh.key_file (fatal: '/nowhere.git' does not appear to be a git repository)"
            )
        }
    }

    @Test func nobodyListens() async throws {
        try await with { ground in
            let url = "ssh://127.0.0.1:\(try FreePort.next())/x"
            let failure = try await ground.source.failed(
                ground.make(url: url, key: try await ground.server.key()))
            #expect(failure.kind == .unreachable)
            #expect(failure.message == "the git server at \(url) could not be reached: Connection refused")
        }
    }

    @Test func aNameThatDoesNotResolve() async throws {
        try await with { ground in
            let url = "git@no-such-host.invalid:x"
            let failure = try await ground.source.failed(
                ground.make(url: url, key: try await ground.server.key()))
            #expect(failure.kind == .unreachable)
            #expect(
                failure.message.contains(
                    "the name no-such-host.invalid of the git server at \(url) could not be resolved"))
        }
    }

    @Test(arguments: [
        ("echo Welcome to the corner; exec git-upload-pack x", "prints \"Welcome to the corner\"; allow it"),
        ("echo This account is currently not available.", "prints \"This account is currently not available.\""),
        ("no-such-program", "has no program git-upload-pack: install git there"),
        ("echo ERROR: Repository not found. >&2; exit 1", "has no such repository, or this key may not see it"),
        ("exit 3", "did not answer as a git server does: ssh ended with code 3"),
        ("printf 00", "did not answer as a git server does"),
        ("printf '\\033[31mred\\n' >&2; exit 1", "?[31mred"),
    ])
    func serversThatAreNone(_ command: String, _ words: String) async throws {
        try await with(command: command) { ground in
            let failure = try await ground.source.failed(ground.make(key: try await ground.server.key()))
            #expect(failure.message.contains(words), "\(failure)")
        }
    }

    @Test func aServerThatFallsSilentAfterTheLogin() async throws {
        // It ends with the connection.
        try await with(command: "cat > /dev/null") { ground in
            let start = ContinuousClock.now
            let failure = try await ground.source.failed(
                ground.make(
                    key: try await ground.server.key(),
                    limits: SourceLimits(connectTimeout: .seconds(2), idleTimeout: .seconds(1))))
            #expect(failure.kind == .timeout)
            #expect(
                failure.message.contains("did not answer within 3s (source.limits.connect_timeout and idle_timeout)"))
            #expect(ContinuousClock.now - start < .seconds(50))
        }
    }

    @Test func aServerThatFallsSilentBeforeTheLogin() async throws {
        try await with { ground in
            let silent = try SilentServer()
            defer { silent.stop() }
            let url = "ssh://127.0.0.1:\(silent.port)/x"
            let failure = try await ground.source.failed(
                ground.make(
                    url: url, key: try await ground.server.key(), limits: SourceLimits(connectTimeout: .seconds(1))))
            #expect(failure.kind == .timeout)
            #expect(
                failure.message
                    == "the git server at \(url) did not answer within 1s (source.limits.connect_timeout)")
        }
    }

    @Test func theProgramIsMissing() async throws {
        try await with { ground in
            let source = try ground.make(key: try await ground.server.key())
            let child = try await ChildUnderTest(source, environment: ["PATH": "/nonexistent"])
            defer { child.stop() }
            let output = try child.output(until: "\"failed\"")
            #expect(output.contains("install openssh-client"), "\(output)")
        }
    }

    @Test(arguments: [SIGKILL, 0])
    func nothingIsLeftBehindByAChildThatDies(_ signal: Int32) async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        try Files.write("", to: directory("stay"))
        // Closed pipes alone do not end it: the server goes on until the test is over.
        try await with(command: "while [ -e \(directory("stay")) ]; do sleep 0.1; done") { ground in
            let child = try await ChildUnderTest(try ground.make(key: try await ground.server.key()))
            defer { child.stop() }
            let pid = child.process.processIdentifier
            let ssh = try await eventually("an ssh process", within: .seconds(20)) { Self.children(of: pid).first }
            // Logged in, so that it is not its own time-out that ends it.
            try await eventually("the login") { ground.server.log.contains("Starting session") }
            if signal == 0 { try child.closeInput() } else { kill(pid, signal) }
            try await eventually("the end of ssh", within: .seconds(10)) { !Files.exists("/proc/\(ssh)") }
        }
    }

    @Test func theTimeoutEndsSSHToo() async throws {
        try await with(command: "cat > /dev/null") { ground in
            let key = try await ground.server.key()
            let failure = try await ground.source.failed(ground.make(key: key, timeout: .seconds(2)))
            #expect(failure.kind == .timeout)
            #expect(failure.message.hasSuffix("did not answer within 2s (source.timeout)"))
            let mark = Array(key.utf8)
            try await eventually("the end of ssh", within: .seconds(20)) {
                try !FileManager.default.contentsOfDirectory(atPath: "/proc").contains { name in
                    Int32(name) != nil
                        && FileManager.default.contents(atPath: "/proc/\(name)/cmdline")?.firstRange(of: mark) != nil
                }
            }
        }
    }

    private static func children(of pid: Int32) -> [Int32] {
        (Files.read("/proc/\(pid)/task/\(pid)/children") ?? "").split(separator: " ").compactMap { Int32($0) }
    }
}
