import Foundation
import TestSupport
import Testing

/// What people ask and decide about gates, with the real binary: `why`, `freeze`, `promote`, `approve`.
@Suite("Commands about gates")
struct GateCommandTests {
    /// `production` as in every world, and `edge` after it, whose process is down and which nothing was deployed to yet.
    private static func addEdge(to world: World, gates: String) throws {
        var file = world.stokerFile
        let target = StokerFile.Target(
            deployTo: world.directory("edge"), url: "http://127.0.0.1:\(try FreePort.next())",
            promtool: file.environments[0].targets[0].promtool)
        file.environments.append(
            .init(
                name: "edge", paths: ["production"], extra: ["after: [production]", "gates: \(gates)"],
                targets: [target]))
        try Files.makeDirectory(world.directory("edge"))
        try Files.write(file.text, to: world.directory("stoker.yml"))
    }

    @Test("why, freeze and promote say and note what holds, for whom and until when")
    func chain() async throws {
        try await World.run(.installed) { world in
            let stoker = world.stoker
            try Self.addEdge(to: world, gates: "{ soak: 1h, windows: [ { years: [\"2090:2091\"] } ] }")
            try #require(try await stoker.run("run", "--once").code == 4)

            let status = try await stoker.status("edge")
            try #require(status["after"].array.map(\.string) == ["production"], "\(status)")
            try #require(
                status["gates"].array.map { $0["gate"].string } == [
                    "Frozen", "WaitingForUpstream", "Soaking", "OutsideWindow",
                ], "\(status)")
            try #require(status["gates"][2]["open"].bool == false, "\(status)")
            try #require((status["gates"][2]["opens_in_seconds"].number ?? 0) > 3000, "\(status)")
            try #require(status["gates"][2]["waits_for"].isNull, "\(status)")
            let table = try await stoker.run("status").output
            try #require(table.contains("edge: after production; what runs is not known; "), "\(table)")
            try #require(table.contains("held by Soaking for another "), "\(table)")
            try #require(table.contains("no window within ten years"), "\(table)")
            try #require(!table.contains("production: after"), "\(table)")

            let why = try await stoker.run("why", "edge").output
            try #require(why.contains("CLOSED   Soaking: has run for "), "\(why)")
            try #require(why.contains("open     WaitingForUpstream: verified in production at "), "\(why)")
            try #require(why.contains("CLOSED   OutsideWindow: no window opens within ten years, waits for"), "\(why)")
            let running = try await stoker.run("why", "production", world.firstCommit).output
            try #require(running.contains("it is running, verified"), "\(running)")
            try #require(running.contains("let in   it was there before Stoker; verified here ("), "\(running)")

            try await Self.freeze(world)
            try await Self.promote(world)
        }
    }

    private static func freeze(_ world: World) async throws {
        let stoker = world.stoker
        try #require(try await stoker.run("freeze").code == 1)
        let all = try await stoker.run("freeze", "--reason", "sale", "--for", "2h")
        try #require(all.code == 0 && all.output.contains("edge is frozen until 2"), "\(all)")
        try #require(all.output.contains("production is frozen until"), "\(all)")
        let why = try await stoker.json("why", "edge")["explanations"][0]
        try #require(why["state"].string == "held", "\(why)")
        try #require(why["gates"][0]["gate"].string == "Frozen", "\(why)")
        try #require(why["gates"][0]["message"].string?.contains(": sale; ") == true, "\(why)")
        try #require(why["gates"][0]["since"].string?.hasPrefix("2") == true, "\(why)")
        try #require((7000...7200).contains(why["gates"][0]["opens_in_seconds"].number ?? 0), "\(why)")
        try #require(try await stoker.run("unfreeze", "edge").output == "edge is not frozen any more\n")
        let thawed = try await stoker.json("why", "edge")["explanations"][0]
        try #require(thawed["gates"][0]["open"].bool == true, "\(thawed)")
        // The other one is not.
        try #require(try await stoker.run("why", "production").output.contains("it is running, verified"))
        try #require(try await stoker.run("unfreeze").code == 0)
    }

    private static func promote(_ world: World) async throws {
        let stoker = world.stoker
        let commit = world.firstCommit
        let without = try await stoker.run("promote", "edge", commit, "--break-glass")
        try #require(without.code == 1 && without.error.contains("--break-glass needs --reason"), "\(without)")
        let unknown = try await stoker.run("promote", "edge", String(repeating: "a", count: 40))
        try #require(unknown.code == 1 && unknown.error.contains("is not known here"), "\(unknown)")
        let glass = ["promote", "edge", commit, "--break-glass", "--reason", "outage"]
        let dry = try await stoker.run(glass + ["--dry-run"])
        try #require(dry.code == 0, "\(dry)")
        try #require(
            dry.error.contains("skipped: soak (1h), windows; not skipped: verification in production, a freeze"),
            "\(dry)")
        try #require(dry.output.contains("open     Soaking: 1h of soak skipped: "), "\(dry)")
        try #require(dry.output.contains("next     it is validated, deployed and verified at the next turn"), "\(dry)")
        // Nothing was noted.
        try #require(try await stoker.json("why", "edge")["explanations"][0]["state"].string == "held")
        let done = try await stoker.run(glass)
        try #require(done.code == 0 && done.error.contains("WARNING: breaking the glass for main@sha1:"), "\(done)")
        try #require(try await stoker.json("why", "edge")["explanations"][0]["state"].string == "ready")
        _ = try await stoker.run("run", "--once")
        try #require(Files.exists(world.directory("edge/prometheus.yml")))
        let after = try await stoker.run("why", "edge").output
        try #require(after.contains("promoted past soak, windows and blackouts by "), "\(after)")
    }

    @Test("who is not among the approvers is told so, and nothing is noted")
    func approvers() async throws {
        try await World.run(.installed) { world in
            let stoker = world.stoker
            try Self.addEdge(to: world, gates: "{ approval: manual, approvers: [nobody-of-this-host] }")
            try #require(try await stoker.run("run", "--once").code == 4)
            let refused = try await stoker.run("approve", "edge")
            try #require(refused.code == 1, "\(refused)")
            try #require(
                refused.error.contains("is not among the approvers of edge: ask nobody-of-this-host"), "\(refused)")
            let why = try await stoker.json("why", "edge")["explanations"][0]
            try #require(why["next"].string == "it waits for nobody-of-this-host", "\(why)")
            // Behind sudo it is the caller who decides, unless only the user that sudo gave is an approver.
            let sudo = try stoker.variant(prefix: ["env", "SUDO_UID=65534"])
            let caller = try await sudo.run("approve", "edge")
            try #require(caller.code == 1 && caller.error.contains("nobody is not among the approvers"), "\(caller)")
            let user = try await Shell.succeed(["id", "-un"]).trimmingCharacters(in: .whitespacesAndNewlines)
            try Self.addEdge(to: world, gates: "{ approval: manual, approvers: [\(user)] }")
            let approved = try await sudo.run("approve", "edge", "--reason", "looks good")
            try #require(approved.code == 0, "\(approved)")
            let open = try await stoker.json("why", "edge")["explanations"][0]
            try #require(open["state"].string == "ready", "\(open)")
            let approval = open["gates"].array.first { $0["gate"].string == "ApprovalRequired" }
            try #require(approval?["message"].string == "approved by \(user) (looks good)", "\(open)")
        }
    }

    @Test("plan lists the files that no upstream has run, against what is live and against a base")
    func unexercised() async throws {
        try await World.run(.installed) { world in
            let stoker = world.stoker
            var file = world.stokerFile
            let promtool = file.environments[0].targets[0].promtool
            let target = StokerFile.Target(
                deployTo: world.directory("staging"), url: "http://127.0.0.1:\(try FreePort.next())",
                promtool: promtool)
            file.environments[0].extra.append("after: [staging]")
            file.environments.append(.init(name: "staging", targets: [target]))
            try Files.makeDirectory(world.directory("staging"))
            try Files.write(file.text, to: stoker.configFile)
            let shared = Sample.alerts("Shared")
            var files: [String: String?] = [
                "staging/prometheus.yml": Sample.main(port: world.prometheus.port),
                "staging/rules/shared.yml": shared, "production/rules/shared.yml": shared,
            ]
            for number in 10...31 { files["production/rules/own\(number).yml"] = Sample.alerts("Own\(number)") }
            let second = try await world.repository.push(files, message: "two")
            let own = (10...31).map { "rules/own\($0).yml" }

            // The journal knows what is live.
            let plans = try await stoker.json("plan")["environments"].array
            let production = plans.first { $0["name"].string == "production" }
            try #require(production?["unexercised"].array.map(\.string) == own, "\(plans)")
            let staging = plans.first { $0["name"].string == "staging" }
            try #require(staging?["unexercised"].array.isEmpty == true, "\(plans)")
            let table = try await stoker.run("plan", "production").output
            let lines = table.split(separator: "\n").filter { $0.contains("not exercised before: ") }
            try #require(
                lines.map(String.init)
                    == own.prefix(20).map { "  not exercised before: \($0)" } + ["  not exercised before: and 2 more"],
                "\(table)")

            // A base goes before it.
            let last = ["production/rules/own10.yml": Sample.alerts("Changed")]
            try await world.repository.push(last, message: "three")
            let based = try await stoker.json("plan", "production", "--base", second)["environments"][0]
            try #require(based["unexercised"].array.map(\.string) == ["rules/own10.yml"], "\(based)")
            // Without a journal nothing is live.
            let fresh = try stoker.variant(storage: world.directory("elsewhere"))
            let unknown = try await fresh.json("plan", "production")["environments"][0]
            try #require(unknown["unexercised"].array.isEmpty && !unknown["files"].array.isEmpty, "\(unknown)")
            let compared = try await fresh.json("plan", "production", "--base", second)["environments"][0]
            try #require(compared["unexercised"].array.map(\.string) == ["rules/own10.yml"], "\(compared)")
        }
    }
}
