import Foundation
import TestSupport

/// What a benchmark stands on: a directory, a repository, a Prometheus that serves its files, and a stoker.yml.
struct Ground {
    let directory: TemporaryDirectory
    let repository: GitRepository
    let prometheus: PrometheusProcess
    let configFile: String
    /// The folder that the process reads.
    var live: String { directory("live") }
    var storage: String { directory("data") }

    /// Makes it, runs `body` on it, and takes it down again.
    ///
    /// - Parameters:
    ///   - rules: rule files by their name below `rules/`.
    ///   - interval: `poll_interval`.
    ///   - evaluation: `evaluation_interval`; long, so that evaluation does not disturb.
    ///   - verify: the environment's `verify`, for the folder that the process reads.
    static func with(
        rules: [String: String], interval: String = "1m", evaluation: String = "5m",
        verify: (String) -> String? = { _ in nil }, _ body: @Sendable (Ground) async throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory(prefix: "stoker-bench")
        let deferred = Deferred()
        deferred.add { directory.remove() }
        do {
            let ground = try await Ground(
                directory, rules, interval, evaluation, verify(directory("live")), deferred)
            try await body(ground)
        } catch {
            deferred.runAll()
            throw error
        }
        deferred.runAll()
    }

    private init(
        _ directory: TemporaryDirectory, _ rules: [String: String], _ interval: String, _ evaluation: String,
        _ verify: String?, _ deferred: Deferred
    ) async throws {
        self.directory = directory
        configFile = directory("stoker.yml")
        let port = try FreePort.next()
        var files = ["prometheus.yml": Self.main(port, evaluation)]
        for (name, text) in rules { files["rules/\(name)"] = text }
        repository = try await GitRepository(in: directory.path)
        try await repository.push(
            Dictionary(uniqueKeysWithValues: files.map { ("production/\($0.key)", $0.value) }), message: "first")
        for (path, text) in files { try Files.write(text, to: directory("live/\(path)")) }
        let prometheus = try PrometheusProcess(
            configFile: directory("live/prometheus.yml"), directory: directory("prometheus"), port: port,
            options: .init(version: .installed))
        self.prometheus = prometheus
        deferred.add { prometheus.stop() }
        var file = StokerFile(
            sourceURL: repository.bare,
            environments: [
                .init(targets: [
                    .init(
                        deployTo: directory("live"), url: prometheus.url,
                        promtool: try Programs.prometheus("promtool", version: .installed))
                ])
            ])
        file.pollInterval = interval
        file.environments[0].verify = verify
        try Files.write(file.text, to: configFile)
    }

    /// Lets stoker fetch over http, where it would read the folder.
    func fetch(from server: GitHTTPServer) throws {
        let text = Files.read(configFile) ?? ""
        try Files.write(
            text.replacingOccurrences(of: repository.bare, with: server.url("monitoring.git")), to: configFile)
    }

    /// Starts the process and waits until it has its scrape pool, which follows some seconds after it is ready.
    func startPrometheus() async throws {
        try await prometheus.start(readyWithin: .seconds(300))
        try await eventually("the scrape pool") { try prometheus.jobs() == ["self"] }
    }

    /// Pushes one rule file.
    func push(_ name: String, _ text: String) async throws {
        try await repository.push(["production/rules/\(name)": text])
    }

    private static func main(_ port: UInt16, _ evaluation: String) -> String {
        """
        global:
          scrape_interval: 1m
          evaluation_interval: \(evaluation)
        rule_files:
          - rules/*.yml
        scrape_configs:
          - job_name: self
            static_configs:
              - targets: ["127.0.0.1:\(port)"]

        """
    }

    /// A rule file of one group; `salt` makes its expressions differ from those of another.
    static func rules(_ group: String, count: Int, salt: Int = 0) -> String {
        var text = "groups:\n  - name: \(group)\n    rules:\n"
        for number in 0..<count {
            text += "      - alert: \(group)_\(number)\n        expr: up{job=\"node-\(number)\"} == \(salt)\n"
            text += "        for: 5m\n        labels: { severity: page }\n"
            text += "        annotations: { summary: \"{{ $labels.instance }} is down\" }\n"
        }
        return text
    }
}
