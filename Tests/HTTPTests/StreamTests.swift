import Dispatch
import Glibc
import Synchronization
import Testing

@testable import HTTP

/// `HTTPStream` blocks its thread, so every test gives it one of its own.
@Suite struct StreamTests {
    @Test func aLargeBodyComesWholeThroughASmallBuffer() async throws {
        let piece = String(repeating: "0123456789abcdef", count: 4096)
        try await withStream { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: \(piece.utf8.count * 256)\r\n\r\n")
            for _ in 0..<256 { peer.send(piece) }
            peer.waitForEnd()
        } _: { server, stream in
            let head = try stream.send(Request(url: server.url), idleTimeout: .seconds(20))
            #expect(head.status == 200)
            #expect(head.headers["content-length"] == "16777216")
            var count = 0
            var isRight = true
            let digits = Array("0123456789abcdef".utf8)
            // An odd size, so that pieces end everywhere; the socket is drained much faster than that.
            var buffer = [UInt8](repeating: 0, count: 10_007)
            while true {
                let size = try buffer.withUnsafeMutableBytes { try stream.read(into: $0) }
                if size == 0 { break }
                for index in 0..<size where buffer[index] != digits[(count + index) & 15] { isRight = false }
                count += size
            }
            #expect(count == 16_777_216)
            #expect(isRight)
        }
    }

    @Test func whatIsNotTakenWaits() {
        let body = StreamedBody(limitBytes: 10 << 20)
        let piece = [UInt8](repeating: 7, count: 16 << 10)
        func offer() -> Taken { piece.withUnsafeBytes { body.take($0) } }
        var taken = 0
        while taken < 1000, case .all = offer() { taken += 1 }
        #expect(taken == 16)
        #expect(body.isPaused)
        body.isPaused = false
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        #expect(buffer.withUnsafeMutableBytes { body.give($0) } == taken * piece.count)
        guard case .all = offer() else {
            Issue.record("an empty buffer takes nothing")
            return
        }
    }

    @Test func aServerThatIsSilentIsGivenUp() async throws {
        for silentAfter in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"] {
            try await withStream { peer in
                peer.send(silentAfter)
                peer.waitForEnd()
            } _: { server, stream in
                let start = ContinuousClock.now
                let error = try failure {
                    _ = try stream.send(Request(url: server.url), idleTimeout: .milliseconds(300))
                    #expect(try text(stream, atMost: 3) == "abc")
                    _ = try text(stream)
                }
                #expect(error.kind == .idle)
                #expect(ContinuousClock.now - start >= .milliseconds(300))
                #expect(ContinuousClock.now - start < .seconds(20))
            }
        }
    }

    @Test func ourOwnPauseIsNoSilence() async throws {
        let goOn = DispatchSemaphore(value: 0)
        try await withStream { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc")
            goOn.wait()
            peer.send("def")
            peer.waitForEnd()
        } _: { server, stream in
            _ = try stream.send(Request(url: server.url), idleTimeout: .milliseconds(200))
            #expect(try text(stream, atMost: 3) == "abc")
            // The subject of this test, not a wait for something.
            usleep(500_000)
            goOn.signal()
            #expect(try text(stream) == "def")
        }
    }

    @Test func oneByteAfterTheOtherEndsAtTheTotalLimit() async throws {
        try await withStream { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while peer.send("x") { usleep(20_000) }
        } _: { server, stream in
            let request = Request(url: server.url, timeout: .milliseconds(700))
            let error = try failure {
                _ = try stream.send(request, idleTimeout: .seconds(20))
                _ = try text(stream)
            }
            #expect(error.kind == .timeout)
            #expect(error.mayHaveArrived)
        }
    }

    @Test func headersWithoutEnd() async throws {
        try await withStream { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\n")
            while peer.send("X-More: \(String(repeating: "y", count: 1000))\r\n") {}
        } _: { server, stream in
            let error = try failure { _ = try stream.send(Request(url: server.url), idleTimeout: .seconds(20)) }
            #expect(error.kind == .receive)
            #expect(error.message.contains("header fields of the answer have no end"))
        }
    }

    @Test func aBodyWithoutEndStopsAtTheLimit() async throws {
        try await withStream { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\n\r\n")
            while peer.send(String(repeating: "y", count: 65_536)) {}
        } _: { server, stream in
            let request = Request(url: server.url, maxResponseBytes: 3_000_000)
            _ = try stream.send(request, idleTimeout: .seconds(20))
            var count = 0
            let error = try failure {
                while true { count += try text(stream, atMost: 50_000).utf8.count }
            }
            #expect(error.kind == .tooLarge(limitBytes: 3_000_000))
            #expect(count <= 3_000_000 && count > 2_500_000)
        }
    }

    @Test func aTruncatedBodyIsGivenAndThenSaid() async throws {
        try await withStream { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc")
        } _: { server, stream in
            _ = try stream.send(Request(url: server.url), idleTimeout: .seconds(20))
            var seen = ""
            let error = try failure {
                while true {
                    let more = try text(stream, atMost: 3)
                    if more.isEmpty { return }
                    seen += more
                }
            }
            #expect(seen == "abc")
            #expect(error.kind == .receive)
            // It stays so.
            #expect(try failure { _ = try text(stream) }.kind == .receive)
        }
    }

    @Test func gzipIsUnpackedAndItsBombIsNot() async throws {
        try await withTemporaryFolder { folder in
            try Program.run(["sh", "-c", "head -c 100000000 /dev/zero | gzip -9 > '\(folder)/bomb'"])
            let bomb = try bytes(of: "\(folder)/bomb")
            #expect(bomb.count < 200_000)
            let heads = Seen()
            try await withStream { peer in
                while let head = peer.readRequest() {
                    heads.add(head)
                    peer.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(bomb.count)\r\n\r\n")
                    peer.send(bytes: bomb)
                }
            } _: { server, stream in
                var request = Request(url: server.url, maxResponseBytes: 200_000_000, acceptsGzip: true)
                _ = try stream.send(request, idleTimeout: .seconds(20))
                var count = 0
                var buffer = [UInt8](repeating: 1, count: 100_000)
                while true {
                    let size = try buffer.withUnsafeMutableBytes { try stream.read(into: $0) }
                    if size == 0 { break }
                    count += size
                }
                #expect(count == 100_000_000)
                #expect(buffer.allSatisfy { $0 == 0 })
                request.maxResponseBytes = 1_000_000
                let error = try failure {
                    _ = try stream.send(request, idleTimeout: .seconds(20))
                    while try !text(stream, atMost: 100_000).isEmpty {}
                }
                #expect(error.kind == .tooLarge(limitBytes: 1_000_000))
            }
            #expect(heads.all.allSatisfy { $0.contains("Accept-Encoding: gzip\r\n") })
        }
    }

    @Test func theConnectionServesAgainWhereNextToNothingIsLeft() async throws {
        let isRead = DispatchSemaphore(value: 0)
        try await withStream { peer in
            while let request = peer.readRequest() {
                let size = request.contains("/large") ? 4 << 20 : 5
                peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                peer.send("\(String(size, radix: 16))\r\n\(String(repeating: "z", count: size))\r\n")
                // The end of the body comes later than what was wanted of it.
                isRead.wait()
                peer.send("0\r\n\r\n")
            }
        } _: { server, stream in
            for body in [[], Array("question".utf8), []] {
                let method = body.isEmpty ? "GET" : "POST"
                let head = try stream.send(
                    Request(method: method, url: server.url, body: body), idleTimeout: .seconds(20))
                #expect(head.status == 200)
                // Not to the end, as a reader who knows where his part ends.
                #expect(try text(stream, atMost: 5) == "zzzzz")
                isRead.signal()
            }
            #expect(server.connectionCount == 1)
            _ = try stream.send(Request(url: server.url + "/large"), idleTimeout: .seconds(20))
            isRead.signal()
            _ = try stream.send(Request(url: server.url), idleTimeout: .seconds(20))
            isRead.signal()
            #expect(server.connectionCount == 2)
        }
    }

    @Test func theHeadIsTheLastOne() async throws {
        try await withStream { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 100 Continue\r\nX-First: 1\r\n\r\n")
            peer.send("HTTP/1.1 404 Not Found\r\nX-Second: 2\r\nContent-Length: 0\r\n\r\n")
            peer.waitForEnd()
        } _: { server, stream in
            let head = try stream.send(
                Request(method: "POST", url: server.url, body: [1]), idleTimeout: .seconds(20))
            #expect(head.status == 404)
            #expect(head.headers["X-First"] == nil)
            #expect(head.headers["X-Second"] == "2")
            #expect(try text(stream) == "")
        }
    }

    @Test func nobodyListensAndSaysSo() async throws {
        try await withStream { _ in
        } _: { server, stream in
            server.stop()
            let error = try failure { _ = try stream.send(Request(url: server.url), idleTimeout: .seconds(20)) }
            #expect(error.kind == .connectionRefused)
            #expect(!error.mayHaveArrived)
        }
    }

    @Test(arguments: [
        ("/b", "http://h:1/b"), ("http://other/c?d=e", "http://other/c?d=e"), ("//x/y", "http://x/y"),
        ("z", "http://h:1/a/z"),
        ("https://h/b", "https://h/b"), ("ftp://h/b", "ftp://h/b"),
    ])
    func locationsAreResolved(_ location: String, _ expected: String) {
        #expect(resolvedURL(location, from: "http://h:1/a/i?q=1") == expected)
    }

    @Test func originsAreCompared() {
        #expect(Origin("http://H/x") == Origin("http://h:80/y?z"))
        #expect(Origin("https://h/x") == Origin("https://user:pw@h:443/x"))
        #expect(Origin("http://h/x") != Origin("https://h/x"))
        #expect(Origin("http://h/x") != Origin("http://h:81/x"))
        #expect(Origin("ftp://h/x") == nil)
        #expect(Origin("nonsense") == nil)
    }

    // MARK: -

    private func withStream(
        _ script: @escaping @Sendable (Peer) -> Void,
        _ body: @escaping @Sendable (TestServer, HTTPStream) throws -> Void
    ) async throws {
        let server = try TestServer(.loopback, script)
        let result = await withCheckedContinuation { (done: CheckedContinuation<Result<Void, any Error>, Never>) in
            DispatchQueue(label: "stream").async {
                signal(SIGPIPE, SIG_IGN)
                done.resume(returning: Result { try body(server, HTTPStream(userAgent: "stoker/test")) })
            }
        }
        server.stop()
        try result.get()
    }

    private func failure(_ body: () throws -> Void) throws -> HTTPError {
        do {
            try body()
        } catch let error as HTTPError {
            return error
        }
        throw TestServerError(code: 0)
    }

    /// What is left of an answer, or the next bytes of it.
    private func text(_ stream: HTTPStream, atMost limit: Int = .max) throws -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: min(limit, 65_536))
        while bytes.count < limit {
            let size = try buffer.withUnsafeMutableBytes { try stream.read(into: $0) }
            if size == 0 { break }
            bytes += buffer[..<size]
            if limit != .max { break }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func bytes(of path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { throw TestServerError(code: errno) }
        defer { close(descriptor) }
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return all }
            all += buffer[..<count]
        }
    }
}
