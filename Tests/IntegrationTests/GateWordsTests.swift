import Foundation
import TestSupport
import Testing

/// What is said of gates is true: also without a daemon, of a rewritten history, and of an environment that was handed over.
@Suite("Words about gates")
struct GateWordsTests {
    /// `production` as in every world, and `edge` after it, whose process is down; turned once.
    private static func withEdge(_ gates: String, _ body: (World) async throws -> Void) async throws {
        try await World.run(.installed) { world in
            let port = try FreePort.next()
            try world.reconfigure { file in
                let target = StokerFile.Target(
                    deployTo: world.directory("edge"), url: "http://127.0.0.1:\(port)",
                    promtool: file.environments[0].targets[0].promtool)
                file.environments.append(
                    .init(
                        name: "edge", paths: ["production"], extra: ["after: [production]", "gates: \(gates)"],
                        targets: [target]))
            }
            try Files.makeDirectory(world.directory("edge"))
            try #require(try await world.stoker.run("run", "--once").code == 4)
            try await body(world)
        }
    }

    @Test("decisions without a daemon note the hold that is, and never that an upstream has no content")
    func decisions() async throws {
        try await Self.withEdge("{ approval: manual, approvals: 2 }") { world in
            let stoker = world.stoker
            try #require(try await stoker.status("edge")["reason"].string == "ApprovalRequired")
            try #require(try await stoker.run("freeze", "edge", "--reason", "sale").code == 0)
            let frozen = try await stoker.status("edge")
            try #require(frozen["reason"].string == "Frozen", "\(frozen)")
            try #require(frozen["gates"][0]["open"].bool == false, "\(frozen)")
            let table = try await stoker.run("status", "edge").output
            try #require(table.contains("; held by Frozen, waits for `stoker unfreeze edge`"), "\(table)")
            try #require(try await stoker.run("unfreeze", "edge").code == 0)
            for command in [["approve", "edge"], ["promote", "edge", world.firstCommit]] {
                let result = try await stoker.run(command)
                try #require(result.code == 0 && !result.error.contains("no content"), "\(result)")
                let status = try await stoker.status("edge")
                try #require(status["reason"].string == "ApprovalRequired", "\(command): \(status)")
                try #require(status["message"].string?.hasPrefix("1 of 2 approvals, so far by ") == true, "\(status)")
                let upstream = status["gates"].array.first { $0["gate"].string == "WaitingForUpstream" }
                try #require(upstream?["open"].bool == true, "\(status)")
            }
        }
    }

    @Test("what staging went past without verifying it is not promoted: what contains it goes before it")
    func overtaken() async throws {
        try await Self.withEdge("{ approval: manual }") { world in
            let stoker = world.stoker
            let past = try await world.push(["rules/new.yml": Sample.alerts("Past")])
            let newest = try await world.push(["rules/new.yml": Sample.alerts("New")])
            _ = try await stoker.run("run", "--once")
            try #require(try await stoker.status()["running_revision"].string?.hasSuffix(newest) == true)
            for flags in [[], ["--dry-run"], ["--break-glass", "--reason", "outage"]] {
                let result = try await stoker.run(["promote", "edge", past] + flags)
                try #require(result.code == 1 && result.error.contains("would never come: main@"), "\(result)")
                try #require(result.error.contains("stoker promote edge main@sha1:\(newest)"), "\(result)")
            }
            try #require(try await stoker.run("promote", "edge", newest).code == 0)
        }
    }

    @Test("a freeze that ends without a daemon is not said to hold")
    func freezeEnds() async throws {
        try await Self.withEdge("{ approval: manual }") { world in
            let stoker = world.stoker
            try #require(try await stoker.run("freeze", "edge", "--reason", "sale", "--for", "2s").code == 0)
            try await eventually("the end of the freeze", within: .seconds(20)) {
                try await stoker.status("edge")["reason"].string != "Frozen"
            }
            let table = try await stoker.run("status", "edge").output
            try #require(!table.contains("Frozen") && !table.contains("frozen by"), "\(table)")
            try #require(table.contains("edge: 0 of 1 approvals: `stoker approve edge "), "\(table)")
            try #require(table.contains("; held by ApprovalRequired, waits for anybody"), "\(table)")
        }
    }

    @Test("promote --dry-run says what promote comes to: of a rewritten history, and of what was refused")
    func dryRun() async throws {
        try await World.run(.installed) { world in
            let stoker = world.stoker
            /// What the dry run says is what `why` says when it was done.
            func promote(_ commit: String, _ state: String, _ closed: [String]) async throws {
                let dry = try await stoker.json("promote", "production", commit, "--dry-run")["explanations"][0]
                try #require(try await stoker.run("promote", "production", commit).code == 0)
                let done = try await stoker.json("why", "production", commit)["explanations"][0]
                for told in [dry, done] {
                    let gates = told["gates"].array.filter { $0["open"].bool == false }.map { $0["gate"].string }
                    try #require(told["state"].string == state && gates == closed, "\(dry) is not \(done)")
                }
            }
            let broken = try await world.push(["rules/new.yml": Sample.alerts("New", expr: "up ==")])
            try #require(try await stoker.run("run", "--once").code == 3)
            try #require(try await stoker.run("why", "production", broken).output.contains("it stands rejected"))
            try await promote(broken, "ready", [])
            try #require(try await stoker.run("run", "--once").code == 3)
            try #require(
                try await stoker.run("reject", "production", broken, "--reason", "not this one").code == 0)
            let dry = try await stoker.json("promote", "production", broken, "--dry-run")["explanations"][0]
            try #require(dry["state"].string == "rejected", "\(dry)")
            try #require(dry["next"].string?.hasPrefix("`stoker approve production main@sha1:") == true, "\(dry)")
            let refused = try await stoker.run("promote", "production", broken)
            try #require(refused.code == 1 && !refused.output.contains("is next"), "\(refused)")
            try #require(refused.error.contains("stands rejected in production (rejected by "), "\(refused)")
            try #require(refused.error.contains(": not this one): `stoker approve production main@sha1:"), "\(refused)")
            try #require(try await stoker.status()["promotion"].isNull)
            try #require(try await stoker.run("approve", "production", broken).code == 0)
            try await promote(broken, "ready", [])
            try #require(try await stoker.run("run", "--once").code == 3)

            try await world.push(["rules/new.yml": Sample.alerts("New")])
            try #require(try await stoker.run("run", "--once").code == 0)
            try #require(try await stoker.run("suspend", "production", "--reason", "x").code == 0)
            try await world.push(["rules/new.yml": Sample.alerts("Newer")])
            _ = try await stoker.run("run", "--once")
            try #require(try await stoker.run("resume", "production").code == 0)
            let commit = try await world.repository.forcePush(["production/rules/new.yml": Sample.alerts("Other")])
            try #require(try await stoker.run("run", "--once").code == 4)
            try await promote(commit, "held", ["HistoryRewritten"])
            _ = try await stoker.run("run", "--once")
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "New"])
        }
    }

    @Test("promote takes what leads forward on the branch, and says of anything else why not")
    func promoteRefuses() async throws {
        try await World.run(.installed) { world in
            let stoker = world.stoker
            let second = try await world.push(["rules/new.yml": Sample.alerts("New")])
            try #require(try await stoker.run("run", "--once").code == 0)
            try #require(try await stoker.run("suspend", "production", "--reason", "wait").code == 0)
            let lost = try await world.push(["rules/new.yml": Sample.alerts("Lost")])
            _ = try await stoker.run("run", "--once")
            try await world.repository.forcePush(["production/rules/new.yml": Sample.alerts("Other")])
            _ = try await stoker.run("run", "--once")
            let before = try await stoker.json("why", "production")["explanations"][0]
            func refused(_ commit: String, _ words: String) async throws {
                for flags in [[], ["--dry-run"], ["--break-glass", "--reason", "outage"]] {
                    let result = try await stoker.run(["promote", "production", commit] + flags)
                    try #require(result.code == 1 && result.error.contains(words), "\(flags): \(result)")
                    try #require(result.error.split(separator: "\n").count == 1, "\(result)")
                }
            }
            try await refused(world.firstCommit, "to go back, use `stoker rollback production --to` a release")
            try await refused(second, "is what runs in production")
            try await refused(lost, "is not in what production follows, whose newest commit is main@")
            let after = try await stoker.json("why", "production")["explanations"][0]
            try #require(after["state"] == before["state"] && after["gates"] == before["gates"], "\(after)")
        }
    }

    @Test(
        "a reason that says nothing is refused",
        arguments: [
            ["freeze", "production"], ["suspend", "production"], ["reject", "production", "REVISION"],
            ["promote", "production", "REVISION", "--break-glass"],
        ])
    func blankReasons(_ command: [String]) async throws {
        try await World.run(.installed) { world in
            for reason in ["", " \t "] {
                let words = command.map { $0 == "REVISION" ? world.firstCommit : $0 } + ["--reason", reason]
                let result = try await world.stoker.run(words)
                try #require(result.code == 1, "\(result)")
                try #require(result.error.contains("--reason") && result.error.contains("shown to everybody"))
                try #require(result.error.split(separator: "\n").count == 1, "\(result)")
            }
            try #require(try await world.stoker.status()["health"].string == "healthy")
        }
    }

    @Test("of an environment that another Stoker runs now, what this one knew of it before is not told as news")
    func handedOver() async throws {
        try await World.run(.installed) { world in
            let stoker = world.stoker
            try #require(try await stoker.run("why", "production").output.contains("it is running, verified"))
            let server = try FreePort.next()
            try world.reconfigure { file in
                file.environments[0].extra.append("remote: { url: 'http://127.0.0.1:\(server)' }")
            }
            let away = try await stoker.run("why", "production").output
            try #require(away.contains("the Stoker at http://127.0.0.1:\(server) runs it"), "\(away)")
            try #require(away.contains("refuses connections"), "\(away)")
            try #require(away.contains("what runs there is not known here"), "\(away)")
            try #require(!away.contains("it is running"), "\(away)")
            let status = try await stoker.status()
            try #require(status["message"].string == "the Stoker at http://127.0.0.1:\(server) runs it", "\(status)")
            try #require(status["running_revision"].isNull, "\(status)")

            let other = try stoker.variant(storage: world.directory("data-other"))
            defer { other.stop() }
            try other.start("--environment", "production", "--web.listen-address", "127.0.0.1:\(server)")
            try await other.wait(for: "the first turn") { $0["outcome"].string == "verified" }
            let told = try await stoker.run("why", "production").output
            try #require(told.contains("runs it: ask there"), "\(told)")
            try #require(told.contains("  verified at main@sha1:\(world.firstCommit.prefix(7))"), "\(told)")
            // The one that runs it explains it.
            let own = try await other.run("why", "production").output
            try #require(own.contains("it is running, verified"), "\(own)")
        }
    }

    @Test("a window that never opens is a warning with its line")
    func deadWindow() async throws {
        try await World.run(.installed) { world in
            try world.reconfigure { file in
                file.environments[0].extra.append("gates: { windows: [ { years: ['1999:2001'] } ] }")
            }
            let check = try await world.stoker.run("check", "config")
            let text = try String(contentsOfFile: world.stoker.configFile, encoding: .utf8)
            let index = text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex {
                $0.contains("1999:2001")
            }
            let line = try #require(index) + 1
            try #require(check.code == 0 && check.output.contains("is valid"), "\(check)")
            try #require(check.error.contains("stoker.yml:\(line):"), "\(check)")
            try #require(check.error.contains("warning: this window never opens"), "\(check)")
            try world.stoker.start()
            try await world.stoker.wait(forLogLine: "this window never opens")
            try #require(world.stoker.log.contains("stoker.yml:\(line):"))
        }
    }
}
