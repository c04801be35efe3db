// Pipeline: what the environments of one file know of each other. Those that run here write their standing on one board,
// those of another Stoker are asked over its API; the source says what a revision looks like in each of them. What follows
// from all that is decided in StokerCore.

import StokerCore

/// Where every environment stands, as far as it is known here.
@HostActor
public final class StandingBoard {
    /// What another Stoker said, and how long that counts.
    private struct Told {
        let standing: UpstreamStanding
        let at: WallTime
        let until: Instant?
    }

    /// What an environment that runs here knows of itself.
    struct Own {
        let record: EnvironmentRecord
        /// When what soaks was seen last; nil before the first look.
        let seenAt: Instant?
    }

    private var local: [EnvironmentName: () -> Own] = [:]
    private var remote: [EnvironmentName: Told] = [:]
    private let journal: Journal?
    private let bootID = Clock.bootID()
    private let madeAt = Clock.wall()
    /// A daemon looks after what the journal alone knows: what it noted as running goes on.
    public let isKept: Bool

    /// An empty board.
    /// - Parameters:
    ///   - journal: of the environments that are kept here; nil where there is none yet.
    ///   - isKept: whether a daemon looks after what only the journal knows.
    public init(journal: Journal?, isKept: Bool = false) {
        self.journal = journal
        self.isKept = isKept
    }

    /// An environment that runs here: its record is asked for whenever somebody wants to know.
    func register(_ name: EnvironmentName, _ own: @escaping () -> Own) { local[name] = own }

    /// What another Stoker said, or that it said nothing.
    /// - Parameter until: later it counts no more: nobody knows what became of it. Nil: until something else is said.
    /// - Returns: whether that is news.
    @discardableResult
    public func take(_ standing: UpstreamStanding, until: Instant? = nil) -> Bool {
        let told = Told(standing: standing, at: Clock.wall(), until: until)
        let before = remote.updateValue(told, forKey: standing.name)
        return before?.standing.lasting != standing.lasting
    }

    /// What was said last of an environment of another Stoker, whether or not it still counts.
    func told(of name: EnvironmentName) -> UpstreamStanding? { remote[name]?.standing }

    /// What is known of an environment now; nil where nothing is.
    public func standing(of name: EnvironmentName, at now: Instant) -> UpstreamStanding? {
        do throws(Journal.Problem) {
            if let own = local[name]?() {
                var standing = try standing(own, name)
                if own.seenAt == nil {
                    standing.trouble = UpstreamStanding.Trouble(
                        since: madeAt, message: "it was not looked at since the start")
                }
                return standing
            }
            if let told = remote[name] { return Self.counting(told, at: now) }
            return try noted(name, at: now)
        } catch {
            return nil
        }
    }

    /// Of an environment that only the journal knows.
    private func noted(_ name: EnvironmentName, at now: Instant) throws(Journal.Problem) -> UpstreamStanding? {
        guard let journal, let record = try journal.record(of: name) else { return nil }
        return try standing(Own(record: record, seenAt: isKept ? now : nil), name)
    }

    private func standing(_ own: Own, _ name: EnvironmentName) throws(Journal.Problem) -> UpstreamStanding {
        own.record.standing(
            of: name, seenAt: own.seenAt, boot: bootID, requests: try journal?.openRequests(for: name) ?? [])
    }

    /// A machine that slept wakes up with answers of yesterday.
    private static func counting(_ told: Told, at now: Instant) -> UpstreamStanding {
        var standing = told.standing
        if standing.trouble == nil, let until = told.until, now > until {
            standing.trouble = UpstreamStanding.Trouble(
                since: told.at, message: "its last answer is too old to count; it is asked again")
        }
        return standing
    }
}
