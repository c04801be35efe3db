import StokerCore

// Reconcile tests drive the real machine with a world made of values: a journal, a disk and processes that answer every
// effect at once. What a content does is written in its name (`invalid-1` is refused by the validator, `kills-2` makes
// the process die), so a story reads like what happened. A crash is a loop thrown away between two effects.

/// A journal, a disk, a process for each target and a repository, answering the effects of one loop.
final class ScriptedWorld {
    struct Intent {
        let target: Target.ID
        let attempt: Int64
        let before: ContentID?
    }
    struct Process {
        var up = true
        var started = 1
        var configured = 1
        var serves: ContentID?
    }

    let configuration: EnvironmentConfiguration
    let onRewrite: SourceConfiguration.OnRewrite
    var loop: EnvironmentLoop
    // The world.
    var now = Instant(seconds: 1000)
    var wall = WallTime(milliseconds: 1_700_000_000_000)
    var bootID = "boot-1"
    var source: SourceLook = .unknown
    /// What is to be said about the commits of attempts, where it is not the best.
    var trusts: [CommitID: Candidate.Trust] = [:]
    var disk: [Target.ID: ContentID] = [:]
    var edited: [Target.ID: [String: String]] = [:]
    var processes: [Target.ID: Process] = [:]
    var missingFileIsThere = false
    /// Environments that soak in this one.
    var downstreams: [DownstreamWish] = []
    var fingerprint = "promtool 1"
    // The journal.
    var stored: EnvironmentRecord
    var requests: [(request: OperatorRequest, consumed: Bool)] = []
    var intents: [Intent] = []
    // What is broken.
    var journalIsBroken = false
    var diskIsFull = false
    var reloadIsClosed = false
    /// The way to reload is a restart.
    var reloadRestarts = false
    var restoreFails = false
    /// What the check asks about fails, whatever is configured.
    var outage = false
    /// The live files are replaced, and the deploy fails all the same.
    var publishFails = false
    /// `mute` contents give no answer and `ignored` ones are not read; without quirks they are like any other.
    var quirks = true
    /// A content that `drops` targets shows in what the check asks about for this long after it is gone.
    let staleness = Duration.seconds(66)
    var staleUntil = Instant(seconds: 0)
    // What happened.
    var acts: [String] = []
    var looks = 0
    var histories: [Int64: Attempt] = [:]
    /// Called before each effect is answered; true: Stoker dies here.
    var dies: (Effect) -> Bool = { _ in false }
    /// What was staged last.
    var staged = ContentID("")
    private var nextID: Int64 = 1
    private var commits = 0

    init(
        targets: [Target.ID] = ["prometheus"], drift: EnvironmentConfiguration.Drift = .report,
        checks: Bool = false, whenDown: TargetConfiguration.WhenDown = .deploy, bake: Duration = .zero,
        onRewrite: SourceConfiguration.OnRewrite = .hold
    ) {
        let check = CheckConfiguration(expr: "up == 1", passWhen: .nonEmpty)
        configuration = EnvironmentConfiguration(
            name: "production", layers: ["."], ref: nil, exclude: [], ruleTests: [], drift: drift,
            verify: checks
                ? VerifyConfiguration(
                    forDuration: .seconds(10), interval: .seconds(2), timeout: .seconds(60), checks: [check]) : nil,
            targets: targets.map {
                TargetConfiguration(
                    id: $0, kind: .prometheus, path: ".", configFile: "prometheus.yml", deployTo: "/etc/\($0)",
                    url: "http://localhost", whenDown: whenDown, readyTimeout: .seconds(20))
            }, bake: bake)
        self.onRewrite = onRewrite
        stored = EnvironmentRecord(bootID: "boot-1")
        loop = EnvironmentLoop(configuration: configuration, onRewrite: onRewrite, record: stored)
        for target in targets { processes[target] = Process() }
    }

    var targets: [Target.ID] { configuration.targets.map(\.id) }

    // MARK: - What people and the world do

    /// A commit with this content becomes the newest.
    func push(
        _ content: String, relation: Candidate.Relation = .forward, trust: Candidate.Trust = .trusted
    ) {
        commits += 1
        source = .known(
            Candidate(
                revision: Revision(ref: "main", commit: CommitID("c\(commits)")), ref: .branch("main"),
                content: .success(ContentID(content)), relation: relation, trust: trust))
    }

    func ask(_ kind: OperatorRequest.Kind) {
        let id = Int64(requests.count + 1)
        requests.append((OperatorRequest(id: id, kind: kind, actor: "ann"), false))
    }

    func pass(_ duration: Duration) {
        now = now + duration
        wall = WallTime(milliseconds: wall.milliseconds + duration.inNanoseconds / 1_000_000)
    }

    func restartProcess(_ id: Target.ID) {
        processes[id]?.up = true
        processes[id]?.started += 1
        processes[id]?.serves = disk[id]
    }

    /// Stoker dies and starts again: only the journal and the world are left.
    /// - Parameter torn: the newest deploy or restore was caught in the middle: a deploy before its first file, a
    ///   restore after its first target.
    func restart(torn: Bool = false) {
        loop = EnvironmentLoop(configuration: configuration, onRewrite: onRewrite, record: stored)
        var found: [Target.ID: EnvironmentLoop.Recovered] = [:]
        if torn, let newest = intents.first, let attempt = stored.attempt, newest.attempt == attempt.id {
            let begun = attempt.phase.because != nil
            if begun || attempt.phase == .publishing(newest.target) {
                intents.removeFirst()
                disk[newest.target] = newest.before
                found[newest.target] = begun ? .back : .untouched
            }
        }
        for intent in intents where found[intent.target] == nil && intent.attempt == stored.attempt?.id {
            found[intent.target] = .forward
        }
        loop.recovered(found, open: Set(intents.map(\.target)))
    }

    var status: EnvironmentStatus { loop.status(layouts: [:]) }
    var exitCode: Int32 { ExitCode.of([status]) }
    var desired: ContentID? {
        switch source {
        case .known(let candidate): if case .success(let content) = candidate.content { content } else { nil }
        case .unknown, .failed: nil
        }
    }

    // MARK: - Turns

    /// One turn; nil where Stoker died in it.
    @discardableResult
    func turn(_ trigger: Trigger = .poll) -> Rest? {
        var effect = loop.handle(.woke)
        for _ in 0..<500 {
            if dies(effect) { return nil }
            switch effect {
            case .rest(let rest): return rest
            case .look(let request):
                looks += 1
                effect = loop.handle(.looked(look(request, trigger)))
            case .note(let record, let consumed): effect = loop.handle(note(record, consumed))
            case .act(let action):
                let report = perform(action)
                pass(.milliseconds(10))
                effect = loop.handle(.acted(report))
            }
        }
        fatalError("a turn does not come to rest: \(acts.suffix(20))")
    }

    /// Turns until there is nothing to do at any time; false where that takes more than `limit`.
    @discardableResult
    func settle(limit: Int = 400) -> Bool {
        for _ in 0..<limit {
            guard let rest = turn() else { return false }
            switch rest.why {
            case .idle, .held, .suspended: if rest.until == nil { return true }
            case .verifying, .backoff, .waitingForTarget: break
            }
            pass(rest.until.map { max($0 - now, .milliseconds(1)) } ?? .seconds(1))
        }
        return false
    }

    private func look(_ request: LookRequest, _ trigger: Trigger) -> Observation {
        var drift: [Target.ID: DriftLook] = [:]
        var runtime: [Target.ID: RuntimeLook] = [:]
        if request.deployed {
            for id in targets {
                drift[id] = DriftLook(drifted: edited[id] ?? [:])
                runtime[id] = facts(id).map(RuntimeLook.up) ?? .unreachable(message: "connection refused")
            }
        }
        defer { nextID += 1 }
        return Observation(
            now: Now(instant: now, wall: wall), bootID: bootID, nextAttempt: nextID, jitter: 0.5, source: source,
            requests: requests.filter { !$0.consumed }.map(\.request), disk: drift, runtime: runtime,
            fingerprint: fingerprint, stillMissing: missingFileIsThere ? [] : request.missingPaths, trigger: trigger,
            trustOfAttempt: request.attempted.flatMap { trusts[$0.commit] } ?? .trusted,
            pipeline: PipelineLook(downstreams: downstreams))
    }

    private func note(_ record: EnvironmentRecord, _ consumed: [Int64]) -> LoopEvent {
        if journalIsBroken { return .noteFailed("the journal cannot be written: no space left") }
        stored = record
        if let attempt = record.attempt { histories[attempt.id] = attempt }
        for id in consumed { requests[Int(id) - 1].consumed = true }
        return .noted
    }

    func facts(_ id: Target.ID) -> RuntimeFacts? {
        guard let process = processes[id], process.up else { return nil }
        return RuntimeFacts(
            startTime: "start \(process.started)", lastConfigTime: "config \(process.configured)",
            reloadSucceeded: true)
    }
}
