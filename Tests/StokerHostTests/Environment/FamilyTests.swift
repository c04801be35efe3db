import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// The same four things of every relative: a good change is verified, a bad one refused before it is written, a process
/// that reads something else is found out, and what the validator lets through is caught.
@Suite("Family", .serialized)
struct FamilyTests {
    /// What one kind is tested with.
    struct Case: Sendable, CustomTestStringConvertible {
        let kind: FamilyProcess.Kind
        let config: String
        var good: String
        var changed: String
        /// The same in other bytes.
        var comment: String { good + "# a comment\n" }
        let bad: String
        /// Accepted by validator and program; only preflight knows better.
        let harmful: String
        let proof: [String]
        let gap: String?
        /// Shown by the process once it has the changed file.
        let sign: (path: String, text: String)
        var target: [String] = []
        var release = Programs.FamilyRelease.installed
        var testDescription: String { release == .installed ? kind.rawValue : "\(kind.rawValue) \(release)" }

        var setup: FamilyFixture.Setup {
            var setup = FamilyFixture.Setup(
                kind: kind, files: [config: good], config: kind == .vmalert ? "*.yml" : config, target: target)
            setup.release = release
            if release == .latest { setup.version = .latest }
            return setup
        }

        /// The same with the programs of Debian testing; nil where that has none.
        var latest: Case? {
            guard [.blackboxExporter, .snmpExporter, .agent].contains(kind) else { return nil }
            var copy = self
            copy.release = .latest
            if kind == .snmpExporter {
                copy.good = FamilySample.snmp(.latest)
                copy.changed = FamilySample.snmp(module: "if_table", retries: 5, .latest)
            }
            return copy
        }
    }

    static let cases: [Case] = known + known.compactMap(\.latest)

    private static let known: [Case] = [
        Case(
            kind: .blackboxExporter, config: "blackbox.yml", good: FamilySample.blackbox(),
            changed: FamilySample.blackbox(module: "http_post", method: "POST"),
            bad: "modules:\n  a: {prober: http, nosuch: 1}\n", harmful: "# nothing\n", proof: ["reloaded", "config"],
            gap: nil, sign: ("/config", "http_post")),
        Case(
            kind: .snmpExporter, config: "snmp.yml", good: FamilySample.snmp(),
            changed: FamilySample.snmp(module: "if_table", retries: 5), bad: "a:\n  nosuch: 1\n",
            harmful: "# nothing\n",
            proof: ["config"], gap: "no sign of a successful reload", sign: ("/config", "if_table")),
        Case(
            kind: .vmagent, config: "prometheus.yml", good: FamilySample.jobs(),
            changed: FamilySample.jobs("other", interval: "15s"),
            bad: "scrape_configs:\n- job_name: a\n  nosuch: 1\n", harmful: "# nothing\n", proof: ["config"],
            gap: "no sign of a successful reload", sign: ("/config", "other")),
        Case(
            kind: .vmalert, config: "a.yml", good: FamilySample.rules(), changed: FamilySample.rules("Gone"),
            bad: FamilySample.rules(expr: "up =="), harmful: "groups: []\n", proof: ["reloaded", "rules"], gap: nil,
            sign: ("/api/v1/rules", "Gone")),
        Case(
            kind: .agent, config: "prometheus.yml", good: FamilySample.jobs(),
            changed: FamilySample.jobs("other", interval: "15s"),
            bad: FamilySample.jobs()
                + "alerting: {alertmanagers: [{static_configs: [{targets: [\"127.0.0.1:1\"]}]}]}\n",
            harmful: "# nothing\n", proof: ["reloaded", "config", "pools"], gap: nil,
            sign: ("/api/v1/status/config", "other")),
    ]

    @Test("a good change is verified, and so is one that changes nothing but bytes", arguments: cases)
    @HostActor
    func good(_ one: Case) async throws {
        try await FamilyFixture.run(one.setup) { fixture in
            try await fixture.drive()
            #expect(fixture.status.outcome == "verified", "\(fixture.status)")
            #expect(fixture.target?.proof == one.proof, "\(fixture.status)")
            for text in [one.comment, one.changed] {
                try await fixture.push([one.config: text])
                try await fixture.drive()
                #expect(fixture.status.outcome == "verified", "\(fixture.status)")
                #expect(fixture.live(one.config) == text)
            }
            #expect(fixture.target?.proof == one.proof, "\(fixture.status)")
            #expect(try fixture.process.get(one.sign.path).contains(one.sign.text))
            if let gap = one.gap {
                #expect(fixture.target?.notProvable?.contains(gap) == true, "\(fixture.status)")
                #expect(fixture.status.message.contains(gap))
            } else {
                #expect(fixture.target?.notProvable == nil)
            }
        }
    }

    @Test("a bad file is refused by the program's own validator, with its line, before it is written", arguments: cases)
    @HostActor
    func bad(_ one: Case) async throws {
        try await FamilyFixture.run(one.setup) { fixture in
            try await fixture.drive()
            try await fixture.push([one.config: one.bad])
            try await fixture.drive()
            #expect(fixture.status.reason == .validationFailed, "\(fixture.status)")
            #expect(fixture.status.message.contains("production/\(one.config)"), "\(fixture.status)")
            #expect(!fixture.status.message.contains("/data/validate/"), "\(fixture.status)")
            #expect(!fixture.status.message.contains("hunter2secret"), "\(fixture.status)")
            #expect(fixture.live(one.config) == one.good)
        }
    }

    @Test("a file with nothing in it, which the program would take, is refused", arguments: cases)
    @HostActor
    func empty(_ one: Case) async throws {
        try await FamilyFixture.run(one.setup) { fixture in
            try await fixture.drive()
            try await fixture.push([one.config: one.harmful])
            try await fixture.drive()
            #expect(fixture.status.reason == .validationFailed, "\(fixture.status)")
            #expect(fixture.live(one.config) == one.good)
        }
    }

    @Test("a process that reads another folder is found out, and the deploy is taken back", arguments: cases)
    @HostActor
    func wrongFolder(_ one: Case) async throws {
        var setup = one.setup
        setup.processReads = "elsewhere"
        try await FamilyFixture.run(setup) { fixture in
            try await fixture.drive()
            try await fixture.push([one.config: one.changed])
            try await fixture.drive()
            #expect(fixture.status.outcome == "rolled_back", "\(fixture.status)")
            #expect(fixture.status.reason == .notServed || fixture.status.reason == .reloadUnconfirmed)
            #expect(fixture.live(one.config) == one.good)
        }
    }

    @Test("what the program refuses although its validator does not is rolled back", arguments: cases)
    @HostActor
    func refused(_ one: Case) async throws {
        var setup = one.setup
        setup.target.append("validate: { command: [true] }")
        try await FamilyFixture.run(setup) { fixture in
            try await fixture.drive()
            try await fixture.push([one.config: one.bad])
            try await fixture.drive()
            #expect(fixture.status.outcome == "rolled_back", "\(fixture.status)")
            #expect([.reloadFailed, .notServed].contains(fixture.status.reason), "\(fixture.status)")
            #expect(fixture.live(one.config) == one.good)
        }
    }

    @Test(
        "agent mode is asked of the running process: its files are judged by promtool for an agent",
        arguments: Programs.PrometheusVersion.allCases)
    @HostActor
    func agent(_ version: Programs.PrometheusVersion) async throws {
        guard let one = Self.cases.first(where: { $0.kind == .agent }) else { return }
        var setup = one.setup
        setup.version = version
        try await FamilyFixture.run(setup) { fixture in
            try await fixture.drive()
            #expect(fixture.target?.proof == ["reloaded", "config", "pools"], "\(fixture.status)")
            try await fixture.push([one.config: one.bad])
            try await fixture.drive()
            #expect(fixture.status.message.contains("not allowed in agent mode"), "\(fixture.status)")
        }
    }
}
