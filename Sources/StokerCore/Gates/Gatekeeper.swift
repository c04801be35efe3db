/// How one gate stands for one revision.
public struct GateStanding: Hashable, Codable, Sendable {
    /// Which gate, by the reason that it holds with.
    public let reason: Reason
    /// It does not stand in the way.
    public let isOpen: Bool
    /// What it waits for, or what has let the revision in.
    public let message: String
    /// The same without what changes by the second.
    public let lasting: String
    /// How long it will take where that is known.
    public let opensIn: Duration?
    /// The person, environment or server whose turn it is; nil where only time must pass.
    public let waitsFor: String?
    /// Since when it has been so; nil where that is not known.
    public let since: WallTime?

    /// All it consists of.
    public init(
        _ reason: Reason, isOpen: Bool, _ message: String, lasting: String? = nil, opensIn: Duration? = nil,
        waitsFor: String? = nil, since: WallTime? = nil
    ) {
        self.since = since
        self.lasting = lasting ?? message
        self.reason = reason
        self.isOpen = isOpen
        self.message = message
        self.opensIn = opensIn
        self.waitsFor = waitsFor
    }
}

/// Whether a revision may enter an environment: a pure function of the configuration, the upstreams' verdicts, people's
/// decisions and the clock. The same code decides, explains and is simulated.
public struct Gatekeeper: Sendable {
    let configuration: EnvironmentConfiguration
    let windows: Windows
    let upstreams: [UpstreamStanding]
    let record: EnvironmentRecord
    let checks: [Probe.CheckResult]?
    let now: Now
    private let opening: Opening?

    /// - Parameters:
    ///   - windows: with the rules of every zone that the configuration names.
    ///   - opening: when they open next, where that was worked out before.
    ///   - checks: the answers of the gates' checks; nil where they were not asked.
    public init(
        _ configuration: EnvironmentConfiguration, windows: Windows, opening: Opening? = nil,
        upstreams: [UpstreamStanding], record: EnvironmentRecord, checks: [Probe.CheckResult]?, now: Now
    ) {
        self.opening = opening
        self.configuration = configuration
        self.windows = windows
        self.upstreams = upstreams
        self.record = record
        self.checks = checks
        self.now = now
    }

    /// Every gate of the environment, in the order in which their holds are shown: checks that were not asked come last.
    public func standings(of contender: Contender) -> [GateStanding] {
        let before = [frozen()] + eligibility(of: contender) + soak(of: contender)
        let after = approval(of: contender) + window(contender)
        return checks == nil ? before + after + gateChecks() : before + gateChecks() + after
    }

    /// The first gate that holds; nil where the revision may enter. What comes after it is not asked. Checks that were not
    /// asked yet hold only where all else is open.
    public func hold(of contender: Contender) -> GateStanding? {
        if case let gate = frozen(), !gate.isOpen { return gate }
        let check = gateChecks().first { !$0.isOpen }
        return eligibility(of: contender).first { !$0.isOpen } ?? soak(of: contender).first { !$0.isOpen }
            ?? (checks == nil ? nil : check) ?? approval(of: contender).first { !$0.isOpen }
            ?? closedWindow(contender) ?? check
    }

    /// Whether its content is verified upstream.
    public func isEligible(_ contender: Contender) -> Bool { eligibility(of: contender).allSatisfy(\.isOpen) }

    // MARK: Freeze

    private func frozen() -> GateStanding { .freeze(record.freeze, of: configuration.name, at: now.wall) }

    // MARK: Upstreams

    private func eligibility(of contender: Contender) -> [GateStanding] {
        let all = configuration.after.names.map { eligibility(of: contender, in: $0) }
        guard configuration.after.any, let open = all.first(where: \.isOpen) else { return all }
        return [open]
    }

    func eligibility(of contender: Contender, in name: EnvironmentName) -> GateStanding {
        func closed(_ message: String, since: WallTime? = nil) -> GateStanding {
            GateStanding(.waitingForUpstream, isOpen: false, message, waitsFor: name.rawValue, since: since)
        }
        guard let upstream = upstreams.first(where: { $0.name == name }) else {
            return closed("nothing is known of \(name) yet")
        }
        if let trouble = upstream.trouble {
            return closed("\(name) cannot be asked: \(trouble.message)", since: trouble.since)
        }
        let revision = contender.candidate.revision.short
        guard let content = contender.upstream[name] else { return closed("\(revision) has no content in \(name)") }
        if let why = upstream.rejected[content] { return closed("\(name) refused it: \(why)") }
        if let why = upstream.degraded[content] { return closed("\(name) does not do well with it: \(why)") }
        if let verified = upstream.verified(content) {
            let under = verified.takings.last.map { " at \($0.revision.short)" } ?? ""
            return GateStanding(
                .waitingForUpstream, isOpen: true, "verified in \(name)\(under)", since: verified.verifiedAt)
        }
        if let why = upstream.revoked[content] { return closed("\(name) verified it once, but \(why)") }
        return closed("what \(revision) looks like in \(name) is not verified there yet")
    }

    // MARK: Soak

    private func soak(of contender: Contender) -> [GateStanding] {
        let wanted = configuration.gates.soak
        guard wanted > .zero else { return [] }
        if let word = brokenGlass(for: contender) {
            return [GateStanding(.soaking, isOpen: true, "\(wanted.prometheusText) of soak skipped: \(word)")]
        }
        // Where one is enough it is one that lets the revision in.
        let names = configuration.after.names.filter {
            !configuration.after.any || eligibility(of: contender, in: $0).isOpen
        }
        let all = names.compactMap { soak(of: contender, in: $0, wanted) }
        guard configuration.after.any, let best = all.max(by: { Self.isLess($0, $1) }) else { return all }
        return [best]
    }

    private static func isLess(_ a: GateStanding, _ b: GateStanding) -> Bool {
        if a.isOpen != b.isOpen { return b.isOpen }
        guard let mine = a.opensIn else { return b.opensIn != nil }
        return b.opensIn.map { mine > $0 } ?? false
    }

    /// Nil where it is not verified there: then there is nothing to measure.
    private func soak(of contender: Contender, in name: EnvironmentName, _ wanted: Duration) -> GateStanding? {
        guard let verified = verified(contender, in: name) else { return nil }
        var soaked = verified.soaked
        var since = ""
        if !isExercised(contender, in: name) {
            // What it changes here was not run there: it counts from when that environment took this very revision.
            soaked -= taken(contender.candidate.revision, in: name, verified)
            since = ", since it took this revision"
        }
        let text = "has run for \(Self.rounded(soaked)) of \(wanted.prometheusText) in \(name)\(since)"
        if soaked >= wanted { return GateStanding(.soaking, isOpen: true, text) }
        guard verified.isSoaking else {
            return GateStanding(
                .soaking, isOpen: false, "\(text), where its time stands still",
                lasting: "soaks \(wanted.prometheusText) in \(name), where its time stands still",
                waitsFor: name.rawValue)
        }
        return GateStanding(
            .soaking, isOpen: false, text, lasting: "soaks \(wanted.prometheusText) in \(name)",
            opensIn: wanted - soaked)
    }

    private func taken(
        _ revision: Revision, in name: EnvironmentName, _ verified: UpstreamStanding.Verified
    ) -> Duration {
        if let contending = record.contending, contending.revision == revision, let at = contending.takenAt[name] {
            // Time that was revoked since has begun anew.
            return min(at, verified.soaked)
        }
        return Self.taken(revision, verified)
    }

    /// How long the content had run when the upstream took a revision; where it went past it, when it took the newest.
    static func taken(_ revision: Revision, _ verified: UpstreamStanding.Verified) -> Duration {
        (verified.takings.first { $0.revision.commit == revision.commit } ?? verified.takings.first)?.soaked
            ?? verified.soaked
    }

    // MARK: Checks

    private func gateChecks() -> [GateStanding] {
        configuration.gates.checks.enumerated().map { index, check in
            let answer = checks.flatMap { index < $0.count ? $0[index] : nil }
            switch answer {
            case .pass: return GateStanding(.gateCheckFailed, isOpen: true, "the check \(check.name) passes")
            case .fail:
                return GateStanding(
                    .gateCheckFailed, isOpen: false, "the check \(check.name) fails", waitsFor: check.name)
            case .inconclusive:
                return GateStanding(
                    .gateCheckFailed, isOpen: false, "the check \(check.name) has no answer", waitsFor: check.name)
            case .notAsked, nil:
                return GateStanding(
                    .gateCheckFailed, isOpen: false, "the check \(check.name) is asked when all else is open",
                    waitsFor: check.name)
            }
        }
    }

    // MARK: Approval

    private func approval(of contender: Contender) -> [GateStanding] {
        let unexercised = unexercised(contender)
        let isHeldBack = configuration.gates.unexercised == .hold && !unexercised.isEmpty
        guard configuration.gates.approval != nil || isHeldBack, let content = contender.content else { return [] }
        let policy = configuration.gates.policy
        let words = approvals(of: content, policy)
        let names = words.map { $0.reason.isEmpty ? $0.actor : "\($0.actor) (\($0.reason))" }
        if words.count >= policy.count {
            return [
                GateStanding(
                    .approvalRequired, isOpen: true, "approved by \(names.joined(separator: ", "))",
                    since: words.map(\.at).max())
            ]
        }
        // Whoever has spoken is not waited for.
        let others = policy.approvers.filter { approver in !words.contains { $0.actor == approver } }
        let anybody = words.isEmpty ? "anybody" : "anybody else"
        let who = policy.approvers.isEmpty ? anybody : others.joined(separator: ", ")
        let why =
            isHeldBack && configuration.gates.approval == nil
            ? "\(unexercised.count) files were not exercised upstream; " : ""
        let so = names.isEmpty ? "" : ", so far by \(names.joined(separator: ", "))"
        return [
            GateStanding(
                .approvalRequired, isOpen: false,
                "\(why)\(words.count) of \(policy.count) approvals\(so): `stoker approve \(configuration.name) "
                    + "\(contender.candidate.revision.short)` by \(who)", waitsFor: who)
        ]
    }

    /// Words that count for a content: of people who may, one of each, not too old.
    func approvals(of content: ContentID, _ policy: ApprovalPolicy) -> [Approval] {
        var people: Set<String> = []
        return (record.approvals ?? []).filter { word in
            word.content == content && policy.admits(word.actor)
                && Self.time(from: word.at, to: now.wall) < policy.expires && people.insert(word.actor).inserted
        }
    }

    // MARK: Windows

    private func window(_ contender: Contender) -> [GateStanding] {
        guard hasWindows else { return [] }
        if let closed = closedWindow(contender) { return [closed] }
        if windows.isOpen(at: now.wall) { return [.openWindow(windows, at: now.wall)] }
        let word = brokenGlass(for: contender) ?? ""
        return [GateStanding(.outsideWindow, isOpen: true, "the closed window is skipped: \(word)")]
    }

    private var hasWindows: Bool { !configuration.gates.windows.isEmpty || !configuration.gates.blackouts.isEmpty }

    /// Nil where it is open, or skipped.
    private func closedWindow(_ contender: Contender) -> GateStanding? {
        guard hasWindows, !windows.isOpen(at: now.wall), brokenGlass(for: contender) == nil else { return nil }
        let opening = opening.flatMap { $0.holds(at: now.wall) ? $0 : nil } ?? Opening(windows, from: now.wall)
        return .closedWindow(opens: opening.at, at: now.wall)
    }

    /// Who let a revision pass soak and windows, and why; nil where nobody did.
    private func brokenGlass(for contender: Contender) -> String? {
        guard let promotion = record.promotion, promotion.breakGlass, promotion.goal.content == contender.content else {
            return nil
        }
        return "\(promotion.actor) broke the glass: \(promotion.reason)"
    }

    static func time(from: WallTime, to: WallTime) -> Duration {
        .milliseconds(to.milliseconds - from.milliseconds)
    }

    /// Whole seconds, for messages that do not change at every look.
    static func rounded(_ duration: Duration) -> String {
        Duration.seconds(duration.components.seconds).prometheusText
    }
}
