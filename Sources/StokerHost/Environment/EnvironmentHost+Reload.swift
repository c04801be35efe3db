import StokerCore

extension EnvironmentHost {
    /// Tells one process to read its files, and says how.
    func reload(_ id: Target.ID) async -> ReloadResult {
        let (result, answer) = await host(id).reload(
            mayStart: mayStart(id), wasReady: loop.record.attempt?.wasUp.contains(id) ?? true)
        for reason in answer.passedOver {
            log.info("reload method passed over", metadata: ["target": "\(id)", "reason": "\(reason)"])
        }
        log.info("reload", metadata: ["target": "\(id)", "method": "\(answer.method)", "answer": "\(result.word)"])
        guard case .refused(let failure) = result, answer.outcome.wasTried else { return result }
        return .refused(await withLog(failure, host(id)))
    }

    /// After a restore a process that ran before the attempt, and does not any more, may be started: its files are back.
    private func mayStart(_ id: Target.ID) -> Bool {
        guard let attempt = loop.record.attempt, case .reloadingRestored = attempt.phase else { return false }
        return attempt.wasUp.contains(id)
    }
}

extension ReloadResult {
    /// For logs.
    var word: String {
        switch self {
        case .accepted(_, restarted: true): "restarted"
        case .accepted(true, _): "accepted"
        case .accepted(false, _): "asked"
        case .down: "down"
        case .refused: "refused"
        case .unknown: "unknown"
        }
    }
}
