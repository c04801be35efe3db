import Foundation
import TestSupport
import Testing

/// Three environments, three Stokers, three Prometheus, one repository.
@Suite("Pipeline")
struct PipelineTests {
    /// Fails as soon as something called `harmful` is recorded.
    private static let harmless =
        "verify: { for: 1s, interval: 250ms, checks: [ { expr: \"absent(harmful)\" } ] }"
    private static let harmful = "groups: [ { name: h, rules: [ { record: harmful, expr: vector(1) } ] } ]\n"

    @Test("a good revision walks through with soak and approval; what staging takes back goes nowhere")
    func walk() async throws {
        let lines = [
            "staging": [Self.harmless], "canary": ["after: [staging]", "gates: { soak: 3s }"],
            "production": ["after: [canary]", "gates: { approval: manual }"],
        ]
        try await PipelineScene.run(lines: lines) { scene in
            let good = try await scene.push("rules/new.yml", Sample.alerts("NewAlert"))
            let held = try await scene.wait("production", "waits for a person") { $0.isHeld("ApprovalRequired") }
            try #require(held.message.contains("stoker approve production"), "\(held.json)")
            try #require(try scene.rules("staging") == ["BaseDown", "NewAlert"])
            try #require(try scene.rules("canary") == ["BaseDown", "NewAlert"])
            try #require(try scene.rules("production") == ["BaseDown"])
            let why = try await scene.stoker("production").run("why", "production").output
            try #require(why.contains("CLOSED") && why.contains("ApprovalRequired"), "\(why)")
            try #require(why.contains("verified in canary"), "\(why)")
            let approved = try await scene.stoker("production").run("approve", "production", "--reason", "looks good")
            try #require(approved.code == 0, "\(approved)")
            try await scene.wait("production", "verified") { $0.runs(good) && $0.isVerified }
            try #require(try scene.rules("production") == ["BaseDown", "NewAlert"])

            try await harm(scene, good)
        }
    }

    /// What staging takes back stays there, also under another commit.
    private func harm(_ scene: PipelineScene, _ good: String) async throws {
        _ = try await scene.push("rules/harmful.yml", Self.harmful)
        try await scene.wait("staging", "rolled back") { $0.json["outcome"].string == "rolled_back" }
        let canary = try await scene.wait("canary", "refused upstream") {
            $0.isHeld("WaitingForUpstream") && $0.message.contains("staging refused it")
        }
        try #require(canary.runs(good), "\(canary.json)")
        // Another commit does not make other content of it.
        let noOp = try await scene.repository.push(["README.md": "words\n"])
        try await scene.wait("canary", "waits with the next commit") {
            ($0.json["desired_revision"].string ?? "").hasSuffix(noOp) && $0.isHeld("WaitingForUpstream")
        }
        let mended = try await scene.push("rules/harmful.yml", nil)
        // The same content as what was verified: it moves along by itself.
        for name in PipelineScene.names {
            let end = try await scene.wait(name, "is as it was") { $0.runs(mended) && $0.isVerified }
            try #require(end.json["reason"].isNull, "\(end.json)")
            try #require(try scene.rules(name) == ["BaseDown", "NewAlert"])
        }
        for name in ["canary", "production"] {
            let outcomes = try await scene.stoker(name).history(name).map { $0["outcome"].string ?? "" }
            try #require(!outcomes.contains("rolled_back") && !outcomes.contains("rejected"), "\(name): \(outcomes)")
        }
    }

    @Test("a closed window holds, a hotfix passes it and says so, and a rollback needs neither")
    func hotfix() async throws {
        let never = "windows: [ { years: [\"2090:2091\"] } ]"
        let lines = [
            "canary": ["after: [staging]"], "production": ["after: [staging]", "gates: { soak: 1h, \(never) }"],
        ]
        try await PipelineScene.run(lines: lines) { scene in
            let fix = try await scene.push("rules/fix.yml", Sample.alerts("Fix"))
            try await scene.wait("production", "soaks") { $0.isHeld("Soaking") }
            try await scene.wait("canary", "verified") { $0.runs(fix) && $0.isVerified }
            try #require(try scene.rules("production") == ["BaseDown"])
            let production = try scene.stoker("production")
            try #require(try await production.run("promote", "production", fix, "--break-glass").code == 1)
            let dry = try await production.run(
                "promote", "production", fix, "--break-glass", "--reason", "pager", "--dry-run")
            try #require(dry.code == 0, "\(dry)")
            try #require(try scene.rules("production") == ["BaseDown"])
            let promoted = try await production.run("promote", "production", fix, "--break-glass", "--reason", "pager")
            try #require(promoted.code == 0, "\(promoted)")
            try await scene.wait("production", "verified") { $0.runs(fix) && $0.isVerified }
            try #require(try scene.rules("production") == ["BaseDown", "Fix"])
            let newest = try #require(try await production.history("production").first)
            try #require(newest["message"].string?.contains("broke the glass: pager") == true, "\(newest)")

            let back = try await production.run("rollback", "production")
            try #require(back.code == 0 || back.code == 4, "\(back)")
            try await eventually("the old rules", within: .seconds(20)) {
                try scene.rules("production") == ["BaseDown"]
            }
        }
    }

    @Test("what is pushed for production alone waits for a person, whatever comes with it")
    func alone() async throws {
        let lines = [
            "canary": ["after: [staging]"], "production": ["after: [staging]", "gates: { unexercised: hold }"],
        ]
        try await PipelineScene.run(lines: lines) { scene in
            let path = "rules/new.yml"
            let common = Dictionary(
                uniqueKeysWithValues: PipelineScene.names.map { ("\($0)/\(path)", Sample.alerts("Common") as String?) })
            try await scene.repository.commit(common)
            // The same file, and the same push: production sees one change, of which staging knows but a part.
            let alone = try await scene.repository.push(["production/\(path)": Sample.alerts("Alone")])
            let held = try await scene.wait("production", "waits for a person") { $0.isHeld("ApprovalRequired") }
            try #require(held.message.contains("1 files were not exercised upstream"), "\(held.json)")
            try #require(held.json["unexercised"].array.map(\.string) == [path], "\(held.json)")
            try await scene.wait("canary", "verified") { $0.runs(alone) && $0.isVerified }
            let production = try scene.stoker("production")
            let why = try await production.run("why", "production").output
            try #require(why.contains("not exercised before: \(path)"), "\(why)")
            try #require(try scene.rules("production") == ["BaseDown"])
            try #require(try await production.run("approve", "production").code == 0)
            try await scene.wait("production", "verified") { $0.runs(alone) && $0.isVerified }
            try #require(try scene.rules("production") == ["Alone", "BaseDown"])
        }
    }

    @Test("an upstream that cannot be asked is waited for, and never counts as verified")
    func unreachable() async throws {
        let lines = ["canary": ["after: [staging]"], "production": ["after: [staging, canary]"]]
        try await PipelineScene.run(lines: lines) { scene in
            try #require(try await scene.stoker("staging").terminate() == .code(0))
            let commit = try await scene.push("rules/new.yml", Sample.alerts("NewAlert"))
            for name in ["canary", "production"] {
                let held = try await scene.wait(name, "waits") {
                    $0.isHeld("WaitingForUpstream") && $0.message.contains("staging cannot be asked")
                }
                try #require(held.json["sync"].string == "out_of_sync", "\(held.json)")
            }
            try scene.start("staging")
            for name in PipelineScene.names {
                try await scene.wait(name, "verified") { $0.runs(commit) && $0.isVerified }
                try #require(try scene.rules(name) == ["BaseDown", "NewAlert"])
            }
        }
    }
}
