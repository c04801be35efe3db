import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// Tokens that a program prints.
@Suite struct CredentialsCommandTests {
    /// A script that counts how often it ran.
    private func script(_ test: SourceFixture, _ body: String) async throws -> String {
        let path = test.directory("token-command")
        try await Files.writeProgram("#!/bin/sh\necho run >> '\(test.directory("runs"))'\n\(body)\n", to: path)
        return path
    }

    private func runs(_ test: SourceFixture) -> Int {
        (Files.read(test.directory("runs")) ?? "").split(separator: "\n").count
    }

    private func source(
        _ test: SourceFixture, url: String, command: [String], http: HTTPAccess = HTTPAccess(),
        timeout: Duration = .seconds(60)
    ) throws -> GitSource {
        GitSource(
            SourceConfiguration(
                url: url, ref: .branch("main"), timeout: timeout, http: http, credentialsCommand: command,
                onRewrite: .hold), refs: [.branch("main")], storage: test.directory("storage"),
            executable: try Programs.stoker())
    }

    private func withServer(password: String, _ body: (SourceFixture, GitHTTPServer) async throws -> Void) async throws
    {
        try await SourceFixture.with { test in
            try await test.git.push(["a": "1"])
            let server = try await GitHTTPServer(
                root: test.directory.path, directory: test.directory("http"), password: password)
            defer { server.stop() }
            try await body(test, server)
        }
    }

    @Test func thePasswordIsAskedForOnceAndAnewWhenRefused() async throws {
        try await withServer(password: "first") { test, server in
            try Files.write("first\n", to: test.directory("secret"))
            let command = try await script(test, "cat \"$1\"")
            let source = try source(
                test, url: server.url("monitoring.git"), command: [command, test.directory("secret")],
                http: HTTPAccess(basicAuth: HTTPAccess.BasicAuth(username: "stoker", password: .credentialsCommand)))
            _ = try await test.fetched(source)
            _ = try await test.fetched(source)
            #expect(runs(test) == 1)
            // The token was changed on both sides: the server refuses the old one, and the next is asked for within this poll.
            try Files.write("second\n", to: test.directory("secret"))
            try await server.setPassword("second")
            _ = try await test.fetched(source)
            #expect(runs(test) == 2)
            // A new token that is refused, too, is no reason to ask on and on.
            try Files.write("third\n", to: test.directory("secret"))
            source.tokens.forget()
            let failure = try await test.failed(source)
            #expect(
                failure.message
                    == "the git server at \(server.url("monitoring.git")) refused the password for user stoker: check the token of credentials_command"
            )
            #expect(runs(test) == 3)
            _ = try await test.failed(source)
            #expect(runs(test) == 4)
        }
    }

    @Test func withoutAUserItIsGitHubs() async throws {
        try await SourceFixture.with { test in
            let command = try await script(test, "echo t0ken")
            let server = try ScriptedServer { _ in Array("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n".utf8) }
            defer { server.stop() }
            let url = "http://127.0.0.1:\(server.port)/x"
            _ = try await test.failed(source(test, url: url, command: [command]))
            let pair = Data("x-access-token:t0ken".utf8).base64EncodedString()
            #expect(try #require(server.heads.dropFirst(0).first).contains("Authorization: Basic \(pair)\r\n"))
            let header = HTTPAccess(
                authorization: HTTPAccess.Authorization(type: "Bearer", credentials: .credentialsCommand))
            _ = try await test.failed(source(test, url: url, command: [command], http: header))
            #expect(try #require(server.heads.dropFirst(1).first).contains("Authorization: Bearer t0ken\r\n"))
        }
    }

    @Test(arguments: [
        ("echo s3cret; echo no key >&2; exit 3", "ended with code 3: no key"),
        ("kill -9 $$", "was ended by signal 9"),
        ("true", "must print one line, and printed nothing"),
        ("echo; echo not logged in >&2", "must print one line, and printed nothing: not logged in"),
        ("echo s3cret; echo again", "must print one line, and printed more than one"),
        ("yes s3cret | tr -d '\\n' | head -c 100000", "must print one line, and printed more than 65536 bytes"),
    ])
    func badOnesAreNamedAndTheirOutputIsNot(_ body: String, _ words: String) async throws {
        try await SourceFixture.with { test in
            let command = try await script(test, body)
            let failure = try await test.failed(source(test, url: "http://127.0.0.1:1/x", command: [command]))
            #expect(failure.kind == .local)
            #expect(failure.message == "the credentials_command \(command) of the source \(words)")
            #expect(!failure.message.contains("s3cret"))
        }
    }

    @Test func oneThatHangsIsEndedInTime() async throws {
        try await SourceFixture.with { test in
            let command = try await script(test, "echo waiting for a key >&2; exec sleep 1000")
            let source = try source(test, url: "http://127.0.0.1:1/x", command: [command], timeout: .seconds(1))
            let failure = try await test.failed(source)
            #expect(
                failure.message
                    == "the credentials_command \(command) of the source did not end within 1s (source.timeout): waiting for a key"
            )
            let absent = try await test.failed(
                self.source(test, url: "http://127.0.0.1:1/x", command: ["/nonexistent/program"]))
            #expect(absent.message.contains("/nonexistent/program"))
        }
    }

    @Test func oneThatLeavesTooLittleTimeIsNamed() async throws {
        try await SourceFixture.with { test in
            let silent = try SilentServer()
            defer { silent.stop() }
            let url = "http://127.0.0.1:\(silent.port)/x"
            let command = try await script(test, "sleep 5; echo t0ken")
            let failure = try await test.failed(source(test, url: url, command: [command], timeout: .seconds(8)))
            #expect(failure.kind == .timeout)
            #expect(failure.message.hasPrefix("the credentials_command \(command) of the source took "), "\(failure)")
            #expect(
                failure.message.hasSuffix(
                    " of the 8s (source.timeout) that a fetch may take, which left too little for the git server at \(url): make it faster, or raise source.timeout"
                ))
            // One that takes little of it is not to blame.
            let quick = try await script(test, "echo t0ken")
            let other = try await test.failed(source(test, url: url, command: [quick], timeout: .seconds(8)))
            #expect(other.message == "the git server at \(url) did not answer within 8s (source.timeout)")
        }
    }

    @Test func itSeesNothingOfOurEnvironment() async throws {
        try await SourceFixture.with { test in
            let command = try await script(test, "env | cut -d= -f1 | sort | tr '\\n' ' '")
            let server = try ScriptedServer { _ in Array("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n".utf8) }
            defer { server.stop() }
            let header = HTTPAccess(
                authorization: HTTPAccess.Authorization(type: "Bearer", credentials: .credentialsCommand))
            _ = try await test.failed(
                source(test, url: "http://127.0.0.1:\(server.port)/x", command: [command], http: header))
            let words = try #require(server.heads.first).replacing("\r\n", with: " ").split(separator: " ").map(
                String.init)
            #expect(words.contains("PATH"))
            let ours = ProcessEnvironment.current.keys.filter { !Self.passed.contains($0) }
            #expect(!ours.isEmpty)
            #expect(ours.filter { words.contains($0) } == [])
        }
    }

    /// What programs get, and what a shell makes by itself.
    private static let passed: Set<String> = [
        "HOME", "LANG", "PATH", "PWD", "OLDPWD", "SHLVL", "SSL_CERT_DIR", "SSL_CERT_FILE", "TMPDIR", "TZ", "_",
    ]
}
