import Glibc
import StokerCore

/// One unit of the system's systemd, by its own program: `systemctl` speaks to the bus and to polkit as the distribution
/// has set them up. What a unit is, is read from its properties and never from words meant for people.
struct SystemdUnit {
    /// Bytes kept of what a program says.
    static let outputLimit = 64 << 10
    /// Properties are answered at once, or the bus hangs.
    private static let lookLimit = Duration.seconds(10)

    let name: String
    let timeout: Duration
    private let environment: [String: String]?

    /// - Parameter environment: of the program; nil: the usual small one.
    init(_ name: String, timeout: Duration = lookLimit, environment: [String: String]? = nil) {
        self.name = name
        self.timeout = timeout
        self.environment = environment
    }

    /// What systemd knows of the unit.
    struct State: Hashable {
        var isLoaded: Bool
        /// `active`, `reloading`, `inactive`, `failed`, `activating`, `deactivating`.
        var active: String
        /// Zero where no process runs.
        var mainPID: pid_t
        var canReload: Bool
        /// Of the last run, `success` or what went wrong.
        var result: String
        /// The exit code of the main process; nil while it runs.
        var exitStatus: String
    }

    /// Why systemd did not answer.
    struct Problem: Error { let message: String }

    /// The unit's properties.
    func state() async -> Result<State, Problem> {
        let properties = "LoadState,ActiveState,MainPID,CanReload,Result,ExecMainStatus"
        let result = await run(["show", "--property=\(properties)", "--", name], limit: Self.lookLimit)
        guard result.exit.isSuccess else {
            return .failure(Problem(message: Self.complaint("show \(name)", result, Self.lookLimit)))
        }
        var values: [Substring: Substring] = [:]
        for line in result.standardOutput.text.split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { continue }
            values[line[..<equals]] = line[line.index(after: equals)...]
        }
        return .success(
            State(
                isLoaded: values["LoadState"] == "loaded", active: String(values["ActiveState"] ?? "unknown"),
                mainPID: values["MainPID"].flatMap { pid_t($0) } ?? 0, canReload: values["CanReload"] == "yes",
                result: String(values["Result"] ?? ""), exitStatus: String(values["ExecMainStatus"] ?? "")))
    }

    /// Reloads or restarts it.
    /// - Parameter mayStart: it ran before this attempt, so it is started where it is stopped now.
    func reload(_ action: TargetConfiguration.UnitAction, mayStart: Bool) async -> ReloadOutcome {
        guard let obstacle = await obstacle(action) else { return await perform(action.rawValue) }
        if case .down = obstacle, mayStart { return await perform("start") }
        return obstacle
    }

    /// Why it could not be reloaded or restarted now; nil where it could. Nothing is asked for but its properties.
    func obstacle(_ action: TargetConfiguration.UnitAction) async -> ReloadOutcome? {
        let state: State
        switch await self.state() {
        case .failure(let problem): return .notPossible(message: problem.message)
        case .success(let found): state = found
        }
        guard state.isLoaded else {
            return .notPossible(message: "systemd has no unit \(name): correct unit in reload")
        }
        if state.active == "inactive" || state.active == "failed" {
            return .down(message: "unit \(name) is \(state.active); start it with `systemctl start \(name)`")
        }
        if action == .reload, !state.canReload {
            return .notPossible(
                message:
                    "unit \(name) cannot reload: give it ExecReload=/bin/kill -HUP $MAINPID, or use action: restart")
        }
        return nil
    }

    /// Why systemd would probably not let us; nil where it would. Root may; for others polkit is asked for its general
    /// rule, since only root may ask about one unit.
    func permissionProblem() async -> String? {
        if geteuid() == 0 { return nil }
        let answer = await ChildProcess.run(
            "pkcheck", ["--action-id", "org.freedesktop.systemd1.manage-units", "--process", "\(getpid())"],
            environment: environment, limit: Self.lookLimit, outputLimit: Self.outputLimit)
        if answer.exit.isSuccess { return nil }
        return "\(permissionAdvice); whether a rule for this unit alone is there cannot be asked"
    }

    private var permissionAdvice: String {
        "allow it with a polkit rule for org.freedesktop.systemd1.manage-units and \(name), or run as root"
    }

    private func perform(_ verb: String) async -> ReloadOutcome {
        let restarted = verb != TargetConfiguration.UnitAction.reload.rawValue
        let result = await run([verb, "--", name], limit: timeout)
        let complaint = Self.complaint("\(verb) \(name)", result, timeout)
        switch result.exit {
        // ExecReload is mostly a signal, so systemd's word says nothing of the process.
        case .exited(0): return .accepted(answered: restarted, restarted: restarted)
        case .couldNotStart: return .notPossible(message: complaint)
        case .timedOut, .signalled: return .unknown(message: complaint, restarted: restarted)
        case .exited(let code):
            if Self.isRefusal(code, result) {
                return .notPossible(message: "\(complaint); \(permissionAdvice)")
            }
            return await afterFailure(complaint, code, restarted: restarted)
        }
    }

    /// The job failed: after a restart the unit's state says with what.
    private func afterFailure(_ complaint: String, _ code: Int32, restarted: Bool) async -> ReloadOutcome {
        switch code {
        // Not implemented, not installed, not configured: systemctl's words for what it did not even try.
        case 3, 5, 6: return .notPossible(message: complaint)
        default: break
        }
        guard restarted, case .success(let state) = await state(), state.active == "failed" else {
            return .failed(message: complaint)
        }
        return .died(
            message: "unit \(name) is failed (\(state.result), exit status \(state.exitStatus)) after it was told to "
                + "start: \(complaint)")
    }

    /// 4 is "no permission"; where polkit would have asked a person it is 1, and only the words tell.
    private static func isRefusal(_ code: Int32, _ result: ChildResult) -> Bool {
        if code == 4 { return true }
        let words = result.standardError.text.lowercased()
        return ["authentication", "access denied", "not authorized", "permission denied"].contains {
            words.contains($0)
        }
    }

    private func run(_ arguments: [String], limit: Duration) async -> ChildResult {
        await ChildProcess.run(
            "systemctl", ["--no-ask-password", "--no-pager"] + arguments, environment: environment,
            limit: limit, outputLimit: Self.outputLimit)
    }

    private static func complaint(_ what: String, _ result: ChildResult, _ limit: Duration) -> String {
        switch result.exit {
        case .exited(let code):
            "`systemctl \(what)` ended with code \(code): \(ProgramWords.of(result.standardError))"
        case .signalled(let signal): "`systemctl \(what)` was ended by signal \(signal)"
        case .timedOut: "`systemctl \(what)` did not end within \(limit.prometheusText)"
        case .couldNotStart(let why): "`systemctl \(what)` cannot be run: \(why)"
        }
    }
}
