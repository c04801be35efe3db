import StokerCore

// Pipeline: several environments of one repository, each with its own loop, in a world of values: what git has, what each
// environment runs, the two clocks, the network to other Stokers. A second bookkeeping, which shares no code with the one
// that is tested, says what each environment may hold.

/// What all environments of one simulated pipeline share.
public final class PipelineWorld {
    /// A commit: what each environment looks like in it.
    struct Commit {
        let id: CommitID
        let parent: CommitID?
        let contents: [EnvironmentName: ContentID]
    }

    var now = Instant(seconds: 100)
    var wall = WallTime(milliseconds: 1_700_000_000_000)
    var bootID = "boot-1"
    private var boots = 1
    /// Everything that was ever pushed, by id.
    var commits: [CommitID: Commit] = [:]
    /// The branch, oldest first.
    var branch: [CommitID] = []
    private var made = 0
    let configurations: [EnvironmentConfiguration]
    var stages: [EnvironmentName: PipelineStage] = [:]
    /// Other Stokers that cannot be reached now.
    var unreachable: Set<EnvironmentName> = []
    /// Nobody reads what happened unless a seed is replayed.
    var tell: (String) -> Void = { _ in }

    init(_ configurations: [EnvironmentConfiguration]) {
        self.configurations = configurations
        for configuration in configurations {
            stages[configuration.name] = PipelineStage(configuration, world: self)
        }
    }

    var order: [PipelineStage] { configurations.compactMap { stages[$0.name] } }

    // MARK: Git

    /// The next commit on the branch; environments that are not named look as they did.
    func push(_ contents: [EnvironmentName: ContentID]) {
        made += 1
        let id = CommitID("c\(made)")
        let before = branch.last.flatMap { commits[$0]?.contents } ?? [:]
        commits[id] = Commit(id: id, parent: branch.last, contents: before.merging(contents) { $1 })
        branch.append(id)
    }

    /// The branch loses its newest commits.
    func rewrite(losing count: Int) {
        if branch.count > count { branch.removeLast(count) }
    }

    func content(of name: EnvironmentName, at commit: CommitID) -> ContentID? { commits[commit]?.contents[name] }

    func revision(_ commit: CommitID) -> Revision { Revision(ref: "main", commit: commit) }

    /// How a commit stands to one that was seen.
    func relation(of commit: CommitID, to seen: CommitID?) -> Candidate.Relation {
        guard let seen, seen != commit else { return .forward }
        guard let old = branch.firstIndex(of: seen) else { return .rewritten("\(seen) is gone") }
        guard let new = branch.firstIndex(of: commit) else { return .rewritten("\(commit) is not on the branch") }
        return new > old ? .forward : .rewritten("main went back")
    }

    // MARK: Time

    /// Both clocks go on, and everything that ran ran on.
    func pass(_ duration: Duration) {
        now = now + duration
        wall = WallTime(milliseconds: wall.milliseconds + duration.inNanoseconds / 1_000_000)
    }

    /// Somebody sets the clock.
    func setClock(by duration: Duration) {
        wall = WallTime(milliseconds: wall.milliseconds + duration.inNanoseconds / 1_000_000)
    }

    /// The machine starts anew: instants begin again.
    func reboot() {
        boots += 1
        bootID = "boot-\(boots)"
        for stage in order { stage.book.stop(at: now) }
        now = Instant(seconds: 50)
        for stage in order {
            stage.book.restart(at: now)
            stage.boot()
        }
    }

    // MARK: What they know of each other

    func standing(of name: EnvironmentName) -> UpstreamStanding? {
        guard let stage = stages[name] else { return nil }
        if stage.loop.observation == nil {
            return UpstreamStanding(name: name, trouble: .init(since: wall, message: "it was not looked at yet"))
        }
        guard stage.configuration.remote != nil, unreachable.contains(name) else {
            return stage.standing
        }
        return UpstreamStanding(
            name: name, trouble: .init(since: wall, message: "connection refused"),
            verified: stage.standing.verified)
    }

    /// - Parameter asksGates: the gates' checks are to be asked.
    func look(of stage: PipelineStage, asksGates: Bool) -> PipelineLook {
        let name = stage.configuration.name
        let upstreams = stage.configuration.after.names.compactMap(standing)
        let downstreams = configurations.filter { $0.after.names.contains(name) && $0.gates.soak > .zero }
        return PipelineLook(
            contenders: contenders(stage, upstreams), upstreams: upstreams,
            downstreams: downstreams.map { wish(of: $0, stage) },
            checks: asksGates ? stage.configuration.gates.checks.map { _ in stage.answer } : nil)
    }

    private func contenders(_ stage: PipelineStage, _ upstreams: [UpstreamStanding]) -> [Contender] {
        let record = stage.loop.record
        guard let head = branch.last else { return [] }
        var wanted: Set<CommitID> = [head]
        wanted.formUnion(
            [record.contending?.revision.commit, record.promotion?.goal.revision.commit].compactMap { $0 })
        for upstream in upstreams {
            wanted.formUnion(upstream.verified.prefix(10).compactMap { $0.takings.first?.revision.commit })
        }
        let live = record.live.flatMap { branch.firstIndex(of: $0.revision.commit) } ?? -1
        var found = branch.enumerated().filter { $0.offset > live && wanted.contains($0.element) }.map(\.element)
        if !found.contains(head) { found.append(head) }
        return found.reversed().compactMap { contender($0, stage) }
    }

    private func contender(_ commit: CommitID, _ stage: PipelineStage) -> Contender? {
        guard let content = content(of: stage.configuration.name, at: commit) else { return nil }
        var upstream: [EnvironmentName: ContentID] = [:]
        for name in stage.configuration.after.names { upstream[name] = self.content(of: name, at: commit) }
        return Contender(
            candidate: Candidate(
                revision: revision(commit), ref: .branch("main"), content: .success(content),
                relation: relation(of: commit, to: stage.loop.record.seen?.commit)),
            upstream: upstream, unexercised: unexercised(commit, stage))
    }

    /// For each upstream what a commit changes in an environment that did not change there with it, commit by commit. Each
    /// environment has one file.
    func unexercised(_ commit: CommitID, _ stage: PipelineStage) -> [EnvironmentName: [String]] {
        let name = stage.configuration.name
        guard let live = stage.loop.record.live?.revision.commit, let new = commits[commit],
            commits[live]?.contents[name] != new.contents[name]
        else { return [:] }
        let passed = Set(history(of: live).map(\.id))
        let changes = history(of: commit).filter { !passed.contains($0.id) && self.changes(name, in: $0) }
        var left: [EnvironmentName: [String]] = [:]
        for upstream in stage.configuration.after.names {
            let isKept = changes.first?.contents[upstream] == new.contents[upstream]
            let isExercised = !changes.isEmpty && isKept && changes.allSatisfy { self.changes(upstream, in: $0) }
            if !isExercised { left[upstream] = ["rules.yml"] }
        }
        return left
    }

    private func changes(_ name: EnvironmentName, in commit: Commit) -> Bool {
        commit.contents[name] != commit.parent.flatMap { commits[$0]?.contents[name] }
    }

    /// Newest first.
    private func history(of commit: CommitID) -> [Commit] {
        var found: [Commit] = []
        var next = commits[commit]
        while let one = next {
            found.append(one)
            next = one.parent.flatMap { commits[$0] }
        }
        return found
    }

    private func wish(of other: EnvironmentConfiguration, _ stage: PipelineStage) -> DownstreamWish {
        var wants = false
        if let verified = stage.loop.record.verified,
            let content = content(of: other.name, at: verified.revision.commit)
        {
            if let standing = standing(of: other.name), standing.trouble == nil {
                wants =
                    !standing.isSuspended && !standing.isInHurry && standing.rejected[content] == nil
                    && standing.running != content
            } else {
                wants = true
            }
        }
        return DownstreamWish(name: other.name, soak: other.gates.soak, wants: wants && other.advance == .train)
    }
}
