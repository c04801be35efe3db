import Foundation
import TestSupport
import Testing

/// What a poll of the daemon costs its git server.
@Suite("Polls")
struct PollTests {
    @Test("polls without news: one request each on one connection, and nothing is fetched; a push goes live at once")
    func quiet() async throws {
        try await World.run(.installed) { world in
            let server = try await GitHTTPServer(root: world.directory.path, directory: world.directory("http"))
            defer { server.stop() }
            try world.reconfigure { file in
                file.sourceURL = server.url("monitoring.git")
                file.pollInterval = "1s"
            }
            try world.stoker.start()
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            try await world.stoker.wait(outcome: "verified", revision: commit)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
            // A look over protocol 2 is a POST; a fetch begins with a GET, and so does the first look.
            let before = try await eventually("a poll after the first look") {
                let count = server.requests().count
                return server.requests().last?.line.hasPrefix("POST") == true && count > 3 ? count : nil
            }
            try await eventually("5 polls") { server.requests(from: before).count >= 5 }
            let polls = server.requests(from: before)
            try #require(polls.allSatisfy { $0.line.hasPrefix("POST") }, "\(polls)")
            try #require(Set(polls.map(\.connection)).count == 1)
            let second = try await world.push(["rules/new.yml": Sample.alerts("NextAlert")])
            try await world.stoker.wait(outcome: "verified", revision: second)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NextAlert"])
        }
    }

    @Test("a person's reconcile fetches over a connection of its own; being woken for nothing is one look")
    func asked() async throws {
        try await World.run(.installed) { world in
            let server = try await GitHTTPServer(root: world.directory.path, directory: world.directory("http"))
            defer { server.stop() }
            try world.reconfigure { file in
                file.sourceURL = server.url("monitoring.git")
                file.pollInterval = "1h"
            }
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            try world.stoker.start()
            try await world.stoker.wait(outcome: "verified", revision: commit)
            // The first look learns how the server is asked: a GET and a POST.
            let first = server.requests().count
            try Self.wake(world.stoker.storage)
            try await eventually("the first look") { server.requests(from: first).count == 2 }
            for _ in 0..<3 {
                let before = server.requests().count
                try Self.wake(world.stoker.storage)
                try await eventually("a look") { server.requests().count > before }
                try #require(server.requests(from: before).allSatisfy { $0.line.hasPrefix("POST") })
            }
            let kept = try #require(server.requests().last?.connection)
            for _ in 0..<2 {
                let before = server.requests().count
                try #require(try await world.stoker.run("reconcile", "production").code == 0)
                let requests = server.requests(from: before)
                try #require(requests.count == 1 && requests[0].line.hasPrefix("GET"), "\(requests)")
                try #require(requests[0].connection != kept)
            }
        }
    }

    /// A byte in the pipe, as a command writes it, without a request in the journal.
    private static func wake(_ storage: String) throws {
        let descriptor = open(storage + "/wake", O_WRONLY | O_NONBLOCK)
        guard descriptor >= 0 else { throw TestFailure("the daemon does not listen") }
        defer { close(descriptor) }
        var byte: UInt8 = 1
        guard write(descriptor, &byte, 1) == 1 else { throw TestFailure("the pipe is full") }
    }

    @Test("a git server that is down: one warning that says when it is tried again, and one line when it is back")
    func outage() async throws {
        try await World.run(.installed) { world in
            let port = try FreePort.next()
            try world.reconfigure { file in
                file.sourceURL = "http://127.0.0.1:\(port)/monitoring.git"
                file.pollInterval = "1s"
            }
            try world.stoker.start()
            try await world.stoker.wait(forLogLine: "the source cannot be fetched")
            try await world.stoker.wait(for: "the reason") { $0["reason"].string == "FetchFailed" }
            let server = try await GitHTTPServer(
                root: world.directory.path, directory: world.directory("http"), on: port)
            defer { server.stop() }
            try await world.stoker.wait(forLogLine: "the source can be fetched again", within: .seconds(120))
            let warnings = world.stoker.log.split(separator: "\n").filter {
                $0.contains("the source cannot be fetched")
            }
            try #require(warnings.count == 1, "\(warnings)")
            try #require(warnings[0].contains("retry_in="), "\(warnings)")
            try #require(try await world.stoker.terminate() == .code(0))
        }
    }
}
