extension EnvironmentLoop {
    /// The time has come to ask the check that a rollback answered once more.
    var isRecheckDue: Bool {
        guard let at = record.recheckAt, let now = observation?.now.instant else { return false }
        return now >= at
    }

    /// Asked once: an answer that does not come says nothing.
    mutating func recheck() -> Effect? {
        record.recheckAt = nil
        return .act(.recheck)
    }

    /// A check that fails with the old configuration as well was probably not broken by the change.
    mutating func absorb(_ checks: [Probe.CheckResult]) {
        guard running == nil, case .rolledBack? = record.attempt?.outcome, checks.contains(.fail) else { return }
        record.attempt?.message += "; the check still fails after the rollback, so the change is probably not the cause"
    }
}
