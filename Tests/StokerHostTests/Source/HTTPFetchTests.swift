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
                failure.message == "the git server at \(url) refused the password for user stoker: check password_file")
            // One request without a password, and the wrong one once or twice.
            #expect(server.requests(status: 401) - before <= 3)

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
            #expect(failure.message == "the git server at \(url) refused the Bearer token: check credentials_file")
        }
    }

    @Test func trustsTheConfiguredAuthorityOnly() async throws {
        try await SourceFixture.with { test in
            let commit = try await test.git.push(["a": "1"])
            for command in [
                "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem",
                "openssl req -newkey rsa:2048 -nodes -subj /CN=localhost -keyout key.pem -out request.pem",
                "printf 'subjectAltName=DNS:localhost' > names",
                "openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out cert.pem",
            ] {
                try await Shell.succeed(["sh", "-c", command], directory: test.directory.path)
            }
            let server = try await GitHTTPServer(root: test.directory.path, directory: test.directory("http"))
            defer { server.stop() }
            let gate = try await TokenGate(
                certificate: (test.directory("cert.pem"), test.directory("key.pem")), to: server.port,
                directory: test.directory("gate"))
            defer { gate.stop() }
            let url = "https://localhost:\(gate.port)/monitoring.git"
            let trusting = HTTPAccess(tls: HTTPAccess.TLS(caFile: test.directory("ca.pem")))
            #expect(try await test.fetched(test.source(url: url, http: trusting)).refs[0].commit == CommitID(commit))
            let failure = try await test.failed(test.source(url: url))
            #expect(failure.kind == .certificate)
            #expect(failure.message.contains("is not trusted: set tls_config.ca_file"))
            let broken = HTTPAccess(tls: HTTPAccess.TLS(caFile: test.directory("absent.pem")))
            let unread = try await test.failed(test.source(url: url, http: broken))
            #expect(unread.message.contains(test.directory("absent.pem")))
        }
    }

    @Test func doesNotCarryATokenToAnotherHost() async throws {
        try await SourceFixture.with { test in
            let thief = try ScriptedServer { _ in Array("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".utf8) }
            defer { thief.stop() }
            let port = thief.port
            let server = try ScriptedServer { _ in
                Array(
                    "HTTP/1.1 302 Found\r\nLocation: http://localhost:\(port)/x/info/refs?service=git-upload-pack\r\nContent-Length: 0\r\n\r\n"
                        .utf8)
            }
            defer { server.stop() }
            let access = HTTPAccess(
                authorization: HTTPAccess.Authorization(type: "Bearer", credentials: .inline("t0ken")))
            _ = try await test.failed(test.source(url: "http://127.0.0.1:\(server.port)/x", http: access))
            #expect(server.heads.contains { $0.contains("Bearer t0ken") })
            #expect(thief.heads.isEmpty)
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
                    + "failed to connect to 127.0.0.1: Connection refused")
        }
    }
}
