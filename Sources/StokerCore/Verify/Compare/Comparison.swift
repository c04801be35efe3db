/// One vital sign that is worse than before the change.
public struct Worsening: Hashable, Codable, Sendable {
    /// What got worse.
    public let sign: ComparisonPolicy.Sign
    /// The job, group or rule it is about; empty for the process as a whole.
    public let subject: String
    /// The change touched what got worse, and the sign's action is `fail`.
    public let condemns: Bool
    /// One sentence, both values in it.
    public let message: String

    /// A sign and what became of it.
    public init(sign: ComparisonPolicy.Sign, subject: String, condemns: Bool, message: String) {
        self.sign = sign
        self.subject = subject
        self.condemns = condemns
        self.message = message
    }

    /// What the attempt ends with where it condemns; says how to mean it.
    public var failure: Failure {
        Failure(
            .checkFailed, .content, "\(message); if that is meant, set verify.compare.\(sign.rawValue)")
    }
}

/// The vital signs before the change against those of now.
public struct Comparison {
    private let before: Vitals
    private let now: Vitals
    private let policy: ComparisonPolicy
    private let scope: ChangeScope
    private let isSameProcess: Bool
    private let restartExpected: Bool
    private var found: [Worsening] = []

    /// What is worse now, worst first within a sign, at most twenty of each that condemn and twenty that do not.
    /// - Parameters:
    ///   - sameProcess: counters go on counting from where they were.
    ///   - restartExpected: it was told to restart.
    public static func worsenings(
        before: Vitals, now: Vitals, policy: ComparisonPolicy, scope: ChangeScope, sameProcess: Bool,
        restartExpected: Bool = false
    ) -> [Worsening] {
        var comparison = Comparison(before, now, policy, scope, sameProcess, restartExpected)
        for sign in ComparisonPolicy.Sign.allCases where policy[sign].action != .off { comparison.compare(sign) }
        return comparison.found
    }

    private init(
        _ before: Vitals, _ now: Vitals, _ policy: ComparisonPolicy, _ scope: ChangeScope, _ isSameProcess: Bool,
        _ restartExpected: Bool
    ) {
        self.before = before
        self.now = now
        self.policy = policy
        self.scope = scope
        self.isSameProcess = isSameProcess
        self.restartExpected = restartExpected
    }

    private mutating func compare(_ sign: ComparisonPolicy.Sign) {
        switch sign {
        case .ruleGroups: ruleGroups()
        case .scrapePools: scrapePools()
        case .targets: targets()
        case .up: up()
        case .droppedTargets: droppedTargets()
        case .alertmanagers: alertmanagers()
        case .ruleHealth: ruleHealth()
        case .evaluationFailures: evaluationFailures()
        case .notificationErrors: notificationErrors()
        case .firingAlerts: firingAlerts()
        case .series: growth(.series, before.series, now.series, atLeast: 10_000, "series in the head", Self.number)
        case .memory: growth(.memory, before.memory, now.memory, atLeast: 256e6, "resident memory", Self.bytes)
        case .restarts: restarts()
        }
    }

    private mutating func add(
        _ sign: ComparisonPolicy.Sign, _ subject: String, touched: Bool, _ message: String
    ) {
        let condemns = touched && policy[sign].action == .fail
        // Many that only warn must not crowd out the one that condemns.
        guard found.count(where: { $0.sign == sign && $0.condemns == condemns }) < 20 else { return }
        found.append(Worsening(sign: sign, subject: subject, condemns: condemns, message: message))
    }

    /// Whether a loss from one number to another is beyond the threshold: a share of what was there, or a count. A share of
    /// 1 is the loss of everything.
    private func isLoss(_ sign: ComparisonPolicy.Sign, from old: Double, to new: Double) -> Bool {
        guard old > 0, new < old else { return false }
        switch policy[sign].threshold {
        case .share(let share): return share >= 1 ? new == 0 : (old - new) / old > share
        case .count(let count): return old - new > count
        }
    }

    private func isGrowth(_ sign: ComparisonPolicy.Sign, from old: Double, to new: Double) -> Bool {
        switch policy[sign].threshold {
        case .share(let share): new > old * (1 + share)
        case .count(let count): new - old > count
        }
    }
}

// MARK: Rules

extension Comparison {
    private mutating func ruleGroups() {
        let lost = before.ruleGroups.keys.filter { now.ruleGroups[$0] == nil && !scope.removedGroups.contains($0) }
        guard
            isLoss(.ruleGroups, from: Double(before.ruleGroups.count), to: Double(before.ruleGroups.count - lost.count))
        else { return }
        for group in lost.sorted() {
            add(.ruleGroups, group, touched: true, "the rule group \(Self.group(group)) is no longer served")
        }
    }

    private mutating func ruleHealth() {
        guard let broken = now.brokenRules, let old = before.brokenRules else { return }
        let new = broken.filter { old[$0.key] == nil }
        switch policy[.ruleHealth].threshold {
        case .count(let count) where Double(new.count) <= count: return
        case .share(let share) where Double(new.count) <= share * Double(now.ruleGroups.values.reduce(0, +)): return
        case .count, .share: break
        }
        for (rule, error) in new.sorted(by: { $0.key < $1.key }) {
            add(
                .ruleHealth, rule, touched: scope.ruleFiles.contains(Self.file(rule)),
                "the rule \(Self.group(rule)) cannot be evaluated: \(error)")
        }
    }

    private mutating func evaluationFailures() {
        for (group, count) in now.evaluationFailures.sorted(by: { $0.key < $1.key }) {
            let old = isSameProcess ? before.evaluationFailures[group] ?? 0 : 0
            // A counter that fell began again, with the group's reload.
            let failed = count < old ? count : count - old
            guard isGrowth(.evaluationFailures, from: 0, to: failed), failed > 0 else { continue }
            // Rules that failed before go on failing.
            if old > 0 { continue }
            add(
                .evaluationFailures, group, touched: scope.ruleFiles.contains(Self.file(group)),
                "\(Self.number(failed)) evaluations in the rule group \(Self.group(group)) failed since the change")
        }
    }

    private mutating func firingAlerts() {
        guard let firing = now.firing, let old = before.firing else { return }
        let all = (firing.values.reduce(0, +), old.values.reduce(0, +))
        guard isGrowth(.firingAlerts, from: Double(all.1), to: Double(all.0)) else { return }
        let risen = firing.filter { $0.value > (old[$0.key] ?? 0) }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let ofChange = risen.filter { scope.alerts.contains($0.key) }
        let more = ofChange.reduce(0) { $0 + $1.value - (old[$1.key] ?? 0) }
        let names = (ofChange.isEmpty ? risen : ofChange).prefix(3).map { "\($0.key) \($0.value)" }
        add(
            .firingAlerts, "", touched: isGrowth(.firingAlerts, from: 0, to: Double(more)),
            "\(all.0) alerts fire, before the change \(all.1) (\(names.joined(separator: ", ")))")
    }
}

// MARK: Targets

extension Comparison {
    private mutating func scrapePools() {
        let lost = before.targets.keys.filter { now.targets[$0] == nil && !scope.removedJobs.contains($0) }
        guard isLoss(.scrapePools, from: Double(before.targets.count), to: Double(before.targets.count - lost.count))
        else { return }
        for job in lost.sorted() {
            add(.scrapePools, job, touched: scope.jobs.contains(job), "the job \"\(job)\" has no scrape pool any more")
        }
    }

    private mutating func targets() {
        for (job, after) in now.targets.sorted(by: { $0.key < $1.key }) {
            guard let old = before.targets[job], isLoss(.targets, from: Double(old.active), to: Double(after.active))
            else { continue }
            // A list that was emptied is meant; relabelling that drops what was discovered hardly is, nor is another
            // discovery that finds nothing.
            let isDropped = (after.dropped ?? 0) > (old.dropped ?? 0)
            let isUnfound = after.active == 0 && scope.rediscoveredJobs?.contains(job) == true
            let why =
                isDropped
                ? ": relabelling drops \(after.dropped ?? 0)" : isUnfound ? ": its new discovery finds nothing" : ""
            add(
                .targets, job, touched: scope.jobs.contains(job) && (isDropped || isUnfound || after.dropped == nil),
                "the job \"\(job)\" has \(after.active) active targets, before the change \(old.active)\(why)")
        }
        for job in (scope.addedJobs ?? []).sorted() where before.targets[job] == nil {
            guard let after = now.targets[job], after.active == 0, let dropped = after.dropped, dropped > 0,
                isLoss(.targets, from: Double(dropped), to: 0)
            else { continue }
            add(.targets, job, touched: true, "relabelling drops all \(dropped) targets of the new job \"\(job)\"")
        }
    }

    private mutating func up() {
        for (job, after) in now.up.sorted(by: { $0.key < $1.key }) {
            guard let old = before.up[job], old.total > 0, after.total > 0 else { continue }
            let shares = (Double(old.up) / Double(old.total), Double(after.up) / Double(after.total))
            let isWorse: Bool
            switch policy[.up].threshold {
            case .share(let share): isWorse = shares.0 - shares.1 >= share && shares.1 < shares.0
            case .count(let count): isWorse = Double(old.up - after.up) > count
            }
            guard isWorse else { continue }
            add(
                .up, job, touched: scope.jobs.contains(job),
                "of the job \"\(job)\" \(after.up) of \(after.total) targets are up, before the change \(old.up) of "
                    + "\(old.total)")
        }
    }

    private mutating func droppedTargets() {
        for (job, after) in now.targets.sorted(by: { $0.key < $1.key }) {
            guard let old = before.targets[job], let dropped = after.dropped, let oldDropped = old.dropped else {
                continue
            }
            let all = Double(after.active + dropped)
            let more = Double(dropped - oldDropped)
            let isWorse: Bool
            switch policy[.droppedTargets].threshold {
            case .share(let share): isWorse = more > 0 && more / all > share
            case .count(let count): isWorse = more > count
            }
            guard isWorse else { continue }
            add(
                .droppedTargets, job, touched: scope.jobs.contains(job),
                "relabelling drops \(dropped) targets of the job \"\(job)\", before the change \(oldDropped)")
        }
    }
}

// MARK: The process as a whole

extension Comparison {
    private mutating func alertmanagers() {
        guard let after = now.alertmanagers, let old = before.alertmanagers,
            isLoss(.alertmanagers, from: Double(old), to: Double(after))
        else { return }
        add(
            .alertmanagers, "", touched: scope.alerting,
            "alerts are sent to \(after) Alertmanagers, before the change to \(old)")
    }

    private mutating func notificationErrors() {
        guard let count = now.notificationErrors else { return }
        let old = isSameProcess ? before.notificationErrors ?? 0 : 0
        guard count > old, isGrowth(.notificationErrors, from: 0, to: count - old) else { return }
        add(
            .notificationErrors, "", touched: scope.alerting,
            "\(Self.number(count - old)) notifications could not be sent since the change")
    }

    private mutating func restarts() {
        if isSameProcess || restartExpected { return }
        add(.restarts, "", touched: true, "the process restarted since the change")
    }

    private mutating func growth(
        _ sign: ComparisonPolicy.Sign, _ old: Double?, _ after: Double?, atLeast floor: Double, _ name: String,
        _ text: (Double) -> String
    ) {
        guard let old, let after, after - old >= floor, isGrowth(sign, from: old, to: after) else { return }
        add(sign, "", touched: true, "\(name): \(text(after)), before the change \(text(old))")
    }

    private static func number(_ value: Double) -> String {
        value.magnitude < 1e15 ? String(Int64(value)) : String(value)
    }

    private static func bytes(_ value: Double) -> String { number((value / 1e6).rounded()) + " MB" }

    /// `file;group[;rule]` for people: the last parts before the file.
    private static func group(_ key: String) -> String {
        let parts = key.split(separator: ";", omittingEmptySubsequences: false)
        guard parts.count > 1 else { return "\"\(key)\"" }
        return "\"\(parts.dropFirst().joined(separator: " / "))\" of \(parts[0])"
    }

    private static func file(_ key: String) -> String { String(key.prefix { $0 != ";" }) }
}
