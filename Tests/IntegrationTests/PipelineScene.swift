import Foundation
import TestSupport
import Testing

/// Staging, canary and production: a Prometheus each, and a Stoker each that reads the one stoker.yml and asks the others
/// through their `remote`.
final class PipelineScene: Sendable {
    /// In the order of the pipeline.
    static let names = ["staging", "canary", "production"]

    let directory: TemporaryDirectory
    let repository: GitRepository
    let prometheus: [String: PrometheusProcess]
    let stokers: [String: StokerProcess]
    private let addresses: [String: String]
    private let deferred: Deferred

    /// Makes everything, starts the processes and lets each Stoker adopt what is there; runs `body`, and takes it down.
    /// - Parameter lines: further lines of each environment, as `key: value`.
    static func run(lines: [String: [String]], _ body: (PipelineScene) async throws -> Void) async throws {
        await Slots.shared.acquire()
        let deferred = Deferred()
        var failure: (any Error)?
        do {
            let scene = try await PipelineScene(lines, deferred)
            do {
                try await scene.begin()
                try await body(scene)
            } catch {
                for name in names {
                    print("==== \(name): its daemon's log\n\(scene.stokers[name]?.log.suffix(4000) ?? "")")
                }
                failure = error
            }
        } catch {
            failure = error
        }
        deferred.runAll()
        await Slots.shared.release()
        if let failure { throw failure }
    }

    private init(_ lines: [String: [String]], _ deferred: Deferred) async throws {
        self.deferred = deferred
        let directory = try TemporaryDirectory(prefix: "stoker-pipeline")
        deferred.add { directory.remove() }
        self.directory = directory
        repository = try await GitRepository(in: directory.path)
        var prometheus: [String: PrometheusProcess] = [:]
        var addresses: [String: String] = [:]
        var environments: [StokerFile.Environment] = []
        let promtool = try Programs.prometheus("promtool", version: .installed)
        for name in Self.names {
            let port = try FreePort.next()
            let address = "127.0.0.1:\(try FreePort.next())"
            let etc = directory("etc-\(name)")
            for (path, text) in Sample.files(port: port) { try Files.write(text, to: "\(etc)/\(path)") }
            let process = try PrometheusProcess(
                configFile: "\(etc)/prometheus.yml", directory: directory("prometheus-\(name)"), port: port,
                options: .init(version: .installed))
            deferred.add { process.stop() }
            prometheus[name] = process
            addresses[name] = address
            environments.append(
                StokerFile.Environment(
                    name: name, extra: ["remote: { url: \"http://\(address)\" }"] + (lines[name] ?? []),
                    targets: [.init(deployTo: etc, url: process.url, promtool: promtool)]))
        }
        self.prometheus = prometheus
        self.addresses = addresses
        let file = StokerFile(sourceURL: repository.bare, environments: environments)
        try Files.write(file.text, to: directory("stoker.yml"))
        var stokers: [String: StokerProcess] = [:]
        for name in Self.names {
            let stoker = try StokerProcess(
                configFile: directory("stoker.yml"), storage: directory("data-\(name)"),
                logPath: directory("\(name).log"))
            deferred.add { stoker.stop() }
            stokers[name] = stoker
        }
        self.stokers = stokers
    }

    private func begin() async throws {
        var files: [String: String?] = ["README.md": "monitoring\n"]
        for name in Self.names {
            for (path, text) in Sample.files(port: try process(name).port) { files["\(name)/\(path)"] = text }
            try await process(name).start()
        }
        let commit = try await repository.push(files)
        for name in Self.names { try start(name) }
        for name in Self.names { try await wait(name, "adopted") { $0.runs(commit) && $0.isVerified } }
    }

    func process(_ name: String) throws -> PrometheusProcess {
        try prometheus[name] ?? { throw TestFailure("no Prometheus \(name)") }()
    }

    func stoker(_ name: String) throws -> StokerProcess {
        try stokers[name] ?? { throw TestFailure("no Stoker \(name)") }()
    }

    /// Starts a Stoker for its one environment of the common file.
    func start(_ name: String) throws {
        try stoker(name).start(
            "--environment", name, "--web.listen-address", addresses[name] ?? "127.0.0.1:0")
    }

    /// Pushes a rule file to all three.
    func push(_ path: String, _ text: String?) async throws -> String {
        try await repository.push(
            Dictionary(uniqueKeysWithValues: Self.names.map { ("\($0)/\(path)", text) }), message: path)
    }

    /// Waits until the status of an environment is as it should be.
    @discardableResult
    func wait(_ name: String, _ what: String, _ condition: (PipelineStatus) -> Bool) async throws -> PipelineStatus {
        PipelineStatus(
            try await stoker(name).wait(for: "\(name): \(what)", in: name) { condition(PipelineStatus($0)) })
    }

    /// The names of the rules that a process serves.
    func rules(_ name: String) throws -> [String] { try process(name).ruleNames() }
}

/// What `status -o json` says of one environment.
struct PipelineStatus {
    let json: JSON

    init(_ json: JSON) { self.json = json }

    var isVerified: Bool { json["outcome"].string == "verified" && json["sync"].string == "synced" }
    var message: String { json["message"].string ?? "" }

    func runs(_ commit: String) -> Bool { (json["running_revision"].string ?? "").hasSuffix(commit) }

    func isHeld(_ reason: String) -> Bool { json["reason"].string == reason }
}
