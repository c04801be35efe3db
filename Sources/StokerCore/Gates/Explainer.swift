/// Explains revisions with what decides about them: the keeper of the gates, the selection among several, what people
/// decided before.
public struct Explainer: Sendable {
    let keeper: Gatekeeper
    private let contenders: [Contender]
    private let status: EnvironmentStatus?
    private let decisions: [OperatorRequest]
    private let onRewrite: SourceConfiguration.OnRewrite

    /// - Parameters:
    ///   - contenders: what may be next, newest first; the first one is the newest of the source.
    ///   - status: as last noted; it knows since when something holds, and what the gates' checks have said.
    ///   - decisions: of people, newest first.
    ///   - onRewrite: what a rewritten history means.
    public init(
        _ keeper: Gatekeeper, contenders: [Contender], status: EnvironmentStatus?, decisions: [OperatorRequest],
        onRewrite: SourceConfiguration.OnRewrite
    ) {
        self.onRewrite = onRewrite
        self.keeper = keeper
        self.contenders = contenders
        self.status = status
        self.decisions = decisions
    }

    var record: EnvironmentRecord { keeper.record }
    var name: EnvironmentName { keeper.configuration.name }

    /// What is next; nil where there is no commit at all.
    public var next: Contender? {
        if keeper.configuration.after.names.isEmpty, record.promotion == nil { return contenders.first }
        return Selection(keeper: keeper).next(of: contenders) ?? contenders.first
    }

    /// One revision.
    public func explain(_ contender: Contender) -> Explanation {
        let gates = gates(contender)
        let (state, message) = state(contender, gates)
        let isIn = state == .running || state == .unproved || state == .inProgress
        var explanation = Explanation(
            environment: name, revision: contender.candidate.revision, content: contender.content, state: state,
            message: message, gates: isIn || state == .unusable ? [] : gates,
            grounds: isIn ? grounds(contender) : [], unexercised: isIn ? [] : keeper.unexercised(contender),
            next: next(contender, state, gates))
        if !isIn { explanation.overtakenBy = overtaking(contender) }
        return explanation
    }

    // MARK: Where it stands

    private func state(_ contender: Contender, _ gates: [Explanation.Gate]) -> (Explanation.State, String) {
        let content: ContentID
        switch contender.candidate.content {
        case .failure(let invalid): return (.unusable, "it cannot be deployed here: \(invalid.message)")
        case .success(let found): content = found
        }
        if let attempt = record.attempt, attempt.outcome == nil, attempt.goal.content == content,
            let word = Self.inProgress(attempt.phase)
        {
            return (.inProgress, "it is \(word)")
        }
        if record.live?.content == content { return live(content) }
        if let rejection = record.rejections.first(where: { $0.content == content }) {
            return (.rejected, "it stands rejected: \(rejection.failure.message)")
        }
        if let gate = gates.first(where: { !$0.standing.isOpen }) {
            return (.held, "it is held by \(gate.standing.reason.rawValue): \(gate.standing.message)")
        }
        if let other = goesBefore(contender) { return (.passed, "\(other) goes before it") }
        if let failure = backoff(content)?.failure {
            return (.ready, "nothing holds it; the last try failed: \(failure.message)")
        }
        return (.ready, "nothing holds it")
    }

    /// The wait before the next try; nil where there is none.
    func backoff(_ content: ContentID?) -> EnvironmentRecord.Backoff? {
        record.backoff.flatMap { $0.content == content && $0.until > keeper.now.instant ? $0 : nil }
    }

    private func live(_ content: ContentID) -> (Explanation.State, String) {
        if let trouble = record.restoreUnconfirmed ?? record.runtimeDrift {
            return (.unproved, "it is live, and not proved now: \(trouble.message)")
        }
        guard record.verified?.content == content, record.unsettled.isEmpty else {
            return (.unproved, "it is live, and not verified")
        }
        if let away = record.away, away.content == content {
            return (.unproved, "it was verified, and is not served now: \(away.message)")
        }
        if let status, status.reason == .drifted || status.reason == .driftContested {
            return (.unproved, "it was verified, and is not as it was: \(status.message)")
        }
        return (.running, "it is running, verified")
    }

    private static func inProgress(_ phase: Phase) -> String? {
        switch phase {
        case .surveying, .adopting, .validating, .held, .finished: nil
        case .staging, .publishing: "being deployed"
        case .baking(let next): "watched before \(next) has its turn"
        case .reloading: "being reloaded"
        case .verifying: "being verified"
        case .restoring(let because), .reloadingRestored(_, let because), .verifyingRestored(let because):
            "being taken back: \(because.message)"
        }
    }

    /// A newer revision that may enter and goes before one, which it contains: then that one never comes.
    private func overtaking(_ contender: Contender) -> Revision? {
        guard let next, next.content != contender.content, keeper.isEligible(next),
            let place = contenders.firstIndex(of: next), let own = contenders.firstIndex(of: contender), place < own
        else { return nil }
        return next.candidate.revision
    }

    /// Of revisions with another content.
    func goesBefore(_ contender: Contender) -> String? {
        guard let next, next.candidate.revision.commit != contender.candidate.revision.commit,
            next.content != contender.content
        else { return nil }
        return next.candidate.revision.short
    }

    // MARK: What stands in its way

    /// A suspension and what the source says come before the gates: no gate opens them.
    private func gates(_ contender: Contender) -> [Explanation.Gate] {
        var standings: [GateStanding] = []
        if let suspension = record.suspension, suspension.isOn(at: keeper.now.wall) {
            standings.append(suspended(suspension))
        }
        standings += sourceHolds(contender.candidate) + answered(keeper.standings(of: contender))
        return standings.map { Explanation.Gate(standing: $0, since: since($0, contender)) }
    }

    private func suspended(_ suspension: EnvironmentRecord.Suspension) -> GateStanding {
        let left = suspension.until.map { Gatekeeper.time(from: keeper.now.wall, to: $0) }
        return GateStanding(
            .suspended, isOpen: false, "suspended by \(suspension.actor): \(suspension.reason)", opensIn: left,
            waitsFor: left == nil ? "`stoker resume \(name)`" : nil)
    }

    private func sourceHolds(_ candidate: Candidate) -> [GateStanding] {
        var holds: [GateStanding] = []
        switch candidate.trust {
        case .trusted: break
        case .refused(let message), .unknown(let message):
            holds.append(GateStanding(.signatureInvalid, isOpen: false, message, waitsFor: "a trusted signature"))
        }
        // Whichever of its commits is next: consent is to what the source has newest.
        let head = contenders.first?.candidate ?? candidate
        if case .rewritten(let message) = head.relation, onRewrite == .hold,
            record.seen != EnvironmentRecord.Seen(head), !record.consents.contains(head.revision.commit.rawValue)
        {
            let approve = "`stoker approve \(name) \(head.revision)`"
            holds.append(GateStanding(.historyRewritten, isOpen: false, message, waitsFor: approve))
        }
        return holds
    }

    /// Nobody asks the gates' checks to explain them: what they said when they were last asked is in the status.
    private func answered(_ standings: [GateStanding]) -> [GateStanding] {
        var noted = status?.gates?.filter { $0.gate == .gateCheckFailed } ?? []
        guard noted.count == keeper.configuration.gates.checks.count else { return standings }
        return standings.map { standing in
            guard standing.reason == .gateCheckFailed else { return standing }
            let last = noted.removeFirst()
            return GateStanding(.gateCheckFailed, isOpen: last.open, last.message, waitsFor: last.waitsFor)
        }
    }

    private func since(_ standing: GateStanding, _ contender: Contender) -> WallTime? {
        if let since = standing.since { return since }
        guard !standing.isOpen else { return nil }
        switch standing.reason {
        case .suspended:
            return decisions.first {
                switch $0.kind {
                case .suspend, .rollback: true
                case .approve, .reject, .resume, .reconcile, .freeze, .unfreeze, .promote: false
                }
            }?.at
        case .frozen: return decisions.first { if case .freeze = $0.kind { true } else { false } }?.at
        case .fetchFailed, .sourceInvalid, .signatureInvalid, .historyRewritten, .validationFailed, .ruleTestsFailed,
            .missingFile, .deletionBudgetExceeded, .deployFailed, .reloadFailed, .reloadUnconfirmed, .notServed,
            .targetUnreachable, .checkFailed, .unproven, .rollbackFailed, .drifted, .driftContested,
            .waitingForUpstream, .soaking, .gateCheckFailed, .approvalRequired, .outsideWindow, .rejectedByPerson,
            .superseded, .journalFailed:
            return noted(standing, contender)
        }
    }

    /// What the status says since when, where it is about this revision and this hold.
    private func noted(_ standing: GateStanding, _ contender: Contender) -> WallTime? {
        guard let status, status.reason == standing.reason,
            status.candidateRevision == contender.candidate.revision.description
        else { return nil }
        // Newer revisions wait while what runs soaks for others: that is another soak than theirs.
        if standing.reason == .soaking, status.phase != "held" { return nil }
        let isAway = keeper.upstreams.contains { $0.trouble != nil && $0.name.rawValue == standing.waitsFor }
        return standing.reason == .waitingForUpstream && isAway ? nil : status.reasonSince
    }
}
