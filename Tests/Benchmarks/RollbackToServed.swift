import StokerCore
import StokerHost
import TestSupport

/// From a failing verdict until the old configuration is proved to be served again: one rule file was harmful.
enum RollbackToServed {
    private static let pushes = 7

    static func run() async throws {
        let rules = ["base.yml": Ground.rules("base", count: 5)]
        try await Ground.with(rules: rules, evaluation: "1s", verify: verify) { ground in
            try await ground.startPrometheus()
            try await measure(ground)
        }
    }

    /// A check that sees what is on disk: it is answered the same way each time.
    private static func verify(_ live: String) -> String {
        let command = "[ sh, -c, '! grep -q harmful_ \(live)/rules/base.yml' ]"
        return "{ for: 1s, interval: 100ms, checks: [ { command: \(command) } ] }"
    }

    @HostActor
    private static func measure(_ ground: Ground) async throws {
        let log = StepLog()
        let subject = try Subject(configFile: ground.configFile, storage: ground.storage, log: log.logger)
        defer { subject.close() }
        try await subject.poll()
        try await subject.settle()
        try subject.expectVerified()

        var values: [Double] = []
        for number in 1...pushes {
            try await ground.push("base.yml", Ground.rules("harmful_\(number)", count: 5))
            _ = log.take()
            try await subject.poll()
            try await subject.settle()
            let end = Cost.now.wall
            guard subject.host.status.outcome == "rolled_back" else {
                throw TestFailure("not rolled back: \(subject.host.status.message)")
            }
            values.append(try served(log.take(), end: end))
        }
        try Figure("verdict_to_served_again", values, .milliseconds, aim: "under 5000").report()
    }

    /// From the beginning of the restore to the end of the look that proved it.
    private static func served(_ steps: [StepLog.Step], end: Double) throws -> Double {
        guard let restore = steps.firstIndex(where: { $0.action == "restore" }),
            let probe = steps[restore...].lastIndex(where: { $0.action == "probe" })
        else { throw TestFailure("nothing was restored: \(steps.map(\.action))") }
        return (probe + 1 < steps.endIndex ? steps[probe + 1].at : end) - steps[restore].at
    }
}
