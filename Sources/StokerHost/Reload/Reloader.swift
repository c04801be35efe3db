import HTTP
import StokerCore

/// Makes one process read its files again, by the first configured way that is possible.
///
/// The next way has its turn only where it is certain that nothing happened: never after a refusal of the content, and
/// never where nobody knows.
struct Reloader: Sendable {
    /// What came of it, and how.
    struct Answer: Sendable {
        let outcome: ReloadOutcome
        /// The way that gave the answer.
        let method: String
        /// Why the ways before it were not possible.
        let passedOver: [String]
    }

    let steps: [TargetConfiguration.Reload]
    let client: PrometheusClient
    let http: HTTPClient
    /// Whether the process is there, and what it says of its last reload.
    let look: @Sendable () async -> RuntimeLook

    /// - Parameter mayStart: the process ran before this attempt, so it may be started where it is stopped now.
    func reload(mayStart: Bool) async -> Answer {
        var passedOver: [String] = []
        var last = Answer(
            outcome: .notPossible(message: "no reload method is configured"), method: "none", passedOver: [])
        for step in steps {
            let outcome = await settled(await perform(step, mayStart: mayStart), step.method)
            last = Answer(outcome: outcome, method: step.method.word, passedOver: passedOver)
            switch outcome {
            case .notPossible(let message):
                passedOver.append("\(step.method.word): \(message)")
            case .down(let message) where mayStart:
                // Nothing heard it; the next way may be one that starts what is stopped.
                passedOver.append("\(step.method.word): \(message)")
            case .accepted, .refused, .failed, .died, .down, .unknown: return last
            }
        }
        guard passedOver.count > 1, case .notPossible = last.outcome else { return last }
        return Answer(
            outcome: .notPossible(message: "no reload method is possible: " + passedOver.joined(separator: "; ")),
            method: last.method, passedOver: last.passedOver)
    }

    private func perform(_ step: TargetConfiguration.Reload, mayStart: Bool) async -> ReloadOutcome {
        switch step.method {
        case .http: await client.reload(timeout: step.timeout)
        case .signal(let place): await SignalReload(place).reload()
        case .systemd(let unit, let action):
            await SystemdUnit(unit, timeout: step.timeout).reload(action, mayStart: mayStart)
        case .docker(let place, let action):
            await ContainerReload(place, action, timeout: step.timeout, http: http).reload(mayStart: mayStart)
        case .command(let command, let restarts):
            await CommandReload(command: command, restarts: restarts, timeout: step.timeout).reload()
        }
    }

    /// Why one way is not possible now; nil where it is. Nothing is asked for: whether HTTP is open, the process's flags
    /// say, and what a program would do nobody knows.
    func obstacle(_ step: TargetConfiguration.Reload) async -> ReloadOutcome? {
        switch step.method {
        case .http: return nil
        case .signal(let place): return await SignalReload(place).obstacle()
        case .systemd(let unit, let action): return await SystemdUnit(unit).obstacle(action)
        case .docker(let place, let action):
            return await ContainerReload(place, action, timeout: step.timeout, http: http).obstacle()
        case .command(let command, let restarts):
            return CommandReload(command: command, restarts: restarts, timeout: step.timeout).obstacle()
        }
    }

    /// What the process itself says about an answer that is not its own.
    private func settled(_ outcome: ReloadOutcome, _ method: TargetConfiguration.ReloadMethod) async -> ReloadOutcome {
        switch (outcome, method) {
        case (.down(let message), .signal), (.down(let message), .systemd), (.down(let message), .docker),
            (.down(let message), .command):
            // Something answers at `url`: then what does not run is another process than the one we ask.
            switch await look() {
            case .unreachable: return outcome
            case .up, .starting, .refused:
                return .notPossible(
                    message:
                        "\(message), or correct reload: a process answers at \(client.address), so it is not this one")
            }
        case (.failed(let message), _):
            if case .up(let facts) = await look(), !facts.reloadSucceeded {
                return .died(message: "\(message); and \(client.address) says that its last reload failed")
            }
            return outcome
        case (.accepted, _), (.refused, _), (.died, _), (.notPossible, _), (.unknown, _), (.down, .http):
            return outcome
        }
    }
}
