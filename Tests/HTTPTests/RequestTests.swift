import HTTP
import Testing

@Suite struct RequestTests {
    @Test func theAnswerComesWhole() async throws {
        try await withServer { peer in
            _ = peer.readRequest()
            peer.answer("418 I'm a teapot", fields: ["X-One:  a b ", "x-one: second", "Empty:"], body: "short\n")
        } _: { (server, client) async throws in
            let response = try await client.send(Request(url: server.url + "/pot"))
            #expect(response.status == 418)
            #expect(!response.isSuccess)
            #expect(response.text == "short\n")
            #expect(response.headers["X-ONE"] == "a b")
            #expect(response.headers.values(of: "x-One") == ["a b", "second"])
            #expect(response.headers["empty"] == "")
            #expect(response.headers["absent"] == nil)
        }
    }

    @Test func whatIsSentIsWhatWasAskedFor() async throws {
        try await withServer(echo) { (server, client) async throws in
            let get = try await client.send(Request(url: server.url + "/-/ready?a=b%20c")).text
            #expect(get.hasPrefix("GET /-/ready?a=b%20c HTTP/1.1\r\n"))
            #expect(get.contains("\r\nHost: 127.0.0.1:\(server.port)\r\n"))
            #expect(get.contains("\r\nUser-Agent: stoker/test\r\n"))
            #expect(!get.contains("Authorization"))

            let headers: Headers = ["Content-Type": "application/json", "X-Empty": ""]
            let post = try await client.send(
                Request(method: "POST", url: server.url + "/hook", headers: headers, body: Array("{\"ü\":1}".utf8))
            ).text
            #expect(post.hasPrefix("POST /hook HTTP/1.1\r\n"))
            #expect(post.contains("\r\nContent-Type: application/json\r\n"))
            #expect(post.contains("\r\nX-Empty:\r\n"))
            #expect(post.hasSuffix("\r\n\r\n{\"ü\":1}"))

            // A reload: POST without a body, of no particular type.
            let reload = try await client.send(Request(method: "POST", url: server.url + "/-/reload")).text
            #expect(reload.contains("\r\nContent-Length: 0\r\n"))
            #expect(!reload.lowercased().contains("content-type"))
            #expect(!reload.contains("Expect"))

            let put = try await client.send(Request(method: "PUT", url: server.url, body: Array("x".utf8))).text
            #expect(put.hasPrefix("PUT / HTTP/1.1\r\n"))
            #expect(put.hasSuffix("\r\n\r\nx"))
            let delete = try await client.send(Request(method: "DELETE", url: server.url + "/x")).text
            #expect(delete.hasPrefix("DELETE /x HTTP/1.1\r\n"))
        }
    }

    @Test func aHandleIsCleanAfterEachRequest() async throws {
        try await withServer(echo) { (server, client) async throws in
            let full = Request(
                method: "PATCH", url: server.url, headers: ["X-Old": "1"], body: [1],
                auth: .bearer(Secret("token")))
            _ = try await client.send(full)
            let next = try await client.send(Request(url: server.url)).text
            #expect(next.hasPrefix("GET / "))
            #expect(!next.contains("X-Old"))
            #expect(!next.contains("Authorization"))
        }
    }

    @Test func headHasNoBody() async throws {
        try await withServer { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        } _: { (server, client) async throws in
            let response = try await client.send(Request(method: "HEAD", url: server.url))
            #expect(response.body.isEmpty)
            #expect(response.headers["content-length"] == "100")
        }
    }

    @Test func basicAuthentication() async throws {
        try await withServer(echo) { (server, client) async throws in
            let auth = Authentication.basic(user: "stoker", password: Secret("pä:ss"))
            let text = try await client.send(Request(url: server.url, auth: auth)).text
            #expect(text.contains("\r\nAuthorization: Basic c3Rva2VyOnDDpDpzcw==\r\n"))
            // From the URL, and the request's own before the URL's.
            let inURL = server.url.replacing("http://", with: "http://u:p@")
            let fromURL = try await client.send(Request(url: inURL)).text
            #expect(fromURL.contains("\r\nAuthorization: Basic dTpw\r\n"))
            let both = try await client.send(Request(url: inURL, auth: auth)).text
            #expect(both.contains("\r\nAuthorization: Basic c3Rva2VyOnDDpDpzcw==\r\n"))
        }
    }

    @Test func bearerAndOtherAuthorization() async throws {
        try await withServer(echo) { (server, client) async throws in
            let bearer = try await client.send(Request(url: server.url, auth: .bearer(Secret("abc")))).text
            #expect(bearer.contains("\r\nAuthorization: Bearer abc\r\n"))
            let other = Authentication.authorization(type: "Token", credentials: Secret("t"))
            let text = try await client.send(Request(url: server.url, auth: other)).text
            #expect(text.contains("\r\nAuthorization: Token t\r\n"))
        }
    }

    @Test func redirectsAreFollowedOnlyWhenAsked() async throws {
        try await withServer { peer in
            while let request = peer.readRequest() {
                if request.hasPrefix("GET /old ") {
                    peer.answer("302 Found", fields: ["Location: /new", "X-Old: 1"], body: "gone")
                } else if request.hasPrefix("GET /loop ") {
                    peer.answer("302 Found", fields: ["Location: /loop"])
                } else if request.hasPrefix("GET /file ") {
                    peer.answer("302 Found", fields: ["Location: file:///etc/passwd"])
                } else {
                    peer.answer(body: "new")
                }
            }
        } _: { (server, client) async throws in
            let kept = try await client.send(Request(url: server.url + "/old"))
            #expect(kept.status == 302)
            #expect(kept.text == "gone")
            let followed = try await client.send(Request(url: server.url + "/old", followRedirects: true))
            #expect(followed.status == 200)
            #expect(followed.text == "new")
            #expect(followed.headers["x-old"] == nil)
            for path in ["/loop", "/file"] {
                let error = try await failure(client, Request(url: server.url + path, followRedirects: true))
                #expect(error.kind == .redirect)
            }
        }
    }

    @Test func credentialsStayWithTheFirstHost() async throws {
        let elsewhere = try TestServer(.loopback, echo)
        defer { elsewhere.stop() }
        let target = elsewhere.url
        try await withServer { peer in
            _ = peer.readRequest()
            peer.answer("307 Temporary Redirect", fields: ["Location: \(target)/there"])
        } _: { (server, client) async throws in
            for auth in [Authentication.bearer(Secret("t")), .basic(user: "u", password: Secret("p"))] {
                let text = try await client.send(Request(url: server.url, auth: auth, followRedirects: true)).text
                #expect(text.hasPrefix("GET /there "))
                #expect(!text.contains("Authorization"))
            }
        }
    }

    @Test func aUnixSocketIsReached() async throws {
        try await withTemporaryFolder { folder in
            let server = try TestServer(.unixSocket("\(folder)/s"), echo)
            let client = HTTPClient(userAgent: "stoker/test")
            defer {
                client.close()
                server.stop()
            }
            let request = Request(url: "http://docker/v1/info", unixSocketPath: "\(folder)/s")
            let text = try await client.send(request).text
            #expect(text.hasPrefix("GET /v1/info HTTP/1.1\r\nHost: docker\r\n"))

            let missing = Request(url: "http://docker/", unixSocketPath: "\(folder)/none")
            let error = try await failure(client, missing)
            #expect(error.kind == .connect)
            #expect(error.message.contains("\(folder)/none"))
            let long = Request(url: "http://docker/", unixSocketPath: String(repeating: "x", count: 108))
            #expect(try await failure(client, long).kind == .badRequest)
        }
    }

    @Test func aProxyIsAskedInsteadOfTheHost() async throws {
        try await withServer(echo) { (server, client) async throws in
            let request = Request(url: "http://somewhere.example/x", proxyURL: server.url)
            #expect(try await client.send(request).text.hasPrefix("GET http://somewhere.example/x HTTP/1.1\r\n"))
        }
    }
}
