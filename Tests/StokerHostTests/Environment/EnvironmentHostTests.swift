import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

@Suite("EnvironmentHost", .serialized)
struct EnvironmentHostTests {
    @Test("what is adopted is ours: its drift is seen, and what leaves the repository leaves the disk")
    @HostActor
    func adoption() async throws {
        try await HostFixture.run { fixture in
            let host = try fixture.start()
            try await fixture.drive(host)
            #expect(host.status.outcome == "verified")
            #expect(try fixture.inventory.files.keys.sorted() == ["prometheus.yml", "rules/base.yml"])

            try Files.write("groups: []\n", to: "\(fixture.etc)/rules/base.yml")
            try await fixture.drive(host)
            #expect(host.status.reason == .drifted)
            #expect(host.status.message.contains("rules/base.yml"))

            try await fixture.push(["rules/base.yml": nil, "rules/other.yml": Sample.alerts("Other")])
            try await fixture.drive(host)
            #expect(host.status.outcome == "verified", "\(host.status)")
            #expect(Files.tree(fixture.etc).keys.sorted() == ["prometheus.yml", "rules/other.yml"])
            #expect(try fixture.process.ruleNames() == ["Other"])
        }
    }

    @Test("files that somebody brought to the new content by hand become ours without a write")
    @HostActor
    func handEdited() async throws {
        try await HostFixture.run { fixture in
            let host = try fixture.start()
            try await fixture.drive(host)
            let new = Sample.alerts("ByHand", group: "base")
            try Files.write(new, to: "\(fixture.etc)/rules/base.yml")
            let identity = try Files.identity("\(fixture.etc)/rules/base.yml")
            try await fixture.push(["rules/base.yml": new])
            try await fixture.drive(host)
            #expect(host.status.outcome == "verified", "\(host.status)")
            #expect(try fixture.process.ruleNames() == ["ByHand"])
            #expect(try Files.identity("\(fixture.etc)/rules/base.yml") == identity)
            #expect(try fixture.intents.isEmpty)
            // After a restart, too, nothing has drifted.
            let next = try fixture.start()
            try await fixture.drive(next)
            #expect(next.status.sync == .synced, "\(next.status)")
            #expect(next.status.reason == nil)
        }
    }

    @Test("what was there before Stoker is saved before it is replaced, and stays after the verdict")
    @HostActor
    func baseline() async throws {
        var setup = HostFixture.Setup()
        let old = Sample.alerts("Old", group: "base")
        setup.onDisk = { port in ["prometheus.yml": Sample.main(port: port), "rules/base.yml": old] }
        try await HostFixture.run(setup) { fixture in
            let host = try fixture.start()
            try await fixture.drive(host)
            #expect(host.status.outcome == "verified", "\(host.status)")
            #expect(try fixture.process.ruleNames() == ["BaseDown"])
            let folder = "\(fixture.storage)/baseline/production/prometheus"
            let copies = Files.tree(folder)
            #expect(Array(copies.values) == [old])
            for name in copies.keys { #expect(try Files.identity("\(folder)/\(name)").mode == 0o600) }
            #expect(try Files.identity(folder).mode == 0o700)
        }
    }

    @Test("a rollback to an earlier release works with git gone", arguments: ["in_place", "linked"])
    @HostActor
    func rollbackWithoutGit(_ layout: String) async throws {
        var setup = HostFixture.Setup()
        if layout == "linked" {
            setup.target = ["layout: linked"]
            setup.deployTo = "current"
            setup.runs = false
        }
        try await HostFixture.run(setup) { fixture in
            let host = try fixture.start()
            if layout == "linked" {
                try await fixture.drive(host)
                try await fixture.process.start()
            }
            try await fixture.drive(host, patient: true)
            #expect(host.status.outcome == "verified", "\(host.status)")
            for name in ["Second", "Third", "Fourth"] {
                try await fixture.push([
                    "rules/base.yml": Sample.alerts(name, group: "base"),
                    "rules/\(name).yml": Sample.alerts("Also\(name)"),
                ])
                try await fixture.drive(host)
                #expect(host.status.outcome == "verified", "\(host.status)")
            }
            let goal = try #require(
                try fixture.journal.history(of: nil, limit: 10).last { $0.outcome == "verified" })
            let again = try fixture.start()
            try Files.remove("\(fixture.storage)/git")
            try Files.remove(fixture.git.bare)
            try fixture.request(
                StoredRequest(.rollback, revision: Revision(goal.revision), content: ContentID(goal.content)))
            try await fixture.drive(again, fetching: false)
            #expect(again.status.outcome == "verified", "\(again.status)")
            #expect(again.status.health == .suspended)
            #expect(Files.tree(fixture.live + "/rules") == ["base.yml": Sample.alerts("BaseDown", group: "base")])
            #expect(try fixture.process.ruleNames() == ["BaseDown"])
        }
    }

    @Test("without a journal nothing is touched; with it again the deploy goes on")
    @HostActor
    func unwritableBefore() async throws {
        try await HostFixture.run { fixture in
            let host = try fixture.start()
            try await fixture.drive(host)
            let tree = Files.tree(fixture.etc)
            try await fixture.push(["rules/new.yml": Sample.alerts("New")])
            try fixture.journal(isWritable: false)
            try await fixture.drive(host)
            #expect(Files.tree(fixture.etc) == tree)
            try fixture.journal(isWritable: true)
            try fixture.request(StoredRequest(.reconcile))
            fixture.feed.coveredRequests = try fixture.journal.newestRequest()
            try await fixture.drive(host)
            #expect(host.status.outcome == "verified", "\(host.status)")
            #expect(try fixture.process.ruleNames() == ["BaseDown", "New"])
        }
    }

    @Test("a restore that could not be recorded is found on disk by the next start")
    @HostActor
    func unwritableRestore() async throws {
        var setup = HostFixture.Setup()
        setup.verify =
            "{ for: 30s, interval: 200ms, checks: [ { expr: 'ALERTS{alertname=\"Harmful\"}', pass_when: empty } ] }"
        try await HostFixture.run(setup) { fixture in
            let host = try fixture.start()
            try await fixture.drive(host) { $0.outcome == "verified" }
            #expect(host.status.outcome == "verified", "\(host.status)")
            let tree = Files.tree(fixture.etc)
            try await fixture.push([
                "rules/harmful.yml": "groups:\n- name: h\n  rules:\n  - alert: Harmful\n    expr: vector(1)\n"
            ])
            try await fixture.drive(host) { $0.phase == "verifying" }
            #expect(Files.exists("\(fixture.etc)/rules/harmful.yml"))
            try fixture.journal(isWritable: false)
            try await fixture.drive(host)
            #expect(Files.tree(fixture.etc) == tree)
            #expect(try fixture.process.ruleNames() == ["BaseDown"])
            #expect(try fixture.intents.count == 1)
            // Stoker dies without having written a word of it. `recover` makes the files whole on a full disk, too.
            let offline = try fixture.start()
            try fixture.journal(isWritable: false)
            #expect(try offline.recover() == [Target.ID("prometheus"): .back])
            #expect(Files.tree(fixture.etc) == tree)
            #expect(try fixture.intents.count == 1)
            let next = try fixture.start()
            let found = try next.recover()
            #expect(found == [Target.ID("prometheus"): .back])
            #expect(Files.tree(fixture.etc) == tree)
            #expect(try fixture.intents.isEmpty)
            #expect(try fixture.inventory.files.keys.sorted() == ["prometheus.yml", "rules/base.yml"])
            try await fixture.drive(next) { $0.phase == "finished" }
            #expect(next.status.verifiedRevision == next.status.runningRevision, "\(next.status)")
            #expect(Files.tree(fixture.etc) == tree)
        }
    }

    @Test("recover does not forget a half-done deploy whose folder is not mounted")
    @HostActor
    func unmounted() async throws {
        try await HostFixture.run { fixture in
            let host = try fixture.start()
            try await fixture.drive(host)
            try await fixture.push(["rules/new.yml": Sample.alerts("New")])
            // Killed after the renames and before the journal heard of them.
            try await fixture.drive(host) { _ in
                host.stop()
                return (try? fixture.intents.isEmpty == false) ?? false
            }
            let goal = Goal(
                revision: try fixture.feed.newest(in: fixture.configuration.environments[0]),
                content: try fixture.feed.snapshot(
                    fixture.configuration.environments[0],
                    try fixture.feed.newest(in: fixture.configuration.environments[0])
                ).content)
            let id = Target.ID("prometheus")
            _ = try await host.stage(id, goal, .push)
            _ = try host.files.publish(id)
            _ = try fixture.journal.connection.execute("UPDATE intent SET published = 0")
            #expect(Files.exists("\(fixture.etc)/rules/new.yml"))
            #expect(rename(fixture.etc, fixture.etc + ".away") == 0)
            let next = try fixture.start()
            let failure = #expect(throws: Failure.self) { try next.recover() }
            #expect(failure?.message.contains("mounted") == true, "\(failure?.message ?? "")")
            #expect(try fixture.intents.count == 1)
            #expect(rename(fixture.etc + ".away", fixture.etc) == 0)
            #expect(try next.recover() == [id: .forward])
            #expect(try fixture.inventory.files["rules/new.yml"] != nil)
        }
    }

    @Test("linked: a lost journal does not make a new attempt remove the live release")
    @HostActor
    func lostJournal() async throws {
        var setup = HostFixture.Setup()
        setup.target = ["layout: linked"]
        setup.deployTo = "current"
        setup.runs = false
        try await HostFixture.run(setup) { fixture in
            let host = try fixture.start()
            try await fixture.drive(host)
            try await fixture.process.start()
            try await fixture.drive(host, patient: true)
            let used = fixture.journal.reserveAttemptID() - 1
            fixture.journal.close()
            for suffix in ["", "-wal", "-shm"] where Files.exists("\(fixture.storage)/journal.sqlite\(suffix)") {
                try Files.remove("\(fixture.storage)/journal.sqlite\(suffix)")
            }
            _ = try fixture.start()
            let name = try FileManager.default.destinationOfSymbolicLink(atPath: fixture.live)
            let attempt = try #require(name.split(separator: "-").last.flatMap { Int64($0) })
            #expect(attempt <= used)
            #expect(fixture.journal.reserveAttemptID() > attempt)
        }
    }

    @Test("linked: the folders of discovery files in the release that was left are nudged")
    @HostActor
    func nudge() async throws {
        var setup = HostFixture.Setup()
        setup.target = ["layout: linked"]
        setup.deployTo = "current"
        setup.runs = false
        setup.files = { port in
            [
                "prometheus.yml": Sample.main(
                    port: port, jobs: ["{ job_name: sd, file_sd_configs: [ { files: [targets/*.yml] } ] }"]),
                "rules/base.yml": Sample.alerts("BaseDown", group: "base"),
                "targets/a.yml": "- targets: ['127.0.0.1:\(port)']\n",
            ]
        }
        try await HostFixture.run(setup) { fixture in
            let host = try fixture.start()
            try await fixture.drive(host)
            try await fixture.process.start()
            try await fixture.drive(host, patient: true)
            #expect(host.status.outcome == "verified", "\(host.status)")
            let left = try FileManager.default.destinationOfSymbolicLink(atPath: fixture.live)
            let folder = "\(fixture.directory.path)/\(left)"
            let before = try Files.identity(folder + "/targets")
            let rules = try Files.identity(folder + "/rules")
            try await fixture.push(["targets/a.yml": "- targets: ['127.0.0.1:1']\n"])
            try await fixture.drive(host)
            #expect(host.status.outcome == "verified", "\(host.status)")
            #expect(try Files.identity(folder + "/targets").modifiedNanoseconds > before.modifiedNanoseconds)
            #expect(try Files.identity(folder + "/rules") == rules)
            #expect(Files.tree(folder).keys.sorted() == ["prometheus.yml", "rules/base.yml", "targets/a.yml"])
        }
    }

    @Test("single_file: more than the main file is refused as content, with the way out")
    @HostActor
    func singleFile() async throws {
        var setup = HostFixture.Setup()
        setup.deployTo = "etc/prometheus.yml"
        setup.files = { ["prometheus.yml": Sample.main(port: $0, rules: [])] }
        try await HostFixture.run(setup) { fixture in
            let host = try fixture.start()
            try await fixture.drive(host)
            #expect(host.status.outcome == "verified", "\(host.status)")
            try await fixture.push(["rules/new.yml": Sample.alerts("New")])
            try await fixture.drive(host)
            #expect(host.status.outcome == "rejected", "\(host.status)")
            #expect(host.status.message.contains("keep_inode"), "\(host.status)")
            #expect(StokerCore.ExitCode.of([host.status]) == 3)
        }
    }

    @Test("a decision without a daemon is folded in, does nothing, and keeps what was known of the source")
    @HostActor
    func decision() async throws {
        try await HostFixture.run { fixture in
            let host = try fixture.start()
            try await fixture.drive(host)
            let tree = Files.tree(fixture.etc)
            try await fixture.push(["rules/new.yml": Sample.alerts("New")])
            let other = try fixture.start()
            try fixture.request(StoredRequest(.suspend, reason: "holiday"))
            await other.takeRequests()
            let status = try #require(try fixture.journal.status(of: fixture.configuration.environments[0].name))
            #expect(status.health == .suspended)
            #expect(status.desiredRevision == host.status.desiredRevision)
            #expect(status.desiredRevision != nil)
            #expect(try fixture.journal.openRequests(for: fixture.configuration.environments[0].name).isEmpty)
            #expect(Files.tree(fixture.etc) == tree)
        }
    }

    @Test("why a first start does not begin can be read from the status")
    @HostActor
    func firstFetchFails() async throws {
        try await HostFixture.run { fixture in
            try Files.remove(fixture.git.bare)
            let host = try fixture.start()
            try await fixture.drive(host)
            let status = try #require(try fixture.journal.status(of: fixture.configuration.environments[0].name))
            #expect(status.reason == .fetchFailed)
            #expect(status.failing)
        }
    }

    @Test("a turn in which nothing changed writes nothing")
    @HostActor
    func steady() async throws {
        try await HostFixture.run { fixture in
            let host = try fixture.start()
            try await fixture.drive(host)
            try await fixture.drive(host)
            let changes = try #require(
                try fixture.journal.connection.query("SELECT total_changes() AS n").first
            ).integer("n")
            for _ in 0..<5 { try await fixture.drive(host) }
            let after = try #require(
                try fixture.journal.connection.query("SELECT total_changes() AS n").first
            ).integer("n")
            #expect(after == changes)
        }
    }
}
