import StokerCore
import StokerHost
import TestSupport

/// From the moment a push has ended to its verification: one rule file changes, `for: 0s`. The wait for the next poll is
/// left out. What promtool and Prometheus take is measured beside it, on the same files right after each push; the rest
/// is ours.
enum PushToVerified {
    private static let pushes = 15

    static func run() async throws {
        try await Ground.with(rules: ["base.yml": Ground.rules("base", count: 5)]) { ground in
            try await ground.startPrometheus()
            try await measure(ground)
        }
    }

    /// The parts, in the order in which they happen, and the actions that belong to each.
    private static let parts: [(name: String, actions: Set<String>)] = [
        ("validate", ["validate"]), ("write", ["stage", "publish"]), ("reload", ["reload"]), ("verify", ["probe"]),
    ]

    @HostActor
    private static func measure(_ ground: Ground) async throws {
        let log = StepLog()
        let subject = try Subject(configFile: ground.configFile, storage: ground.storage, log: log.logger)
        defer { subject.close() }
        try await subject.poll()
        try await subject.settle()
        try subject.expectVerified()

        var values: [String: [Double]] = [:]
        for number in 1...pushes {
            try await ground.push("base.yml", Ground.rules("base", count: 5, salt: number))
            _ = log.take()
            let start = Cost.now
            try await subject.poll()
            let fetched = Cost.now
            try await subject.settle()
            let end = Cost.now
            try subject.expectVerified()
            let others = try others(ground)
            let split = try split(log.take(), from: fetched.wall, to: end.wall)
            // The verdict is noted before what is no longer needed is removed.
            let total = end.wall - start.wall - split["after", default: 0]
            let cpu = end.own + end.children - start.own - start.children
            values["total", default: []].append(total)
            values["fetch", default: []].append(fetched.wall - start.wall)
            for (name, time) in split { values[name, default: []].append(time) }
            values["promtool", default: []].append(others.promtool.wall)
            values["prometheus", default: []].append(others.reload)
            values["ours", default: []].append(total - others.promtool.wall - others.reload)
            values["ours_cpu", default: []].append(cpu - others.promtool.cpu)
        }
        for (name, aim) in Self.report {
            try Figure("push_to_verified_\(name)", values[name] ?? [], .milliseconds, aim: aim).report()
        }
    }

    /// What is printed, in this order.
    private static let report: [(String, String?)] =
        [("total", nil), ("fetch", nil)] + parts.map { ($0.name, $0.name == "verify" ? "under 1000" : nil) } + [
            ("decide", nil), ("after", nil), ("promtool", nil), ("prometheus", nil), ("ours", "under 150"),
            ("ours_cpu", nil),
        ]

    /// What the same check and the same reload take without us.
    private static func others(_ ground: Ground) throws -> (promtool: Spawned, reload: Double) {
        let promtool = try Programs.prometheus("promtool", version: .installed)
        let check = try Spawned.run([promtool, "check", "config", ground.live + "/prometheus.yml"])
        let start = Cost.now.wall
        let answer = try LoopbackHTTP.request("POST", port: ground.prometheus.port, path: "/-/reload")
        guard answer.status == 200 else { throw TestFailure("a reload was refused: \(answer.body)") }
        return (check, Cost.now.wall - start)
    }

    /// Milliseconds of each part; each step lasts until the next one begins, notes in the journal included. What follows
    /// the verdict is `after`.
    private static func split(_ steps: [StepLog.Step], from start: Double, to end: Double) throws -> [String: Double] {
        guard steps.contains(where: { $0.action == "reload" }), let first = steps.first,
            let verdict = steps.firstIndex(where: { $0.action == "settle" })
        else { throw TestFailure("a push was not deployed: \(steps.map(\.action))") }
        var split = ["decide": first.at - start, "after": end - steps[verdict].at]
        for (step, next) in zip(steps[..<verdict], steps[1...]) {
            let part = parts.first { $0.actions.contains(step.action) }?.name ?? "decide"
            split[part, default: 0] += next.at - step.at
        }
        return split
    }
}
