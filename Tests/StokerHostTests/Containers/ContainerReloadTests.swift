import HTTP
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

// Containers: a real engine, with containers in every state in which a reload can meet one.

@Suite("A container's reload", .serialized) struct ContainerReloadTests {
    @Test func aSignalReachesTheContainerByNameAndByService() async throws {
        try await Bench.run { bench in
            for (name, project) in [("one", "a"), ("two", "b")] {
                try await bench.docker.run(
                    .init(
                        name, bench.waiting(on: "HUP", "echo again; echo over"),
                        labels: DockerDaemon.Container.compose("prom", project: project)))
            }
            try await bench.docker.run(
                .init(
                    "job", bench.waiting(on: "HUP", "true"),
                    labels: DockerDaemon.Container.compose("prom", project: "b", oneOff: true)))
            for name in ["one", "two", "job"] { try await bench.started(name) }
            #expect(await bench.reload(.container("one")) == .accepted(answered: false))
            try await eventually("the signal") { try await bench.log("one").contains("again\nover\n") }
            #expect(await bench.reload(.service("prom", project: "b")) == .accepted(answered: false))
            try await eventually("the signal") { try await bench.log("two").contains("again\nover\n") }
            guard case .notPossible(let several) = await bench.reload(.service("prom", project: nil)) else {
                Issue.record("one of several was taken")
                return
            }
            #expect(several.contains("one (project a, running), two (project b, running)"), "\(several)")
            #expect(several.contains("give project"))
            guard case .notPossible(let none) = await bench.reload(.container("three")) else {
                Issue.record("it found what is not there")
                return
            }
            #expect(none.contains("no container three"))
            guard case .notPossible(let nobody) = await bench.reload(.service("other", project: "b")) else {
                Issue.record("it found what is not there")
                return
            }
            #expect(nobody.contains("no container of service other of project b"))
        }
    }

    @Test func whatDoesNotRunIsNotSignalled() async throws {
        try await Bench.run { bench in
            try await bench.docker.run(.init("stopped", ["/bin/sh", "-c", "exit 3"]))
            try await eventually("the end") { try await bench.docker.status("stopped") == "exited" }
            #expect(
                await bench.reload(.container("stopped"))
                    == .down(message: "container stopped is exited with exit code 3; start it"))
            try await bench.docker.run(.init("paused", bench.waiting(on: "HUP", "true")))
            _ = try await bench.docker.ask("POST", "/containers/paused/pause")
            guard case .notPossible(let paused) = await bench.reload(.container("paused")) else {
                Issue.record("a paused container was signalled")
                return
            }
            #expect(paused.contains("docker unpause"))
            _ = try await bench.docker.ask("POST", "/containers/paused/unpause")
            var crashing = DockerDaemon.Container("crashing", ["/bin/sh", "-c", "exit 4"])
            crashing.restart = "always"
            try await bench.docker.run(crashing)
            // The pauses double: in this one there is time to look.
            try await eventually("the crash loop") {
                let ends = try await bench.docker.inspect("crashing")["RestartCount"].number ?? 0
                let status = try await bench.docker.status("crashing")
                return ends >= 5 && status == "restarting"
            }
            guard case .down(let down) = await bench.reload(.container("crashing")) else {
                Issue.record("a crash-looping container was signalled")
                return
            }
            #expect(down.contains("restarting with exit code 4"), "\(down)")
            // The very thing a signal would have ended: it goes on.
            try await eventually("another start") {
                (try await bench.docker.inspect("crashing")["RestartCount"].number ?? 0) >= 6
            }
        }
    }

    @Test func whatDoesNotSurviveItsSignalIsSaidWithItsExitCode() async throws {
        try await Bench.run { bench in
            try await bench.docker.run(.init("fragile", bench.waiting(on: "HUP", "exit 7")))
            try await bench.started("fragile")
            guard case .died(let message) = await bench.reload(.container("fragile")) else {
                Issue.record("a dead process was called reloaded")
                return
            }
            #expect(message.contains("container fragile is exited with exit code 7 after SIGHUP"), "\(message)")
            // A process that comes back by itself is another one.
            var supervised = DockerDaemon.Container("supervised", bench.waiting(on: "HUP", "exit 8"))
            supervised.restart = "always"
            try await bench.docker.run(supervised)
            try await bench.started("supervised")
            guard case .died(let anew) = await bench.reload(.container("supervised")) else {
                Issue.record("a dead process was called reloaded")
                return
            }
            #expect(anew.contains("started anew after SIGHUP") || anew.contains("exit code 8"), "\(anew)")
            // A first process without a handler never hears it, and neither does what it started.
            try await bench.docker.run(.init("deaf", ["/bin/sleep", "600"]))
            // While it is being made it is the engine's own program.
            let pid = Int(try await bench.docker.inspect("deaf")["State"]["Pid"].number ?? 0)
            try await eventually("its program") { Files.read("/proc/\(pid)/comm") == "sleep\n" }
            guard case .notPossible(let deaf) = await bench.reload(.container("deaf")) else {
                Issue.record("a deaf process was signalled")
                return
            }
            #expect(deaf.contains("does not handle SIGHUP") && deaf.contains("start it with exec"), "\(deaf)")
            #expect(try await bench.docker.status("deaf") == "running")
        }
    }

    @Test func aRestartLeavesAnotherProcessAndSaysWhereItDoesNot() async throws {
        try await Bench.run { bench in
            try await bench.docker.run(.init("fine", bench.waiting(on: "TERM", "exit 0")))
            try await bench.started("fine")
            let before = try await bench.docker.inspect("fine")["State"]["StartedAt"]
            #expect(await bench.reload(.container("fine"), .restart) == .accepted(answered: true, restarted: true))
            #expect(try await bench.docker.inspect("fine")["State"]["StartedAt"] != before)
            // It starts once and never again.
            let flag = bench.directory("flag")
            try Files.makeDirectory(flag)
            try await bench.docker.run(
                .init(
                    "once",
                    [
                        "/bin/sh", "-c",
                        "if [ -e /flag/x ]; then exit 9; fi; : > /flag/x; trap 'exit 0' TERM; while :; do sleep 0.1; done",
                    ],
                    binds: ["\(flag):/flag"]))
            try await eventually("its start") { Files.exists("\(flag)/x") }
            let answer = await bench.reload(.container("once"), .restart)
            switch answer {
            case .died(let message): #expect(message.contains("exited with exit code 9"), "\(message)")
            // The engine may look before it ended: then the process that does not answer tells.
            case .accepted(true, true): break
            case .accepted, .refused, .failed, .notPossible, .down, .unknown: Issue.record("\(answer)")
            }
            try await eventually("its end") { try await bench.docker.status("once") == "exited" }
            // Stopped since: only a restore of what ran before may start it.
            #expect(
                await bench.reload(.container("once"), .restart)
                    == .down(message: "container once is exited with exit code 9; start it"))
            try Files.remove("\(flag)/x")
            #expect(
                await bench.reload(.container("once"), .signal("SIGHUP"), mayStart: true)
                    == .accepted(answered: true, restarted: true))
            #expect(try await bench.docker.status("once") == "running")
        }
    }

    @Test func anEngineThatIsNotThereIsNotPossibleAndASilentOneUnknown() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let http = HTTPClient(userAgent: "stoker-tests")
        defer { http.close() }
        func reload(_ socket: String) async -> ReloadOutcome {
            await ContainerReload(
                .init(.container("x"), socket: socket), .restart, timeout: .milliseconds(300), http: http
            ).reload(mayStart: false)
        }
        guard case .notPossible(let missing) = await reload(directory("none.sock")) else {
            Issue.record("reached")
            return
        }
        #expect(missing.contains(directory("none.sock")) && missing.contains("group docker"), "\(missing)")
        // It answers the look and then nothing: the order may have arrived.
        let script = """
            import socket, sys
            s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(8)
            body = b'{"Id":"abc","Name":"/x","State":{"Status":"running","Pid":0,"StartedAt":"t"}}'
            kept = []
            while True:
                c, _ = s.accept(); kept.append(c)
                while True:
                    asked = c.recv(65536)
                    if not asked or asked.startswith(b'POST'): break
                    c.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n' % len(body) + body)
            """
        let silent = try Child(["python3", "-c", script, directory("s.sock")], output: directory("log"))
        defer { silent.stop() }
        try await eventually("the socket") { Files.exists(directory("s.sock")) }
        try await eventually("the silent engine") {
            guard case .unknown(let message, restarted: true) = await reload(directory("s.sock")) else { return false }
            return message.contains("gave no answer")
        }
    }

    /// An engine of its own for each test.
    struct Bench: Sendable {
        let directory: TemporaryDirectory
        let docker: DockerDaemon
        let http: HTTPClient

        static func run(_ body: (Bench) async throws -> Void) async throws {
            let directory = try TemporaryDirectory(prefix: "stoker-dock")
            defer { directory.remove() }
            let docker = try await DockerDaemon(directory: directory("d"))
            defer { docker.stop() }
            let http = HTTPClient(userAgent: "stoker-tests")
            defer { http.close() }
            try await body(Bench(directory: directory, docker: docker, http: http))
        }

        func reload(
            _ name: TargetConfiguration.ContainerPlace.Name,
            _ action: TargetConfiguration.ContainerAction = .signal("SIGHUP"), mayStart: Bool = false
        ) async -> ReloadOutcome {
            await ContainerReload(
                .init(name, socket: docker.socket), action, timeout: .seconds(30), http: http
            ).reload(mayStart: mayStart)
        }

        /// A process that says "up", does something at a signal, and otherwise waits.
        func waiting(on signal: String, _ deed: String) -> [String] {
            ["/bin/sh", "-c", "trap '\(deed)' \(signal); echo up; while :; do sleep 0.05; done"]
        }

        func started(_ name: String) async throws {
            try await eventually("the start of \(name)") { try await log(name).contains("up\n") }
        }

        func log(_ name: String) async throws -> String {
            let engine = ContainerEngine(socket: docker.socket, http: http)
            let bytes = try await engine.log(of: try await engine.inspect(name), since: 0, lines: 100)
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
