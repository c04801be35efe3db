import Foundation
import TestSupport
import Testing

/// Prometheus killed while the binary stands still at a call of a phase.
@Suite("Prometheus killed")
struct ProcessKillTests {
    /// Where the binary stands.
    enum Phase: String, CaseIterable, CustomStringConvertible {
        case beforeDeploy = "before the deploy"
        case published = "between deploy and reload"
        case verifying = "while verifying"
        case restoring = "before the restore"
        case restored = "between restore and reload"

        var description: String { rawValue }
        var push: Scene.Push {
            switch self {
            case .beforeDeploy, .published, .verifying: .good
            case .restoring, .restored: .harmful
            }
        }

        /// The call to stand still at.
        func point(_ recording: Recording) -> CrashPoint? {
            let points = recording.points
            let synced = points.filter { $0.kind == "fdatasync journal wal, after" }
            switch self {
            case .beforeDeploy: return points.first { $0.kind.contains("staging folder") }
            case .published: return synced.first
            case .verifying: return synced.isEmpty ? nil : synced[synced.count / 2]
            case .restoring: return recording.fromRestore.first
            case .restored: return synced.first
            }
        }
    }

    /// When Prometheus is started again.
    enum Return: CaseIterable {
        /// Before the binary goes on.
        case atOnce
        /// When the binary has noticed.
        case late
        /// When the binary has given up.
        case afterTheRun
    }

    @Test(
        "killed in each phase: the invariants hold, at rest what is live is served",
        arguments: Soak.everyCall ? Scene.Layout.allCases : [.inPlace])
    func killed(_ layout: Scene.Layout) async throws {
        try await CrashWorld.run(layout) { world in
            var tally = Tally("Prometheus killed, \(layout.rawValue)", [])
            for push in [Scene.Push.good, .harmful] {
                try await world.restoreIfSaved("empty")
                if push == .good { try await world.save("empty") }
                let recording = try await world.prepare(push)
                for (index, phase) in Phase.allCases.filter({ $0.push == push }).enumerated() {
                    guard let point = phase.point(recording) else {
                        Issue.record("\(layout): there is no call \(phase)")
                        continue
                    }
                    let returns = Soak.everyCall ? Return.allCases : [index % 2 == 0 ? .atOnce : .late]
                    for each in returns { try await world.killProcess(at: point, phase, each, recording, &tally) }
                }
            }
            tally.close()
        }
    }
}

extension CrashWorld {
    /// Puts a snapshot back, where there is one of that name.
    func restoreIfSaved(_ name: String) async throws {
        if Files.exists(directory("snapshots/\(name)")) { try await restore(name) }
    }

    /// The binary stops at a call, Prometheus is killed, and the binary goes on.
    func killProcess(
        at point: CrashPoint, _ phase: ProcessKillTests.Phase, _ returns: ProcessKillTests.Return,
        _ recording: Recording, _ tally: inout Tally
    ) async throws {
        try await restore(phase.push.rawValue)
        let strace = try Strace(fresh: directory("stop.strace"), paths: recording.paths)
        let fault = Strace.Fault.stop(point.call.name, point.call.ordinal)
        let log = directory("stop.log")
        if Files.exists(log) { try Files.remove(log) }
        let child = try Child(try strace.prefix(fault) + stoker.commandLine(["run", "--once"]), output: log)
        defer { child.stop() }
        let thread = try await eventually("the binary standing still at \(point)", within: .seconds(30)) {
            strace.stoppedThread()
        }
        prometheus.kill()
        var isBack = returns == .atOnce ? try await boot() : false
        let before = (Files.read(log) ?? "").count
        Glibc.kill(try Strace.process(of: thread), SIGCONT)
        if returns == .late {
            try await eventually("the binary noticing", within: .seconds(60)) {
                (Files.read(log) ?? "").dropFirst(before).contains("reason=") || !child.isRunning
            }
            isBack = try await boot()
        }
        let exit = try await child.wait(within: .seconds(120))
        tally.hit(point.kind)
        let said = "\(phase), started again \(returns), the run ended with \(exit)"
        tally.count(said)
        var broken = violations(.repaired)
        if !broken.isEmpty { tally.fail(point, said, broken, child.tail()) }
        if !isBack, try await !boot() {
            // What is on disk keeps it from starting: it has to be taken back while the process is down.
            let result = try await stoker.run("run", "--once")
            if try await !boot() { tally.fail(point, said, ["it cannot start again"], "\(result)") }
        }
        broken = try await settle(phase.push, plans: true, mayGoBack: true, &tally)
        if !broken.isEmpty { tally.fail(point, "at rest after \(said)", broken, child.tail()) }
    }
}
