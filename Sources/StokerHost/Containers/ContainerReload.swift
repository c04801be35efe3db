import Glibc
import HTTP
import StokerCore

/// Sends a signal to a container, or restarts it, and looks afterwards what became of it: the engine's "no content" only
/// says that it took the order.
struct ContainerReload {
    /// A process that does not survive its signal is gone within this.
    private static let survival = Duration.milliseconds(500)
    private static let pause = Duration.milliseconds(100)
    /// Prometheus flushes remote_write for up to a minute when it is stopped.
    private static let longestPatience = Duration.seconds(120)

    let engine: ContainerEngine
    let name: TargetConfiguration.ContainerPlace.Name
    let action: TargetConfiguration.ContainerAction
    let timeout: Duration

    init(
        _ place: TargetConfiguration.ContainerPlace, _ action: TargetConfiguration.ContainerAction, timeout: Duration,
        http: HTTPClient
    ) {
        engine = ContainerEngine(socket: place.socket, http: http)
        name = place.name
        self.action = action
        self.timeout = timeout
    }

    /// - Parameter mayStart: it ran before this attempt, so it is started where it is stopped now.
    func reload(mayStart: Bool) async -> ReloadOutcome {
        do throws(ContainerEngine.Problem) {
            let before = try await engine.find(name)
            if let obstacle = obstacle(of: before) {
                guard case .down = obstacle, mayStart, before.state.status != "restarting" else { return obstacle }
                return await restart(before) { () async throws(ContainerEngine.Problem) in
                    try await engine.start(before, timeout: timeout)
                }
            }
            switch action {
            case .signal(let signal): return await send(signal, to: before)
            case .restart:
                let patience = min(Self.longestPatience, timeout / 2)
                return await restart(before) { () async throws(ContainerEngine.Problem) in
                    try await engine.restart(before, patience: patience, timeout: timeout)
                }
            }
        } catch {
            return outcome(error, restarted: false)
        }
    }

    /// Why it could not be done now; nil where it could. The engine is asked for nothing but the container's state.
    func obstacle() async -> ReloadOutcome? {
        do throws(ContainerEngine.Problem) {
            return obstacle(of: try await engine.find(name))
        } catch {
            return outcome(error, restarted: false)
        }
    }

    private func obstacle(of container: ContainerInspection) -> ReloadOutcome? {
        switch container.state.status {
        case "running": return hangupObstacle(of: container)
        case "paused":
            return .notPossible(message: "container \(container.shown) is paused: `docker unpause` it")
        case "restarting":
            // A signal now would count as a stop by hand: it would not come back.
            guard case .signal = action else { return nil }
            return .down(
                message: "container \(container.shown) is \(container.condition), and reads its files when it starts")
        default:
            return .down(message: "container \(container.shown) is \(container.condition); start it")
        }
    }

    private func hangupObstacle(of container: ContainerInspection) -> ReloadOutcome? {
        // The engine's processes are ours to look at only in its own pid namespace.
        guard action == .signal("SIGHUP"), let pid = container.state.pid, pid > 0,
            ContainerProcess.belongs(pid, to: container.id), ProcessID.catchesHangup(pid) == false
        else { return nil }
        return .notPossible(
            message:
                "the first process of container \(container.shown) does not handle SIGHUP, as a shell in front of "
                + "the program: start it with exec, or use action: restart")
    }

    private func send(_ signal: String, to before: ContainerInspection) async -> ReloadOutcome {
        do throws(ContainerEngine.Problem) {
            try await engine.kill(before, signal: signal, timeout: timeout)
        } catch {
            return outcome(error, restarted: false)
        }
        return await survived(before, signal)
    }

    /// Looks for a while whether the process that was signalled is still there.
    private func survived(_ before: ContainerInspection, _ signal: String) async -> ReloadOutcome {
        let asked = ReloadOutcome.accepted(answered: false)
        return await watch(before.id) { now in
            if !now.isRunning {
                return .died(
                    message: "container \(now.shown) is \(now.condition) after \(signal), which should only have "
                        + "made it reload")
            }
            if now.isSameRun(as: before) { return nil }
            return .died(
                message: "container \(now.shown) was started anew after \(signal), so its process did not survive it")
        } ?? asked
    }

    private func restart(
        _ before: ContainerInspection, _ order: () async throws(ContainerEngine.Problem) -> Void
    ) async -> ReloadOutcome {
        do throws(ContainerEngine.Problem) {
            try await order()
        } catch {
            return outcome(error, restarted: true)
        }
        return await watch(before.id) { now in
            switch now.state.status {
            case "running", "created": nil
            default: .died(message: "container \(now.shown) is \(now.condition) after its restart")
            }
        } ?? .accepted(answered: true, restarted: true)
    }

    /// Looks at a container until the judge has something to say, or it has survived. An engine that does not answer says
    /// nothing against it: the order was carried out, and the process itself is asked next.
    private func watch(_ id: String, _ judge: (ContainerInspection) -> ReloadOutcome?) async -> ReloadOutcome? {
        let end = ContinuousClock.now + Self.survival
        while true {
            do throws(ContainerEngine.Problem) {
                if let outcome = judge(try await engine.inspect(id)) { return outcome }
            } catch { return nil }
            guard ContinuousClock.now < end else { return nil }
            do { try await Task.sleep(for: Self.pause) } catch { return nil }
        }
    }

    private func outcome(_ problem: ContainerEngine.Problem, restarted: Bool) -> ReloadOutcome {
        switch problem.kind {
        case .impossible: .notPossible(message: problem.message)
        case .stopped: .down(message: problem.message)
        case .unknown: .unknown(message: problem.message, restarted: restarted)
        }
    }
}
