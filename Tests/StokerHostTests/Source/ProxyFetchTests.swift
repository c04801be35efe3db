import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// Through proxies, given or found in the environment.
@Suite struct ProxyFetchTests {
    private struct Site {
        let site: HTTPSite
        let secure: TokenGate

        var test: SourceFixture { site.test }
        var server: GitHTTPServer { site.server }
        var commit: CommitID { site.commit }
        var plainURL: String { site.plainURL }
        var secureURL: String { HTTPSite.url(secure) }

        func source(_ url: String, proxy: String?) throws -> GitSource {
            try test.source(
                url: url, http: HTTPAccess(tls: HTTPAccess.TLS(caFile: site.authority.file), proxyURL: proxy))
        }
    }

    private func withSite(_ body: (Site) async throws -> Void) async throws {
        try await HTTPSite.withGate { site, secure in try await body(Site(site: site, secure: secure)) }
    }

    private func withProxy(
        credentials: String? = nil, refusal: String? = nil, _ body: (LoopbackProxy) async throws -> Void
    ) async throws {
        let proxy = try LoopbackProxy(credentials: credentials, refusal: refusal)
        defer { proxy.stop() }
        try await body(proxy)
    }

    @Test func httpsGoesThroughATunnel() async throws {
        try await withSite { site in
            try await withProxy { proxy in
                let source = try site.source(site.secureURL, proxy: "http://127.0.0.1:\(proxy.port)")
                #expect(try await site.test.fetched(source).refs[0].commit == site.commit)
                #expect(proxy.requests.count == 1)
                #expect(proxy.requests[0].hasPrefix("CONNECT localhost:\(site.secure.port) HTTP/1.1\r\n"))
            }
        }
    }

    @Test func httpIsAskedOfTheProxy() async throws {
        try await withSite { site in
            try await withProxy { proxy in
                let source = try site.source(site.plainURL, proxy: "http://127.0.0.1:\(proxy.port)")
                #expect(try await site.test.fetched(source).refs[0].commit == site.commit)
                #expect(
                    proxy.requests[0].hasPrefix("GET \(site.plainURL)/info/refs?service=git-upload-pack HTTP/1.1\r\n"))
            }
        }
    }

    @Test func socksIsSpoken() async throws {
        try await withSite { site in
            try await withProxy { proxy in
                let source = try site.source(site.plainURL, proxy: "socks5://127.0.0.1:\(proxy.port)")
                #expect(try await site.test.fetched(source).refs[0].commit == site.commit)
                #expect(proxy.requests == ["SOCKS 127.0.0.1:\(site.server.port)"])
            }
        }
    }

    @Test func theProxyGetsItsOwnCredentialsAndNotOurs() async throws {
        try await withSite { site in
            try await withProxy(credentials: "squid:s3cret") { proxy in
                var configuration = try site.source(
                    site.secureURL, proxy: "http://squid:s3cret@127.0.0.1:\(proxy.port)"
                ).configuration
                configuration.http.authorization = HTTPAccess.Authorization(
                    type: "Bearer", credentials: .inline("t0ken"))
                let source = try site.test.source(url: configuration.url, http: configuration.http)
                #expect(try await site.test.fetched(source).refs[0].commit == site.commit)
                #expect(!proxy.requests.joined().contains("t0ken"))

                for url in [site.secureURL, site.plainURL] {
                    let failure = try await site.test.failed(
                        site.source(url, proxy: "http://squid:wrong@127.0.0.1:\(proxy.port)"))
                    #expect(failure.kind == .authentication)
                    #expect(
                        failure.message
                            == "the proxy http://squid:xxxxx@127.0.0.1:\(proxy.port) asks for credentials, or refused them (407): put user and password into source.proxy_url"
                    )
                }
            }
        }
    }

    @Test func aProxyThatRefusesIsNamed() async throws {
        try await withSite { site in
            try await withProxy(refusal: "403 Forbidden") { proxy in
                let failure = try await site.test.failed(
                    site.source(site.secureURL, proxy: "http://127.0.0.1:\(proxy.port)"))
                #expect(failure.kind == .unreachable)
                #expect(
                    failure.message
                        == "the proxy http://127.0.0.1:\(proxy.port) refused to connect to \(site.secureURL) (403): check its rules"
                )
            }
            let port = try FreePort.next()
            let nobody = try await site.test.failed(site.source(site.secureURL, proxy: "http://127.0.0.1:\(port)"))
            #expect(nobody.kind == .unreachable)
            #expect(nobody.message.contains("connection refused"))
            #expect(nobody.message.contains("127.0.0.1 port \(port)"))
        }
    }

    @Test("whoever said no to a plain request, both are named", arguments: [403, 429, 502, 418])
    func answersInTheServersPlaceNameBoth(_ status: Int) async throws {
        try await withSite { site in
            try await withProxy(refusal: "\(status) No") { proxy in
                let url = "http://127.0.0.1:\(proxy.port)"
                let failure = try await site.test.failed(site.source(site.plainURL, proxy: url))
                #expect(
                    failure.message.hasPrefix(
                        "the git server at \(site.plainURL), or the proxy \(url) before it, "), "\(failure)")
                #expect(failure.message.contains("(\(status))"))
                #expect(status != 403 || failure.message.hasSuffix(", and the proxy's rules"))
                let child = try await ChildUnderTest(
                    site.source(site.plainURL, proxy: nil), environment: ["http_proxy": url, "no_proxy": "example.com"])
                defer { child.stop() }
                let said = try child.output(until: "failed")
                #expect(said.contains("or the proxy of the environment before it, "), "\(said)")
            }
            // Without a proxy there is one who can have said it.
            let server = try ScriptedServer { _ in
                Array("HTTP/1.1 \(status) No\r\nContent-Length: 0\r\n\r\n".utf8)
            }
            defer { server.stop() }
            let child = try await ChildUnderTest(
                site.source("http://127.0.0.1:\(server.port)/x", proxy: nil),
                environment: ["http_proxy": "http://127.0.0.1:1", "no_proxy": "localhost,127.0.0.1"])
            defer { child.stop() }
            #expect(try !child.output(until: "failed").contains("prox"))
        }
    }

    @Test("socks5h: the proxy looks the name up, socks5: we do")
    func socksResolvesNames() async throws {
        try await withSite { site in
            try await withProxy { proxy in
                let url = "http://git.invalid:\(site.server.port)/monitoring.git"
                let source = try site.source(url, proxy: "socks5h://127.0.0.1:\(proxy.port)")
                #expect(try await site.test.fetched(source).refs[0].commit == site.commit)
                #expect(proxy.requests == ["SOCKS git.invalid:\(site.server.port)"])
                let failure = try await site.test.failed(site.source(url, proxy: "socks5://127.0.0.1:\(proxy.port)"))
                #expect(failure.kind == .unreachable)
                #expect(proxy.requests.count == 1)
            }
        }
    }

    @Test(arguments: [
        (["http_proxy": "PROXY"], true, false), (["https_proxy": "PROXY"], false, true),
        (["HTTPS_PROXY": "PROXY"], false, true), (["http_proxy": "PROXY", "no_proxy": "127.0.0.1"], false, false),
        (["https_proxy": "PROXY", "NO_PROXY": "localhost"], false, false), ([:], false, false),
    ])
    func theEnvironmentCounts(_ variables: [String: String], _ http: Bool, _ https: Bool) async throws {
        try await withSite { site in
            for (url, isProxied) in [(site.plainURL, http), (site.secureURL, https)] {
                try await withProxy { proxy in
                    let environment = variables.mapValues {
                        $0.replacing("PROXY", with: "http://127.0.0.1:\(proxy.port)")
                    }
                    let child = try await ChildUnderTest(site.source(url, proxy: nil), environment: environment)
                    defer { child.stop() }
                    #expect(try child.output(until: site.commit.rawValue).contains("fetched"))
                    #expect(proxy.requests.isEmpty == !isProxied)
                }
            }
        }
    }

    @Test func aGivenProxyWinsOverTheEnvironment() async throws {
        try await withSite { site in
            try await withProxy { proxy in
                let child = try await ChildUnderTest(
                    site.source(site.plainURL, proxy: "http://127.0.0.1:\(proxy.port)"),
                    environment: ["http_proxy": "http://127.0.0.1:1", "no_proxy": "*"])
                defer { child.stop() }
                #expect(try child.output(until: site.commit.rawValue).contains("fetched"))
                #expect(!proxy.requests.isEmpty)
            }
        }
    }
}
