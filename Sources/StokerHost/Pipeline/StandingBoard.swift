// Pipeline: what the environments of one file know of each other. Those that run here write their standing on one board,
// those of another Stoker are asked over its API; the source says what a revision looks like in each of them. What follows
// from all that is decided in StokerCore.

import StokerCore

/// Where every environment stands, as far as it is known here.
@HostActor
public final class StandingBoard {
    private var local: [EnvironmentName: () -> EnvironmentRecord] = [:]
    private var remote: [EnvironmentName: UpstreamStanding] = [:]
    private let journal: Journal
    private let bootID = Clock.bootID()

    /// An empty board.
    /// - Parameter journal: of the environments that are kept here.
    public init(journal: Journal) { self.journal = journal }

    /// An environment that runs here: its record is asked for whenever somebody wants to know.
    func register(_ name: EnvironmentName, _ record: @escaping () -> EnvironmentRecord) { local[name] = record }

    /// What another Stoker said, or that it said nothing.
    /// - Returns: whether that is news.
    @discardableResult
    public func take(_ standing: UpstreamStanding) -> Bool {
        let before = remote.updateValue(standing, forKey: standing.name)
        return before != standing
    }

    /// What is known of an environment now; nil where nothing is.
    public func standing(of name: EnvironmentName, at now: Instant) -> UpstreamStanding? {
        do throws(Journal.Problem) {
            if let record = local[name]?() {
                return record.standing(of: name, at: now, boot: bootID, requests: try journal.openRequests(for: name))
            }
            if let standing = remote[name] { return standing }
            return try journal.record(of: name)?.standing(
                of: name, at: now, boot: bootID, requests: try journal.openRequests(for: name))
        } catch {
            return nil
        }
    }
}
