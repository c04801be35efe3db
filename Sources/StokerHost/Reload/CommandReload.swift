// Reload: the ways to make a process read its files again. Over HTTP is the client's own (PrometheusClient+Reload); here
// are a signal, systemd, the container engine and a program of the operator's. `Reloader` tries them in the configured
// order. Each way says exactly what is known afterwards: done, refused, not possible, or nobody knows; and only a way that
// was refused or is not possible lets the next one have its turn. None of them proves anything: proof is Verify's.

import StokerCore

/// Runs the operator's own reload program.
struct CommandReload {
    /// The program and its arguments; never empty.
    let command: [String]
    /// It leaves another process behind.
    let restarts: Bool
    let timeout: Duration

    /// Why it could not be run; nil where it could. It is not run.
    func obstacle() -> ReloadOutcome? {
        let program = command.first ?? ""
        if ChildEnvironment.find(program) != nil { return nil }
        return .notPossible(
            message: "the reload command \(program) is not there or may not be run: correct command in reload")
    }

    /// A zero exit says that the program is content, so the proof waits for the process to show it.
    func reload() async -> ReloadOutcome {
        guard let program = command.first else {
            return .notPossible(message: "the command of reload names no program")
        }
        let result = await ChildProcess.run(
            program, Array(command.dropFirst()), limit: timeout, outputLimit: SystemdUnit.outputLimit,
            streams: .combined)
        let said = ProgramWords.of(result.standardOutput)
        switch result.exit {
        case .exited(0): return .accepted(answered: false, restarted: restarts)
        case .exited(let code):
            return .failed(message: "the reload command \(program) ended with code \(code): \(said)")
        case .signalled(let signal):
            return .failed(message: "the reload command \(program) was ended by signal \(signal): \(said)")
        case .timedOut:
            return .unknown(
                message: "the reload command \(program) did not end within \(timeout.prometheusText): \(said)",
                restarted: restarts)
        case .couldNotStart(let why):
            return .notPossible(message: "the reload command cannot be run: \(why); correct command in reload")
        }
    }
}
