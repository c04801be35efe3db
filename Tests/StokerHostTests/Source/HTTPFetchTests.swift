import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

@Suite struct HTTPFetchTests {
    private func basic(_ username: String, _ path: String) -> HTTPAccess {
        HTTPAccess(basicAuth: HTTPAccess.BasicAuth(username: username, password: .file(path)))
    }

    @Test func fetchesOverHTTP() async throws {
        try await SourceFixture.with { test in
            let commit = try await test.git.push(["a": "1"])
            let server = try await GitHTTPServer(root: test.directory.path, directory: test.directory("http"))
            defer { server.stop() }
            let source = try test.source(url: server.url("monitoring.git"))
            #expect(try await test.fetched(source).refs[0].commit == CommitID(commit))
            let next = try await test.git.push(["a": "2"])
            try await test.git.git("checkout", "-q", "-b", "other")
            try await test.git.commit(["b": "2"])
            try await test.git.git("push", "-q", "origin", "other")
            let news = try await test.fetched(source)
            // One commit, one tree, one file: the other branch is not asked for.
            #expect(news.receivedObjects == 3)
            #expect(news.refs[0].commit == CommitID(next))
            #expect(try await test.fetched(source).receivedBytes == 0)
            let failure = try await test.failed(test.source(url: server.url("absent.git")))
            #expect(failure.kind == .notFound)
            #expect(failure.message.contains("has no such repository (404)"))
        }
    }

    @Test func offersThePasswordAndReadsItAnew() async throws {
        try await SourceFixture.with { test in
            let commit = try await test.git.push(["a": "1"])
            let server = try await GitHTTPServer(
                root: test.directory.path, directory: test.directory("http"), password: "s3cret")
            defer { server.stop() }
            let url = server.url("monitoring.git")
            #expect(
                try await test.failed(test.source(url: url)).message
                    == "the git server at \(url) asks for credentials: set basic_auth or authorization")

            try Files.write("wrong\n", to: test.directory("token"))
            let source = try test.source(url: url, http: basic("stoker", test.directory("token")))
            let before = server.requests(status: 401)
            let failure = try await test.failed(source)
            #expect(failure.kind == .authentication)
            #expect(
                failure.message
                    == "the git server at \(url) refused the password for user stoker: check password_file \(test.directory("token"))"
            )
            #expect(server.requests(status: 401) - before == 1)

            try Files.write("s3cret\n", to: test.directory("token"))
            #expect(try await test.fetched(source).refs[0].commit == CommitID(commit))
        }
    }

    @Test func sendsATokenAsHeader() async throws {
        try await SourceFixture.with { test in
            let commit = try await test.git.push(["a": "1"])
            let server = try await GitHTTPServer(root: test.directory.path, directory: test.directory("http"))
            defer { server.stop() }
            let gate = try await TokenGate(header: "Bearer t0ken", to: server.port, directory: test.directory("gate"))
            defer { gate.stop() }
            let url = "http://127.0.0.1:\(gate.port)/monitoring.git"
            let right = HTTPAccess(
                authorization: HTTPAccess.Authorization(type: "Bearer", credentials: .inline("t0ken")))
            #expect(try await test.fetched(test.source(url: url, http: right)).refs[0].commit == CommitID(commit))
            let wrong = HTTPAccess(
                authorization: HTTPAccess.Authorization(type: "Bearer", credentials: .inline("other")))
            let failure = try await test.failed(test.source(url: url, http: wrong))
            #expect(failure.kind == .authentication)
            #expect(failure.message == "the git server at \(url) refused the Bearer token: check credentials")
        }
    }

    @Test func oneConnectionServesReferencesAndPack() async throws {
        try await SourceFixture.with { test in
            try await test.git.push(["a": "1"])
            let server = try await GitHTTPServer(root: test.directory.path, directory: test.directory("http"))
            defer { server.stop() }
            let source = try test.source(url: server.url("monitoring.git"))
            _ = try await test.fetched(source)
            let requests = server.requests()
            #expect(
                requests.map(\.line) == [
                    "GET /monitoring.git/info/refs?service=git-upload-pack HTTP/1.1",
                    "POST /monitoring.git/git-upload-pack HTTP/1.1",
                ])
            #expect(Set(requests.map(\.connection)).count == 1)
            #expect(requests.allSatisfy { $0.agent == "git/2.0 (stoker \(StokerVersion.text))" })
            // With a cache there is something to negotiate, on one connection too.
            try await test.git.push(["a": "2"])
            _ = try await test.fetched(source)
            #expect(Set(server.requests().map(\.connection)).count == 2)
        }
    }

    @Test(arguments: [
        ("text/html", "<html>", "sent a web page (a login page, perhaps): check source.url and the credentials"),
        (
            "text/plain", "da39\trefs/heads/main\n",
            "sent the old \"dumb\" protocol or a plain file: serve it with git http-backend, or check source.url"
        ),
        ("application/json", "{}", "sent content of type application/json: check source.url"),
        ("application/x-git-upload-pack-advertisement", "000asomething", "check source.url"),
        ("application/x-git-upload-pack-advertisement", "", "check source.url"),
    ])
    func whatIsNoAdvertisementIsSaidToBeWhatItIs(_ type: String, _ body: String, _ words: String) async throws {
        try await SourceFixture.with { test in
            let response = Array(
                "HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)".utf8)
            let server = try ScriptedServer { _ in response }
            defer { server.stop() }
            let failure = try await test.failed(test.source(url: "http://127.0.0.1:\(server.port)/x.git"))
            #expect(failure.kind == .protocolError)
            #expect(failure.message.contains("did not answer as a git server does but sent"))
            #expect(failure.message.hasSuffix(words), "\(failure)")
        }
    }

    @Test func aServerThatAsksToWaitIsHeard() async throws {
        try await SourceFixture.with { test in
            let server = try ScriptedServer { _ in
                Array(
                    "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 120\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nslow down"
                        .utf8)
            }
            defer { server.stop() }
            let failure = try await test.failed(test.source(url: "http://127.0.0.1:\(server.port)/x.git"))
            #expect(failure.kind == .unavailable)
            #expect(failure.retryAfterSeconds == 120)
            #expect(failure.message.contains("(429): \"slow down\""))
        }
    }

    @Test func silenceEndsAtTheIdleLimitAndReferencesAtTheirs() async throws {
        try await SourceFixture.with { test in
            let silent = try SilentServer()
            defer { silent.stop() }
            let url = "http://127.0.0.1:\(silent.port)/x.git"
            let idle = try await test.failed(
                test.source(url: url, limits: SourceLimits(idleTimeout: .milliseconds(300))))
            #expect(idle.kind == .timeout)
            #expect(
                idle.message
                    == "the git server at \(url) went silent for 300ms: raise source.limits.idle_timeout if it is slow but well"
            )
            let line = "003f" + String(repeating: "a", count: 40) + " refs/heads/some-b\n"
            let body = "001e# service=git-upload-pack\n0000" + String(repeating: line, count: 3000)
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-advertisement\r\n\r\n"
            let endless = try ScriptedServer { _ in Array((head + body).utf8) }
            defer { endless.stop() }
            let failure = try await test.failed(
                test.source(
                    url: "http://127.0.0.1:\(endless.port)/x.git", limits: SourceLimits(references: 10)))
            #expect(failure.kind == .tooLarge)
            #expect(
                failure.message.hasSuffix(
                    "was given up: it advertises more than 64KB of references: raise source.limits.max_references (10) if it has that many"
                ))
        }
    }

    @Test func saysWhichSecretFileIsAtFault() async throws {
        try await SourceFixture.with { test in
            let absent = test.directory("absent")
            let source = try test.source(url: "http://127.0.0.1:1/x", http: basic("stoker", absent))
            #expect(
                try await test.failed(source).message
                    == "could not read the credentials of the source in \(absent): No such file or directory")
            try Files.write("\n", to: test.directory("empty"))
            let empty = try test.source(url: "http://127.0.0.1:1/x", http: basic("stoker", test.directory("empty")))
            #expect(try await test.failed(empty).message.contains("is empty"))
            try Files.write("a\nX-Header: b\n", to: test.directory("lines"))
            let lines = try test.source(url: "http://127.0.0.1:1/x", http: basic("stoker", test.directory("lines")))
            #expect(try await test.failed(lines).message.contains("more than one line"))
        }
    }

    @Test func saysThatNobodyListens() async throws {
        try await SourceFixture.with { test in
            let port = try FreePort.next()
            let failure = try await test.failed(test.source(url: "http://user:pw@127.0.0.1:\(port)/x"))
            #expect(failure.kind == .unreachable)
            #expect(
                failure.message == "the git server at http://user:xxxxx@127.0.0.1:\(port)/x could not be reached: "
                    + "connection refused (Failed to connect to 127.0.0.1 port \(port))")
        }
    }
}
