// What happens next, and what let in what runs.
extension Explainer {
    func next(_ contender: Contender, _ state: Explanation.State, _ gates: [Explanation.Gate]) -> String {
        let revision = contender.candidate.revision
        switch state {
        case .running: return "nothing: it is what runs here"
        case .unproved, .inProgress: return "it is proved, or taken back"
        case .unusable: return "it waits for a commit that can be deployed"
        case .ready:
            guard let backoff = backoff(contender.content) else {
                return "it is validated, deployed and verified at the next turn"
            }
            return "it is tried again in \(Gatekeeper.rounded(max(backoff.until - keeper.now.instant, .seconds(1))))"
        case .passed: return "it comes only with `stoker promote \(name) \(revision)`"
        case .rejected:
            let byPerson = record.rejections.contains { $0.content == contender.content && $0.fingerprint == nil }
            if byPerson { return "`stoker approve \(name) \(revision)` lets it try again" }
            return "it waits for another content, or `stoker reconcile \(name) --retry`"
        case .held: return opening(contender, gates.map(\.standing).filter { !$0.isOpen })
        }
    }

    private func opening(_ contender: Contender, _ closed: [GateStanding]) -> String {
        var waits: [String] = []
        for who in closed.compactMap(\.waitsFor) where !waits.contains(who) { waits.append(who) }
        let time = closed.compactMap(\.opensIn).max().map { max($0, .seconds(1)) }
            .map { Duration.seconds($0.components.seconds).prometheusText }
        let before = goesBefore(contender).map { "; before it comes \($0)" } ?? ""
        switch (waits.isEmpty, time) {
        case (true, let time?):
            return "it is validated again, deployed and verified in \(time) at the earliest\(before)"
        case (true, nil): return "it waits\(before)"
        case (false, let time):
            return "it waits for \(waits.joined(separator: ", and for "))"
                + (time.map { ", and for another \($0)" } ?? "") + before
        }
    }

    // MARK: What let it in

    func grounds(_ contender: Contender) -> [Explanation.Ground] {
        let entry = record.entries?.first { $0.content == contender.content }
        let gates = entry?.gates ?? []
        // Of what came in before anybody noted what let it in it is said how it stands now.
        let admission =
            gates.isEmpty
            ? upstreams(contender, entry).map { upstream(contender, $0) }
            : gates.filter { $0.gate != .approvalRequired }.map { Self.ground($0, entry?.at) }
        return verification(contender, entry) + admission + (entry.map(Self.words) ?? [])
    }

    private static func ground(_ words: EnvironmentRecord.GateWords, _ entered: WallTime?) -> Explanation.Ground {
        let what =
            switch words.gate {
            case .waitingForUpstream: "upstream"
            case .soaking: "soak"
            case .gateCheckFailed: "check"
            case .outsideWindow: "window"
            case .frozen, .approvalRequired, .fetchFailed, .sourceInvalid, .signatureInvalid, .historyRewritten,
                .validationFailed, .ruleTestsFailed, .missingFile, .deletionBudgetExceeded, .deployFailed,
                .reloadFailed, .reloadUnconfirmed, .notServed, .targetUnreachable, .checkFailed, .unproven,
                .rollbackFailed, .drifted, .driftContested, .suspended, .rejectedByPerson, .superseded, .journalFailed:
                "gate"
            }
        return Explanation.Ground(what: what, message: words.message, at: words.since ?? entered)
    }

    /// Of several that any one would have been enough of, those that had verified it then; where nobody remembers, those
    /// that have now.
    private func upstreams(_ contender: Contender, _ entry: EnvironmentRecord.Entry?) -> [EnvironmentName] {
        let names = keeper.configuration.after.names
        guard keeper.configuration.after.any else { return names }
        let then = names.filter { entry?.upstreams.contains($0) ?? false }
        if !then.isEmpty { return then }
        let now = names.filter { name in
            contender.upstream[name].flatMap { content in
                keeper.upstreams.first { $0.name == name }?.verified(content)
            } != nil
        }
        return now.isEmpty ? names : now
    }

    /// - Parameter entry: nil where nothing was deployed.
    private func verification(
        _ contender: Contender, _ entry: EnvironmentRecord.Entry?
    ) -> [Explanation.Ground] {
        guard let verified = record.verified, verified.content == contender.content else { return [] }
        let proof = verified.proof.sorted { $0.key < $1.key }.filter { !$0.value.isEmpty }
            .map { "\($0.key): \($0.value.joined(separator: ", "))" }
        let adopted =
            entry == nil && record.attempt?.trigger == .adopt && record.attempt?.goal.content == verified.content
            ? "it was there before Stoker; " : ""
        return [
            Explanation.Ground(
                what: "verification",
                message: adopted + "verified here" + (proof.isEmpty ? "" : " (\(proof.joined(separator: "; ")))"),
                at: verified.at)
        ]
    }

    private func upstream(_ contender: Contender, _ name: EnvironmentName) -> Explanation.Ground {
        func ground(_ message: String, _ at: WallTime? = nil) -> Explanation.Ground {
            Explanation.Ground(what: "upstream", message: message, at: at)
        }
        guard let upstream = keeper.upstreams.first(where: { $0.name == name }) else {
            return ground("nothing is known of \(name)")
        }
        if let trouble = upstream.trouble {
            return ground("\(name) cannot be asked: \(trouble.message)", trouble.since)
        }
        guard let content = contender.upstream[name] else { return ground("it has no content in \(name)") }
        if let verified = upstream.verified(content) {
            let under = verified.takings.last.map { " at \($0.revision.short)" } ?? ""
            return ground(
                "verified in \(name)\(under), where it has run for \(Gatekeeper.rounded(verified.soaked))",
                verified.verifiedAt)
        }
        if let why = upstream.revoked[content] { return ground("\(name) verified it once, but \(why)") }
        if let why = upstream.rejected[content] { return ground("\(name) refused it: \(why)") }
        return ground("\(name) does not remember to have verified it")
    }

    /// What people had said when it was let in.
    private static func words(_ entry: EnvironmentRecord.Entry) -> [Explanation.Ground] {
        func ground(_ what: String, _ how: String, _ actor: String, _ reason: String, _ at: WallTime)
            -> Explanation.Ground
        {
            Explanation.Ground(
                what: what, message: "\(how) by \(actor)" + (reason.isEmpty ? "" : ": \(reason)"), at: at)
        }
        let promotion = entry.promotion.map {
            ground(
                "promotion", $0.breakGlass ? "promoted past soak, windows and blackouts" : "promoted", $0.actor,
                $0.reason, $0.at)
        }
        return [promotion].compactMap { $0 }
            + entry.approvals.map { ground("approval", "approved", $0.actor, $0.reason, $0.at) }
    }
}
