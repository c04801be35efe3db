import Foundation
import HTTP
import StokerCore
import TestSupport
import Testing
import YAML

@testable import StokerHost

/// The proof against a real Prometheus: what it serves, not what it says.
@Suite struct ProverTests {
    private static let rules =
        "groups: [{name: g, rules: [{alert: A, expr: vector(1) > 0}, {record: r, expr: vector(1)}]}]\n"
    private static let main = """
        global: {scrape_interval: 1s, evaluation_interval: 1s}
        rule_files: ["rules/*.yml"]
        scrape_configs: [{job_name: self, static_configs: [{targets: ["127.0.0.1:1"]}]}]
        """

    @Test func aChangeOfRulesIsProved() async throws {
        try await with { fixture in
            try await eventually("the scrape pool of the start") { try fixture.process.jobs() == ["self"] }
            var expectation = try await deployRules(
                fixture, Self.rules.replacingOccurrences(of: "name: g,", with: "name: h,"))
            expectation.mustMoveTimestamp = true
            let evidence = try #require(evidences.value)
            _ = try await reload(fixture)
            let verdict = try await fixture.verdict(expectation, evidence: evidence)
            #expect(verdict.hasPassed, "\(verdict)")
            #expect(verdict.warnings == [])
        }
    }

    @Test func aReloadThatNeverHappenedIsCaught() async throws {
        try await with { fixture in
            let expectation = try await deployRules(fixture, Self.rules + "# comment\n")
            let verdict = try await fixture.verdict(expectation, evidence: evidences.value)
            #expect(verdict.failure?.reason == .notServed)
        }
    }

    @Test func aSignalWithoutAnswerIsWaitedFor() async throws {
        try await with { fixture in
            var expectation = try await deployRules(fixture, Self.rules + "# comment\n")
            expectation.reloadAnswered = false
            let probe = await fixture.prover().probe(expectation, evidence: evidences.value)
            guard case .pending(let failure) = probe.parts[.reloaded] else {
                Issue.record("\(probe)")
                return
            }
            #expect(failure.reason == .reloadUnconfirmed)
            #expect(probe.parts.count == 1)
            #expect(await SignalReload(.pidFile(fixture.process.pidFile)).reload() == .accepted(answered: false))
            #expect(try await fixture.verdict(expectation, evidence: evidences.value).hasPassed)
        }
    }

    @Test func aHalfAppliedReloadIsCaught() async throws {
        try await with { fixture in
            let expectation = try await deployRules(
                fixture, "groups: [{name: g, rules: [{alert: A, expr: 'up =='}]}]\n")
            guard case .refused(let status, _, let partly) = try await reload(fixture) else {
                Issue.record("accepted")
                return
            }
            #expect(status == 500)
            #expect(partly)
            let verdict = try await fixture.verdict(expectation, evidence: evidences.value)
            #expect(verdict.failure?.reason == .reloadFailed)
        }
    }

    @Test func aFileThatDoesNotParseIsRefusedWhole() async throws {
        try await with { fixture in
            try Files.write("scrape_configs: [", to: fixture.main)
            guard case .refused(500, let message, false) = try await reload(fixture) else {
                Issue.record("accepted")
                return
            }
            #expect(message.contains("couldn't load configuration"))
        }
    }

    @Test func oldBytesBehindAMovedTimestampAreCaught() async throws {
        try await with { fixture in
            // What a pinned inode looks like: the process reloads, and reads what it had.
            let changed = Self.main.replacingOccurrences(of: "evaluation_interval: 1s", with: "evaluation_interval: 2s")
            let node = try ProverFixture.node(changed)
            let evidence = await fixture.prover().evidence(
                before: try ProverFixture.node(Self.main), after: node, ruleFiles: true, checks: [])
            #expect(evidence.visibleChangeDue)
            _ = try await reload(fixture)
            let verdict = try await fixture.verdict(
                Expectation(mainFile: node, visibleChangeDue: true, mustMoveTimestamp: true), evidence: evidence)
            #expect(verdict.failure?.reason == .notServed)
            #expect(verdict.failure?.message.contains("layout: single_file") == true)
        }
    }

    @Test func aNewJobWithAMissingCAIsCaught() async throws {
        try await with { fixture in
            let text = Self.main.replacingOccurrences(
                of: "scrape_configs: [",
                with:
                    "scrape_configs: [{job_name: tls, static_configs: [{targets: [x]}], tls_config: {ca_file: nowhere.pem}}, "
            )
            let node = try ProverFixture.node(text)
            let evidence = await fixture.prover().evidence(before: nil, after: node, ruleFiles: false, checks: [])
            try Files.write(text, to: fixture.main)
            #expect(try await reload(fixture) == .accepted(answered: true))
            let verdict = try await fixture.verdict(
                Expectation(mainFile: node, jobs: Pools.jobs(in: node), mustMoveTimestamp: true), evidence: evidence)
            #expect(verdict.failure?.reason == .notServed)
            // What was broken before does not condemn the next change.
            let next = await fixture.prover().evidence(before: node, after: node, ruleFiles: false, checks: [])
            #expect(next.missingPools == ["tls"])
            _ = try await reload(fixture)
            let second = try await fixture.verdict(
                Expectation(mainFile: node, jobs: Pools.jobs(in: node), mustMoveTimestamp: true), evidence: next)
            #expect(second.hasPassed, "\(second)")
        }
    }

    @Test func aDeletedRuleFileIsGoneAndAForeignOneIsNotJudged() async throws {
        try await with(["rules/foreign.yml": Self.rules]) { fixture in
            let ours = fixture.directory("live/rules/ours.yml")
            let evidence = await fixture.prover().evidence(
                before: nil, after: nil, ruleFiles: true, checks: [])
            try Files.remove(ours)
            let expectation = Expectation(removedRuleFiles: [ours], mustMoveTimestamp: true)
            let early = await fixture.prover().probe(expectation, evidence: evidence)
            #expect(early.parts[.rules] != .proved)
            _ = try await reload(fixture)
            #expect(try await fixture.verdict(expectation, evidence: evidence).hasPassed)
        }
    }

    @Test func changedFileDiscoveryIsProvedByTargets() async throws {
        let main = "scrape_configs: [{job_name: sd, file_sd_configs: [{files: ['sd/*.json']}]}]\n"
        let fixture = try await ProverFixture.start(
            config: main, files: ["sd/a.json": #"[{"targets": ["127.0.0.1:1"]}]"#])
        defer { fixture.end() }
        var expectation = Expectation(liveTargets: [.init(job: "sd", addresses: ["127.0.0.1:2"])])
        let evidence = await fixture.prover().evidence(before: nil, after: nil, ruleFiles: false, checks: [])
        let early = await fixture.prover().probe(expectation, evidence: evidence)
        #expect(early.parts[.pools] != .proved)
        try Files.write(#"[{"targets": ["127.0.0.1:2"]}]"#, to: fixture.directory("live/sd/a.json"))
        #expect(try await fixture.verdict(expectation, evidence: evidence).hasPassed)
        expectation.liveTargets = [.init(job: "sd", addresses: ["127.0.0.1:3"])]
        let never = try await fixture.verdict(expectation, evidence: evidence)
        #expect(never.failure?.reason == .notServed)
    }

    @Test func evidenceHasTheFlagsAndTheFolderTheProcessSees() async throws {
        try await with { fixture in
            let evidence = await fixture.prover().evidence(
                before: nil, after: nil, ruleFiles: true,
                checks: [
                    .init(expr: "vector(1)", passWhen: .nonEmpty), .init(expr: "vector(1) > 2", passWhen: .nonEmpty),
                    .init(expr: "vector(1) > 2", passWhen: .empty), .init(expr: "1 +", passWhen: .nonEmpty),
                    .init(expr: "1", passWhen: .nonEmpty),
                ])
            #expect(evidence.wasUp)
            #expect(evidence.checks == [.pass, .fail, .pass, .inconclusive, .pass])
            #expect(evidence.process?.configDirectory == fixture.live)
            #expect(evidence.process?.lifecycleEnabled == true)
            #expect(evidence.version?.hasPrefix("2.") == true)
            #expect(evidence.failures == FailureCounters(scrapePools: 0, discovery: 0))
            #expect(evidence.successTimestamp?.contains("e+") == true)
            #expect(evidence.ruleFiles.keys.sorted() == [fixture.directory("live/rules/ours.yml")])
            let copy = try JSONDecoder().decode(Evidence.self, from: JSONEncoder().encode(evidence))
            #expect(copy == evidence)
        }
    }

    @Test func theSteadyLookTellsUpAndGone() async throws {
        try await with { fixture in
            guard case .up(let facts) = await fixture.prover().look() else {
                Issue.record("not up")
                return
            }
            #expect(facts.reloadSucceeded)
            fixture.process.stop()
            guard case .unreachable = await fixture.prover().look() else {
                Issue.record("not gone")
                return
            }
            let evidence = await fixture.prover().evidence(before: nil, after: nil, ruleFiles: false, checks: [])
            #expect(!evidence.wasUp)
            #expect(await fixture.client().reload(timeout: .seconds(5)).failure == nil)
        }
    }

    // MARK: steps

    private let evidences = Box()

    private final class Box: @unchecked Sendable {
        // One test is one task: written before it is read.
        var value: Evidence?
    }

    private func with(_ files: [String: String] = [:], _ body: (ProverFixture) async throws -> Void) async throws {
        let fixture = try await ProverFixture.start(
            config: Self.main, files: files.merging(["rules/ours.yml": Self.rules]) { first, _ in first })
        defer { fixture.end() }
        try await body(fixture)
    }

    /// Writes the rule file, after its evidence was read.
    private func deployRules(_ fixture: ProverFixture, _ text: String) async throws -> Expectation {
        let main = try ProverFixture.node(Self.main)
        evidences.value = await fixture.prover().evidence(before: main, after: main, ruleFiles: true, checks: [])
        let ours = fixture.directory("live/rules/ours.yml")
        try Files.write(text, to: ours)
        return Expectation(
            mainFile: main, ruleFiles: [ours: try ProverFixture.node(text)], jobs: Pools.jobs(in: main),
            mustMoveTimestamp: true)
    }

    private func reload(_ fixture: ProverFixture) async throws -> ReloadOutcome {
        await fixture.client().reload(timeout: .seconds(60))
    }
}
