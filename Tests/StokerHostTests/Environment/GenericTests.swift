import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// A daemon that nobody knows, described in stoker.yml.
@Suite("Generic", .serialized)
struct GenericTests {
    private static let everything =
        "success_metric: thing_ok, timestamp_metric: thing_stamp, "
        + "hash: { metric: thing_hash, label: sha256, algorithm: sha256 }, live: [\"*.json\"]"

    private func setup(_ shows: String = everything) -> FamilyFixture.Setup {
        let paths = "ready_path: /alive, reload_path: /again"
        return FamilyFixture.Setup(
            kind: .scripted, files: ["thing.conf": "first {\n", "list.json": "[]\n"], config: "thing.conf",
            target: [
                "config_file: thing.conf", "validate: { command: [grep, -q, -v, refused] }",
                "generic: { \([paths, shows].filter { !$0.isEmpty }.joined(separator: ", ")) }",
            ])
    }

    @Test("everything it shows is proved: the reload and the exact bytes")
    @HostActor
    func proved() async throws {
        try await FamilyFixture.run(setup()) { fixture in
            try await fixture.drive()
            try await fixture.push(["thing.conf": "second {\n"])
            try await fixture.drive()
            #expect(fixture.status.outcome == "verified", "\(fixture.status)")
            #expect(fixture.target?.proof == ["reloaded", "config"])
            #expect(fixture.target?.notProvable == nil)
            #expect(fixture.status.message == "")
        }
    }

    @Test("a reload that says 200 and reads nothing is found out by the digest")
    @HostActor
    func stale() async throws {
        try await FamilyFixture.run(setup()) { fixture in
            try await fixture.drive()
            try fixture.process.ignoreReloads()
            try await fixture.push(["thing.conf": "second {\n"])
            try await fixture.drive()
            #expect(fixture.status.outcome == "rolled_back", "\(fixture.status)")
            #expect(fixture.status.reason == .notServed)
            #expect(fixture.live("thing.conf") == "first {\n")
        }
    }

    @Test("what the daemon refuses is rolled back, and what its validator refuses is never written")
    @HostActor
    func refused() async throws {
        try await FamilyFixture.run(setup()) { fixture in
            try await fixture.drive()
            try await fixture.push(["thing.conf": "bad {\n"])
            try await fixture.drive()
            #expect(fixture.status.outcome == "rolled_back", "\(fixture.status)")
            #expect(fixture.status.message.contains("the file says bad"), "\(fixture.status)")
            #expect(fixture.live("thing.conf") == "first {\n")
            try await fixture.push(["thing.conf": "refused\n"])
            try await fixture.drive()
            #expect(fixture.status.reason == .validationFailed, "\(fixture.status)")
            #expect(fixture.live("thing.conf") == "first {\n")
        }
    }

    @Test("a file that it reads by itself is not followed by a reload")
    @HostActor
    func live() async throws {
        try await FamilyFixture.run(setup()) { fixture in
            try await fixture.drive()
            let stamp = try fixture.process.get("/metrics").split(separator: "\n").first { $0.hasPrefix("thing_stamp") }
            try await fixture.push(["list.json": "[1]\n"])
            try await fixture.drive()
            #expect(fixture.status.outcome == "verified", "\(fixture.status)")
            #expect(fixture.live("list.json") == "[1]\n")
            let after = try fixture.process.get("/metrics").split(separator: "\n").first { $0.hasPrefix("thing_stamp") }
            #expect(stamp == after)
        }
    }

    @Test(
        "what it does not show is said and not claimed",
        arguments: ["", "success_metric: thing_ok", "metrics_path: none"])
    @HostActor
    func gaps(_ shows: String) async throws {
        try await FamilyFixture.run(setup(shows)) { fixture in
            try await fixture.drive()
            try await fixture.push(["thing.conf": "second {\n"])
            try await fixture.drive()
            #expect(fixture.status.outcome == "verified", "\(fixture.status)")
            #expect(fixture.target?.proof == (shows.contains("success") ? ["reloaded"] : []))
            let gap = try #require(fixture.target?.notProvable)
            #expect(gap.contains("configuration: the process does not show what it loaded"))
            #expect(gap.contains(shows.contains("success") ? "timestamp_metric" : "only readiness was checked"))
            #expect(fixture.status.message.contains(gap))
        }
    }

    @Test(
        "a metric that stoker.yml names and the daemon lacks is no proof", .timeLimit(.minutes(2)),
        arguments: [
            "success_metric: thing_okay", "success_metric: thing_ok, timestamp_metric: thing_okay",
            "success_metric: thing_okay, timestamp_metric: thing_stamp",
        ])
    @HostActor
    func missingMetric(_ shows: String) async throws {
        var setup = setup(shows)
        setup.environment = ["verify: { timeout: 2s, interval: 1s }"]
        try await FamilyFixture.run(setup) { fixture in
            try await fixture.push(["thing.conf": "second {\n"])
            try await fixture.drive()
            #expect(fixture.status.reason == .unproven, "\(fixture.status)")
            #expect(fixture.status.message.contains("thing_okay"), "\(fixture.status)")
        }
    }
}
