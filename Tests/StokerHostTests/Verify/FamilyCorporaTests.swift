import Foundation
import HTTP
import StokerCore
import TestSupport
import Testing
import YAML

@testable import StokerHost

/// Real files of the relatives: what the real program loads is proved without a false alarm, and what it does not serve
/// is caught.
@Suite("Family corpora", .serialized)
struct FamilyCorporaTests {
    /// One kind with its files and what it starts with.
    struct Lane: Sendable, CustomTestStringConvertible {
        let kind: FamilyProcess.Kind
        let folder: String
        let baseline: String
        let least: Int
        var release = Programs.FamilyRelease.installed
        var testDescription: String { "\(kind.rawValue) \(release)" }
    }

    static let lanes = [
        Lane(kind: .alertmanager, folder: "alertmanager", baseline: FamilySample.alertmanager(), least: 15),
        Lane(kind: .blackboxExporter, folder: "blackbox_exporter", baseline: FamilySample.blackbox(), least: 1),
        Lane(kind: .snmpExporter, folder: "snmp_exporter", baseline: FamilySample.snmp(), least: 0),
        Lane(kind: .vmagent, folder: "prometheus", baseline: FamilySample.jobs(), least: 15),
        // Most of the files are newer than this Debian's exporters.
        Lane(
            kind: .alertmanager, folder: "alertmanager", baseline: FamilySample.alertmanager(), least: 20,
            release: .latest),
        Lane(
            kind: .blackboxExporter, folder: "blackbox_exporter", baseline: FamilySample.blackbox(), least: 3,
            release: .latest),
        Lane(
            kind: .snmpExporter, folder: "snmp_exporter", baseline: FamilySample.snmp(.latest), least: 0,
            release: .latest),
    ]

    @Test("every file that the program loads is proved, and its mutations are caught", arguments: lanes)
    func corpora(_ lane: Lane) async throws {
        guard let corpora = Corpora.find() else { return }
        let paths = try files(below: "\(corpora.path)/\(lane.folder)")
        #expect(!paths.isEmpty)
        let directory = try TemporaryDirectory(prefix: "stoker-corpora")
        defer { directory.remove() }
        try Files.write(lane.baseline, to: directory("etc/main.yml"))
        let process = try FamilyProcess(
            lane.kind, config: directory("etc/main.yml"), directory: directory("run"), release: lane.release)
        let http = HTTPClient(userAgent: "stoker-tests")
        defer {
            process.stop()
            http.close()
        }
        try await process.start()
        let kind = try #require(TargetConfiguration.Kind(rawValue: lane.kind.rawValue))
        let prover = Prover(
            client: PrometheusClient(
                url: process.url, access: HTTPAccess(), http: http, profile: KindProfile.of(kind)),
            now: { ProverFixture.now() })
        var counts = CorporaCounts()
        for path in paths {
            guard let text = Files.read(path), let node = Self.node(text) else { continue }
            let name = String(path.dropFirst(corpora.path.count + 1))
            try Files.write(lane.baseline, to: directory("etc/main.yml"))
            _ = await prover.client.reload(timeout: .seconds(10))
            let evidence = await prover.evidence(before: nil, after: node, ruleFiles: false, checks: [])
            try Files.write(text, to: directory("etc/main.yml"))
            if lane.kind == .vmagent, try await !accepts(directory("etc/main.yml"), directory("dry.log")) {
                counts.refused += 1
                continue
            }
            guard case .accepted = await prover.client.reload(timeout: .seconds(10)) else {
                counts.refused += 1
                if lane.kind == .vmagent {
                    // It refuses nothing: a discovery that does not come up holds its reloads from now on.
                    process.stop()
                    try Files.write(lane.baseline, to: directory("etc/main.yml"))
                    try await process.start()
                }
                continue
            }
            let result = await verdict(prover, Self.expectation(node, text), evidence)
            if !process.isRunning {
                // vmagent ends itself where a discovery cannot begin; its validator had accepted the file.
                counts.died += 1
                #expect(!result.hasPassed, "\(name)")
                try Files.write(lane.baseline, to: directory("etc/main.yml"))
                try await process.start()
                continue
            }
            counts.expectProved(result, name)
            for mutation in Self.mutations(node, lane.kind) {
                var lie = Self.expectation(mutation, NodeText.text(mutation))
                lie.mustMoveTimestamp = false
                counts.expectCaught(await verdict(prover, lie, evidence), name)
            }
        }
        print("\(lane.testDescription): \(counts)")
        for problem in counts.problems { Issue.record("\(problem)") }
        #expect(counts.proved == counts.loaded)
        #expect(counts.loaded >= lane.least)
        #expect(counts.caught == counts.mutations)
    }

    private func files(below folder: String) throws -> [String] {
        let found = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return found.filter { $0.hasSuffix(".yml") }.sorted().map { "\(folder)/\($0)" }
    }

    private func accepts(_ path: String, _ log: String) async throws -> Bool {
        let child = try Child(
            [try Programs.family("vmagent"), "-promscrape.config=\(path)", "-promscrape.config.dryRun"], output: log)
        return try await child.wait(within: .seconds(20)) == .code(0)
    }

    private static func node(_ text: String) -> Node? {
        do { return try YAML.parse(Array(text.utf8)) } catch { return nil }
    }

    private static func expectation(_ node: Node, _ text: String) -> Expectation {
        var expectation = Expectation(mainFile: node, mustMoveTimestamp: true)
        expectation.mainBytes = Array(text.utf8)
        return expectation
    }

    /// A part that nobody serves, and one of those that are served left out.
    private static func mutations(_ node: Node, _ kind: FamilyProcess.Kind) -> [Node] {
        let key: String? =
            switch kind {
            case .alertmanager: "receivers"
            case .blackboxExporter: "modules"
            case .vmagent: "scrape_configs"
            case .snmpExporter, .vmalert, .agent, .scripted: nil
            }
        guard let pairs = node.pairs else { return [] }
        func replaced(_ part: Node) -> Node {
            guard let key else { return part }
            return Node(
                .mapping(
                    pairs.filter { $0.key.text != key } + [Node.Pair(key: Node(.scalar(key, .plain)), value: part)]))
        }
        guard let part = key.map({ node[$0] }) ?? node else { return [] }
        if kind == .snmpExporter, let modules = node["modules"]?.pairs {
            let extra = Node.Pair(key: Node(.scalar("stoker_mutation", .plain)), value: Node(.mapping([])))
            return [node.replacing("modules", Node(.mapping(modules + [extra])))]
        }
        switch part.value {
        case .mapping(let modules):
            let extra = Node.Pair(key: Node(.scalar("stoker_mutation", .plain)), value: Node(.mapping([])))
            return [replaced(Node(.mapping(modules + [extra])))]
                + (modules.isEmpty ? [] : [replaced(Node(.mapping(Array(modules.dropFirst()))))])
        case .sequence(let items):
            let name = kind == .vmagent ? "job_name" : "name"
            let extra = Node(
                .mapping([
                    Node.Pair(key: Node(.scalar(name, .plain)), value: Node(.scalar("stoker_mutation", .plain)))
                ]))
            // With included files a job that is not in this one may be theirs.
            let isWhole = (node["scrape_config_files"]?.items ?? []).isEmpty
            return [replaced(Node(.sequence(items + [extra])))]
                + (items.isEmpty || !isWhole ? [] : [replaced(Node(.sequence(Array(items.dropLast()))))])
        case .scalar: return []
        }
    }

    /// A window with a short grace: twenty probes at most, then the last pending failure counts.
    private func verdict(
        _ prover: Prover, _ expectation: Expectation, _ evidence: Evidence
    ) async -> VerifyWindow.Verdict {
        var last = Failure(.unproven, .environmental, "never proved")
        for _ in 0..<6 {
            let probe = await prover.probe(expectation, evidence: evidence)
            if probe.isProved { return .passed(warnings: probe.warnings) }
            for part in Probe.Part.allCases {
                switch probe.parts[part] {
                case .pending(let failure): last = failure
                case .failed(let failure): return .failed(failure)
                case .inconclusive(let message): return .unproven(Failure(.unproven, .environmental, message))
                case .proved, nil: continue
                }
            }
            do { try await Task.sleep(for: .milliseconds(50)) } catch { break }
        }
        return .failed(last)
    }
}
