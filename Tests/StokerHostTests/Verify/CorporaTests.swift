import Foundation
import StokerCore
import TestSupport
import Testing
import YAML

@testable import StokerHost

/// The key promise on real files: what a real Prometheus loads is proved, and what it does not serve is caught.
@Suite struct CorporaTests {
    @Test(arguments: Programs.PrometheusVersion.allCases)
    func everyAcceptedConfigIsProvedAndItsMutationsAreCaught(_ version: Programs.PrometheusVersion) async throws {
        guard let corpora = Corpora.find() else { return }
        let cases = corpora.accepted(kind: "prom")
        #expect(cases.count > 40)
        let lanes = 6
        let counts = try await withThrowingTaskGroup(of: CorporaCounts.self) { group in
            for lane in 0..<lanes {
                let share = cases.enumerated().filter { $0.offset % lanes == lane }.map(\.element)
                group.addTask { try await CorporaLane.configs(share, corpora: corpora, version: version) }
            }
            return try await group.reduce(into: CorporaCounts()) { $0.add($1) }
        }
        print("configs, \(version): \(counts)")
        for problem in counts.problems { Issue.record("\(version): \(problem)") }
        #expect(counts.proved == counts.loaded)
        #expect(counts.loaded >= 35)
        #expect(counts.caught == counts.mutations)
        #expect(counts.mutations > counts.loaded)
    }

    @Test(arguments: Programs.PrometheusVersion.allCases)
    func everyAcceptedRuleFileIsProvedBesideAForeignOneAndItsMutationsAreCaught(
        _ version: Programs.PrometheusVersion
    ) async throws {
        guard let corpora = Corpora.find() else { return }
        let cases = corpora.accepted(kind: "rules")
        #expect(cases.count > 130)
        let counts = try await CorporaLane.rules(cases, corpora: corpora, version: version)
        print("rule files, \(version): \(counts)")
        for problem in counts.problems { Issue.record("\(version): \(problem)") }
        #expect(counts.proved == counts.loaded)
        #expect(counts.loaded > 130)
        #expect(counts.caught == counts.mutations)
        #expect(counts.mutations > counts.loaded)
    }
}

/// What came of the corpora.
struct CorporaCounts: CustomStringConvertible, Sendable {
    var loaded = 0
    var refused = 0
    /// The process died of the reload, or hung.
    var died = 0
    /// Accepted by promtool, loaded with 200, and really damaged: the failure was demanded, and came.
    var trueAlarms = 0
    var proved = 0
    var withWarnings = 0
    var mutations = 0
    var caught = 0
    var problems: [String] = []

    mutating func add(_ other: CorporaCounts) {
        loaded += other.loaded
        refused += other.refused
        died += other.died
        trueAlarms += other.trueAlarms
        proved += other.proved
        withWarnings += other.withWarnings
        mutations += other.mutations
        caught += other.caught
        problems += other.problems
    }

    /// Notes a mutation that must not be proved.
    mutating func expectCaught(_ verdict: VerifyWindow.Verdict, _ what: String) {
        mutations += 1
        if case .failed = verdict { caught += 1 } else { problems.append("\(what) was not caught: \(verdict)") }
    }

    /// Notes what is loaded and damaged according to the process itself.
    mutating func expectTrueAlarm(_ verdict: VerifyWindow.Verdict, _ what: String) {
        if verdict.failure?.reason == .notServed {
            trueAlarms += 1
        } else {
            problems.append("\(what) was not caught: \(verdict)")
        }
    }

    /// Notes what must be proved.
    mutating func expectProved(_ verdict: VerifyWindow.Verdict, _ what: String) {
        loaded += 1
        if verdict.hasPassed { proved += 1 } else { problems.append("\(what) was not proved: \(verdict)") }
        if !verdict.warnings.isEmpty { withWarnings += 1 }
        for warning in verdict.warnings { print("\(what): warning: \(warning)") }
    }

    var description: String {
        "\(loaded) loaded (\(refused) refused by the process, \(died) killed it), \(proved) proved, "
            + "\(withWarnings) of them with warnings; \(trueAlarms) really damaged and caught; "
            + "\(mutations) mutations, \(caught) caught"
    }
}

/// The folder of real files, where it is present.
struct Corpora: Sendable {
    let path: String
    private let manifest: [[String]]

    /// Says that it is skipped where the folder is absent.
    static func find() -> Corpora? {
        let path = Programs.repository + "/../shared/corpora"
        guard let text = Files.read(path + "/MANIFEST.tsv") else {
            print("skipped: ../shared/corpora is not there")
            return nil
        }
        return Corpora(
            path: path,
            manifest: text.split(separator: "\n").dropFirst().map {
                $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            })
    }

    /// Paths of a kind that an old or a new validator accepts.
    func accepted(kind: String) -> [String] {
        manifest.filter { $0.count >= 4 && $0[1] == kind && ($0[2] == "0" || $0[3] == "0") }.map { $0[0] }
    }

    func text(_ relative: String) throws -> String {
        guard let text = Files.read("\(path)/\(relative)") else {
            throw TestFailure("\(relative) is not in the corpora")
        }
        return text
    }
}
