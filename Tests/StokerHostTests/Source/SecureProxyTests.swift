import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// Proxies that are reached over https themselves, with an authority of their own.
@Suite("https proxies") struct SecureProxyTests {
    private struct Site {
        let test: SourceFixture
        let plainURL: String
        let secureURL: String
        let proxy: LoopbackProxy
        /// Where the proxy is, as `localhost`.
        let proxyURL: String
        let commit: CommitID

        func source(_ url: String, trusting file: String?) throws -> GitSource {
            try test.source(
                url: url, http: HTTPAccess(tls: HTTPAccess.TLS(caFile: file), proxyURL: proxyURL))
        }
    }

    /// - Parameters:
    ///   - names: in the proxy's certificate.
    ///   - other: whether it is of another authority than the server's.
    private func with(
        names: String = "DNS:localhost", other: Bool = false,
        _ body: (Site, _ servers: TestAuthority, _ proxys: TestAuthority) async throws -> Void
    ) async throws {
        try await HTTPSite.withGate { site, secure in
            let test = site.test
            let proxys = other ? try await TestAuthority(in: test.directory("other")) : site.authority
            let proxy = try LoopbackProxy()
            defer { proxy.stop() }
            let front = try await TLSFront(
                try await proxys.certificate("proxy", names: names), to: proxy.port, directory: test.directory("front"))
            defer { front.stop() }
            try await body(
                Site(
                    test: test, plainURL: site.plainURL, secureURL: HTTPSite.url(secure), proxy: proxy,
                    proxyURL: "https://localhost:\(front.port)", commit: site.commit), site.authority, proxys)
        }
    }

    @Test("proved by ca_file, for http and https, by fetch and look")
    func trusted() async throws {
        try await with { site, authority, _ in
            for (url, words) in [(site.plainURL, "GET http://"), (site.secureURL, "CONNECT ")] {
                let source = try site.source(url, trusting: authority.file)
                #expect(try await site.test.fetched(source).refs[0].commit == site.commit)
                #expect(site.proxy.requests.last?.hasPrefix(words) == true)
                let look = await RefLook(source)
                #expect(try await look.look(RefQuestion(names: ["refs/heads/main"]))?.ids.count == 1)
                look.close()
            }
        }
    }

    @Test("one that nobody vouches for is named, and gets no request")
    func untrusted() async throws {
        try await with(other: true) { site, authority, _ in
            for url in [site.plainURL, site.secureURL] {
                for file in [authority.file, nil] {
                    let failure = try await site.test.failed(site.source(url, trusting: file))
                    #expect(failure.kind == .certificate)
                    #expect(
                        failure.message.hasPrefix(
                            "the certificate of the proxy \(site.proxyURL) is not trusted: set tls_config.ca_file to the authority that signed it"
                        ), "\(failure)")
                }
            }
            #expect(site.proxy.requests.isEmpty)
        }
    }

    @Test("one with a certificate for another name")
    func otherName() async throws {
        try await with(names: "DNS:proxy.example.com") { site, authority, _ in
            let failure = try await site.test.failed(site.source(site.secureURL, trusting: authority.file))
            #expect(failure.kind == .certificate)
            #expect(
                failure.message.hasPrefix(
                    "the certificate of the proxy \(site.proxyURL) is for another name: correct source.proxy_url"),
                "\(failure)")
            #expect(site.proxy.requests.isEmpty)
        }
    }

    @Test("a server that is not trusted, behind a proxy that is, is not mistaken for it")
    func untrustedServer() async throws {
        try await with(other: true) { site, _, proxys in
            let failure = try await site.test.failed(site.source(site.secureURL, trusting: proxys.file))
            #expect(failure.kind == .certificate)
            // libcurl forgets why, where TLS runs within TLS; who it was is what can be known.
            #expect(failure.message.contains(" the git server at \(site.secureURL) "), "\(failure)")
            #expect(!failure.message.contains("proxy"), "\(failure)")
            #expect(site.proxy.requests.count == 1)
        }
    }
}
