import Foundation
import TestSupport

/// The daemon's memory and open files once its environment is verified, and after 1,000 polls without news.
enum IdleMemory {
    private static let polls = 1000

    static func run() async throws {
        let binary = try Binary.release()
        let rules = ["base.yml": Ground.rules("base", count: 5)]
        // What the timer would do a few times in an hour is done by waking, one poll after the other.
        try await Ground.with(rules: rules, interval: "1h") { ground in
            let server = try await GitHTTPServer(root: ground.directory.path, directory: ground.directory("http"))
            defer { server.stop() }
            try ground.fetch(from: server)
            try await ground.startPrometheus()
            let stoker = try StokerProcess(
                configFile: ground.configFile, storage: ground.storage, logPath: ground.directory("stoker.log"),
                binary: binary)
            defer { stoker.stop() }
            try stoker.start("--web.listen-address", "127.0.0.1:\(try FreePort.next())")
            try await stoker.wait(for: "the first turn") { $0["outcome"].string == "verified" }
            guard let pid = stoker.pid else { throw TestFailure("the daemon was not started") }
            try await Wakes.poll(10, server, stoker)
            let first = try Residence(of: pid)
            try await Wakes.poll(polls, server, stoker)
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
}
