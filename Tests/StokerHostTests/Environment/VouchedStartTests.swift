import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// A start with an attempt in the journal whose commit nobody stands for any more.
@Suite struct VouchedStartTests {
    @HostActor
    private static func setup() -> HostFixture.Setup {
        var setup = HostFixture.Setup()
        setup.source = { ["verify: { allowed_signers_file: \($0("keys/allowed_signers")) }"] }
        setup.before = { fixture in
            let keys = try SigningKeys(in: fixture.directory("keys"))
            _ = try await keys.ssh("alice")
            _ = try await keys.ssh("bob")
            try keys.allow([("alice@example.com", "", "alice")])
            try await fixture.git.git("config", "gpg.format", "ssh")
            try await fixture.git.git("config", "user.signingkey", "\(keys.directory)/alice")
            try await fixture.git.git("config", "commit.gpgsign", "true")
        }
        return setup
    }

    @Test("a turn before the first poll has ended deploys nothing, and the poll decides", arguments: [false, true])
    @HostActor
    func start(_ withdrawn: Bool) async throws {
        try await HostFixture.run(Self.setup()) { fixture in
            let host = try fixture.start()
            try await fixture.drive(host)
            #expect(host.status.outcome == "verified", "\(host.status)")
            let authority = fixture.directory("tls/ca.pem")
            let port = fixture.process.port
            let job = Sample.job("secure", port: port, extra: ", scheme: https, tls_config: { ca_file: \(authority) }")
            try await fixture.push(["prometheus.yml": Sample.main(port: port, jobs: [job])])
            try await fixture.drive(host)
            #expect(host.status.reason == .missingFile, "\(host.status)")
            let tree = Files.tree(fixture.etc)
            try Files.makeDirectory(fixture.directory("tls"))
            try await Shell.succeed([
                "openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-days", "2", "-subj", "/CN=test", "-keyout",
                fixture.directory("tls/key.pem"), "-out", authority,
            ])
            let keys = try SigningKeys(in: fixture.directory("keys"))
            if withdrawn { try keys.allow([("bob@example.com", "", "bob")]) }

            let next = try fixture.start()
            let rest = await next.turn(.request)
            #expect(rest.why == .held)
            #expect(rest.until == nil)
            #expect(Files.tree(fixture.etc) == tree)
            #expect(next.status.outcome == nil, "it is not given up either")
            try await fixture.drive(next)
            #expect((Files.tree(fixture.etc) == tree) == withdrawn, "\(next.status)")
            if withdrawn {
                #expect(next.status.reason == .signatureInvalid, "\(next.status)")
                #expect(next.status.outcome == "superseded")
            }
        }
    }
}
