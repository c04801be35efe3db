import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// Where a redirect may lead, and what goes along.
@Suite struct RedirectTests {
    private static let access = HTTPAccess(
        authorization: HTTPAccess.Authorization(type: "Bearer", credentials: .inline("t0ken")))

    private func redirect(to location: String, status: Int = 302) -> [UInt8] {
        Array("HTTP/1.1 \(status) Found\r\nLocation: \(location)\r\nContent-Length: 0\r\n\r\n".utf8)
    }

    @Test func onTheSameHostTheTokenGoesAlongAndTheRestFollows() async throws {
        try await SourceFixture.with { test in
            let commit = try await test.git.push(["a": "1"])
            let server = try await GitHTTPServer(root: test.directory.path, directory: test.directory("http"))
            defer { server.stop() }
            let gate = try await TokenGate(
                header: "Bearer t0ken",
                locations: "location /old/ { rewrite ^/old/(.*)$ /$1 permanent; }",
                to: server.port, directory: test.directory("gate"))
            defer { gate.stop() }
            let source = try test.source(
                url: "http://127.0.0.1:\(gate.port)/old/monitoring.git", http: Self.access)
            #expect(try await test.fetched(source).refs[0].commit == CommitID(commit))
            #expect(
                server.requests().map(\.line) == [
                    "GET /monitoring.git/info/refs?service=git-upload-pack HTTP/1.0",
                    "POST /monitoring.git/git-upload-pack HTTP/1.0",
                ])
        }
    }

    @Test func noOtherHostGetsTheToken() async throws {
        try await SourceFixture.with { test in
            let commit = try await test.git.push(["a": "1"])
            let server = try await GitHTTPServer(root: test.directory.path, directory: test.directory("http"))
            defer { server.stop() }
            // It writes down what it is told, and passes it on.
            let recorder = try LoopbackProxy(upstream: server.port)
            defer { recorder.stop() }
            let port = recorder.port
            let first = try ScriptedServer { _ in
                Array(
                    "HTTP/1.1 307 Moved\r\nLocation: http://localhost:\(port)/monitoring.git/info/refs?service=git-upload-pack\r\nContent-Length: 0\r\n\r\n"
                        .utf8)
            }
            defer { first.stop() }
            let source = try test.source(url: "http://127.0.0.1:\(first.port)/x", http: Self.access)
            #expect(try await test.fetched(source).refs[0].commit == CommitID(commit))
            #expect(first.heads.count == 1)
            #expect(try #require(first.heads.first).contains("Authorization: Bearer t0ken\r\n"))
            let heads = recorder.requests.joined()
            #expect(heads.contains("GET /monitoring.git/info/refs"))
            #expect(heads.contains("POST /monitoring.git/git-upload-pack"))
            #expect(!heads.contains("Authorization"))
            #expect(!heads.contains("t0ken"))
        }
    }

    @Test func anotherHostThatAsksForCredentialsIsNamed() async throws {
        try await SourceFixture.with { test in
            let second = try ScriptedServer { _ in
                Array("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n".utf8)
            }
            defer { second.stop() }
            let target = "http://localhost:\(second.port)/ops/x.git"
            let response = redirect(to: "\(target)/info/refs?service=git-upload-pack")
            let first = try ScriptedServer { _ in response }
            defer { first.stop() }
            let url = "http://127.0.0.1:\(first.port)/x"
            let failure = try await test.failed(test.source(url: url, http: Self.access))
            #expect(failure.kind == .authentication)
            #expect(
                failure.message
                    == "the git server at \(target) (redirected from \(url)) asks for credentials, and those of source.url are not sent to another host: set source.url to \(target)"
            )
            #expect(second.heads.count == 1)
            #expect(try !#require(second.heads.first).contains("Authorization"))
        }
    }

    @Test func anotherSchemeIsNotFollowed() async throws {
        try await SourceFixture.with { test in
            let response = redirect(to: "https://127.0.0.1:1/x/info/refs?service=git-upload-pack", status: 301)
            let server = try ScriptedServer { _ in response }
            defer { server.stop() }
            let url = "http://127.0.0.1:\(server.port)/x"
            let failure = try await test.failed(test.source(url: url))
            #expect(
                failure.message
                    == "the git server at \(url) leads to https://127.0.0.1:1/x/info/refs?service=git-upload-pack, which is another scheme and not followed: set source.url to https://127.0.0.1:1/x"
            )
        }
    }

    @Test func aLoopEnds() async throws {
        try await SourceFixture.with { test in
            let server = try ScriptedServer { head in
                let path = head.split(separator: " ")[1].split(separator: "/")[0]
                return Array(
                    "HTTP/1.1 302 Found\r\nLocation: /\(path)x/info/refs?service=git-upload-pack\r\nContent-Length: 0\r\n\r\n"
                        .utf8)
            }
            defer { server.stop() }
            let failure = try await test.failed(test.source(url: "http://127.0.0.1:\(server.port)/a"))
            #expect(failure.message.contains("leads on and on"))
            #expect(server.heads.count == 6)
        }
    }

    @Test(arguments: ["/login?next=x", "ftp://other/x", "", "http://"])
    func whatIsNoRepositoryIsNotFollowed(_ location: String) async throws {
        try await SourceFixture.with { test in
            let response = redirect(to: location)
            let server = try ScriptedServer { _ in response }
            defer { server.stop() }
            let failure = try await test.failed(test.source(url: "http://127.0.0.1:\(server.port)/a"))
            #expect(failure.kind == .protocolError)
            #expect(failure.message.contains("check source.url") || failure.message.contains("set source.url"))
            #expect(server.heads.count == 1)
        }
    }

    @Test func aPackIsNotRedirected() async throws {
        try await SourceFixture.with { test in
            try await test.git.push(["a": "1"])
            let server = try await GitHTTPServer(root: test.directory.path, directory: test.directory("http"))
            defer { server.stop() }
            let gate = try await TokenGate(
                locations: "location = /monitoring.git/git-upload-pack { return 307 /other.git/git-upload-pack; }",
                to: server.port, directory: test.directory("gate"))
            defer { gate.stop() }
            let url = "http://127.0.0.1:\(gate.port)/monitoring.git"
            let failure = try await test.failed(test.source(url: url))
            #expect(failure.kind == .protocolError)
            #expect(
                failure.message
                    == "the git server at \(url) answers with a redirect to http://127.0.0.1:\(gate.port)/other.git/git-upload-pack where none is followed: set source.url to the repository's own URL"
            )
            #expect(server.requests().count == 1)
        }
    }
}
