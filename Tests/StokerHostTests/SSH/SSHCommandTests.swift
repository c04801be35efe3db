import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

@Suite struct SSHCommandTests {
    private func command(
        _ url: String, _ ssh: SSHAccess = SSHAccess(), idle: Duration = .seconds(30), agent: String? = nil,
        protocolVersion: Int? = nil
    ) throws -> SSHCommand {
        let configuration = SourceConfiguration(
            url: url, ref: .branch("main"), timeout: .seconds(60), http: HTTPAccess(), ssh: ssh, onRewrite: .hold,
            limits: SourceLimits(connectTimeout: .seconds(7), idleTimeout: idle))
        return SSHCommand(try SSHSourceAccess(configuration, agent: agent), protocolVersion: protocolVersion)
    }

    private func options(_ command: SSHCommand) -> [String] {
        zip(command.arguments, command.arguments.dropFirst()).filter { $0.0 == "-o" }.map(\.1)
    }

    @Test func endsWithTheHostAndTheQuotedPath() throws {
        let command = try command("ssh://git@host:2222/it's a!b")
        #expect(
            command.arguments.suffix(7) == [
                "-p", "2222", "-l", "git", "--", "host", "git-upload-pack '/it'\\''s a'\\!'b'",
            ])
        #expect(try self.command("host:x").arguments.suffix(3) == ["--", "host", "git-upload-pack 'x'"])
    }

    @Test func readsNoConfigurationAndAsksNoAgentUnlessToldTo() throws {
        let plain = try command("host:x", agent: "/socket")
        #expect(plain.arguments.prefix(3) == ["-T", "-F", "none"])
        #expect(options(plain).contains("IdentityAgent=none"))
        #expect(plain.environment["SSH_AUTH_SOCK"] == nil)
        let asking = try command("host:x", SSHAccess(agent: true), agent: "/socket")
        #expect(options(asking).contains("IdentityAgent=SSH_AUTH_SOCK"))
        #expect(asking.environment["SSH_AUTH_SOCK"] == "/socket")
        #expect(!options(asking).contains("IdentitiesOnly=yes"))
        let failure = #expect(throws: FetchFailure.self) { try command("host:x", SSHAccess(agent: true)) }
        #expect(failure?.message.contains("SSH_AUTH_SOCK is not set") == true)
    }

    @Test func neverPromptsTrustsOrForwards() throws {
        let command = try command("host:x")
        for option in [
            "BatchMode=yes", "StrictHostKeyChecking=yes", "NoHostAuthenticationForLocalhost=no", "VerifyHostKeyDNS=no",
            "PasswordAuthentication=no", "KbdInteractiveAuthentication=no", "ClearAllForwardings=yes",
            "ForwardAgent=no", "ControlMaster=no", "ControlPath=none", "PermitLocalCommand=no", "ConnectTimeout=7",
            "ServerAliveInterval=10", "ServerAliveCountMax=2",
        ] {
            #expect(options(command).contains(option))
        }
        #expect(
            Set(command.environment.keys).isSubset(of: [
                "PATH", "HOME", "LANG", "TMPDIR", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR",
            ]))
    }

    @Test func namesFilesSoThatSSHTakesThemAsTheyAre() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        try Files.write("", to: directory("a %h b"))
        try Files.write("", to: directory("none"))
        try await Shell.succeed(["chmod", "600", directory("a %h b")])
        let command = try command(
            "host:x",
            SSHAccess(
                keyFile: directory("a %h b"), knownHostsFile: directory("a %h b"), configFile: directory("none")))
        let path = "\(directory.path)/a %%h b"
        #expect(options(command).contains("UserKnownHostsFile=\"\(path)\""))
        #expect(options(command).contains("GlobalKnownHostsFile=/dev/null"))
        #expect(options(command).contains("IdentitiesOnly=yes"))
        #expect(command.arguments.contains(path))
        #expect(command.arguments[2] == directory("none"))
    }

    @Test func asksForAProtocolVersion() throws {
        let command = try command("host:x", protocolVersion: 2)
        #expect(options(command).contains("SendEnv=GIT_PROTOCOL"))
        #expect(command.environment["GIT_PROTOCOL"] == "version=2")
    }

    @Test func theProgramAcceptsEveryOption() async throws {
        let command = try command("host:x", SSHAccess(agent: true), agent: "/socket", protocolVersion: 2)
        // -G prints what the options come to, and connects to nobody.
        let result = try await Shell.run(["ssh", "-G"] + command.arguments, environment: command.environment)
        #expect(result.code == 0, "\(result)")
        let shown = Set(result.output.split(separator: "\n").map(String.init))
        for line in [
            "batchmode yes", "stricthostkeychecking true", "identityagent SSH_AUTH_SOCK", "controlmaster false",
            "forwardagent no", "updatehostkeys false", "passwordauthentication no", "connecttimeout 7",
        ] {
            #expect(shown.contains(line), "\(line) is missing in \(result.output)")
        }
    }

    @Test func saysWhichFileIsAtFault() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        func failure(_ ssh: SSHAccess) -> String? {
            #expect(throws: FetchFailure.self) { try command("host:x", ssh) }?.message
        }
        let absent = directory("absent")
        for (access, key) in [
            (SSHAccess(keyFile: absent), "key_file"), (SSHAccess(knownHostsFile: absent), "known_hosts_file"),
            (SSHAccess(configFile: absent), "config_file"),
        ] {
            #expect(failure(access) == "could not read source.ssh.\(key) \(absent): No such file or directory")
        }
        try Files.write("", to: directory("a${HOME}"))
        #expect(failure(SSHAccess(knownHostsFile: directory("a${HOME}")))?.contains("must not have ${") == true)
        try await SSHServer.makeKey(directory("key"), type: "ed25519")
        #expect(failure(SSHAccess(keyFile: directory("key.pub")))?.contains("may be read by others (644)") == true)
        try await Shell.succeed(["chmod", "600", directory("key.pub")])
        #expect(failure(SSHAccess(keyFile: directory("key.pub")))?.contains("holds a public key") == true)
    }

    @Test(arguments: ["RFC4716", "PEM", "PKCS8"])
    func seesPassphrases(_ format: String) async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        try await SSHServer.makeKey(directory("open"), type: "ecdsa", format: format)
        try await SSHServer.makeKey(directory("shut"), type: "ecdsa", passphrase: "secret", format: format)
        #expect(SSHKeyFile.look(at: directory("open")) == .usable)
        #expect(SSHKeyFile.look(at: directory("shut")) == .protected)
        #expect(SSHKeyFile.look(at: directory("nowhere")) == .usable)
    }
}
