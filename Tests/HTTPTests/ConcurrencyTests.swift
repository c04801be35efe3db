import HTTP
import Testing

@Suite struct ConcurrencyTests {
    @Test func requestsOneAfterAnotherShareAConnection() async throws {
        try await withServer(echo) { (server, client) async throws in
            for _ in 0..<20 {
                _ = try await client.send(Request(url: server.url))
            }
            #expect(server.connectionCount == 1)
        }
    }

    @Test func aConnectionTheServerClosedIsReplaced() async throws {
        try await withServer { peer in
            _ = peer.readRequest()
            peer.answer(body: "one each")
        } _: { (server, client) async throws in
            for _ in 0..<10 {
                #expect(try await client.send(Request(url: server.url)).text == "one each")
            }
            #expect(server.connectionCount == 10)
        }
    }

    @Test func manyAtOnceStayWithinTheWorkers() async throws {
        let client = HTTPClient(userAgent: "stoker/test", maxWorkers: 3)
        try await withServer(echo, client: client) { (server, client) async throws in
            let url = server.url
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        try await client.send(Request(url: "\(url)/\(number)")).text.hasPrefix("GET /\(number) ")
                    }
                }
                for try await isRight in group {
                    #expect(isRight)
                }
            }
            #expect(server.connectionCount <= 3)
        }
    }

    @Test func aCancelledTaskEndsItsTransferAtOnce() async throws {
        let arrived = Signal()
        let ended = Signal()
        try await withServer { peer in
            _ = peer.readRequest()
            arrived.raise()
            peer.waitForEnd()
            ended.raise()
        } _: { (server, client) async throws in
            let url = server.url
            let begin = ContinuousClock.now
            let task = Task { try await failure(client, Request(url: url, timeout: .seconds(300))) }
            await arrived.wait()
            task.cancel()
            let error = try await task.value
            #expect(error.kind == .cancelled)
            #expect(error.mayHaveArrived)
            await ended.wait()
            // Far below libcurl's own second between two looks on a fast machine; never near the request's limit.
            #expect(ContinuousClock.now - begin < .seconds(60))
        }
    }

    @Test func anEndlessAnswerCanBeCancelled() async throws {
        let arrived = Signal()
        try await withServer { peer in
            _ = peer.readRequest()
            peer.send("HTTP/1.1 200 OK\r\n\r\n")
            arrived.raise()
            while peer.send(String(repeating: "x", count: 4096)) {}
        } _: { (server, client) async throws in
            let url = server.url
            let request = Request(url: url, timeout: .seconds(300), maxResponseBytes: .max)
            let task = Task { try await failure(client, request) }
            await arrived.wait()
            task.cancel()
            #expect(try await task.value.kind == .cancelled)
        }
    }

    @Test func whatIsCancelledBeforeOrWhileItWaitsIsNotSent() async throws {
        let arrived = Signal()
        let seen = Seen()
        let client = HTTPClient(userAgent: "stoker/test", maxWorkers: 1)
        try await withServer(
            { peer in
                seen.add(peer.readRequest() ?? "")
                arrived.raise()
                peer.waitForEnd()
            }, client: client
        ) { (server, client) async throws in
            let url = server.url
            let first = Task { try await failure(client, Request(url: url + "/first")) }
            await arrived.wait()
            let second = Task { try await failure(client, Request(url: url + "/second")) }
            second.cancel()
            let error = try await second.value
            #expect(error.kind == .cancelled)
            #expect(!error.mayHaveArrived)
            first.cancel()
            #expect(try await first.value.kind == .cancelled)
            #expect(seen.all.allSatisfy { $0.hasPrefix("GET /first ") })
        }
    }

    @Test func theQueueHasAnEnd() async throws {
        let arrived = Signal()
        let client = HTTPClient(userAgent: "stoker/test", maxWorkers: 1, maxQueued: 0)
        try await withServer(
            { peer in
                _ = peer.readRequest()
                arrived.raise()
                peer.waitForEnd()
            }, client: client
        ) { (server, client) async throws in
            let url = server.url
            let first = Task { try await failure(client, Request(url: url)) }
            await arrived.wait()
            #expect(try await failure(client, Request(url: url)).kind == .busy)
            first.cancel()
            _ = try await first.value
        }
    }

    @Test func waitingForAWorkerCountsAsTime() async throws {
        let arrived = Signal()
        let client = HTTPClient(userAgent: "stoker/test", maxWorkers: 1)
        try await withServer(
            { peer in
                _ = peer.readRequest()
                arrived.raise()
                peer.waitForEnd()
            }, client: client
        ) { (server, client) async throws in
            let url = server.url
            // Long enough that the second waits behind it on a loaded machine, too.
            let first = Task { try await failure(client, Request(url: url, timeout: .seconds(45))) }
            await arrived.wait()
            let error = try await failure(client, Request(url: url, timeout: .milliseconds(1)))
            #expect(error.kind == .timeout)
            #expect(error.message.contains("all workers were busy"))
            #expect(!error.mayHaveArrived)
            #expect(try await first.value.kind == .timeout)
            #expect(server.connectionCount == 1)
        }
    }

    @Test func anIdleThreadEndsWithItsConnectionAndAnotherTakesOver() async throws {
        let ended = Signal()
        let client = HTTPClient(userAgent: "stoker/test", maxIdle: .milliseconds(20))
        try await withServer(
            { peer in
                echo(peer)
                ended.raise()
            }, client: client
        ) { (server, client) async throws in
            for round in 1...3 {
                let text = try await client.send(Request(url: server.url)).text
                #expect(text.hasPrefix("GET / "))
                await ended.wait()
                #expect(server.connectionCount == round)
            }
        }
    }

    @Test func closingEndsWhatRuns() async throws {
        let arrived = Signal()
        try await withServer { peer in
            _ = peer.readRequest()
            arrived.raise()
            peer.waitForEnd()
        } _: { (server, client) async throws in
            let url = server.url
            let running = Task { try await failure(client, Request(url: url, timeout: .seconds(300))) }
            await arrived.wait()
            client.close()
            #expect(try await running.value.kind == .closed)
            #expect(try await failure(client, Request(url: url)).kind == .closed)
            client.close()
        }
    }
}
