import StokerCore
import TestSupport

/// A repository with one commit behind a git server that speaks plain http, and an authority for certificates.
struct HTTPSite {
    let test: SourceFixture
    let server: GitHTTPServer
    let authority: TestAuthority
    let commit: CommitID

    /// Makes it, runs `body` on it, and stops the server.
    static func with(_ body: (HTTPSite) async throws -> Void) async throws {
        try await SourceFixture.with { test in
            let commit = CommitID(try await test.git.push(["a": "1"]))
            let server = try await GitHTTPServer(root: test.directory.path, directory: test.directory("http"))
            defer { server.stop() }
            let authority = try await TestAuthority(in: test.directory("authority"))
            try await body(HTTPSite(test: test, server: server, authority: authority, commit: commit))
        }
    }

    /// The same with https before the server, proved as `localhost`.
    static func withGate(_ body: (HTTPSite, _ secure: TokenGate) async throws -> Void) async throws {
        try await with { site in
            let certificate = try await site.authority.certificate("server", names: "DNS:localhost")
            let secure = try await TokenGate(
                certificate: certificate, to: site.server.port, directory: site.test.directory("secure"))
            defer { secure.stop() }
            try await body(site, secure)
        }
    }

    var plainURL: String { server.url("monitoring.git") }

    /// The repository's URL behind a gate.
    static func url(_ gate: TokenGate) -> String { "https://localhost:\(gate.port)/monitoring.git" }
}
