import StokerCore

extension SourceFeed {
    /// What an environment's contenders depend on: the same answers as long as nothing of it changes.
    struct ContenderKey: Hashable {
        let head: Revision
        let live: Revision?
        let wanted: [Revision]
    }

    /// How far back a revision is looked for that an upstream took: older ones were passed over long ago.
    static var horizon: Int { 500 }

    /// The revisions that may be next in an environment with upstreams, newest first.
    /// - Parameters:
    ///   - record: of the environment.
    ///   - upstreams: of its upstreams.
    func contenders(
        _ environment: EnvironmentConfiguration, head: Candidate?, record: EnvironmentRecord,
        upstreams: [UpstreamStanding]
    ) -> [Contender] {
        guard let head else { return [] }
        let key = ContenderKey(
            head: head.revision, live: record.live?.revision, wanted: wanted(environment, record, upstreams))
        if let known = contenders[environment.name], known.key == key, known.contenders.first?.candidate == head {
            return known.contenders.map { trusted($0, environment) }
        }
        let found = ([head.revision] + passed(key)).compactMap { revision -> Contender? in
            let candidate = revision == head.revision ? head : candidate(environment, revision, head)
            return candidate.map { contender($0, environment, record.live?.revision) }
        }
        contenders[environment.name] = (key, found)
        return found
    }

    /// The trust of a commit changes without the commit.
    private func trusted(_ contender: Contender, _ environment: EnvironmentConfiguration) -> Contender {
        let old = contender.candidate
        let trust = trust(of: old.revision, environment)
        guard trust != old.trust else { return contender }
        return Contender(
            candidate: Candidate(
                revision: old.revision, ref: old.ref, content: old.content, relation: old.relation, trust: trust,
                signer: signer(of: old.revision, environment)),
            upstream: contender.upstream, unexercised: contender.unexercised)
    }

    /// Commits that somebody has a reason to look at: what is on its way in, what a person chose, and what the upstreams
    /// took where they follow the same ref.
    private func wanted(
        _ environment: EnvironmentConfiguration, _ record: EnvironmentRecord, _ upstreams: [UpstreamStanding]
    ) -> [Revision] {
        var revisions = [record.contending?.revision, record.promotion?.goal.revision].compactMap { $0 }
        for upstream in upstreams {
            guard let other = environments.first(where: { $0.name == upstream.name }),
                ref(of: other) == ref(of: environment)
            else { continue }
            revisions += upstream.verified.prefix(10).compactMap { $0.takings.first?.revision }
        }
        var known: Set<CommitID> = []
        return revisions.filter { known.insert($0.commit).inserted }
    }

    /// Of the wanted revisions those between what runs and the newest, newest first.
    private func passed(_ key: ContenderKey) -> [Revision] {
        let wanted = Dictionary(key.wanted.map { ($0.commit, $0) }, uniquingKeysWith: { first, _ in first })
        guard wanted.keys.contains(where: { $0 != key.head.commit }) else { return [] }
        return between(key).compactMap { wanted[$0] }.filter { $0.commit != key.head.commit }
    }

    /// The commits that lead from what runs to the newest, newest first; what runs may not be in the repository any more.
    private func between(_ key: ContenderKey) -> [CommitID] {
        for live in [key.live?.commit, nil] {
            do throws(SourceFailure) {
                return try reader.commits(from: key.head.commit, without: live, limit: Self.horizon)
                    .commits.map { CommitID($0.id.description) }
            } catch {
                continue
            }
        }
        return []
    }

    /// Why a revision cannot be the next one here; nil where it can.
    /// - Parameter live: what runs; nil where that is not known.
    /// - Throws: `FetchFailed` where the cache cannot be read.
    public func objection(
        toPromoting revision: Revision, in environment: EnvironmentConfiguration, live: Revision?
    ) throws(SourceFailure) -> String? {
        let head = try newest(in: environment)
        switch try reader.relation(of: revision.commit, to: head.commit) {
        case .same, .ancestor: break
        case .descendant, .unrelated, .unknown:
            return
                "\(revision.short) is not in what \(environment.name) follows, whose newest commit is \(head.short): push "
                + "it there first"
        }
        guard let live else { return nil }
        switch try reader.relation(of: revision.commit, to: live.commit) {
        case .same: return "\(revision.short) is what runs in \(environment.name)"
        case .ancestor:
            return "\(environment.name) runs \(live.short), which contains \(revision.short): to go back, use "
                + "`stoker rollback \(environment.name) --to` a release of `stoker history`"
        case .descendant, .unrelated, .unknown: return nil
        }
    }

    /// An older commit of the branch stands to what was seen of it as the newest does.
    private func candidate(
        _ environment: EnvironmentConfiguration, _ revision: Revision, _ head: Candidate
    ) -> Candidate? {
        do throws(SourceFailure) {
            let found = try candidate(environment, ref(of: environment), revision, nil)
            return Candidate(
                revision: found.revision, ref: found.ref, content: found.content, relation: head.relation,
                trust: found.trust, signer: found.signer)
        } catch {
            return nil
        }
    }

    /// What a candidate looks like in the upstreams, and what it changes here that each of them has not exercised.
    func contender(
        _ candidate: Candidate, _ environment: EnvironmentConfiguration, _ live: Revision?
    ) -> Contender {
        var contents: [EnvironmentName: ContentID] = [:]
        for upstream in upstreams(of: environment) {
            contents[upstream.name] = files(of: upstream, at: candidate.revision)?.content
        }
        return Contender(
            candidate: candidate, upstream: contents,
            unexercised: live.map { unexercised(environment, from: $0, to: candidate.revision) } ?? [:])
    }

    /// What an environment looks like at a revision; nil where it has no content there.
    func content(of environment: EnvironmentConfiguration, at revision: Revision) -> ContentID? {
        files(of: environment, at: revision)?.content
    }

    func files(of environment: EnvironmentConfiguration, at revision: Revision) -> Snapshot? {
        let layers = layers(of: environment)
        do throws(SourceFailure) {
            return try reader.snapshot(
                revision, layers: layers.paths, exclude: environment.exclude, isExcluded: layers.isExcluded)
        } catch {
            return nil
        }
    }

    func upstreams(of environment: EnvironmentConfiguration) -> [EnvironmentConfiguration] {
        environment.after.names.compactMap { name in environments.first { $0.name == name } }
    }
}
