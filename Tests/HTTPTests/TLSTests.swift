import HTTP
import Testing

/// Against OpenSSL's own server, with certificates made for the test.
@Suite struct TLSTests {
    @Test func theOwnCAIsTrustedAndNoOther() async throws {
        try await withTLSServer(subject: "IP:127.0.0.1") { (port, folder, client) async throws in
            let url = "https://127.0.0.1:\(port)/"
            let trusted = Request(url: url, tls: TLSOptions(caFile: "\(folder)/ca.pem"))
            #expect(try await client.send(trusted).status == 200)

            for tls in [nil, TLSOptions(), TLSOptions(caFile: "\(folder)/other.pem")] {
                let error = try await failure(client, Request(url: url, tls: tls))
                guard case .tls(let detail) = error.kind else {
                    Issue.record("not a TLS failure: \(error)")
                    continue
                }
                #expect(detail.contains("certificate"))
                #expect(!error.mayHaveArrived)
            }
            let missing = try await failure(client, Request(url: url, tls: TLSOptions(caFile: "\(folder)/none.pem")))
            guard case .tls(let detail) = missing.kind else {
                Issue.record("not a TLS failure: \(missing)")
                return
            }
            #expect(detail.contains("\(folder)/none.pem"))
            let anything = Request(url: url, tls: TLSOptions(insecureSkipVerify: true))
            #expect(try await client.send(anything).status == 200)
            // A connection that was opened without proof does not serve those who ask for one.
            guard case .tls = try await failure(client, Request(url: url)).kind else {
                Issue.record("an unproven connection was used again")
                return
            }
        }
    }

    @Test func aRotatedCACountsAtTheNextConnection() async throws {
        try await withTLSServer(subject: "IP:127.0.0.1") { (port, folder, client) async throws in
            let request = Request(
                url: "https://127.0.0.1:\(port)/", tls: TLSOptions(caFile: "\(folder)/current.pem"))
            try Program.run(["cp", "\(folder)/other.pem", "\(folder)/current.pem"])
            guard case .tls = try await failure(client, request).kind else {
                Issue.record("the wrong CA was accepted")
                return
            }
            try Program.run(["cp", "\(folder)/ca.pem", "\(folder)/current.pem"])
            #expect(try await client.send(request).status == 200)
        }
    }

    @Test func theNameIsProvedAndCanBeGiven() async throws {
        try await withTLSServer(subject: "DNS:stoker.test") { (port, folder, client) async throws in
            let url = "https://127.0.0.1:\(port)/"
            let wrong = try await failure(client, Request(url: url, tls: TLSOptions(caFile: "\(folder)/ca.pem")))
            guard case .tls = wrong.kind else {
                Issue.record("not a TLS failure: \(wrong)")
                return
            }
            let tls = TLSOptions(caFile: "\(folder)/ca.pem", serverName: "stoker.test")
            #expect(try await client.send(Request(url: url, tls: tls)).status == 200)
            let other = TLSOptions(caFile: "\(folder)/ca.pem", serverName: "other.test")
            guard case .tls = try await failure(client, Request(url: url, tls: other)).kind else {
                Issue.record("a wrong name was accepted")
                return
            }
        }
    }

    @Test func weProveOurselvesWithACertificate() async throws {
        try await withTLSServer(subject: "IP:127.0.0.1", asksForCertificate: true) {
            (port, folder, client) async throws in
            let url = "https://127.0.0.1:\(port)/"
            let ours = TLSOptions(
                caFile: "\(folder)/ca.pem", certFile: "\(folder)/server.pem", keyFile: "\(folder)/server.key")
            #expect(try await client.send(Request(url: url, tls: ours)).status == 200)
            let nobody = try await failure(client, Request(url: url, tls: TLSOptions(caFile: "\(folder)/ca.pem")))
            #expect(nobody.message.contains("certificate required"))
            let badKey = TLSOptions(
                caFile: "\(folder)/ca.pem", certFile: "\(folder)/server.pem", keyFile: "\(folder)/other.key")
            guard case .tls = try await failure(client, Request(url: url, tls: badKey)).kind else {
                Issue.record("a key that does not fit was used")
                return
            }
        }
    }

    @Test func plainHTTPWhereTLSIsSpokenIsNoAnswer() async throws {
        try await withServer { peer in
            peer.send("HTTP/1.1 400 Bad Request\r\n\r\n")
            peer.waitForEnd()
        } _: { (server, client) async throws in
            let url = server.url.replacing("http://", with: "https://")
            guard case .tls = try await failure(client, Request(url: url)).kind else {
                Issue.record("an answer without TLS was taken for one")
                return
            }
        }
    }

    private func withTLSServer(
        subject: String, asksForCertificate: Bool = false,
        _ body: (String, String, HTTPClient) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
            for name in ["ca", "other"] {
                try Program.run(
                    ["openssl", "req", "-x509", "-subj", "/CN=\(name)"] + key
                        + ["-keyout", "\(folder)/\(name).key", "-out", "\(folder)/\(name).pem"])
            }
            try Program.run(
                ["openssl", "req", "-x509", "-subj", "/CN=server", "-addext", "subjectAltName=\(subject)"] + key
                    + ["-CA", "\(folder)/ca.pem", "-CAkey", "\(folder)/ca.key"]
                    + ["-keyout", "\(folder)/server.key", "-out", "\(folder)/server.pem"])
            let server = try Program(
                ["openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", "\(folder)/server.pem"]
                    + ["-key", "\(folder)/server.key"]
                    + (asksForCertificate
                        ? ["-Verify", "2", "-verify_return_error", "-CAfile", "\(folder)/ca.pem"] : []))
            let client = HTTPClient(userAgent: "stoker/test")
            defer {
                client.close()
                server.stop()
            }
            let port = try server.line(after: "ACCEPT 127.0.0.1:")
            try await body(port, folder, client)
        }
    }
}
