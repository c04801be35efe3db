import Logging
import StokerCore

extension Logger {
    /// Writes what the core has to say.
    func write(_ notice: Notice) {
        let level: Logger.Level =
            switch notice.level {
            case .notice: .notice
            case .warning: .warning
            case .error: .error
            }
        log(level: level, "\(notice.message)", metadata: notice.facts.mapValues { "\($0)" })
    }
}
