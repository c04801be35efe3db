// Pipeline: what the environments of one file know of each other. Those that run here write their standing on one board,
// those of another Stoker are asked over its API; the source says what a revision looks like in each of them. What follows
// from all that is decided in StokerCore.

import StokerCore

/// Where every environment stands, as far as it is known here.
@HostActor
public final class StandingBoard {
    private var local: [EnvironmentName: (Instant) -> UpstreamStanding] = [:]
    private var remote: [EnvironmentName: UpstreamStanding] = [:]
    private let journal: Journal?

    /// An empty board.
    /// - Parameter journal: what is asked about environments that nobody has written here; nil: nothing.
    public init(journal: Journal? = nil) { self.journal = journal }

    /// An environment that runs here: asked whenever somebody wants to know.
    func register(_ name: EnvironmentName, _ standing: @escaping (Instant) -> UpstreamStanding) {
        local[name] = standing
    }

    /// What another Stoker said, or that it said nothing.
    /// - Returns: whether that is news.
    @discardableResult
    public func take(_ standing: UpstreamStanding) -> Bool {
        let before = remote.updateValue(standing, forKey: standing.name)
        return before != standing
    }

    /// What is known of an environment now; nil where nothing is.
    public func standing(of name: EnvironmentName, at now: Instant) -> UpstreamStanding? {
        if let standing = local[name] { return standing(now) }
        if let standing = remote[name] { return standing }
        guard let journal else { return nil }
        do throws(Journal.Problem) {
            return try journal.record(of: name)?.standing(of: name, at: now)
        } catch {
            return nil
        }
    }
}
