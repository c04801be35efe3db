import StokerCore

/// One environment of a simulated pipeline: its loop, its journal, one process and one folder.
final class PipelineStage {
    let configuration: EnvironmentConfiguration
    private unowned let world: PipelineWorld
    private(set) var loop: EnvironmentLoop
    private var stored: EnvironmentRecord
    private var requests: [OperatorRequest] = []
    private(set) var disk: ContentID?
    private(set) var served: ContentID?
    private var before: [(attempt: Int64, content: ContentID?)] = []
    private var staged: ContentID?
    private var configured = 1
    private var nextID: Int64 = 1
    private var nextRequest: Int64 = 1
    /// What it has really run.
    var book = EvidenceBook()
    /// What the gates' checks say when they are asked.
    var answer = Probe.CheckResult.pass
    /// Its process is gone; what comes back reads what is on disk.
    var isDown = false {
        didSet {
            if isDown == oldValue { return }
            book.stop(at: world.now)
            starts += 1
            served = isDown ? nil : disk
        }
    }
    /// What was on disk when its last look found it down.
    private(set) var seenDownWith: ContentID?
    private var starts = 0
    /// How often each content went live.
    private var deployed: [ContentID: Int] = [:]
    /// When it wants to be woken; nil: at the next poll.
    private(set) var wakesAt: Instant?
    /// What was broken.
    private(set) var violations: [String] = []
    /// Deploys that were no repairs, and effects of the loop.
    private(set) var deploys = 0
    private(set) var effects = 0
    /// Contents that a person let in past soak and windows.
    private var hurried: Set<ContentID> = []
    /// Words of people that were given: for the second bookkeeping.
    private var words: [(content: ContentID, actor: String, at: WallTime)] = []
    /// Nil: not frozen; a freeze without an end has nil inside.
    private var frozenUntil: WallTime??
    private(set) var isSuspended = false

    init(_ configuration: EnvironmentConfiguration, world: PipelineWorld) {
        self.configuration = configuration
        self.world = world
        stored = EnvironmentRecord(bootID: "boot-1")
        loop = Self.loop(configuration, stored)
    }

    private static func loop(_ configuration: EnvironmentConfiguration, _ record: EnvironmentRecord) -> EnvironmentLoop
    {
        EnvironmentLoop(
            configuration: configuration, onRewrite: .follow, record: record, gateWindows: windows(configuration))
    }

    private static func windows(_ configuration: EnvironmentConfiguration) -> Windows {
        Windows(
            windows: configuration.gates.windows, blackouts: configuration.gates.blackouts,
            zones: [ZoneRules.utc])
    }

    var name: EnvironmentName { configuration.name }
    var standing: UpstreamStanding {
        loop.record.standing(
            of: name, seenAt: loop.soakSeenAt, boot: world.bootID, requests: requests)
    }
    /// For the story of a seed.
    var sayings: String {
        let status = loop.status(layouts: [:])
        return "  \(name) \(status.phase ?? "-") \(status.outcome ?? "-") \(status.reason?.rawValue ?? "") disk "
            + "\(disk?.rawValue ?? "-"): \(status.message)"
    }

    // MARK: What happens to it

    func ask(_ kind: OperatorRequest.Kind, by actor: String = "ann") {
        requests.append(OperatorRequest(id: nextRequest, kind: kind, actor: actor, at: world.wall))
        nextRequest += 1
        switch kind {
        case .approve(_, let content, _):
            if let content { words.append((content, actor, world.wall)) }
        case .reject(_, let content, _):
            words.removeAll { $0.content == content }
            book.revoke(content)
        case .freeze(_, let until): frozenUntil = .some(until)
        case .unfreeze: frozenUntil = nil
        case .suspend: isSuspended = true
        case .resume: isSuspended = false
        case .rollback(let goal):
            isSuspended = true
            // From what is live and not verified yet it leads back to what is verified.
            let target = goal?.content ?? (stored.unsettled.isEmpty ? nil : stored.verified?.content)
            if let disk, target != disk { book.revoke(disk) }
        case .promote(let goal, _, let breakGlass): if breakGlass { hurried.insert(goal.content) }
        case .reconcile: break
        }
    }

    /// Stoker dies and starts again.
    func restart() {
        loop = Self.loop(configuration, stored)
        var found: [Target.ID: EnvironmentLoop.Recovered] = [:]
        if let newest = before.last, newest.attempt == stored.attempt?.id { found["prometheus"] = .forward }
        loop.recovered(found, open: before.isEmpty ? [] : ["prometheus"])
        wakesAt = nil
    }

    /// Somebody edits the running process's configuration away.
    func derail() {
        if isDown { return }
        served = ContentID("elsewhere")
        configured += 1
        book.stop(at: world.now)
    }

    private var facts: RuntimeFacts {
        RuntimeFacts(startTime: "\(world.bootID) \(starts)", lastConfigTime: "\(configured)", reloadSucceeded: true)
    }

    /// The machine starts anew, and with it the process.
    func boot() {
        isDown = false
        served = disk
        restart()
    }

    // MARK: Turns

    /// One turn.
    /// - Parameter limit: Stoker dies after so many effects; nil: it does not.
    func turn(dyingAfter limit: Int? = nil) {
        var effect = loop.handle(.woke)
        for count in 0..<400 {
            effects += 1
            if count > 380 { world.tell("\(name): \(effect)".prefix(200).description) }
            if let limit, count >= limit { return restart() }
            switch effect {
            case .rest(let rest):
                wakesAt = rest.until
                return
            case .look(let request): effect = loop.handle(.looked(look(request)))
            case .note(let record, let consumed):
                stored = record
                requests.removeAll { consumed.contains($0.id) }
                effect = loop.handle(.noted)
            case .act(let action): effect = loop.handle(.acted(perform(action)))
            }
        }
        violations.append("\(name) does not come to rest")
    }

    private func look(_ request: LookRequest) -> Observation {
        // What has expired does not come back with a clock that is set back.
        if let freeze = frozenUntil, let until = freeze, until <= world.wall { frozenUntil = nil }
        defer { nextID += 1 }
        if request.deployed { seenDownWith = isDown ? seenDownWith ?? disk : nil }
        let record = loop.record
        let head = world.branch.last
        let source: SourceLook =
            if let head, let content = world.content(of: name, at: head) {
                .known(
                    Candidate(
                        revision: world.revision(head), ref: .branch("main"), content: .success(content),
                        relation: world.relation(of: head, to: record.seen?.commit)))
            } else {
                .unknown
            }
        return Observation(
            now: Now(instant: world.now, wall: world.wall), bootID: world.bootID, nextAttempt: nextID, jitter: 0.5,
            source: source, requests: requests,
            disk: request.deployed ? ["prometheus": DriftLook(drifted: [:])] : [:],
            runtime: request.deployed ? ["prometheus": runtime] : [:],
            fingerprint: "promtool", stillMissing: [], trigger: .poll,
            pipeline: world.look(of: self, asksGates: request.gateChecks))
    }

    private var runtime: RuntimeLook { isDown ? .unreachable(message: "connection refused") : .up(facts) }

    private func perform(_ action: Action) -> Report {
        switch action {
        case .survey(let goal, _):
            return .surveyed([
                "prometheus": TargetSurvey(
                    changes: disk == goal.content ? 0 : 1, overBudget: nil, needsReload: true, changesScraping: false,
                    hasBaseline: disk != nil, settle: .zero)
            ])
        case .prove(let goal):
            if isDown { return .proved(["prometheus": .noAnswer("connection refused")]) }
            if served == goal.content {
                book.verified(goal.content, at: world.now)
                return .proved(["prometheus": .proved(facts, proof: ["config"])])
            }
            return .proved(["prometheus": .notProved(Failure(.notServed, .content, "it serves something else"))])
        case .validate(let goal):
            guard goal.content.rawValue.hasPrefix("invalid") else { return .validated }
            return .failed(Failure(.validationFailed, .content, "bad"))
        case .stage(let id, let goal, _):
            staged = goal.content
            var evidence = Evidence(wasUp: !isDown)
            if !isDown { evidence.runtime = facts }
            return .staged(id, evidence: evidence, wasUp: !isDown, changes: disk == goal.content ? 0 : 1)
        case .publish(let id): return publish(id)
        case .reload(let id):
            if isDown { return .reloaded(id, .down) }
            configured += 1
            served = disk
            return .reloaded(id, .accepted(answered: true))
        case .probe(let goal, let context): return .probed(["prometheus": probe(goal, context, facts)])
        case .recheck: return .rechecked([])
        case .restore:
            if let first = before.first { disk = first.content }
            before = []
            return .restored(["prometheus"])
        case .settle:
            before = []
            return .settled
        }
    }

    private func publish(_ id: Target.ID) -> Report {
        guard let attempt = loop.record.attempt else { return .failed(Failure(.deployFailed, .content, "no attempt")) }
        if !attempt.isRepair, before.isEmpty { judge(attempt.goal) }
        before.append((attempt.id, disk))
        book.stop(at: world.now)
        disk = staged
        if let staged, !attempt.isRepair { deployed[staged, default: 0] += 1 }
        return .published(id)
    }

    private func probe(_ goal: Goal, _ context: ProbeContext, _ facts: RuntimeFacts) -> Probe {
        if isDown { return Probe(at: world.now, readiness: .gone("connection refused")) }
        var probe = Probe(at: world.now, readiness: .ready(startTime: facts.startTime), runtime: facts)
        let wanted = context.restored ? disk : goal.content
        let isHarmful = !context.restored && wanted.map(harms) ?? false
        if isHarmful, let wanted { book.revoke(wanted) }
        probe.parts =
            served == wanted && !isHarmful
            ? [.reloaded: .proved, .config: .proved]
            : [.config: .failed(Failure(.notServed, .content, "it is not served"))]
        if let served, served == wanted, !isHarmful { book.verified(served, at: world.now) }
        return probe
    }

    private func harms(_ content: ContentID) -> Bool {
        content.rawValue.hasPrefix("harmful") || (content.rawValue.hasPrefix("sours") && deployed[content] ?? 0 > 1)
    }

    // MARK: The second bookkeeping

    /// Whether a goal may enter now, by what really happened.
    private func judge(_ goal: Goal) {
        deploys += 1
        let commit = goal.revision.commit
        let isHurried = hurried.contains(goal.content)
        func broken(_ what: String) {
            violations.append("\(name) took \(goal.revision.short) \(goal.content): \(what)")
        }
        if isSuspended { broken("suspended") }
        if let until = frozenUntil, until.map({ world.wall < $0 }) ?? true { broken("frozen") }
        // By those that have verified it.
        let unexercised = world.unexercised(commit, self)
        var isExercised = unexercised.isEmpty
        let standings = configuration.after.names.map { upstream -> (isVerified: Bool, hasSoaked: Bool) in
            guard let content = world.content(of: upstream, at: commit), let stage = world.stages[upstream],
                let soaked = stage.book.soaked(content, at: world.now)
            else { return (false, false) }
            let isKnown = stage.configuration.remote == nil || !world.unreachable.contains(upstream)
            if stage.seenDownWith == content { return (false, false) }
            if isKnown, unexercised[upstream] == nil { isExercised = true }
            return (isKnown, soaked >= configuration.gates.soak)
        }
        if !standings.isEmpty {
            let any = configuration.after.any
            let isVerified = any ? standings.contains(where: \.isVerified) : standings.allSatisfy(\.isVerified)
            let hasSoaked = any ? standings.contains(where: \.hasSoaked) : standings.allSatisfy(\.hasSoaked)
            if !isVerified { broken("not verified upstream") }
            if !hasSoaked, !isHurried { broken("not soaked upstream") }
        }
        let isHeldBack = configuration.gates.unexercised == .hold && !isExercised
        if configuration.gates.approval != nil || isHeldBack {
            let policy = configuration.gates.policy
            let people = Set(
                words.filter {
                    $0.content == goal.content
                        && (policy.approvers.isEmpty || policy.approvers.contains($0.actor))
                        && Duration.milliseconds(world.wall.milliseconds - $0.at.milliseconds) < policy.expires
                }.map(\.actor))
            if people.count < policy.count {
                broken(configuration.gates.approval == nil ? "not exercised, and not approved" : "not approved")
            }
        }
        if !configuration.gates.checks.isEmpty, answer != .pass { broken("its check says \(answer)") }
        if !Self.windows(configuration).isOpen(at: world.wall), !isHurried { broken("outside its windows") }
    }
}
