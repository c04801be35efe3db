import Foundation
import StokerCore
import TestSupport
import YAML

@testable import StokerHost

/// One Prometheus that loads one file of the corpora after the other, each after a baseline of our own.
enum CorporaLane {
    static let baseline = """
        global: {external_labels: {stoker_baseline: "1"}, scrape_interval: 59s}
        scrape_configs: [{job_name: stoker_baseline}]
        """

    // MARK: configs

    static func configs(
        _ cases: [String], corpora: Corpora, version: Programs.PrometheusVersion
    ) async throws -> CorporaCounts {
        var counts = CorporaCounts()
        let fixture = try await ProverFixture.start(version: version, config: baseline)
        defer { fixture.end() }
        for path in cases {
            try await config(path, corpora: corpora, fixture: fixture, counts: &counts)
        }
        return counts
    }

    private static func config(
        _ path: String, corpora: Corpora, fixture: ProverFixture, counts: inout CorporaCounts
    ) async throws {
        let text = try corpora.text(path)
        let node = try ProverFixture.node(text)
        try await reset(fixture, neighbours: "\(corpora.path)/\((path as NSString).deletingLastPathComponent)")
        let evidence = try await evidence(fixture, before: baseline, after: node, ruleFiles: false)
        let expectation = expectation(for: node, evidence: evidence)

        // The file is written and the reload reads the old bytes, as with a pinned inode; or there is no reload at all.
        _ = try await reload(fixture)
        var trial = counts
        trial.expectCaught(
            try await fixture.verdict(expectation, evidence: evidence), "\(path): reload of the old bytes")
        let again = try await self.evidence(fixture, before: baseline, after: node, ruleFiles: false)
        try Files.write(text, to: fixture.main)
        trial.expectCaught(try await fixture.verdict(expectation, evidence: again), "\(path): no reload")

        guard try await reload(fixture) else {
            if fixture.process.isRunning { counts.refused += 1 } else { counts.died += 1 }
            return
        }
        counts = trial
        let verdict = try await fixture.verdict(expectation, evidence: again)
        if try fixture.process.metricSum("prometheus_sd_failed_configs") > 0 {
            // The process itself says that it could not start a discovery: 200 with damage, to be caught.
            counts.expectTrueAlarm(verdict, "\(path): dead discovery")
        } else {
            counts.expectProved(verdict, path)
        }
        for index in Set([0, (node["scrape_configs"]?.items?.count ?? 0) - 1]).sorted() {
            guard let jobs = node["scrape_configs"], jobs.items?.indices.contains(index) == true else { continue }
            let mutated = node.replacing("scrape_configs", jobs.removingItem(index))
            try Files.write(NodeText.text(mutated), to: fixture.main)
            guard try await reload(fixture) else { continue }
            counts.expectCaught(
                try await fixture.verdict(expectation, evidence: again), "\(path): job \(index) missing")
        }
    }

    // MARK: rules

    /// Prometheus 2.x reads an alias in `alert`, `record` or `expr` as the *name* of its anchor: these rules are served
    /// with the query `expr`. That is not what the file says, so it is no false alarm.
    private static let servedOtherwise: Set<String> = ["prometheus/model/rulefmt/testdata/test_aliases.yaml"]

    static func rules(
        _ cases: [String], corpora: Corpora, version: Programs.PrometheusVersion
    ) async throws -> CorporaCounts {
        var counts = CorporaCounts()
        let main = "rule_files: [\"rules/*.yml\"]\n"
        let foreign = "groups: [{name: foreign, rules: [{alert: Foreign, expr: vector(1)}]}]\n"
        let fixture = try await ProverFixture.start(
            version: version, config: main, files: ["rules/foreign.yml": foreign])
        defer { fixture.end() }
        let ours = fixture.directory("live/rules/ours.yml")
        for path in cases {
            let text = try corpora.text(path)
            let node = try YAML.parse(Array(text.utf8), merge: .writtenWins)
            try Files.write("groups: []\n", to: ours)
            _ = try await reload(fixture)
            let evidence = try await evidence(
                fixture, before: main, after: try ProverFixture.node(main), ruleFiles: true)
            var expectation = expectation(for: try ProverFixture.node(main), evidence: evidence)
            expectation.ruleFiles = [ours: node]
            expectation.changedRuleFiles = [ours]
            let hasRules = (node["groups"]?.items ?? []).contains { !($0["rules"]?.items ?? []).isEmpty }

            var trial = counts
            _ = try await reload(fixture)
            if hasRules {
                trial.expectCaught(
                    try await fixture.verdict(expectation, evidence: evidence), "\(path): reload of the old bytes")
            }
            try Files.write(text, to: ours)
            guard try await reload(fixture) else {
                counts.refused += 1
                continue
            }
            counts = trial
            let verdict = try await fixture.verdict(expectation, evidence: evidence)
            if version != .latest, servedOtherwise.contains(path) {
                counts.expectTrueAlarm(verdict, "\(path): served otherwise than written")
                continue
            }
            counts.expectProved(verdict, path)
            guard let mutated = withoutOneRule(node) else { continue }
            try Files.write(NodeText.text(mutated), to: ours)
            guard try await reload(fixture) else {
                counts.problems.append("\(path): the mutation did not load: \(fixture.process.tail(3))")
                continue
            }
            counts.expectCaught(
                try await fixture.verdict(expectation, evidence: evidence), "\(path): one rule missing")
        }
        return counts
    }

    private static func withoutOneRule(_ node: Node) -> Node? {
        guard let groups = node["groups"], let items = groups.items else { return nil }
        guard let place = items.lastIndex(where: { !($0["rules"]?.items ?? []).isEmpty }),
            let rules = items[place]["rules"]
        else { return nil }
        var changed = items
        changed[place] = items[place].replacing("rules", rules.removingItem((rules.items?.count ?? 1) - 1))
        return node.replacing("groups", Node(.sequence(changed)))
    }

    // MARK: steps

    /// The baseline alone, with the neighbours of the next file linked beside it.
    private static func reset(_ fixture: ProverFixture, neighbours: String) async throws {
        let files = FileManager.default
        for name in try files.contentsOfDirectory(atPath: fixture.live) where name != "prometheus.yml" {
            try files.removeItem(atPath: "\(fixture.live)/\(name)")
        }
        for name in try files.contentsOfDirectory(atPath: neighbours) where name != "prometheus.yml" {
            try files.createSymbolicLink(
                atPath: "\(fixture.live)/\(name)", withDestinationPath: "\(neighbours)/\(name)")
        }
        try Files.write(baseline, to: fixture.main)
        if fixture.process.isRunning, try await reload(fixture) { return }
        if fixture.process.isRunning { throw TestFailure("the baseline was refused: \(fixture.process.tail(3))") }
        try await fixture.process.start()
    }

    /// Whether the process took it. Some accepted configs make it die of the reload (`max_samples_per_send: 0`), others
    /// make it hang for ever at the next one (`min_shards: 0`): such a process is ended.
    private static func reload(_ fixture: ProverFixture) async throws -> Bool {
        do {
            return try LoopbackHTTP.request("POST", port: fixture.process.port, path: "/-/reload", limitSeconds: 20)
                .status == 200
        } catch {
            fixture.process.kill()
            return false
        }
    }

    private static func evidence(
        _ fixture: ProverFixture, before: String, after: Node, ruleFiles: Bool
    ) async throws -> Evidence {
        await fixture.prover().evidence(
            before: try ProverFixture.node(before), after: after, ruleFiles: ruleFiles, checks: [])
    }

    private static func expectation(for node: Node, evidence: Evidence) -> Expectation {
        Expectation(
            mainFile: node, jobs: Pools.jobs(in: node), visibleChangeDue: evidence.visibleChangeDue,
            mustMoveTimestamp: true)
    }
}
