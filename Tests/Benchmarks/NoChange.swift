import Logging
import StokerCore
import StokerHost
import TestSupport

/// The steady state: a fetch without news and a turn in which nothing changed. The scan for drift, one lstat a file, is
/// measured alone, so that what is left is the cost of source and decision, which must not grow with files.
enum NoChange {
    static func run() async throws {
        let few = try await measure(files: 100)
        let many = try await measure(files: 10_000)
        try Figure("no_change_source_and_decision_cpu_10000_to_100", [many / few], .ratio, aim: "1").report()
    }

    /// The median CPU of source and decision, in milliseconds.
    private static func measure(files: Int) async throws -> Double {
        // One of them is the main file.
        let rules = (1..<files).map { ("r\($0).yml", Ground.rules("g\($0)", count: 1)) }
        let middle = Sample()
        try await Ground.with(rules: Dictionary(uniqueKeysWithValues: rules)) { ground in
            try await ground.startPrometheus()
            middle.value = try await measure(ground, files)
        }
        return middle.value
    }

    @HostActor
    private static func measure(_ ground: Ground, _ files: Int) async throws -> Double {
        let log = Logger(label: "benchmarks") { _ in SwiftLogNoOpLogHandler() }
        let subject = try Subject(configFile: ground.configFile, storage: ground.storage, log: log)
        defer { subject.close() }
        try await subject.poll()
        try await subject.settle()
        try subject.expectVerified()
        // Adoption writes nothing; only after a deployment is everything as it is for most of its life.
        try await ground.push("r1.yml", Ground.rules("g1", count: 1, salt: 1))
        try await subject.poll()
        try await subject.settle()
        try subject.expectVerified()
        let environment = subject.host.configuration
        let target = environment.targets[0]
        let inventory = try subject.journal.inventory(of: target.id, in: environment.name)
        guard inventory.files.count == files else { throw TestFailure("\(inventory.files.count) files are deployed") }
        let place = DeployPlace(layout: .inPlace, root: target.deployTo, configFile: target.configFile)

        var polls: [Cost] = []
        var turns: [Double] = []
        var scans: [Double] = []
        for _ in 0..<30 {
            polls.append(try await Cost.of { try await subject.poll() }.cost)
            let turn = await Cost.of { await subject.host.turn(.poll) }
            guard turn.value.why == .idle else { throw TestFailure("a turn without a change found something to do") }
            turns.append(turn.cost.cpu)
            let scan = try await Cost.of { try Rollout.look(place, inventory: inventory, disk: subject.disk) }
            guard scan.value.drifted.isEmpty, scan.value.filesRead == 0 else { throw TestFailure("files were read") }
            scans.append(scan.cost.cpu)
        }
        let rest = zip(turns, scans).map { max(0, $0 - $1) }
        try Figure("no_change_fetch_cpu", polls.map(\.cpu), .milliseconds, files: files).report()
        try Figure("no_change_fetch_wall", polls.map(\.wall), .milliseconds, files: files).report()
        try Figure("no_change_turn_cpu", turns, .milliseconds, files: files).report()
        try Figure(
            "no_change_drift_scan_cpu", scans.map { $0 * 1000 / Double(files) }, .microsecondsPerFile, files: files,
            aim: "2"
        ).report()
        try Figure(
            "no_change_source_and_decision_cpu", rest, .milliseconds, files: files, aim: "does not grow with files"
        ).report()
        return Figure.median(rest.sorted())
    }

    /// One number carried out of a closure.
    private final class Sample: @unchecked Sendable {
        // Written once, before it is read.
        var value = 0.0
    }
}
