import Logging
import StokerCore

/// What the log says of broken glass, each thing once, and again after a start: whoever reads the log must not have to ask to
/// learn of it.
struct GlassLog {
    private var promotion: Promotion?
    private var attempt: Int64?

    /// A warning when a promotion past soak and windows is taken in, and another one when it is deployed.
    mutating func write(_ record: EnvironmentRecord, to log: Logger) {
        let standing = record.promotion.flatMap { $0.breakGlass ? $0 : nil }
        if let standing, standing != promotion {
            log.warning("promoted past soak and windows", metadata: Self.facts(standing))
        }
        promotion = standing
        guard let standing, let running = record.attempt, running.outcome == nil, running.promoted != nil,
            running.goal.content == standing.goal.content, running.id != attempt
        else { return }
        attempt = running.id
        log.warning("deploying past soak and windows", metadata: Self.facts(standing))
    }

    private static func facts(_ promotion: Promotion) -> Logger.Metadata {
        [
            "revision": "\(promotion.goal.revision)", "by": "\(promotion.actor)", "reason": "\(promotion.reason)",
        ]
    }
}
