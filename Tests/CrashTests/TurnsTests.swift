import Foundation
import TestSupport
import Testing

/// Many turns of one daemon: nothing grows.
@Suite("Many turns")
struct TurnsTests {
    @Test(
        "pushes that are verified, rejected and rolled back, and turns between them: descriptors, memory and disk flat")
    func flat() async throws {
        try await CrashWorld.run(.inPlace, promtool: true) { world in
            let pushes = try await Pushes(world, count: max(400, (Soak.turns ?? 0) / 2))
            try world.stoker.start()
            // The status is that of the journal: it says verified before the daemon listens.
            try await world.stoker.wait(forLogLine: "stoker started")
            try await world.stoker.wait(outcome: "verified", revision: try world.commits.commit("adopted"))
            let start = ContinuousClock.now
            var done: [String: Int] = [:]
            var samples: [Usage] = []
            let before = try world.looks()
            var index = 0
            while index < pushes.commits.count {
                let turns = try world.looks() - before
                if let wanted = Soak.turns {
                    if turns >= wanted { break }
                } else if (ContinuousClock.now - start).components.seconds >= Soak.turnSeconds, samples.count >= 6 {
                    break
                }
                let outcome = try await world.turn(pushes, index)
                done[outcome, default: 0] += 1
                index += 1
                if index % 3 == 0 { samples.append(try world.usage()) }
            }
            let turns = try world.looks() - before
            let counts = done.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
            print(
                "turns: \(turns) turns of the real binary, \(index) pushes (\(counts)), "
                    + "\((ContinuousClock.now - start).components.seconds) s; \(Usage.words(samples))")
            try #require(done.count == 3, "not every outcome came: \(done)")
            try #require(samples.count >= 6, "too few samples: \(samples)")
            try Usage.requireFlat(samples)
            try #require(try await world.stoker.terminate() == .code(0))
        }
    }
}

extension CrashWorld {
    /// How often the process was asked whether it is ready: once in each turn.
    func looks() throws -> Int {
        let name = "prometheus_http_requests_total{code=\"200\",handler=\"/-/ready\"}"
        return try prometheus.metric(name).flatMap { Double($0) }.map { Int($0) } ?? 0
    }

    /// One push, its outcome, and two turns in which nothing changed.
    func turn(_ pushes: Pushes, _ index: Int) async throws -> String {
        let commit = pushes.commits[index]
        let outcome = Pushes.outcome(index)
        // As `git push` does in the end: one reference has another value.
        try Files.write(commit + "\n", to: "\(repository.bare)/refs/heads/main")
        try wake()
        try await eventually("\(outcome) of push \(index), \(commit)", within: .seconds(30), every: .milliseconds(10)) {
            stoker.log.split(separator: "\n").suffix(12).contains {
                $0.contains("desired=main@sha1:\(commit)") && $0.contains("outcome=\(outcome)")
            }
        }
        for _ in 0..<2 {
            let before = try looks()
            try wake()
            try await eventually("another turn", within: .seconds(10), every: .milliseconds(10)) {
                try looks() > before
            }
        }
        return outcome
    }

    private func wake() throws {
        let pipe = open("\(storage)/wake", O_WRONLY | O_NONBLOCK)
        guard pipe >= 0 else {
            throw TestFailure(
                "nobody listens at the wake pipe (\(String(cString: strerror(errno)))): \(stoker.log.suffix(2_000))")
        }
        _ = write(pipe, "1", 1)
        close(pipe)
    }

    /// What the daemon holds now.
    func usage() throws -> Usage {
        guard let pid = stoker.pid else { throw TestFailure("the daemon does not run") }
        let status = Files.read("/proc/\(pid)/status") ?? ""
        let resident =
            status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }?
            .split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0
        let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
        var usage = Usage(descriptors: descriptors, residentKiB: resident)
        guard let walk = FileManager.default.enumerator(atPath: storage) else { return usage }
        for case let name as String in walk {
            let size = try? FileManager.default.attributesOfItem(atPath: "\(storage)/\(name)")[.size] as? Int
            // A file that is gone between the two looks counts for nothing.
            guard let size else { continue }
            usage.files += 1
            usage.kibibytes += size / 1024
        }
        return usage
    }
}
