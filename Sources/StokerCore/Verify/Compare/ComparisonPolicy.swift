/// Which vital signs are compared, and what follows from a sign that got worse.
public struct ComparisonPolicy: Hashable, Codable, Sendable {
    /// One vital sign, as stoker.yml spells it.
    public enum Sign: String, Hashable, Codable, Sendable, CaseIterable, CodingKeyRepresentable {
        /// Groups of rules that are no longer served although the change did not remove them.
        case ruleGroups = "rule_groups"
        /// Scrape pools that are gone although their job was not removed.
        case scrapePools = "scrape_pools"
        /// Active targets of a job that had some.
        case targets
        /// The share of a job's targets that answer.
        case up
        /// Targets that relabelling drops.
        case droppedTargets = "dropped_targets"
        /// Alertmanagers that alerts are sent to.
        case alertmanagers
        /// Rules whose evaluation fails.
        case ruleHealth = "rule_health"
        /// Evaluations that failed since the change.
        case evaluationFailures = "evaluation_failures"
        /// Notifications that could not be sent since the change.
        case notificationErrors = "notification_errors"
        /// More firing alerts than before.
        case firingAlerts = "firing_alerts"
        /// Growth of the head.
        case series
        /// Growth of resident memory.
        case memory
        /// The process restarted although it was not told to.
        case restarts
    }

    /// What a sign that got worse leads to.
    public enum Action: String, Hashable, Codable, Sendable, CaseIterable {
        case off
        /// A warning in the message.
        case warn
        /// A rollback where the change touched what got worse, else a warning.
        case fail
    }

    /// How much worse is too much.
    public enum Threshold: Hashable, Codable, Sendable {
        /// A share of what was there before, 0…1 for losses, any for growth.
        case share(Double)
        /// A number of things.
        case count(Double)
    }

    /// The rule for one sign.
    public struct Rule: Hashable, Codable, Sendable {
        /// What follows.
        public var action: Action
        /// Beyond it the sign counts as worse.
        public var threshold: Threshold

        /// A rule; the meaning of the threshold is the sign's.
        public init(_ action: Action, _ threshold: Threshold) {
            self.action = action
            self.threshold = threshold
        }
    }

    /// By sign; a sign that is absent has its default.
    private var rules: [Sign: Rule]
    /// Written in the file: the signs are watched even without checks and with `for: 0s`.
    public var isWritten: Bool

    /// - Parameter rules: what differs from the defaults.
    public init(_ rules: [Sign: Rule] = [:], isWritten: Bool = false) {
        self.rules = rules
        self.isWritten = isWritten
    }

    /// The rule for a sign, its default where none was written.
    public subscript(_ sign: Sign) -> Rule { rules[sign] ?? Self.standard(sign) }

    /// Whether anything is compared at all.
    public var comparesAnything: Bool { Sign.allCases.contains { self[$0].action != .off } }

    /// Defaults that do not cry wolf: what a change can hardly mean condemns, what it may well mean is said.
    public static func standard(_ sign: Sign) -> Rule {
        switch sign {
        case .ruleGroups: Rule(.warn, .count(0))
        case .scrapePools: Rule(.warn, .count(0))
        case .targets: Rule(.fail, .share(1))
        case .up: Rule(.fail, .share(0.5))
        case .droppedTargets: Rule(.warn, .share(0.5))
        case .alertmanagers: Rule(.fail, .share(1))
        case .ruleHealth: Rule(.fail, .count(0))
        case .evaluationFailures: Rule(.warn, .count(0))
        case .notificationErrors: Rule(.warn, .count(0))
        case .firingAlerts: Rule(.fail, .count(100))
        case .series: Rule(.warn, .share(1))
        case .memory: Rule(.warn, .share(1))
        case .restarts: Rule(.warn, .count(0))
        }
    }
}
