import StokerCore

/// Explains the gates of an environment from the journal and the git cache alone: it takes no lock, fetches nothing, and
/// works with and without a daemon.
@HostActor
public final class PipelineReader {
    private let configuration: Configuration
    private let feed: SourceFeed
    private let board: StandingBoard
    private let journal: Journal?

    /// - Parameters:
    ///   - journal: of the storage directory; nil where there is none yet.
    ///   - board: with what other Stokers have said; the rest is read from the journal.
    public init(_ configuration: Configuration, storage: String, journal: Journal?, board: StandingBoard) {
        self.configuration = configuration
        self.journal = journal
        self.board = board
        feed = SourceFeed(configuration, storage: storage)
    }

    /// A commit as people type it.
    public func revision(
        _ text: String, in environment: EnvironmentConfiguration
    ) throws(SourceFailure) -> Revision {
        try feed.revision(text, in: environment)
    }

    /// What runs and what is next, or one revision.
    /// - Parameter promotion: explains as if it had been noted.
    public func explain(
        _ environment: EnvironmentConfiguration, _ revision: Revision?, promotion: Promotion? = nil
    ) async throws(Failure) -> [Explanation] {
        var record = try record(of: environment.name)
        if let promotion { record.promote(promotion) }
        feed.take(record, of: environment.name)
        let upstreams = environment.after.names.compactMap { board.standing(of: $0, at: Clock.instant()) }
        let running = record.live.map { live in contender(of: live, environment, record) }
        let asked = try revision.map { revision throws(Failure) in
            try candidate(revision, environment, record)
        }
        var contenders = try await contenders(environment, record, upstreams, besides: [running?.candidate, asked])
        if let asked, !contenders.contains(where: { $0.candidate.revision.commit == asked.revision.commit }) {
            contenders.append(feed.contender(asked, environment, record.live?.revision))
        }
        let explainer = Explainer(
            Gatekeeper(
                environment,
                windows: Windows(
                    windows: environment.gates.windows, blackouts: environment.gates.blackouts,
                    zones: configuration.zones),
                upstreams: upstreams, record: record, checks: nil, now: Clock.now()),
            contenders: contenders, status: try status(of: environment.name),
            decisions: try decisions(environment.name), onRewrite: configuration.source.onRewrite)
        if let asked {
            return contenders.filter { $0.candidate.revision.commit == asked.revision.commit }.map(explainer.explain)
        }
        let next = explainer.next.flatMap { next in
            running?.candidate.revision.commit == next.candidate.revision.commit ? nil : next
        }
        return [running, next].compactMap { $0 }.map(explainer.explain)
    }

    // MARK: Revisions

    private func contenders(
        _ environment: EnvironmentConfiguration, _ record: EnvironmentRecord, _ upstreams: [UpstreamStanding],
        besides others: [Candidate?]
    ) async throws(Failure) -> [Contender] {
        var head: Candidate?
        do throws(SourceFailure) {
            head = try feed.candidate(
                environment, feed.ref(of: environment), try feed.newest(in: environment), record.seen)
        } catch {
            // Nothing was fetched yet: what runs can be explained all the same.
            head = nil
        }
        func find() -> [Contender] {
            feed.contenders(environment, head: head, record: record, upstreams: upstreams)
        }
        let found = find().map(\.candidate.revision) + others.compactMap { $0?.revision }
        await feed.judge(found, environment)
        return find()
    }

    private func candidate(
        _ revision: Revision, _ environment: EnvironmentConfiguration, _ record: EnvironmentRecord
    ) throws(Failure) -> Candidate {
        do throws(SourceFailure) {
            return try feed.candidate(environment, feed.ref(of: environment), revision, record.seen)
        } catch {
            throw error.failure
        }
    }

    /// What runs, whether or not the cache still has its commit.
    private func contender(
        of live: Goal, _ environment: EnvironmentConfiguration, _ record: EnvironmentRecord
    ) -> Contender {
        let candidate = Candidate(
            revision: live.revision, ref: feed.ref(of: environment), content: .success(live.content),
            relation: .forward)
        return feed.contender(candidate, environment, nil)
    }

    // MARK: The journal

    private func record(of name: EnvironmentName) throws(Failure) -> EnvironmentRecord {
        let fresh = EnvironmentRecord(bootID: Clock.bootID())
        return try read { journal throws(Journal.Problem) in try Self.record(of: name, journal) } ?? fresh
    }

    /// Instants of another boot mean nothing.
    private static func record(of name: EnvironmentName, _ journal: Journal) throws(Journal.Problem)
        -> EnvironmentRecord?
    {
        var record = try journal.record(of: name)
        if let bootID = record?.bootID, bootID != Clock.bootID() { record?.soak?.interrupt() }
        return record
    }

    private func status(of name: EnvironmentName) throws(Failure) -> EnvironmentStatus? {
        try read { journal throws(Journal.Problem) in try journal.status(of: name) }
    }

    private func decisions(_ name: EnvironmentName) throws(Failure) -> [OperatorRequest] {
        try read { journal throws(Journal.Problem) in try journal.decisions(for: name) } ?? []
    }

    private func read<Value>(
        _ question: (Journal) throws(Journal.Problem) -> Value?
    ) throws(Failure) -> Value? {
        guard let journal else { return nil }
        do throws(Journal.Problem) {
            return try question(journal)
        } catch {
            throw Failure(.journalFailed, .environmental, error.message)
        }
    }

    /// Closes the connection to the server, if there is one.
    public func close() { feed.close() }
}
