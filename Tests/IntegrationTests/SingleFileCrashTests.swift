import Foundation
import TestSupport
import Testing

/// `single_file` cannot be atomic for a reader. These tests show what a crash in the middle leaves, what a Prometheus that
/// starts then makes of it, and that the repair needs neither git nor Prometheus.
@Suite("A crash in the rewriting of a single file")
struct SingleFileCrashTests {
    /// What is deployed before and after, and where the program dies.
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let old: @Sendable (UInt16) -> String
        let new: @Sendable (UInt16) -> String
        /// The call on the live file at which it dies, and which one.
        let call: String
        let ordinal: Int
        /// Bytes of the new file that are there then; nil: all of them.
        let written: Int?
        /// The jobs of the Prometheus that starts in between; nil: it does not start.
        let jobs: [String]?

        var testDescription: String { name }
    }

    private static func job(_ name: String, _ port: UInt16) -> String { Sample.job(name, port: port) }

    static let cases = [
        // The old file is longer, and its rest begins in the middle of a line.
        Case(
            name: "no YAML any more: Prometheus does not start",
            old: { Sample.main(port: $0, jobs: [job("third-with-a-long-name", $0), job("fourth", $0)], rules: []) },
            new: { Sample.main(port: $0, jobs: [job("second", $0)], rules: []) },
            call: "ftruncate", ordinal: 1, written: nil, jobs: nil),
        // The same, where the rest happens to begin with a line: it means something.
        Case(
            name: "another configuration, which nobody wrote: Prometheus serves it",
            old: { Sample.main(port: $0, jobs: [job("first", $0), job("third", $0)], rules: []) },
            new: { Sample.main(port: $0, jobs: [job("other", $0)], rules: []) },
            call: "ftruncate", ordinal: 1, written: nil, jobs: ["other", "self", "third"]),
        // More than is written at once.
        Case(
            name: "the first mebibyte new, the rest old",
            old: { Sample.main(port: $0, jobs: padding("old", $0), rules: []) },
            new: { Sample.main(port: $0, jobs: padding("new", $0), rules: []) },
            call: "write", ordinal: 2, written: 1 << 20, jobs: ["new-1", "old-2", "self"]),
    ]

    /// Two jobs with most of a mebibyte of comment lines before the first, and more than one before the second.
    private static func padding(_ word: String, _ port: UInt16) -> [String] {
        let line = "  # " + String(repeating: word == "old" ? "o" : "n", count: 59)
        func lines(_ count: Int) -> String { "#\n" + Array(repeating: line, count: count).joined(separator: "\n") }
        return [job("\(word)-1", port) + "  " + lines(17_000), job("\(word)-2", port)]
    }

    private static func setup(_ test: Case) -> World.Setup {
        .with { setup in
            setup.files = { ["prometheus.yml": test.old($0)] }
            setup.deployTo = { "\($0)/etc/prometheus.yml" }
        }
    }

    /// Pushes the new file and lets the program die in the middle of writing it.
    /// - Returns: the new text.
    private func crash(_ world: World, _ test: Case) async throws -> String {
        let live = "\(world.etc)/prometheus.yml"
        let old = test.old(world.prometheus.port)
        let new = test.new(world.prometheus.port)
        try await world.push(["prometheus.yml": new])
        let dying = try world.stoker.variant(
            prefix: [
                "strace", "-f", "-qq", "-o", world.directory("strace.log"), "-P", live, "-e", "trace=\(test.call)",
                "-e", "inject=\(test.call):signal=SIGKILL:when=\(test.ordinal)",
            ])
        let result = try await dying.run("run", "--once")
        try #require(result.code == 128 + SIGKILL, "\(result)")
        let found = try #require(Files.read(live))
        let written = test.written ?? new.utf8.count
        let expected = String(
            decoding: Array(new.utf8).prefix(written) + Array(old.utf8).dropFirst(written), as: UTF8.self)
        try #require(found == expected, "\(found.utf8.count) bytes")
        try #require(found != old)
        try #require(found != new)
        return new
    }

    /// What a Prometheus that starts now makes of the file.
    private func restart(_ world: World, expecting jobs: [String]?) async throws {
        world.prometheus.stop()
        guard let jobs else {
            let before = Files.read(world.prometheus.logPath) ?? ""
            try world.prometheus.launch()
            try await eventually("the end of Prometheus", within: .seconds(30)) { !world.prometheus.isRunning }
            let said = (Files.read(world.prometheus.logPath) ?? "").dropFirst(before.count)
            try #require(said.contains("rror loading config"), "\(said)")
            return
        }
        try await world.prometheus.start()
        try await requireJobs(world, jobs)
        try #require(try world.prometheus.metric("prometheus_config_last_reload_successful") == "1")
        world.prometheus.stop()
    }

    /// Scrape pools follow the start by seconds.
    private func requireJobs(_ world: World, _ jobs: [String]) async throws {
        try await eventually("the jobs \(jobs)", within: .seconds(20)) {
            let found = try world.prometheus.jobs()
            guard found == jobs else { throw TestFailure("the jobs are \(found)") }
            return true
        }
    }

    @Test("what is left, what Prometheus makes of it, and the repair before it starts", arguments: versions, cases)
    func repaired(_ version: Programs.PrometheusVersion, _ test: Case) async throws {
        try await World.run(version, Self.setup(test)) { world in
            let live = "\(world.etc)/prometheus.yml"
            let inode = try Files.identity(live).inode
            let new = try await crash(world, test)
            try await restart(world, expecting: test.jobs)

            // No git, no Prometheus: as at boot.
            try FileManager.default.moveItem(atPath: world.repository.bare, toPath: world.repository.bare + ".away")
            let clock = ContinuousClock.now
            let recovered = try await world.stoker.run("recover")
            try #require(recovered.code == 0, "\(recovered)")
            try #require(ContinuousClock.now - clock < .seconds(10))
            try #require(
                recovered.output.contains("production/prometheus: the deploy in the journal is complete on disk"))
            try #require(Files.read(live) == new)
            try #require(try Files.identity(live).inode == inode)
            try await world.prometheus.start()
            try await requireJobs(world, Self.jobs(of: new))
            let again = try await world.stoker.run("recover")
            try #require(again.code == 0, "\(again)")
            try #require(Files.read(live) == new)

            try FileManager.default.moveItem(atPath: world.repository.bare + ".away", toPath: world.repository.bare)
            let turn = try await world.once()
            try #require(turn.code == 0, "\(turn)")
            try #require(turn.outcome == "verified", "\(turn)")
            try #require(Files.read(live) == new)
        }
    }

    @Test("the start of a run repairs it, too, and goes on to the proof from the journal alone", arguments: versions)
    func repairedByStart(_ version: Programs.PrometheusVersion) async throws {
        let test = Self.cases[0]
        try await World.run(version, Self.setup(test)) { world in
            let new = try await crash(world, test)
            try FileManager.default.moveItem(atPath: world.repository.bare, toPath: world.repository.bare + ".away")
            let turn = try await world.once()
            // The source is unreachable, which is the pass's own failure.
            try #require(turn.code == 1, "\(turn)")
            try #require(Files.read("\(world.etc)/prometheus.yml") == new)
            try #require(turn.attempt["outcome"].string == "verified", "\(turn)")
            try await requireJobs(world, Self.jobs(of: new))
        }
    }

    private static func jobs(of text: String) -> [String] {
        text.split(separator: "\n").compactMap { line in
            line.range(of: "job_name: ").map { String(line[$0.upperBound...].prefix { $0 != "," }) }
        }.sorted()
    }
}
