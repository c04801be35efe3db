import Foundation
import TestSupport

/// The daemon's memory and open files once its environment is verified, and after 1,000 polls without news.
enum IdleMemory {
    private static let polls = 1000.0

    static func run() async throws {
        let binary = try Binary.release()
        let rules = ["base.yml": Ground.rules("base", count: 5)]
        // The shortest interval there is a use for: a poll takes longer than that.
        try await Ground.with(rules: rules, interval: "1ms") { ground in
            try await ground.startPrometheus()
            let stoker = try StokerProcess(
                configFile: ground.configFile, storage: ground.storage, logPath: ground.directory("stoker.log"),
                binary: binary)
            defer { stoker.stop() }
            try stoker.start("--web.listen-address", "127.0.0.1:\(try FreePort.next())")
            try await stoker.wait(for: "the first turn") { $0["outcome"].string == "verified" }
            guard let pid = stoker.pid else { throw TestFailure("the daemon was not started") }
            let begun = try turns(ground)
            try await reach(begun + 10, ground, stoker)
            let first = try Residence(of: pid)
            try await reach(begun + 10 + polls, ground, stoker)
            try report(first, try Residence(of: pid))
        }
    }

    private static func report(_ first: Residence, _ last: Residence) throws {
        try Figure("idle_memory_at_start", [first.resident], .megabytes, aim: "under 45").report()
        try Figure("idle_memory_at_start_anonymous", [first.anonymous], .megabytes).report()
        try Figure("idle_memory_after_1000_polls", [last.resident], .megabytes, aim: "as at the start").report()
        try Figure("idle_memory_after_1000_polls_anonymous", [last.anonymous], .megabytes).report()
        try Figure("idle_memory_after_1000_polls_to_start", [last.resident / first.resident], .ratio, aim: "1").report()
        try Figure("idle_descriptors_at_start", [Double(first.descriptors)], .descriptors).report()
        try Figure("idle_descriptors_after_1000_polls", [Double(last.descriptors)], .descriptors).report()
    }

    /// Every turn at rest asks the process once whether it is ready, and a poll wakes one turn at most: so many turns are
    /// at least as many polls.
    private static func turns(_ ground: Ground) throws -> Double {
        let name = "prometheus_http_requests_total{code=\"200\",handler=\"/-/ready\"}"
        return try ground.prometheus.metric(name).flatMap { Double($0) } ?? 0
    }

    private static func reach(_ count: Double, _ ground: Ground, _ stoker: StokerProcess) async throws {
        try await eventually("\(Int(count)) turns", within: .seconds(1200), every: .milliseconds(200)) {
            guard stoker.isRunning else { throw TestFailure("the daemon ended:\n\(stoker.tail())") }
            return try turns(ground) >= count
        }
    }
}
