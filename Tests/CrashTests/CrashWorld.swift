import Foundation
import StokerSimulation
import TestSupport

/// One Prometheus that runs through all crashes, and one folder with repository, storage and deployed tree that is put
/// back as it was before each of them.
final class CrashWorld: Sendable {
    let scene: Scene
    let directory: TemporaryDirectory
    let deferred: Deferred
    let prometheus: PrometheusProcess
    let stoker: StokerProcess
    let repository: GitRepository
    let stokerFile: StokerFile
    /// What is served, by the name of the content: what the process itself answered when it served it.
    let prints = Prints()
    /// Commits by the name of their content.
    let commits = Names()

    /// The folder that a crash may change.
    var root: String { directory("world") }
    /// The folder of the process.
    var etc: String { "\(root)/etc" }
    /// `deploy_to`.
    var deployTo: String { Self.deployTo(scene.layout, etc) }
    var storage: String { stoker.storage }

    private static func deployTo(_ layout: Scene.Layout, _ etc: String) -> String {
        switch layout {
        case .inPlace: etc
        case .linked: "\(etc)/live"
        case .singleFile: "\(etc)/prometheus.yml"
        }
    }

    /// Makes a world with adopted content, runs `body` in it and takes it down.
    /// - Parameter promtool: whether it validates; under strace it costs more than all the rest of a deployment.
    static func run(
        _ layout: Scene.Layout, verify: String? = nil, promtool: Bool = Soak.everyCall,
        before: (@Sendable (String, Deferred) async throws -> Void)? = nil,
        _ body: (CrashWorld) async throws -> Void
    ) async throws {
        await Slots.shared.acquire()
        let deferred = Deferred()
        var failure: (any Error)?
        do {
            let world = try await CrashWorld(layout, verify: verify, promtool: promtool, before: before, deferred)
            do {
                try await world.adopt()
                try await body(world)
            } catch {
                print("==== \(layout.rawValue): \(error)\n---- Prometheus' log\n\(world.prometheus.tail(5))")
                failure = error
            }
        } catch {
            failure = error
        }
        deferred.runAll()
        await Slots.shared.release()
        if let failure { throw failure }
    }

    private init(
        _ layout: Scene.Layout, verify: String?, promtool: Bool,
        before: (@Sendable (String, Deferred) async throws -> Void)?,
        _ deferred: Deferred
    ) async throws {
        self.deferred = deferred
        let directory = try TemporaryDirectory(prefix: "stoker-crash")
        deferred.add { directory.remove() }
        self.directory = directory
        let port = try FreePort.next()
        scene = Scene(layout: layout, port: port)
        let root = directory("world")
        let etc = "\(root)/etc"
        try Files.makeDirectory(etc)
        try Files.makeDirectory("\(root)/data")
        try await before?(root, deferred)
        repository = try await GitRepository(in: root)
        for (path, text) in scene.neighbours { try Files.write(text, to: "\(etc)/\(path)") }
        if layout == .linked { try Files.write(scene.besideText, to: "\(etc)/beside.yml") }
        if layout != .linked {
            for (path, text) in scene.adopted { try Files.write(text, to: "\(etc)/\(path)") }
        }
        let deployTo = Self.deployTo(layout, etc)
        let prometheus = try PrometheusProcess(
            configFile: layout == .singleFile ? deployTo : "\(deployTo)/prometheus.yml",
            directory: directory("prometheus"), port: port, options: .init(version: .installed))
        self.prometheus = prometheus
        deferred.add { prometheus.stop() }
        stokerFile = StokerFile(
            sourceURL: repository.bare,
            environments: [
                .init(
                    verify: verify,
                    targets: [
                        .init(
                            deployTo: deployTo, url: prometheus.url,
                            promtool: try Programs.prometheus("promtool", version: .installed),
                            extra: scene.targetLines + (promtool ? [] : ["validate: { command: [\"true\"] }"]))
                    ])
            ])
        try Files.write(stokerFile.text, to: directory("stoker.yml"))
        let stoker = try StokerProcess(
            configFile: directory("stoker.yml"), storage: "\(root)/data", logPath: directory("stoker.log"))
        self.stoker = stoker
        deferred.add { stoker.stop() }
    }

    /// The first turn: what is there is recorded as verified. `linked` has nothing to adopt, and deploys.
    private func adopt() async throws {
        try await push(scene.adopted, as: "adopted")
        if scene.layout == .linked {
            try stoker.start()
            let main = prometheus.configFile
            try await eventually("the first release") { Files.exists(main) }
            try await prometheus.start()
            try await stoker.wait(outcome: "verified", revision: try commits.commit("adopted"))
            _ = try await stoker.terminate()
        } else {
            try await prometheus.start()
            let result = try await stoker.run("run", "--once")
            guard result.code == 0 else { throw TestFailure("the first turn did not adopt what is there: \(result)") }
        }
        prints.set("adopted", try takePrint())
    }

    /// Commits a whole content, pushes it and gives it a name.
    func push(_ files: [String: String], as name: String) async throws {
        var change: [String: String?] = [:]
        let old = Files.tree("\(repository.work)/production")
        for path in old.keys where files[path] == nil { change["production/\(path)"] = .some(nil) }
        for (path, text) in files { change["production/\(path)"] = text }
        commits.set(name, try await repository.push(change, message: name))
    }

    // MARK: snapshots

    /// The parts of the world that a crash may change.
    private static let parts = ["etc", "data", "monitoring.git"]

    /// Remembers the world as it is. Only at rest: files get new inodes when they are put back.
    func save(_ name: String) async throws {
        let place = directory("snapshots/\(name)")
        let names = Self.parts.joined(separator: " ")
        try await shell("rm -rf \(place) && mkdir -p \(place) && cd \(root) && cp -a \(names) \(place)/")
    }

    /// Puts the world back, and has the process serve it.
    func restore(_ name: String) async throws {
        let names = (Self.parts + ["away.git"]).joined(separator: " ")
        try await shell("cd \(root) && rm -rf \(names) && cp -a \(directory("snapshots/\(name)"))/. .")
        if !prometheus.isRunning { try await startPrometheus() }
        let reload = try LoopbackHTTP.request("POST", port: prometheus.port, path: "/-/reload")
        guard reload.status == 200, served() == "adopted" else {
            throw TestFailure("the process does not serve the content that was put back: \(reload)")
        }
    }

    /// Starts the process as the host's own supervisor would.
    /// - Returns: whether it runs; a configuration that its reload refused may also keep it from starting.
    func boot() async throws -> Bool {
        try prometheus.launch()
        let isReady = try await eventually("the process starting or giving up", within: .seconds(30)) {
            if !prometheus.isRunning { return Bool?.some(false) }
            do { return try prometheus.get("/-/ready").status == 200 ? true : nil } catch { return nil }
        }
        if isReady {
            try await eventually("scrape pools", within: .seconds(30)) { try !prometheus.jobs().isEmpty }
        }
        return isReady
    }

    /// Starts the process and waits for its scrape pools, which follow its start by seconds.
    func startPrometheus() async throws {
        try await prometheus.start()
        try await eventually("scrape pools", within: .seconds(30)) { try !prometheus.jobs().isEmpty }
    }

    /// Makes git unreachable, or reachable again.
    func hideGit(_ isHidden: Bool) throws {
        let away = "\(root)/away.git"
        try FileManager.default.moveItem(
            atPath: isHidden ? repository.bare : away, toPath: isHidden ? away : repository.bare)
    }

    private func shell(_ script: String) async throws {
        try await Shell.succeed(["sh", "-c", script])
    }
}
