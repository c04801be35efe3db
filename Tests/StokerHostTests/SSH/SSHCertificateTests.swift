import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// Keys that an authority has signed, of people and of hosts: ssh takes them by itself, and says little when it does not.
@Suite("SSH certificates") struct SSHCertificateTests {
    private struct Ground {
        let test: SourceFixture
        /// Lets in whom the authority has signed, and shows a host certificate.
        let server: SSHServer
        let authority: String
        let key: String
        let commit: CommitID

        /// A source that trusts the authority for this server, and no key.
        func source(trusting authority: String) throws -> GitSource {
            let known = test.directory("known")
            let signer = Files.read("\(authority).pub") ?? ""
            try Files.write("@cert-authority [127.0.0.1]:\(server.port) \(signer)", to: known)
            return try test.source(
                url: server.url(test.git.bare), ssh: SSHAccess(keyFile: key, knownHostsFile: known))
        }
    }

    /// - Parameters:
    ///   - host: the names in the host's certificate, and the days it is valid.
    ///   - user: the same of the user's.
    private func with(
        host: (names: String, valid: String) = ("127.0.0.1", "+1d"),
        user: (names: String, valid: String)? = (NSUserName(), "+1d"), _ body: (Ground) async throws -> Void
    ) async throws {
        try await SourceFixture.with { test in
            let commit = CommitID(try await test.git.push(["a": "1"]))
            let (authority, key, hostKey) = (test.directory("ca"), test.directory("key"), test.directory("host"))
            for file in [authority, key, hostKey] { try await SSHServer.makeKey(file, type: "ed25519") }
            func sign(_ options: [String], _ file: String) async throws {
                try await Shell.succeed(
                    ["ssh-keygen", "-q", "-s", authority, "-I", "test"] + options + ["\(file).pub"])
            }
            try await sign(["-h", "-n", host.names, "-V", host.valid], hostKey)
            if let user { try await sign(["-n", user.names, "-V", user.valid], key) }
            let server = try await SSHServer(
                directory: test.directory("ssh"), hostKeys: [],
                lines: [
                    "HostKey \(hostKey)", "HostCertificate \(hostKey)-cert.pub", "TrustedUserCAKeys \(authority).pub",
                ])
            defer { server.stop() }
            try await body(Ground(test: test, server: server, authority: authority, key: key, commit: commit))
        }
    }

    @Test("a user and a host with certificates of one authority, and no key of either is known")
    func both() async throws {
        try await with { ground in
            let source = try ground.source(trusting: ground.authority)
            #expect(try await ground.test.fetched(source).refs[0].commit == ground.commit)
            #expect(ground.server.log.contains("ED25519-CERT"))
            let look = await RefLook(source)
            let seen = try await look.look(RefQuestion(names: ["refs/heads/main"]))
            #expect(seen?.ids.values.map(\.description) == [ground.commit.rawValue])
        }
    }

    @Test("a host certificate of another authority, for another name, or that has ended")
    func wrongHost() async throws {
        try await with { ground in
            let failure = try await ground.test.failed(ground.source(trusting: ground.key))
            #expect(failure.kind == .certificate)
            #expect(failure.message.contains(" is not known: add its ED25519 key to source.ssh.known_hosts_file "))
        }
        for (host, words) in [
            (("git.example.com", "+1d"), "name is not a listed principal"), (("127.0.0.1", "-2d:-1d"), "expired"),
        ] {
            try await with(host: host) { ground in
                let failure = try await ground.test.failed(ground.source(trusting: ground.authority))
                #expect(failure.kind == .certificate)
                #expect(
                    failure.message
                        == "the host certificate of the git server at \(ground.server.url(ground.test.git.bare)) is not valid (\(words)), and its key by itself is not in source.ssh.known_hosts_file \(ground.test.directory("known")): let its operator sign it anew"
                )
            }
        }
    }

    @Test("a user's certificate for another name, or that has ended, or none")
    func wrongUser() async throws {
        for user in [("nobody-else", "+1d"), (NSUserName(), "-2d:-1d")] {
            try await with(user: user) { ground in
                let failure = try await ground.test.failed(ground.source(trusting: ground.authority))
                #expect(failure.kind == .authentication)
                #expect(
                    failure.message.hasSuffix(
                        ", or that the certificate \(ground.key)-cert.pub is valid now and names that user"))
            }
        }
        try await with(user: nil) { ground in
            let failure = try await ground.test.failed(ground.source(trusting: ground.authority))
            #expect(failure.kind == .authentication)
            #expect(failure.message.hasSuffix("check that its public half is allowed there"))
        }
    }
}
