import StokerCore

extension EnvironmentHost {
    /// Something was seen of it since the start: before that its standing is what was noted, and may be long ago.
    public var hasLooked: Bool { loop.observation != nil }

    /// What the others may know of it; nil where the journal cannot be read.
    public func standing(at now: Instant) -> UpstreamStanding? { board.standing(of: configuration.name, at: now) }

    /// The environments around this one, as far as they are known now; nil where there are none.
    func pipeline(_ source: SourceLook, _ request: LookRequest, _ checks: [Probe.CheckResult]?) -> PipelineLook? {
        let now = Clock.instant()
        var look = PipelineLook(checks: checks)
        look.upstreams = configuration.after.names.compactMap { board.standing(of: $0, at: now) }
        let record = loop.record
        if !configuration.after.names.isEmpty || record.promotion != nil {
            let head: Candidate? =
                switch source {
                case .unknown: nil
                case .failed(_, let last): last
                case .known(let candidate): candidate
                }
            look.contenders = feed.contenders(
                configuration, head: head, record: record, upstreams: look.upstreams)
            if case .unknown = source { look.contenders = tried }
        }
        look.downstreams = downstreams.filter { $0.gates.soak > .zero }.map { wish(of: $0, record, now) }
        return look == PipelineLook() ? nil : look
    }

    /// Before the first fetch of a start: what is on its way in is judged by what it looks like upstream all the same.
    private var tried: [Contender] {
        let ref = feed.ref(of: configuration)
        // Of another ref it would pass for what was last seen of this one.
        guard let attempt = loop.record.attempt, attempt.outcome == nil, !attempt.isRepair,
            loop.record.seen?.ref == ref
        else { return [] }
        let candidate = Candidate(
            revision: attempt.goal.revision, ref: ref, content: .success(attempt.goal.content),
            relation: .forward, signer: attempt.signer)
        return [feed.contender(candidate, configuration, loop.record.live?.revision)]
    }

    /// Whether what runs here would change something there: until it is known what runs there, it may.
    private func wish(
        of other: EnvironmentConfiguration, _ record: EnvironmentRecord, _ now: Instant
    ) -> DownstreamWish {
        func wish(_ wants: Bool) -> DownstreamWish {
            DownstreamWish(name: other.name, soak: other.gates.soak, wants: wants && other.advance == .train)
        }
        guard let verified = record.verified, let content = feed.content(of: other, at: verified.revision) else {
            return wish(false)
        }
        guard let standing = board.standing(of: other.name, at: now), standing.trouble == nil else { return wish(true) }
        let isClosed = standing.isSuspended || standing.isInHurry || standing.rejected[content] != nil
        return wish(!isClosed && standing.running != content)
    }

    /// The gates' checks, all at once.
    func askGates() async -> [Probe.CheckResult] {
        guard let first = targets.first else { return [] }
        return await first.prover.results(of: configuration.gates.checks)
    }
}
