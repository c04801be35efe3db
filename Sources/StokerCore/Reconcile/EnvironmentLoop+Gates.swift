// The environments around this one: which revision is next, what keeps it from entering, how long what runs here has been
// verified, and whom newer revisions wait for.
extension EnvironmentLoop {
    /// The newest the source knows, whatever became of later fetches.
    var head: Candidate? {
        switch observation?.source {
        case nil, .unknown: nil
        case .failed(_, let last): last
        case .known(let candidate): candidate
        }
    }

    /// Something else than the source decides which revision is next.
    var isInPipeline: Bool { !configuration.after.names.isEmpty || record.promotion != nil }

    /// What may be next, newest first.
    var contenders: [Contender] {
        if let found = observation?.pipeline?.contenders, !found.isEmpty { return found }
        return head.map { [Contender(candidate: $0, upstream: [:])] } ?? []
    }

    /// Nil before the first look.
    var keeper: Gatekeeper? {
        observation.map {
            Gatekeeper(
                configuration, windows: gateWindows, opening: opening, upstreams: $0.pipeline?.upstreams ?? [],
                record: record,
                checks: $0.pipeline?.checks, now: $0.now)
        }
    }

    /// Looks for the next opening where the last one found is over.
    mutating func expectOpening(_ now: WallTime) {
        if gateWindows.isOpen(at: now) { return opening = nil }
        if opening?.holds(at: now) != true { opening = Opening(gateWindows, from: now) }
    }

    /// Decides once for each look which revision is next.
    mutating func chooseContender() {
        guard isInPipeline, let keeper else {
            contender = nil
            record.contending = nil
            return
        }
        contender = Selection(keeper: keeper).next(of: contenders)
        let isNew = contender?.content != record.verified?.content || contender?.content != record.live?.content
        if let next = contender ?? (isUntouched ? contenders.first : nil) { moveAttemptAlong(to: next) }
        guard !configuration.after.names.isEmpty, isNew else { return record.contending = nil }
        // Nobody may enter now: what was on its way keeps its place until an upstream that is away can be asked again.
        guard let contender else { return }
        let before = record.contending?.revision == contender.candidate.revision ? record.contending : nil
        var takenAt = before?.takenAt ?? [:]
        for upstream in keeper.upstreams where takenAt[upstream.name] == nil {
            guard let content = contender.upstream[upstream.name], let verified = upstream.verified(content) else {
                continue
            }
            takenAt[upstream.name] = Gatekeeper.taken(contender.candidate.revision, verified)
        }
        record.contending = Contending(revision: contender.candidate.revision, takenAt: takenAt)
    }

    /// What a person chose has come in, or what runs contains it by now, or it was taken away: it does not wait for another
    /// day. Looks that had no source, or found no revisions, say nothing.
    mutating func forgetPassedPromotion(_ observation: Observation) {
        if case .unknown = observation.source { return }
        guard let chosen = record.promotion?.goal.revision.commit, let found = observation.pipeline?.contenders,
            !found.isEmpty, !found.contains(where: { $0.candidate.revision.commit == chosen })
        else { return }
        record.promotion = nil
    }

    /// The same content under another revision has other upstream contents: what enters is the one that was judged.
    private mutating func moveAttemptAlong(to contender: Contender) {
        guard let attempt = running, !attempt.isRepair, !isLive(attempt), attempt.goal.content == contender.content,
            attempt.goal.revision != contender.candidate.revision
        else { return }
        record.attempt?.goal = Goal(revision: contender.candidate.revision, content: attempt.goal.content)
        record.attempt?.signer = contender.candidate.signer
    }

    /// Before anything of ours was live what is there may be adopted, wherever it comes from.
    var isUntouched: Bool { record.verified == nil && record.live == nil && record.unsettled.isEmpty }

    /// What keeps the running attempt from its deploy; nil where nothing does, and once something of it is live.
    var gateHold: GateStanding? {
        guard let attempt = running, !attempt.isRepair, !isLive(attempt), let keeper else { return nil }
        return keeper.hold(of: contender(of: attempt))
    }

    private func contender(of attempt: Attempt) -> Contender {
        if let contender = contenders.first(where: { $0.candidate.revision == attempt.goal.revision }) {
            return contender
        }
        let candidate = Candidate(
            revision: attempt.goal.revision, ref: .branch(""), content: .success(attempt.goal.content),
            relation: .forward)
        return Contender(candidate: candidate, upstream: [:])
    }

    /// The revision that the gates are about now: what is being tried, else what is next; nil where that is live.
    var entering: Contender? {
        if let attempt = running, !attempt.isRepair { return isLive(attempt) ? nil : contender(of: attempt) }
        guard let next = contender ?? contenders.first, let content = next.content, content != record.live?.content
        else { return nil }
        return next
    }

    /// A gate keeps away what would be tried next.
    var isNextGated: Bool {
        guard let contender = contender ?? (isInPipeline ? nil : contenders.first) else { return false }
        return keeper?.hold(of: contender) != nil
    }

    /// The attempt waits, and may do so for days.
    var isHeld: Bool {
        if case .held? = running?.phase { true } else { false }
    }

    /// Why the newest commit may not even be tried yet; nil where it may, or where there is none.
    var upstreamHold: GateStanding? {
        guard isInPipeline, !isUntouched, let head = contenders.first else { return nil }
        // An older revision that looks like what runs leads nowhere: it does not answer why the newest waits.
        if let contender, contender == head || contender.content != record.live?.content { return nil }
        return keeper?.standings(of: head).first { !$0.isOpen && $0.reason == .waitingForUpstream }
    }

    /// What runs here soaks for others: newer revisions wait, or under a stream of commits none would ever have soaked.
    var trainHold: GateStanding? {
        guard let verified = record.verified, record.live?.content == verified.content, record.unsettled.isEmpty,
            record.promotion == nil, let now = observation?.now.instant,
            record.soak?.runningContent == verified.content,
            let soaked = record.soak?.soaked(verified.content, at: now),
            let wish = observation?.pipeline?.downstreams.filter({ $0.wants && $0.soak > soaked })
                .max(by: { $0.soak < $1.soak })
        else { return nil }
        let left = wish.soak - soaked
        return GateStanding(
            .soaking, isOpen: false,
            "\(verified.revision.short) soaks here for \(wish.name), for another "
                + "\(Duration.seconds(left.components.seconds).prometheusText); newer commits wait, and come together",
            lasting: "\(verified.revision.short) soaks here for \(wish.name); newer commits wait", opensIn: left)
    }

    /// The gate that keeps the next revision away now; nil where none does.
    public var currentHold: GateStanding? { running == nil ? trainHold ?? upstreamHold : gateHold }

    /// The gates' checks are asked when nothing else stands in the way.
    var areGateChecksDue: Bool {
        guard !configuration.gates.checks.isEmpty, let attempt = running, !attempt.isRepair, !isLive(attempt) else {
            return false
        }
        switch attempt.phase {
        case .validating, .held: break
        case .surveying, .adopting, .staging, .publishing, .reloading, .baking, .verifying, .restoring,
            .reloadingRestored,
            .verifyingRestored, .finished:
            return false
        }
        return gateHold.map { $0.reason == .gateCheckFailed } ?? true
    }

    /// The gate that holds, as the attempt remembers it: without what changes by the second.
    func hold(_ standing: GateStanding) -> Hold { Hold(standing.reason, standing.lasting) }

    // MARK: The time that counts for others

    /// What is verified, live and seen to be served goes on soaking; what is not does not, and what is known to be worse
    /// counts no more.
    /// - Parameter anew: an attempt has just verified it.
    mutating func keepLedger(anew: Bool = false) {
        guard let observation else { return }
        let now = observation.now
        var ledger = record.soak ?? SoakLedger()
        let verified = record.verified
        if let verified, let trouble = record.runtimeDrift ?? record.restoreUnconfirmed {
            if ledger.soaked(verified.content, at: now.instant) != nil {
                ledger.revoke(verified.content, because: "it is degraded since: \(trouble.message)", byPerson: false)
            }
        } else if let verified, isServed(verified) {
            // A look that asked no process has not seen it.
            if observation.runtime.isEmpty, !anew { return }
            // A start: between two looks that are no further apart than usual nobody watches either. What was longer counts
            // until it was seen last.
            if servedAt == nil, let seen = ledger.lastSeen, now.instant - seen > watchInterval * 2 {
                ledger.interrupt()
            }
            ledger.runs(Goal(revision: verified.revision, content: verified.content), at: now, anew: anew)
            servedAt = now.instant
            if isHeartbeatDue(ledger, now.instant) { ledger.sees(now.instant) }
        } else if let servedAt {
            // Nobody knows when after that it ended.
            ledger.stop(at: servedAt)
        } else {
            ledger.interrupt()
        }
        if record.soak != nil || ledger != SoakLedger() { record.soak = ledger }
    }

    /// When what soaks here was seen last; nil before the first look.
    public var soakSeenAt: Instant? { observation.map { servedAt ?? $0.now.instant } }

    /// As far as the last look saw.
    private func isServed(_ verified: EnvironmentRecord.Standing) -> Bool {
        guard record.live?.content == verified.content, record.unsettled.isEmpty, let observation else { return false }
        return !factsMoved && observation.disk.values.allSatisfy { $0.drifted.isEmpty }
            && observation.runtime.values.allSatisfy(\.isUp)
    }

    /// What a crash of the machine may cost is noted now and then, as long as somebody waits.
    private func isHeartbeatDue(_ ledger: SoakLedger, _ now: Instant) -> Bool {
        guard let seen = ledger.lastSeen, let entry = ledger.entries.first,
            let wanted = observation?.pipeline?.downstreams.map(\.soak).max()
        else { return false }
        let soaked = ledger.soaked(entry, at: now) - (entry.takings.first?.soaked ?? .zero)
        let often = min(max(watchInterval, .seconds(60)), max(watchInterval, wanted / 20))
        // Looks come with some jitter.
        return soaked < wanted && now - seen >= often * 3 / 4
    }
}
