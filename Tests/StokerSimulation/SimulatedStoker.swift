import StokerCore

/// Stoker as it runs: the real loop, the real files and the real layouts, with a simulated machine under them.
public final class SimulatedStoker {
    /// What an action needs to know of contents and processes.
    public let machine: SimulatedMachine
    /// The loop.
    public private(set) var loop: EnvironmentLoop
    let files: EnvironmentFiles
    /// What it did since the start, for messages.
    public private(set) var acts: [String] = []
    /// Turned on where somebody reads `acts`.
    public var tells = false
    /// Called before each effect: the world goes on while Stoker works. True: Stoker dies here.
    public var meanwhile: (Effect) -> Bool = { _ in false }
    /// How many effects were performed.
    public internal(set) var effects = 0
    /// Something that must never be done was about to be done.
    public internal(set) var violations: [String] = []
    private var reserved: Int64?

    /// A start: reads the journal, repairs what a crash left, as `stoker run` does before anything else.
    /// - Throws: `Failure` where that is not possible now.
    public init(_ machine: SimulatedMachine) throws(Failure) {
        self.machine = machine
        if machine.fuse.blown { throw Failure(.journalFailed, .environmental, "the process is dead") }
        let record = machine.journal.rows.record ?? EnvironmentRecord(bootID: machine.bootID)
        loop = EnvironmentLoop(configuration: machine.environment, onRewrite: machine.onRewrite, record: record)
        do throws(JournalProblem) {
            files = try EnvironmentFiles(
                machine.environment, storage: SimulatedMachine.storage, journal: machine.journal, disk: machine.disk,
                source: machine.git, snapshots: { revision throws(Failure) in try machine.git.trees(revision) },
                digest: { BlobID(SimulatedDigest.gitBlobID(of: $0)) }, say: { _ in })
            try files.forget(loop.adoptShapes())
        } catch {
            throw Failure(.journalFailed, .environmental, error.message)
        }
        watchDisk()
        let repair = try files.recover(running: loop.record.attempt?.id)
        loop.recovered(repair.found, open: repair.open)
    }

    /// Nothing live is touched that the journal does not know of.
    private func watchDisk() {
        let places = machine.environment.targets.map { ($0.id, machine.place($0)) }
        machine.disk.fault = { [unowned self] operation, path in
            guard Self.changes.contains(operation) else { return nil }
            for (id, place) in places where Self.isLive(path, place) {
                if machine.journal.rows.intents.contains(where: { $0.intent.target == id }) { continue }
                violations.append("\(operation) \(path) without an intent in the journal")
            }
            return nil
        }
    }

    private static let changes: Set<String> = ["create", "open", "rename", "link", "symlink", "unlink", "truncate"]

    private static func isLive(_ path: String, _ place: DeployPlace) -> Bool {
        guard path.hasPrefix(place.root), !path.contains("/.stoker") else { return false }
        switch place.layout {
        case .singleFile, .linked: return path.utf8.count == place.root.utf8.count
        case .inPlace: return path.dropFirst(place.root.utf8.count).hasPrefix("/")
        }
    }

    /// One turn; nil where Stoker died in it.
    public func turn(_ trigger: Trigger = .poll) -> Rest? {
        var effect = loop.handle(.woke)
        for _ in 0..<2000 {
            if machine.fuse.blown || meanwhile(effect) { return nil }
            effects += 1
            switch effect {
            case .rest(let rest): return rest
            case .look(let request): effect = loop.handle(.looked(look(request, trigger)))
            case .note(let record, let consumed):
                do throws(JournalProblem) {
                    try machine.journal.note(record, consumed: consumed)
                    effect = loop.handle(.noted)
                } catch {
                    effect = loop.handle(.noteFailed(error.message))
                }
            case .act(let action):
                if tells { acts.append(action.words) }
                check(action)
                let report = perform(action)
                machine.pass(.milliseconds(10))
                effect = loop.handle(.acted(report))
            }
        }
        violations.append("a turn does not come to rest: \(acts.suffix(20))")
        return Rest(.idle)
    }

    /// Turns until there is nothing to do at any time; false where that takes more than `limit`, or Stoker died.
    public func settle(limit: Int = 300) -> Bool {
        for _ in 0..<limit {
            guard let rest = turn() else { return false }
            switch rest.why {
            case .idle, .held, .suspended: if rest.until == nil { return true }
            case .verifying, .backoff, .waitingForTarget: break
            }
            machine.pass(rest.until.map { max($0 - machine.now, .milliseconds(1)) } ?? .seconds(1))
        }
        return false
    }

    /// What `status` says.
    public var status: EnvironmentStatus { loop.status(layouts: [:]) }

    /// How many files a plan of the newest content would change; nil where nothing is known.
    func plannedChanges() -> Int? {
        guard let newest = machine.git.newest, let trees = machine.git.contents[newest]?.trees else { return nil }
        do throws(Failure) {
            var count = 0
            for target in machine.environment.targets {
                count += try files.compare(target.id, with: trees[target.id] ?? FileTree()).changed.count
            }
            return count
        } catch {
            return nil
        }
    }

    private func look(_ request: LookRequest, _ trigger: Trigger) -> Observation {
        var drift: [Target.ID: DriftLook] = [:]
        var runtime: [Target.ID: RuntimeLook] = [:]
        if request.deployed {
            for target in machine.environment.targets {
                drift[target.id] = files.drift(of: target.id)
                runtime[target.id] = runtimeLook(target.id)
            }
        }
        return Observation(
            now: Now(instant: machine.now, wall: machine.wall), bootID: machine.bootID, nextAttempt: reserveID(),
            jitter: 0.5, source: machine.git.look(seen: request.seen), requests: machine.journal.rows.requests,
            disk: drift, runtime: runtime, fingerprint: "validator 1", stillMissing: [], trigger: trigger,
            trustOfAttempt: request.attempted.map { machine.git.trust(of: $0.commit) } ?? .trusted)
    }

    private func runtimeLook(_ id: Target.ID) -> RuntimeLook {
        guard let process = machine.processes[id], process.isUp else {
            return .unreachable(message: "connection refused")
        }
        return process.facts.map(RuntimeLook.up) ?? .starting(message: "503")
    }

    private func reserveID() -> Int64 {
        if let reserved, loop.record.attempt?.id != reserved { return reserved }
        let known = max(
            reserved ?? 0, machine.journal.rows.attempts.keys.max() ?? 0,
            loop.record.attempt?.id ?? 0)
        let id = max(known, reserved == nil ? files.newestAttemptOnDisk() : 0) + 1
        reserved = id
        return id
    }

    /// Looks over the loop's shoulder.
    private func check(_ action: Action) {
        guard case .publish(let id) = action, let attempt = loop.record.attempt else { return }
        // Taking back half of a publication is no writing.
        if machine.journal.rows.intents.contains(where: { $0.intent.target == id && !$0.published }) { return }
        if machine.journal.rows.record?.suspension != nil, attempt.trigger != .rollback {
            violations.append("wrote while suspended")
        }
        if machine.journal.rows.record?.attempt?.id != attempt.id {
            violations.append("the journal does not know the attempt that is deployed")
        }
        guard !attempt.isRepair else { return }
        if loop.record.rejections.contains(where: { $0.content == attempt.goal.content }) {
            violations.append("deployed rejected content as \(attempt.trigger)")
        }
    }
}

extension Action {
    /// For messages.
    var words: String {
        switch self {
        case .survey(let goal, _): "survey \(goal.content.short)"
        case .prove: "prove"
        case .validate: "validate"
        case .stage(let id, let goal, _): "stage \(id) \(goal.content.short)"
        case .publish(let id): "publish \(id)"
        case .reload(let id): "reload \(id)"
        case .probe(_, let context): context.restored ? "probe restored" : "probe"
        case .recheck: "recheck"
        case .restore: "restore"
        case .settle: "settle"
        }
    }
}
