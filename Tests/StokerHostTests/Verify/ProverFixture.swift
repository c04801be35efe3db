import Foundation
import HTTP
import StokerCore
import TestSupport
import YAML

@testable import StokerHost

/// Testing has an `Expectation` too.
typealias Expectation = StokerCore.Expectation

/// A real Prometheus with its folder, and a prover that asks it.
struct ProverFixture {
    let directory: TemporaryDirectory
    let process: PrometheusProcess
    let http = HTTPClient(userAgent: "stoker-tests")
    var live: String { directory("live") }
    var main: String { directory("live/prometheus.yml") }

    /// Starts a Prometheus on a free port that serves `config`.
    static func start(
        version: Programs.PrometheusVersion = .installed, config: String = "{}\n", files: [String: String] = [:],
        lifecycle: Bool = true, flags: [String] = [], prefix: String = ""
    ) async throws -> ProverFixture {
        let directory = try TemporaryDirectory(prefix: "stoker-verify")
        var options = PrometheusProcess.Options(version: version)
        options.lifecycle = lifecycle
        // Scrape pools follow at once and not after five seconds; a dead remote_write goes at once and not after a minute.
        options.flags =
            ["--scrape.discovery-reload-interval=100ms", "--storage.remote.flush-deadline=500ms"] + flags
        try Files.write(config, to: directory("live/prometheus.yml"))
        for (path, text) in files { try Files.write(text, to: directory("live/\(path)")) }
        let process = try PrometheusProcess(
            configFile: directory("live/prometheus.yml"), directory: directory("run"), options: options)
        let fixture = ProverFixture(directory: directory, process: process)
        do {
            try process.launch()
            try await eventually("Prometheus being ready") {
                try LoopbackHTTP.request(port: process.port, path: prefix + "/-/ready").status == 200
            }
        } catch {
            fixture.end()
            throw error
        }
        return fixture
    }

    /// Stops what was started and removes the folder.
    func end() {
        process.stop()
        http.close()
        directory.remove()
    }

    func client(url: String? = nil, access: HTTPAccess = HTTPAccess(), timeout: Duration = .seconds(30))
        -> PrometheusClient
    {
        PrometheusClient(url: url ?? process.url, access: access, http: http, timeout: timeout)
    }

    func prover() -> Prover { Prover(client: client(), now: Self.now) }

    static func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    static func node(_ text: String) throws -> Node { try YAML.parse(Array(text.utf8)) }

    /// Drives a window with real probes until its verdict, at most `limit`.
    func verdict(
        _ expectation: Expectation, evidence: Evidence?, configuration: VerifyConfiguration? = nil,
        settle: Duration = .zero, limit: Duration = .seconds(240)
    ) async throws -> VerifyWindow.Verdict {
        let prover = prover()
        let start = Self.now()
        var window = VerifyWindow(
            .init(
                configuration, settle: settle, readyTimeout: .seconds(5), reloadTimeout: .seconds(5),
                evidence: evidence),
            reloadedAt: start)
        while true {
            let due = window.dueChecks(at: Self.now())
            let comparing = window.wantsComparison(at: Self.now()) ? configuration?.compare : nil
            let probe = await prover.probe(
                expectation, evidence: evidence, checks: configuration?.checks ?? [], due: due, comparing: comparing)
            let verdict = window.take(probe)
            switch verdict {
            case .passed, .failed, .unproven: return verdict
            case .watching(let next, _), .waitingForTarget(let next, _):
                if Self.now() - start > limit { throw TestFailure("no verdict within \(limit): \(verdict)") }
                try await Task.sleep(for: max(.zero, next - Self.now()))
            }
        }
    }
}

extension VerifyWindow.Verdict {
    /// The failure, where it is one.
    var failure: Failure? {
        switch self {
        case .failed(let failure), .unproven(let failure), .waitingForTarget(_, let failure): failure
        case .watching, .passed: nil
        }
    }

    var hasPassed: Bool { if case .passed = self { true } else { false } }
    var warnings: [String] { if case .passed(let warnings) = self { warnings } else { [] } }
}
