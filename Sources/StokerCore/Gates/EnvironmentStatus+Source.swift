// A status of a moment at which nothing is known of the source: before the first fetch of a start, and where a person's
// decision is folded in without a daemon.
extension EnvironmentStatus {
    /// What was known of the source is the best there is, and what `approve` without a revision means.
    /// - Parameter record: with what people have let through since.
    public mutating func keepSource(of last: EnvironmentStatus, _ record: EnvironmentRecord) {
        desiredRevision = last.desiredRevision
        candidateRevision = last.candidateRevision
        if gates?.isEmpty ?? true {
            gates = last.gates
            unexercised = last.unexercised
        }
        if sync == .unknown { sync = last.sync }
        guard reason == nil, phase == last.phase, let hold = last.reason, last.stands(hold, record) else { return }
        reason = hold
        message = last.message
        held = last.held
        bad = last.bad
    }

    /// Whether a hold is of the source or of the upstreams, and nobody has let the candidate through since.
    private func stands(_ hold: Reason, _ record: EnvironmentRecord) -> Bool {
        switch hold {
        case .sourceInvalid, .signatureInvalid, .waitingForUpstream, .soaking: return true
        case .historyRewritten:
            guard let commit = candidateRevision.flatMap({ Revision($0) })?.commit else { return true }
            return !record.consents.contains(commit.rawValue)
        case .fetchFailed, .validationFailed, .ruleTestsFailed, .missingFile, .deletionBudgetExceeded, .deployFailed,
            .reloadFailed, .reloadUnconfirmed, .notServed, .targetUnreachable, .checkFailed, .unproven,
            .rollbackFailed, .drifted, .driftContested, .gateCheckFailed, .approvalRequired, .outsideWindow, .frozen,
            .suspended, .rejectedByPerson, .superseded, .journalFailed:
            return false
        }
    }

    /// When `reason` began to stand for `candidateRevision`: as said before where both are the same.
    /// - Parameter last: what was said before; nil: nothing.
    public func reasonSince(after last: EnvironmentStatus?, at now: WallTime) -> WallTime? {
        guard reason != nil else { return nil }
        guard let last, last.reason == reason, last.candidateRevision == candidateRevision else { return now }
        return last.reasonSince
    }
}
