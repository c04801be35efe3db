import Foundation
import TestSupport
import Testing

/// What the commands print, and how they end.
@Suite("Commands")
struct CommandTests {
    @Test("plan says what changes in files and in meaning, and changes nothing")
    func plan() async throws {
        try await World.run(.installed) { world in
            let port = world.prometheus.port
            let served = try world.prometheus.served()
            let tree = world.tree
            try #require(try await world.stoker.run("plan", "--detailed-exitcode").code == 0)
            try await world.push([
                "prometheus.yml": Sample.main(port: port, jobs: [Sample.job("second", port: port)]),
                "rules/new.yml": Sample.alerts("NewAlert"), "rules/base.yml": nil,
            ])
            try #require(try await world.stoker.run("plan", "--detailed-exitcode").code == 2)
            try #require(try await world.stoker.run("plan").code == 0)
            let environment = try await world.stoker.json("plan")["environments"][0]
            let files = Set(
                environment["files"].array.map { "\($0["change"].string ?? "") \($0["path"].string ?? "")" })
            try #require(
                files == ["update prometheus.yml", "create rules/new.yml", "delete rules/base.yml"], "\(environment)")
            let meaning = Set(
                environment["meaning"].array.map {
                    "\($0["change"].string ?? "") \($0["kind"].string ?? "") \($0["name"].string ?? "")"
                })
            try #require(meaning.contains { $0.hasPrefix("add alert") && $0.contains("NewAlert") }, "\(environment)")
            try #require(meaning.contains { $0.hasPrefix("remove alert") && $0.contains("BaseDown") }, "\(environment)")
            try #require(meaning.contains { $0.hasPrefix("add scrape_job") && $0.contains("second") }, "\(environment)")
            try #require(world.tree == tree)
            try #require(try world.prometheus.served() == served)
        }
    }

    @Test("diff prints a unified diff without secrets")
    func diff() async throws {
        try await World.run(.installed) { world in
            let port = world.prometheus.port
            let job = Sample.job("second", port: port, extra: ", basic_auth: { username: u, password: hunter2 }")
            try await world.push(["prometheus.yml": Sample.main(port: port, jobs: [job])])
            let result = try await world.stoker.run("diff", "--detailed-exitcode")
            try #require(result.code == 2, "\(result)")
            try #require(result.output.contains("prometheus.yml"))
            try #require(
                result.output.split(separator: "\n").contains { $0.hasPrefix("+") && $0.contains("second") },
                "\(result)")
            try #require(result.output.contains("@@"), "\(result)")
            try #require(!result.output.contains("hunter2"), "\(result)")
            let shown = try await world.stoker.run("diff", "--show-secrets")
            try #require(shown.output.contains("hunter2"), "\(shown)")
        }
    }

    @Test("check config lists every error with its line, and refuses what is not supported yet")
    func checkConfig() async throws {
        try await World.run(.installed) { world in
            try #require(try await world.stoker.run("check", "config").code == 0)
            try Files.write(
                "source:\n  url: /x\n  bransh: main\nenvironments: 3\nhooks: {}\n", to: world.directory("bad.yml"))
            let result = try await world.stoker.variant(configFile: world.directory("bad.yml")).run("check", "config")
            try #require(result.code == 1, "\(result)")
            let said = result.output + result.error
            for words in ["bad.yml:3:3:", "branch", "bad.yml:4:", "bad.yml:5:", "not supported yet"] {
                try #require(said.contains(words), "`\(words)` was not said: \(result)")
            }
        }
    }

    @Test("status and history without a journal: unknown, exit 0, and no storage is made")
    func statusWithoutJournal() async throws {
        try await World.run(.installed, .with { $0.adopted = false }) { world in
            let status = try await world.stoker.status()
            try #require(status["sync"].string == "unknown", "\(status)")
            try #require(status["health"].string == "unknown", "\(status)")
            try #require(status["running_revision"].isNull, "\(status)")
            try #require(try await world.stoker.history().isEmpty)
            try #require(!Files.exists(world.stoker.storage))
            try #require(try await world.stoker.run("status").output.contains("production"))
        }
    }

    @Test("history tells attempts newest first, with findings")
    func history() async throws {
        try await World.run(.installed) { world in
            let good = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            _ = try await world.once()
            let bad = try await world.push(["rules/new.yml": Sample.alerts("Broken", expr: "up ==")])
            _ = try await world.once()
            let attempts = try await world.stoker.history()
            try #require(attempts.count >= 2)
            try #require(attempts[0]["revision"].string == "main@sha1:\(bad)", "\(attempts[0])")
            try #require(attempts[0]["outcome"].string == "rejected", "\(attempts[0])")
            try #require(attempts[0]["findings"][0]["line"].number == 5, "\(attempts[0])")
            try #require(attempts[1]["revision"].string == "main@sha1:\(good)", "\(attempts[1])")
            try #require(attempts[1]["outcome"].string == "verified", "\(attempts[1])")
            let identifiers = attempts.compactMap(\.["id"].number)
            try #require(identifiers == identifiers.sorted(by: >), "\(attempts)")
            for key in ["content", "trigger", "started_at", "finished_at"] {
                try #require(attempts[0][key].string != nil, "\(key): \(attempts[0])")
            }
        }
    }

    @Test("a person's reject stands until the content changes or is approved")
    func reject() async throws {
        try await World.run(.installed, .withTwoRuleFiles.with { $0.target = { _ in ["max_delete: 0"] } }) { world in
            let tree = world.tree
            let commit = try await world.push(["rules/extra.yml": nil])
            try #require(try await world.once().code == 4)
            let result = try await world.stoker.run("reject", "production", commit, "--reason", "not today")
            try #require(result.code == 0, "\(result)")
            let turn = try await world.once()
            try #require(turn.code == 3, "\(turn)")
            try #require(turn.reason == "RejectedByPerson", "\(turn)")
            try #require(turn.said.contains("not today"), "\(turn)")
            try #require(world.tree == tree)
        }
    }

    @Test("reconcile wakes the daemon and waits until it is at rest")
    func reconcile() async throws {
        try await World.run(.installed) { world in
            try world.reconfigure { $0.pollInterval = "1h" }
            try world.stoker.start()
            try await world.stoker.wait(outcome: "verified", revision: world.firstCommit)
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            let result = try await world.stoker.run("reconcile", "production", "--timeout", "1m")
            try #require(result.code == 0, "\(result)")
            let status = try await world.stoker.status()
            try #require(status["verified_revision"].string == "main@sha1:\(commit)", "\(status)")
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "NewAlert"])
            // Without a daemon it runs the turn itself.
            try #require(try await world.stoker.terminate() == .code(0))
            let second = try await world.push(["rules/new.yml": Sample.alerts("SecondAlert")])
            try #require(try await world.stoker.run("reconcile", "production").code == 0)
            try #require(try await world.stoker.status()["verified_revision"].string == "main@sha1:\(second)")
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "SecondAlert"])
        }
    }

    @Test("a second daemon on the same storage or the same target exits 1 and names the pid that holds it")
    func secondDaemon() async throws {
        try await World.run(.installed) { world in
            try world.stoker.start()
            try await world.stoker.wait(outcome: "verified", revision: world.firstCommit)
            let pid = try #require(world.stoker.pid)
            for storage in [world.stoker.storage, world.directory("other-data")] {
                let result = try await world.stoker.variant(storage: storage).run(
                    "run", "--web.listen-address", "127.0.0.1:\(try FreePort.next())", limit: .seconds(30))
                try #require(result.code == 1, "\(result)")
                try #require((result.output + result.error).contains("\(pid)"), "\(result)")
            }
            try #require(world.stoker.isRunning)
        }
    }

    @Test("SIGTERM while verifying finishes the step in hand and exits 0; the next start goes on")
    func terminated() async throws {
        try await World.run(.installed, .with { $0.verify = "{ for: 5s, interval: 500ms }" }) { world in
            try world.stoker.start()
            let commit = try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            try await world.stoker.wait(for: "verifying") { $0["phase"].string == "verifying" }
            try #require(try await world.stoker.terminate() == .code(0))
            try #require(world.tree["rules/new.yml"] == Sample.alerts("NewAlert"))
            try requireVerified(try await world.once(), commit)
        }
    }

    @Test("the listener answers healthy and ready")
    func listener() async throws {
        try await World.run(.installed) { world in
            let port = try FreePort.next()
            try world.stoker.start("--web.listen-address", "127.0.0.1:\(port)")
            try await eventually("ready", within: .seconds(30)) {
                try LoopbackHTTP.request(port: port, path: "/-/ready").status == 200
            }
            try #require(try LoopbackHTTP.request(port: port, path: "/-/healthy").status == 200)
            try #require(try LoopbackHTTP.request(port: port, path: "/nothing").status == 404)
            try #require(try await world.stoker.terminate() == .code(0))
        }
    }

    @Test("a listen address that is taken ends the daemon with exit code 1 and its name, before anything is touched")
    func listenAddressTaken() async throws {
        try await World.run(.installed) { world in
            let taken = try SilentServer()
            defer { taken.stop() }
            let tree = world.tree
            try await world.push(["rules/new.yml": Sample.alerts("NewAlert")])
            let address = "127.0.0.1:\(taken.port)"
            let result = try await world.stoker.run("run", "--web.listen-address", address, limit: .seconds(20))
            try #require(result.code == 1, "\(result)")
            try #require((result.output + result.error).contains(address), "\(result)")
            try #require(world.tree == tree)
        }
    }

    @Test("usage errors exit 1, and --version says a version")
    func usage() async throws {
        try await World.run(.installed, .with { $0.adopted = false }) { world in
            try #require(try await world.stoker.run("run", "--no-such-flag").code == 1)
            let missing = try await world.stoker.variant(configFile: world.directory("absent.yml")).run(
                "check", "config")
            try #require(missing.code == 1, "\(missing)")
            try #require((missing.output + missing.error).contains("absent.yml"), "\(missing)")
            let version = try await Shell.run([try Programs.stoker(), "--version"])
            try #require(version.code == 0, "\(version)")
        }
    }
}
