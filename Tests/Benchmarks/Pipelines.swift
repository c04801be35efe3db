import Foundation
import Logging
import StokerCore
import StokerHost
import TestSupport

/// What environments with gates cost while there is nothing to do: one turn of each, as in a minute with the usual
/// `poll_interval`. Disks and processes are not asked; all else is as in the daemon. They have a past: a full ledger of
/// contents, releases to go back to, and rejections.
enum Pipelines {
    static func run() async throws {
        let directory = try TemporaryDirectory(prefix: "stoker-bench")
        defer { directory.remove() }
        let ground = try await PipelineGround(directory)
        try await measure(ground)
    }

    @HostActor
    private static func measure(_ ground: PipelineGround) async throws {
        let before = try Residence(of: getpid())
        let log = Logger(label: "benchmarks") { _ in SwiftLogNoOpLogHandler() }
        let text = ground.file
        let configuration = try ConfigFile.read(Array(text.utf8), name: "stoker.yml").configuration
        let journal = try Journal(storage: ground.storage)
        let http = HTTPAccessor(userAgent: "stoker-benchmarks")
        defer {
            journal.close()
            http.close()
        }
        let feed = SourceFeed(configuration, storage: ground.storage)
        try await poll(feed)
        try ground.writePasts(configuration, feed, journal)
        let board = StandingBoard(journal: journal)
        let disk = RealDisk(roots: [ground.storage])
        var hosts: [EnvironmentHost] = []
        for environment in configuration.environments {
            let host = try EnvironmentHost(
                environment, source: configuration.source, journal: journal, disk: disk, feed: feed, http: http,
                storage: ground.storage, log: log, board: board, zones: configuration.zones)
            host.looksAtTargets = false
            hosts.append(host)
        }
        var told: [EnvironmentName: UpstreamStanding] = [:]
        // The first turns remember what the others find remembered.
        for _ in 0..<2 { try await turn(hosts, &told) }
        try expectRest(hosts)
        // As the daemon does after its start.
        Heap.giveBack()
        var turns: [Cost] = []
        var polls: [Cost] = []
        for _ in 0..<count {
            polls.append(try await Cost.of { try await poll(feed, lookingFirst: true) }.cost)
            let before = Cost.now
            try await turn(hosts, &told)
            let after = Cost.now
            turns.append(
                Cost(
                    wall: after.wall - before.wall, own: after.own - before.own,
                    children: after.children - before.children))
        }
        try report(turns, polls, before, try Residence(of: getpid()))
    }

    private static func report(_ turns: [Cost], _ polls: [Cost], _ before: Residence, _ after: Residence) throws {
        try Figure("pipeline_environments", [Double(PipelineGround.environments)], .count).report()
        try Figure("pipeline_turns_cpu", turns.map(\.cpu), .milliseconds, aim: "under 50").report()
        try Figure("pipeline_turns_wall", turns.map(\.wall), .milliseconds).report()
        try Figure("pipeline_poll_cpu", polls.map(\.cpu), .milliseconds).report()
        try Figure("pipeline_memory", [after.resident], .megabytes, aim: "under 60").report()
        try Figure("pipeline_memory_growth", [after.resident - before.resident], .megabytes).report()
        try Figure("pipeline_memory_anonymous", [after.anonymous], .megabytes).report()
        try Figure("pipeline_memory_anonymous_growth", [after.anonymous - before.anonymous], .megabytes).report()
    }

    private static let count = ProcessEnvironment.current["STOKER_BENCH_TURNS"].flatMap { Int($0) } ?? 30

    @HostActor
    private static func poll(_ feed: SourceFeed, lookingFirst: Bool = false) async throws {
        if let failure = await feed.poll(lookingFirst: lookingFirst) {
            throw TestFailure("the source could not be fetched: \(failure.message)")
        }
    }

    /// One turn of each; afterwards the daemon compares what the neighbours were told.
    @HostActor
    private static func turn(_ hosts: [EnvironmentHost], _ told: inout [EnvironmentName: UpstreamStanding]) async throws
    {
        for host in hosts {
            let name = host.configuration.name
            let rest = await host.turn(.poll)
            guard rest.why == .idle, rest.until == nil else {
                throw TestFailure("\(name) found something to do: \(rest), \(host.status.message)")
            }
            let standing = host.standing(at: Clock.instant())?.lasting
            if told[name] != standing { told[name] = standing }
        }
    }

    /// What was measured is what was meant: all of them stand in the pipeline, verified and synced.
    @HostActor
    private static func expectRest(_ hosts: [EnvironmentHost]) throws {
        for host in hosts {
            let status = host.status
            guard status.sync == .synced, host.attemptsFinished == 0, !status.failing else {
                throw TestFailure("\(host.configuration.name) is \(status.sync.rawValue): \(status.message)")
            }
        }
    }
}
