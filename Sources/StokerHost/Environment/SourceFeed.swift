import StokerCore

/// One repository for all environments: fetched in a child, read on the host's thread.
@HostActor
public final class SourceFeed {
    let configuration: SourceConfiguration
    private let source: GitSource
    let reader: SnapshotReader
    let environments: [EnvironmentConfiguration]
    let judge: SignatureJudge?
    private let refLook: RefLook
    private var outcome: FetchOutcome?
    /// What the last fetch of this process that succeeded has reported: what a look is compared with.
    private var lastReport: FetchReport?
    /// What the signatures of the last poll's candidates said, and those of what is being tried.
    var standings: [EnvironmentName: [Revision: SignatureJudge.Answer]] = [:]
    /// What was last found for environments with upstreams.
    var contenders: [EnvironmentName: (key: ContenderKey, contenders: [Contender])] = [:]
    private var judged: [EnvironmentName: (content: ContentID, invalid: SourceInvalid?)] = [:]
    /// When the source was last known to be as the cache is.
    public private(set) var lastSuccess: WallTime?
    /// How often a child was started to fetch.
    public private(set) var fetches = 0

    /// Where each environment stands: set by `take`.
    private(set) var records: [EnvironmentName: Stand] = [:]

    /// What an environment's record means for the source.
    struct Stand {
        /// Commits that it still needs, whatever the followed refs lead to: they stay in the cache.
        let needed: [CommitID]
        /// The last verified revision: what its signatures are counted from.
        let verified: Revision?
        /// The newest commit that was accepted, whatever came of it.
        let seen: CommitID?
        /// What is being tried, and is judged as long as it is.
        let attempted: Revision?
    }

    /// Whether `take` was called for every environment: where a command works on some, nothing is thrown away.
    public var keepsAll = true

    /// Requests up to this number were made before the last fetch that is over began: `reconcile` means "with what is pushed now".
    public var coveredRequests: Int64 = 0

    /// A feed for every ref that some environment follows.
    /// - Parameter executable: the program that is started to fetch: this one.
    public init(_ configuration: Configuration, storage: String, executable: String = "/proc/self/exe") {
        self.configuration = configuration.source
        source = GitSource(
            configuration.source, refs: configuration.environments.map { $0.ref ?? configuration.source.ref },
            storage: storage, executable: executable)
        refLook = RefLook(source)
        reader = SnapshotReader(source, remembered: max(16, configuration.environments.count * 4))
        environments = configuration.environments
        judge = configuration.source.verify.map { [reader] in SignatureJudge($0, reader, storage: storage) }
    }

    /// What an environment follows.
    func ref(of environment: EnvironmentConfiguration) -> GitRef { environment.ref ?? configuration.ref }

    /// Who names that ref: the environment, or nil for the source.
    private func owner(of environment: EnvironmentConfiguration) -> EnvironmentName? {
        environment.ref == nil ? nil : environment.name
    }

    /// The bytes of blobs in the cache.
    var blobs: SnapshotReader { reader }

    /// Asks the server once. The message where that failed. The cache may be worth `tidy` then.
    /// - Parameter lookingFirst: whether nothing is fetched, and no child is started, where a look shows that no followed ref
    ///   has moved since the last fetch of this process. Either way it is what is pushed now that counts.
    @discardableResult
    public func poll(
        lookingFirst: Bool = false, onProgress: @escaping @Sendable (FetchStage) -> Void = { _ in }
    ) async -> FetchFailure? {
        let outcome =
            if lookingFirst, let known = await looked() { known } else { await fetched(onProgress) }
        let standings = Task.isCancelled ? [:] : await standings(after: outcome)
        // A poll that is called off judges nothing, because its children are called off, too: then all stays as it was.
        if !Task.isCancelled {
            // Both at once: a turn in between must not find news without a verdict.
            self.standings = standings
            self.outcome = outcome
        }
        switch outcome {
        case .fetched(let report):
            lastReport = report
            lastSuccess = Clock.wall()
            return nil
        case .failed(let failure): return failure
        }
    }

    private func fetched(_ onProgress: @escaping @Sendable (FetchStage) -> Void) async -> FetchOutcome {
        fetches += 1
        return await source.poll(keep: needed, tidying: false, onProgress: onProgress)
    }

    /// What a fetch would end with, where that is known without one; nil where only a fetch can tell. A look that fails is
    /// the poll's failure: a fetch would ask the same server.
    private func looked() async -> FetchOutcome? {
        guard let lastReport, CacheDirectory(path: source.cache).isAsLeft(by: lastReport) else { return nil }
        do throws(FetchFailure) {
            guard let seen = try await refLook.look(lastReport.question),
                lastReport.isNewest(seen, SourceURL(configuration.url))
            else { return nil }
            return .fetched(lastReport)
        } catch {
            // A server, or something in front of it, that understands a fetch and not the look.
            return error.kind == .protocolError ? nil : .failed(error)
        }
    }

    private var needed: [CommitID] { records.values.flatMap(\.needed) }

    /// What an environment has verified, accepted and needs, as of now.
    /// - Parameter attempted: the revision of a running attempt that somebody must stand for.
    public func take(_ record: EnvironmentRecord, of environment: EnvironmentName, attempted: Revision? = nil) {
        records[environment] = Stand(
            needed: record.neededCommits, verified: record.verified?.revision, seen: record.seen?.commit,
            attempted: attempted)
    }

    /// Closes the connection to the server, if there is one.
    public func close() { refLook.close() }

    /// Makes the cache smaller where the last fetch said that it is worth it. To be called when nobody waits for news; what goes wrong
    /// leaves the cache as it is, and is tried again later.
    public func tidy() async {
        guard keepsAll, case .fetched(let report) = outcome, report.untidy else { return }
        _ = await source.tidy(keep: needed)
        let tidied = report.found(untidy: false)
        (outcome, lastReport) = (.fetched(tidied), tidied)
    }

    /// The newest candidate of an environment, from the cache, with how it relates to what was accepted before.
    public func look(_ environment: EnvironmentConfiguration, seen: EnvironmentRecord.Seen?) -> SourceLook {
        let ref = ref(of: environment)
        switch outcome {
        case nil: return .unknown
        case .failed(let failure):
            return .failed(failure.failure, last: cached(environment, ref, seen))
        case .fetched(let report):
            switch report.revision(of: ref, namedBy: owner(of: environment)) {
            case .failure(let failure): return .failed(failure.failure, last: nil)
            case .success(let revision):
                do throws(SourceFailure) {
                    return .known(try candidate(environment, ref, revision, seen))
                } catch {
                    return .failed(error.failure, last: nil)
                }
            }
        }
    }

    /// What the cache knows from earlier fetches; nil where it knows nothing.
    private func cached(
        _ environment: EnvironmentConfiguration, _ ref: GitRef, _ seen: EnvironmentRecord.Seen?
    ) -> Candidate? {
        do throws(SourceFailure) {
            return try candidate(environment, ref, try reader.revision(of: ref), seen)
        } catch {
            return nil
        }
    }

    func candidate(
        _ environment: EnvironmentConfiguration, _ ref: GitRef, _ revision: Revision, _ seen: EnvironmentRecord.Seen?
    ) throws(SourceFailure) -> Candidate {
        let relation = try relation(of: revision, ref, to: seen, verified: records[environment.name]?.verified)
        let trust = trust(of: revision, environment)
        let signer = signer(of: revision, environment)
        do throws(SourceFailure) {
            let snapshot = try snapshot(environment, revision)
            return Candidate(
                revision: revision, ref: ref, content: .success(snapshot.content), relation: relation, trust: trust,
                signer: signer)
        } catch {
            guard error.failure.kind == .content else { throw error }
            let invalid = SourceInvalid(
                error.failure.findings.isEmpty
                    ? [Finding(file: "", message: error.failure.message)] : error.failure.findings)
            return Candidate(
                revision: revision, ref: ref, content: .failure(invalid), relation: relation, trust: trust,
                signer: signer)
        }
    }

    /// The files of an environment at a revision.
    public func snapshot(
        _ environment: EnvironmentConfiguration, _ revision: Revision
    ) throws(SourceFailure) -> Snapshot {
        let globs = Self.globs(environment.exclude)
        let snapshot = try reader.snapshot(
            revision, layers: environment.layers, exclude: environment.exclude,
            isExcluded: { path in globs.contains { $0.matches(path) } })
        // Judged once for each content: a look at an unchanged source must not walk its files.
        let invalid: SourceInvalid?
        if let known = judged[environment.name], known.content == snapshot.content {
            invalid = known.invalid
        } else {
            invalid = TargetTrees.problems(of: snapshot, in: environment)
            judged[environment.name] = (snapshot.content, invalid)
        }
        if let invalid { throw SourceFailure(invalid) }
        return snapshot
    }

    /// The content of an environment at a revision, and its files by target.
    func trees(
        _ environment: EnvironmentConfiguration, _ revision: Revision
    ) throws(Failure) -> (content: ContentID, trees: [Target.ID: FileTree]) {
        do throws(SourceFailure) {
            let snapshot = try snapshot(environment, revision)
            return (snapshot.content, TargetTrees.trees(environment, snapshot))
        } catch {
            throw error.failure
        }
    }

    /// The newest commit of what an environment follows.
    public func newest(in environment: EnvironmentConfiguration) throws(SourceFailure) -> Revision {
        let ref = ref(of: environment)
        // Where the server was asked it said more than what is missing in the cache.
        if case .fetched(let report) = outcome {
            return try report.revision(of: ref, namedBy: owner(of: environment)).get()
        }
        return try reader.revision(of: ref)
    }

    /// Patterns that the config reader has accepted; one that does not compile matches nothing.
    nonisolated static func globs(_ patterns: [String]) -> [Glob] {
        patterns.compactMap { pattern in
            do { return try Glob(pattern) } catch { return nil }
        }
    }
}
