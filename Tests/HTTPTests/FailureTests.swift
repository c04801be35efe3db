import HTTP
import Testing

@Suite struct FailureTests {
    @Test func aSilentServerTimesOut() async throws {
        try await withServer {
            $0.waitForEnd()
        } _: { (server, client) async throws in
            let begin = ContinuousClock.now
            let error = try await failure(client, Request(url: server.url, timeout: .milliseconds(200)))
            #expect(error.kind == .timeout)
            #expect(error.mayHaveArrived)
            #expect(ContinuousClock.now - begin >= .milliseconds(190))
            // The next request is not hurt by it.
            #expect(try await failure(client, Request(url: server.url, timeout: .milliseconds(1))).kind == .timeout)
        }
    }

    @Test func aServerThatDripsTimesOut() async throws {
        try await withServer { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this")
            peer.waitForEnd()
        } _: { (server, client) async throws in
            let error = try await failure(client, Request(url: server.url, timeout: .milliseconds(200)))
            #expect(error.kind == .timeout)
        }
    }

    @Test func anAnnouncedBodyThatIsTooLargeIsNotRead() async throws {
        try await withServer { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            peer.waitForEnd()
        } _: { (server, client) async throws in
            let error = try await failure(client, Request(url: server.url, maxResponseBytes: 999))
            #expect(error.kind == .tooLarge(limitBytes: 999))
        }
    }

    @Test func aBodyOfExactlyTheLimitIsRead() async throws {
        try await withServer { peer in
            while peer.readRequest() != nil {
                peer.answer(body: String(repeating: "x", count: 1000))
            }
        } _: { (server, client) async throws in
            #expect(try await client.send(Request(url: server.url, maxResponseBytes: 1000)).body.count == 1000)
        }
    }

    @Test func anEndlessBodyIsCut() async throws {
        try await withServer { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while peer.send("1000\r\n" + String(repeating: "x", count: 4096) + "\r\n") {}
        } _: { (server, client) async throws in
            let error = try await failure(client, Request(url: server.url, maxResponseBytes: 1 << 20))
            #expect(error.kind == .tooLarge(limitBytes: 1 << 20))
        }
    }

    @Test func endlessHeadersAreCut() async throws {
        try await withServer { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\n")
            while peer.send("X-More: " + String(repeating: "x", count: 1000) + "\r\n") {}
        } _: { (server, client) async throws in
            #expect(try await failure(client, Request(url: server.url)).kind == .receive)
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhalf",
        "",
        "SSH-2.0-OpenSSH_9.2\r\n",
    ])
    func aTruncatedOrForeignAnswerIsNone(text: String) async throws {
        try await withServer { peer in
            _ = peer.readRequest()
            peer.send(text)
        } _: { (server, client) async throws in
            let error = try await failure(client, Request(url: server.url))
            #expect(error.kind == .receive)
            #expect(error.mayHaveArrived)
        }
    }

    @Test(arguments: ["127.0.0.1", "localhost"])
    func nobodyListens(host: String) async throws {
        let server = try TestServer { _ in }
        server.stop()
        let client = HTTPClient(userAgent: "stoker/test")
        defer { client.close() }
        let error = try await failure(client, Request(url: "http://\(host):\(server.port)/-/reload"))
        #expect(error.kind == .connectionRefused)
        #expect(!error.mayHaveArrived)
        #expect(
            error.message
                == "GET http://\(host):\(server.port)/-/reload: connection refused, check that it runs and listens there"
        )
    }

    @Test func aNameThatCannotExist() async throws {
        let client = HTTPClient(userAgent: "stoker/test")
        defer { client.close() }
        // A label longer than 63 bytes is refused by the resolver itself, no server is asked.
        let name = String(repeating: "a", count: 70) + ".example"
        let error = try await failure(client, Request(url: "http://\(name)/"))
        #expect(error.kind == .resolve)
        #expect(!error.mayHaveArrived)
    }

    @Test(arguments: [
        "", "localhost", "/path", "ftp://localhost/", "file:///etc/passwd", "http://", "http://a b/",
        "http://localhost:99999/", "http://localhost/\u{0}",
    ])
    func whatIsNoURLIsNotSent(url: String) async throws {
        let client = HTTPClient(userAgent: "stoker/test")
        defer { client.close() }
        #expect(try await failure(client, Request(url: url)).kind == .badRequest)
    }

    @Test func nothingCanBeSmuggledIntoARequest() async throws {
        let client = HTTPClient(userAgent: "stoker/test")
        defer { client.close() }
        let url = "http://127.0.0.1:1/"
        for request in [
            Request(method: "GET / HTTP/1.1\r\nX:", url: url),
            Request(method: "", url: url),
            Request(url: url, headers: ["X": "a\r\nY: b"]),
            Request(url: url, headers: ["X\r\nY": "a"]),
            Request(url: url, headers: ["X: Y": "a"]),
            Request(url: url, auth: .bearer(Secret("a\n"))),
            Request(url: url, auth: .basic(user: "a:b", password: Secret("c"))),
            Request(url: url, auth: .basic(user: "a", password: Secret("c\u{0}d"))),
        ] {
            #expect(try await failure(client, request).kind == .badRequest)
        }
    }

    @Test func noMessageTellsASecret() async throws {
        let server = try TestServer { _ in }
        server.stop()
        let client = HTTPClient(userAgent: "stoker/test")
        defer { client.close() }
        let request = Request(
            url: "http://user:hunter2@127.0.0.1:\(server.port)/?token=hunter2&a=b",
            headers: ["X-Key": "hunter2"], body: Array("hunter2".utf8), auth: .bearer(Secret("hunter2")))
        var dumped = ""
        dump(request, to: &dumped)
        let error = try await failure(client, request)
        for text in ["\(error)", "\(request)", String(reflecting: request), dumped] {
            #expect(!text.contains("hunter2"))
        }
        #expect("\(error)".contains("token=xxxxx&a=b"))
    }
}
