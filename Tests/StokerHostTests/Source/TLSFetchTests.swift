import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// https to a real nginx, with certificates made for the test.
@Suite struct TLSFetchTests {
    /// Fetches through a TLS server of this certificate.
    private func outcome(
        _ site: HTTPSite, certificate: (path: String, key: String), server: String = "", host: String = "localhost",
        _ tls: HTTPAccess.TLS?
    ) async throws -> FetchOutcome {
        let gate = try await TokenGate(
            certificate: certificate, server: server, to: site.server.port, directory: site.test.directory("gate"))
        defer { gate.stop() }
        return await
            (try site.test.source(
                url: "https://\(host):\(gate.port)/monitoring.git", http: HTTPAccess(tls: tls))).poll()
    }

    private func expect(_ outcome: FetchOutcome, brings commit: CommitID) throws {
        guard case .fetched(let report) = outcome else { throw TestFailure("\(outcome)") }
        #expect(report.refs[0].commit == commit)
    }

    private func expect(_ outcome: FetchOutcome, fails words: String...) throws {
        guard case .failed(let failure) = outcome else { throw TestFailure("\(outcome)") }
        #expect(failure.kind == .certificate, "\(failure)")
        for word in words { #expect(failure.message.contains(word), "\(failure)") }
    }

    @Test func theOwnAuthorityIsTrustedAndNoOther() async throws {
        try await HTTPSite.with { site in
            let certificate = try await site.authority.certificate("server", names: "DNS:localhost")
            let trusting = HTTPAccess.TLS(caFile: site.authority.file)
            try expect(try await outcome(site, certificate: certificate, trusting), brings: site.commit)
            try expect(
                try await outcome(site, certificate: certificate, nil), fails: "is not trusted: set tls_config.ca_file")
            let other = try await TestAuthority(in: site.test.directory("other"))
            try expect(
                try await outcome(site, certificate: certificate, HTTPAccess.TLS(caFile: other.file)),
                fails: "is not trusted: set tls_config.ca_file")
            try expect(
                try await outcome(site, certificate: certificate, HTTPAccess.TLS(insecureSkipVerify: true)),
                brings: site.commit)
            let absent = HTTPAccess.TLS(caFile: "/nonexistent/ca.pem")
            guard case .failed(let failure) = try await outcome(site, certificate: certificate, absent) else {
                throw TestFailure("a CA that is not there was read")
            }
            #expect(
                failure.message
                    == "could not read the ca_file /nonexistent/ca.pem of the source: No such file or directory")
        }
    }

    @Test(arguments: ["TLSv1.3", "TLSv1.2"])
    func newVersionsAreSpokenAlone(_ version: String) async throws {
        try await HTTPSite.with { site in
            let certificate = try await site.authority.certificate("server", names: "DNS:localhost")
            let outcome = try await outcome(
                site, certificate: certificate, server: "ssl_protocols \(version);",
                HTTPAccess.TLS(caFile: site.authority.file))
            try expect(outcome, brings: site.commit)
        }
    }

    @Test func oldVersionsAreNotSpoken() async throws {
        try await HTTPSite.with { site in
            let certificate = try await site.authority.certificate("server", names: "DNS:localhost")
            // Debian's OpenSSL offers it only at its lowest security level.
            let outcome = try await outcome(
                site, certificate: certificate, server: "ssl_protocols TLSv1.1; ssl_ciphers DEFAULT@SECLEVEL=0;",
                HTTPAccess.TLS(caFile: site.authority.file))
            try expect(outcome, fails: "TLS with")
        }
    }

    @Test func addressesAndGivenNamesAreProved() async throws {
        try await HTTPSite.with { site in
            let tls = HTTPAccess.TLS(caFile: site.authority.file)
            let address = try await site.authority.certificate("address", names: "IP:127.0.0.1")
            try expect(try await outcome(site, certificate: address, host: "127.0.0.1", tls), brings: site.commit)
            try expect(
                try await outcome(site, certificate: address, host: "localhost", tls),
                fails: "is for another name: correct source.url, or set tls_config.server_name")
            let name = try await site.authority.certificate("name", names: "DNS:git.example.com")
            let named = HTTPAccess.TLS(caFile: site.authority.file, serverName: "git.example.com")
            try expect(try await outcome(site, certificate: name, host: "127.0.0.1", named), brings: site.commit)
        }
    }

    @Test func anExpiredCertificateIsSaidToBeOne() async throws {
        try await HTTPSite.with { site in
            let old = try await site.authority.certificate("old", names: "DNS:localhost", days: -1)
            try expect(
                try await outcome(site, certificate: old, HTTPAccess.TLS(caFile: site.authority.file)),
                fails: "has expired")
        }
    }

    @Test(arguments: ["on", "optional_no_ca"])
    func aClientCertificateIsShownWhereItIsWanted(_ verify: String) async throws {
        try await HTTPSite.with { site in
            let certificate = try await site.authority.certificate("server", names: "DNS:localhost")
            let ours = try await site.authority.certificate("client", names: "DNS:client")
            let other = try await TestAuthority(in: site.test.directory("other"))
            let theirs = try await other.certificate("client", names: "DNS:client")
            let server =
                verify == "on"
                ? "ssl_verify_client on; ssl_client_certificate \(site.authority.file);"
                : "ssl_verify_client optional_no_ca; if ($ssl_client_serial = \"\") { return 496; }"
            func access(_ client: (path: String, key: String)?) -> HTTPAccess.TLS {
                HTTPAccess.TLS(caFile: site.authority.file, certFile: client?.path, keyFile: client?.key)
            }
            try expect(
                try await outcome(site, certificate: certificate, server: server, access(ours)), brings: site.commit)
            try expect(
                try await outcome(site, certificate: certificate, server: server, access(nil)),
                fails: "asks for a client certificate: set tls_config.cert_file and key_file")
            if verify == "on" {
                try expect(
                    try await outcome(site, certificate: certificate, server: server, access(theirs)),
                    fails: "refused the client certificate \(theirs.path)")
            }
        }
    }
}
