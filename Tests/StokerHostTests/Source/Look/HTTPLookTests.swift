import Foundation
import StokerCore
import Synchronization
import TestSupport
import Testing

@testable import StokerHost

/// The cheap poll over http.
@Suite("Looks over http") struct HTTPLookTests {
    private static let main = RefQuestion([.branch("main")])

    private func with(
        passesProtocol: Bool = true, password: String? = nil,
        _ body: (SourceFixture, GitHTTPServer) async throws -> Void
    ) async throws {
        try await SourceFixture.with { test in
            let server = try await GitHTTPServer(
                root: test.directory.path, directory: test.directory("http"), password: password,
                passesProtocol: passesProtocol)
            defer { server.stop() }
            try await body(test, server)
        }
    }

    @Test(
        "no news: one request for each poll, all on one connection, no child; news at the next poll",
        arguments: [true, false])
    func noNews(_ passesProtocol: Bool) async throws {
        try await with(passesProtocol: passesProtocol) { test, server in
            let first = try await test.git.push(["a": "1"])
            let look = try await LookFixture(test, url: server.url("monitoring.git"))
            #expect(try await look.poll())
            let before = server.requests().count
            try await look.pollQuietly(20)
            #expect(await look.candidate() == first)
            let requests = server.requests(from: before)
            // The first look asks what the server speaks.
            #expect(requests.count == (passesProtocol ? 21 : 20))
            #expect(Set(requests.map(\.connection)).count == 1)
            #expect(requests.dropFirst().allSatisfy { $0.line.hasPrefix(passesProtocol ? "POST" : "GET") })

            let second = try await test.git.push(["a": "2"])
            #expect(try await look.poll())
            #expect(await look.candidate() == second)
            try await look.pollQuietly(3)
            try await test.git.git("push", "-q", "-f", "origin", "\(first):main")
            #expect(try await look.poll())
            #expect(await look.candidate() == first)
            await look.feed.close()
        }
    }

    @Test(
        "the answer of protocol 2 does not grow with the repository; the limit of references is one of both",
        arguments: [true, false])
    func manyReferences(_ passesProtocol: Bool) async throws {
        try await with(passesProtocol: passesProtocol) { test, server in
            let commit = try await test.git.push(["a": "1"])
            let many = (0..<3000).map { "\(commit) refs/heads/other/\($0)" }.sorted()
            try Files.write(
                "# pack-refs with: sorted \n" + many.joined(separator: "\n") + "\n", to: "\(test.git.bare)/packed-refs")
            let look = try await LookFixture(test, url: server.url("monitoring.git"))
            #expect(try await look.poll())
            try await look.pollQuietly(2)
            let sizes = server.bodySizes().suffix(1)
            #expect(sizes.allSatisfy { passesProtocol ? $0 < 300 : $0 > 100_000 }, "\(sizes)")
            await look.feed.close()
            guard !passesProtocol else { return }
            let url = server.url("monitoring.git")
            let refs = await RefLook(try test.source(url: url, limits: SourceLimits(references: 2000)))
            defer { refs.close() }
            await #expect { _ = try await refs.look(Self.main) } throws: { ($0 as? FetchFailure)?.kind == .tooLarge }
        }
    }

    @Test("a tag that is moved is seen, an annotated one too")
    func movedTag() async throws {
        try await with { test, server in
            let first = try await test.git.push(["a": "1"])
            try await test.git.git("tag", "-a", "v1", "-m", "one")
            try await test.git.git("tag", "plain")
            try await test.git.git("push", "-q", "origin", "v1", "plain")
            let look = try await LookFixture(test, url: server.url("monitoring.git"), [.tag("v1"), .tag("plain")])
            #expect(try await look.poll())
            try await look.pollQuietly(2)
            let second = try await test.git.push(["a": "2"])
            try await look.pollQuietly()
            try await test.git.git("tag", "-f", "-a", "v1", "-m", "two")
            try await test.git.git("push", "-q", "-f", "origin", "v1")
            #expect(try await look.poll())
            #expect(await look.candidate(0) == second)
            #expect(await look.candidate(1) == first)
            try await look.pollQuietly()
            await look.feed.close()
        }
    }

    @Test(
        "a tag pattern: a lower tag is no news, a higher one is, and so is the highest one's end",
        arguments: [true, false])
    func tagPattern(_ passesProtocol: Bool) async throws {
        try await with(passesProtocol: passesProtocol) { test, server in
            let first = try await test.git.push(["a": "1"])
            let look = try await LookFixture(test, url: server.url("monitoring.git"), [.tagPattern("v1.*")])
            #expect(try await look.poll())
            #expect(await look.candidate().contains("has no tag that matches v1.*"))
            try await look.pollQuietly(2)
            func push(_ tag: String) async throws {
                try await test.git.git("tag", "-f", "-a", tag, "-m", tag)
                try await test.git.git("push", "-q", "-f", "origin", "refs/tags/\(tag)")
            }
            try await push("v1.2.0")
            #expect(try await look.poll())
            #expect(await look.candidate() == first)
            let second = try await test.git.push(["a": "2"])
            for tag in ["v1.1.9", "v2.0.0", "v1.x"] { try await push(tag) }
            try await look.pollQuietly(2)
            try await push("v1.10.0")
            #expect(try await look.poll())
            #expect(await look.candidate() == second)
            try await look.pollQuietly()
            try await test.git.git("push", "-q", "origin", ":refs/tags/v1.10.0")
            #expect(try await look.poll())
            #expect(await look.candidate() == first)
            try await look.pollQuietly(2)
            await look.feed.close()
        }
    }

    @Test(
        "a branch that vanishes, a default branch that is renamed: the message follows, without a child at every poll",
        arguments: [true, false])
    func vanished(_ passesProtocol: Bool) async throws {
        try await with(passesProtocol: passesProtocol) { test, server in
            try await test.git.push(["a": "1"])
            try await test.git.git("push", "-q", "origin", "HEAD:release")
            let look = try await LookFixture(test, url: server.url("monitoring.git"), [.branch("release")])
            #expect(try await look.poll())
            try await test.git.git("push", "-q", "origin", ":release")
            #expect(try await look.poll())
            #expect(await look.candidate().contains("has no branch release; its default branch is main"))
            try await look.pollQuietly(2)
            try await test.git.git("push", "-q", "origin", "HEAD:trunk")
            try await Shell.succeed(["git", "--git-dir", test.git.bare, "symbolic-ref", "HEAD", "refs/heads/trunk"])
            #expect(try await look.poll())
            #expect(await look.candidate().contains("its default branch is trunk"))
            try await look.pollQuietly(2)
            try await Shell.succeed(["git", "--git-dir", test.git.bare, "symbolic-ref", "HEAD", "refs/heads/nowhere"])
            #expect(try await look.poll())
            #expect(await look.candidate().contains("has no branch release: check branch of environment e0"))
            try await look.pollQuietly(2)
            await look.feed.close()
        }
    }

    @Test("an empty repository: the same message, no child, and the first push is seen", arguments: [true, false])
    func empty(_ passesProtocol: Bool) async throws {
        try await with(passesProtocol: passesProtocol) { test, server in
            let look = try await LookFixture(test, url: server.url("monitoring.git"))
            #expect(try await look.poll())
            #expect(await look.candidate().contains("is empty: push a first commit to main"))
            try await look.pollQuietly(3)
            let commit = try await test.git.push(["a": "1"])
            #expect(try await look.poll())
            #expect(await look.candidate() == commit)
            await look.feed.close()
        }
    }

    @Test(
        "a commit that is on no branch: a look while no ref moves, and found when one brings it",
        arguments: [true, false])
    func hiddenCommit(_ passesProtocol: Bool) async throws {
        try await with(passesProtocol: passesProtocol) { test, server in
            try await test.git.push(["a": "1"])
            try Files.write("2", to: "\(test.git.work)/a")
            try await test.git.git("commit", "-q", "-a", "-m", "hidden")
            let hidden = try await test.git.git("rev-parse", "HEAD")
            let look = try await LookFixture(test, url: server.url("monitoring.git"), [.commit(CommitID(hidden))])
            #expect(try await look.poll())
            #expect(await look.candidate().hasSuffix("check commit of environment e0"))
            try await look.pollQuietly(3)
            try await test.git.git("push", "-q", "origin", "HEAD:refs/heads/new")
            #expect(try await look.poll())
            #expect(await look.candidate() == hidden)
            try await look.pollQuietly(2)
            await look.feed.close()
        }
    }

    @Test("a commit that is here needs no server")
    func commit() async throws {
        try await with { test, server in
            let commit = try await test.git.push(["a": "1"])
            let look = try await LookFixture(test, url: server.url("monitoring.git"), [.commit(CommitID(commit))])
            #expect(try await look.poll())
            let before = server.requests().count
            try await look.pollQuietly(3)
            #expect(server.requests().count == before)
        }
    }

    @Test("a server that is started again between two polls, also as one of another protocol")
    func restart() async throws {
        try await SourceFixture.with { test in
            let port = try FreePort.next()
            func start(_ name: String, passesProtocol: Bool) async throws -> GitHTTPServer {
                try await GitHTTPServer(
                    root: test.directory.path, directory: test.directory(name), passesProtocol: passesProtocol, on: port
                )
            }
            try await test.git.push(["a": "1"])
            var server = try await start("one", passesProtocol: true)
            let look = try await LookFixture(test, url: server.url("monitoring.git"))
            do {
                #expect(try await look.poll())
                try await look.pollQuietly(2)
                for (name, passesProtocol) in [("two", true), ("three", false), ("four", true)] {
                    server.stop()
                    let failure = try await look.failure()
                    #expect(failure.kind == .unreachable, "\(failure)")
                    server = try await start(name, passesProtocol: passesProtocol)
                    try await look.pollQuietly(2)
                }
            } catch {
                server.stop()
                throw error
            }
            server.stop()
            await look.feed.close()
        }
    }

    @Test("a password that is rotated between two polls counts at once; a wrong one starts no child")
    func rotation() async throws {
        try await with(password: "first") { test, server in
            let commit = try await test.git.push(["a": "1"])
            let secret = test.directory("secret")
            try Files.write("first\n", to: secret)
            let access = HTTPAccess(basicAuth: HTTPAccess.BasicAuth(username: "stoker", password: .file(secret)))
            let look = try await LookFixture(test, url: server.url("monitoring.git"), http: access)
            #expect(try await look.poll())
            try await look.pollQuietly(2)
            try await server.setPassword("second")
            let failure = try await look.failure()
            #expect(failure.kind == .authentication)
            #expect(failure.message.contains("refused the password for user stoker: check password_file \(secret)"))
            try Files.write("second\n", to: secret)
            try await look.pollQuietly(2)
            #expect(await look.candidate() == commit)
            await look.feed.close()
        }
    }

    @Test("a token that credentials_command gave is asked for anew when the server refuses it")
    func command() async throws {
        try await with(password: "first") { test, server in
            try await test.git.push(["a": "1"])
            let token = test.directory("token")
            try Files.write("first\n", to: token)
            try await Files.writeProgram(
                "#!/bin/sh\necho run >> \(test.directory("runs"))\ncat \(token)\n", to: test.directory("ask"))
            let access = HTTPAccess(basicAuth: HTTPAccess.BasicAuth(username: "stoker", password: .credentialsCommand))
            // Looks alone: what the fetch child does with the token is tested elsewhere.
            let source = GitSource(
                SourceConfiguration(
                    url: server.url("monitoring.git"), ref: .branch("main"), timeout: .seconds(30), http: access,
                    credentialsCommand: [test.directory("ask")], onRewrite: .hold), refs: [.branch("main")],
                storage: test.directory("storage"), executable: try Programs.stoker())
            let refs = await RefLook(source)
            defer { refs.close() }
            for _ in 0..<3 { #expect(try await refs.look(Self.main)?.ids.count == 1) }
            #expect(Files.read(test.directory("runs")) == "run\n")
            try await server.setPassword("second")
            try Files.write("second\n", to: token)
            for _ in 0..<3 { #expect(try await refs.look(Self.main)?.ids.count == 1) }
            #expect(Files.read(test.directory("runs")) == "run\nrun\n")
        }
    }

    @Test("429 with Retry-After, 503, and GitHub's rate limit: the poll's failure with the time to wait")
    func limited() async throws {
        try await with { test, server in
            try await test.git.push(["a": "1"])
            let gate = try await LimitGate(to: server.port, directory: test.directory("gate"))
            defer { gate.stop() }
            let look = try await LookFixture(test, url: "http://127.0.0.1:\(gate.port)/monitoring.git")
            #expect(try await look.poll())
            try await look.pollQuietly(2)
            for refusal in LimitGate.Refusal.allCases {
                try gate.refuse(refusal)
                let failure = try await look.failure()
                #expect(failure.retryAfterSeconds == refusal.seconds, "\(failure)")
                try gate.refuse(nil)
                try await look.pollQuietly()
            }
            await look.feed.close()
        }
    }

    @Test("a cache that is damaged, gone or moved on between two polls: the fetch mends it")
    func damagedCache() async throws {
        try await with { test, server in
            let commit = try await test.git.push(["a": "1"])
            let look = try await LookFixture(test, url: server.url("monitoring.git"))
            #expect(try await look.poll())
            try await look.pollQuietly()
            look.cache.markDamaged()
            #expect(try await look.poll())
            try await look.pollQuietly()
            // It is made anew once in five minutes at most.
            try Files.remove("\(look.cache.path).rebuilt")
            try Files.write("", to: "\(look.cache.path)/refs/stoker/heads/main")
            #expect(try await look.poll())
            try await look.pollQuietly()
            try Files.remove("\(look.cache.path).rebuilt")
            try Files.write(String(repeating: "1", count: 40) + "\n", to: "\(look.cache.path)/refs/stoker/heads/main")
            #expect(try await look.poll())
            try await look.pollQuietly()
            try Files.remove(look.cache.path)
            #expect(try await look.poll())
            #expect(await look.candidate() == commit)
            try await look.pollQuietly()
            await look.feed.close()
        }
    }

    @Test("a redirect is followed at every look: it may lead elsewhere the next time")
    func redirect() async throws {
        try await with { test, server in
            try await test.git.push(["a": "1"])
            let copy = try await Shell.succeed(["cp", "-a", test.git.bare, "\(test.git.bare).copy"])
            #expect(copy.isEmpty)
            let name = test.git.bare.split(separator: "/").last.map(String.init) ?? ""
            let target = server.url(name)
            let moved = server.url("\(name).copy")
            let away = Mutex(false)
            let door = try ScriptedServer { _ in
                Array(
                    "HTTP/1.1 302 Found\r\nLocation: \(away.withLock { $0 } ? moved : target)/info/refs?service=git-upload-pack\r\nContent-Length: 0\r\n\r\n"
                        .utf8)
            }
            defer { door.stop() }
            let source = try test.source(url: "http://127.0.0.1:\(door.port)/old.git")
            let refs = await RefLook(source)
            defer { refs.close() }
            let first = try await refs.look(Self.main)?.ids
            #expect(first?.count == 1)
            // What it led to is still there, and no longer where it leads to.
            away.withLock { $0 = true }
            try await test.git.push(["a": "2"])
            try await Shell.succeed(["git", "-C", "\(test.git.bare).copy", "fetch", "-q", test.git.bare, "+main:main"])
            try await Shell.succeed(["git", "-C", test.git.bare, "update-ref", "refs/heads/main", "main~1"])
            #expect(try await refs.look(Self.main)?.ids != first)
            #expect(door.heads.count == 2)
            #expect(server.requests().map { String($0.line.prefix(4)) } == ["GET ", "POST", "GET ", "POST"])
        }
    }

    @Test("a web page, a silent server and nobody: the failures of a fetch, within the time-out")
    func wrongServers() async throws {
        try await SourceFixture.with { test in
            let page = try ScriptedServer { _ in
                Array("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>".utf8)
            }
            defer { page.stop() }
            let silent = try SilentServer()
            defer { silent.stop() }
            for (port, kind) in [
                (page.port, FetchFailure.Kind.protocolError), (silent.port, .timeout),
                (try FreePort.next(), .unreachable),
            ] {
                let refs = await RefLook(try test.source(url: "http://127.0.0.1:\(port)/x.git", timeout: .seconds(4)))
                defer { refs.close() }
                let start = ContinuousClock.now
                await #expect { _ = try await refs.look(Self.main) } throws: { ($0 as? FetchFailure)?.kind == kind }
                #expect(ContinuousClock.now - start < .seconds(30))
            }
        }
    }
}
