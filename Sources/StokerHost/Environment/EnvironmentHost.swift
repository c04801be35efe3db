import Digests
import Logging
import StokerCore

/// Drives the loop of one environment: asks it for the next effect, performs it, answers, until it rests.
@HostActor
public final class EnvironmentHost {
    /// As configured.
    public nonisolated let configuration: EnvironmentConfiguration
    let journal: Journal
    let disk: any Disk
    let feed: SourceFeed
    let board: StandingBoard
    /// Environments of the file that are after this one.
    let downstreams: [EnvironmentConfiguration]
    let targets: [TargetHost]
    let log: Logger
    var loop: EnvironmentLoop
    let bootID = Clock.bootID()
    let configurationDigest: String

    /// Inventories, what is staged, and the journal's intents.
    let files: EnvironmentFiles
    var parsed: [Target.ID: (key: ParsedKey, value: ParsedTarget)] = [:]
    var fingerprint = ""
    var reservedID: Int64?
    var lastStatus: EnvironmentStatus?
    private var glass = GlassLog()
    /// The journal's status is not `lastStatus`: it could not be written.
    private var statusIsStale = false
    /// Why the last note failed.
    private var journalProblem: JournalProblem?
    private enum Stopping { case no, afterThisStep, beforeAnyStep }
    private var stopping = Stopping.no
    /// Whether a look asks disks and processes, too. The benchmark of the pipeline measures what is left without them.
    package var looksAtTargets = true
    /// Asks about the environments of `after` that other Stokers run, each within its time limit, and writes it on the board.
    public var askUpstreams: ([EnvironmentName]) async -> Void = { _ in }
    /// Called when the status changed in a way that people would notice.
    public var onChange: (@Sendable (EnvironmentStatus) -> Void)?

    /// An environment with what it shares with the others.
    public init(
        _ configuration: EnvironmentConfiguration, source: SourceConfiguration, journal: Journal, disk: any Disk,
        feed: SourceFeed, http: HTTPAccessor, storage: String, log: Logger, board: StandingBoard? = nil,
        zones: [ZoneRules] = [], pollInterval: Duration = .seconds(60)
    ) throws(Journal.Problem) {
        self.board = board ?? StandingBoard(journal: journal)
        downstreams = feed.environments.filter { $0.after.names.contains(configuration.name) }
        self.configuration = configuration
        self.journal = journal
        self.disk = disk
        self.feed = feed
        var log = log
        log[metadataKey: "environment"] = "\(configuration.name)"
        self.log = log
        files = try EnvironmentFiles(
            configuration, storage: storage, journal: journal, disk: disk, source: feed.blobs,
            snapshots: { revision throws(Failure) in try feed.trees(configuration, revision) },
            digest: { BlobID(Digest.gitBlobID(of: $0)) }, say: { notice in log.write(notice) })
        targets = files.targets.map { TargetHost($0, storage: storage, http: http.client) }
        configurationDigest = Self.digest(configuration)
        let record = try journal.record(of: configuration.name) ?? EnvironmentRecord(bootID: bootID)
        loop = EnvironmentLoop(
            configuration: configuration, onRewrite: source.onRewrite, record: record,
            gateWindows: Windows(
                windows: configuration.gates.windows, blackouts: configuration.gates.blackouts, zones: zones),
            watchInterval: pollInterval)
        // The first fetch comes before the first look.
        feed.take(record, of: configuration.name, attempted: loop.attempted)
        lastStatus = try journal.status(of: configuration.name)
        try files.forget(loop.adoptShapes())
        journal.skipAttemptIDs(upTo: files.newestAttemptOnDisk())
        files.watched = { [unowned self] id, inventory in discoveryFolders(id, inventory) }
        self.board.register(configuration.name) { [unowned self] in
            StandingBoard.Own(record: loop.record, seenAt: loop.soakSeenAt)
        }
    }

    /// The folders with files that the process reads by itself: all of them, until the files were understood.
    private func discoveryFolders(_ id: Target.ID, _ inventory: Inventory) -> Set<String> {
        let roles = parsed[id]?.value.roles
        return Set(
            inventory.files.keys.filter { roles?.role(of: $0) ?? .live == .live }.map(SeenPath.parent))
    }

    /// The first thing of a start: makes every half-done deployment whole, from the journal and the disk alone.
    /// - Returns: what was found for each target with an open intent.
    @discardableResult
    public func recover() throws(Failure) -> [Target.ID: EnvironmentLoop.Recovered] {
        let repair = try files.recover(running: loop.record.attempt?.id)
        loop.recovered(repair.found, open: repair.open)
        return repair.found
    }

    /// What there is to say now.
    public var status: EnvironmentStatus {
        var status = loop.status(layouts: Dictionary(uniqueKeysWithValues: targets.map { ($0.id, $0.layout) }))
        status.promotion = loop.record.promotion
        if !knowsSource, let last = lastStatus { status.keepSource(of: last, loop.record) }
        status.reasonSince = status.reasonSince(after: lastStatus, at: Clock.wall())
        if let last = lastStatus, !status.differs(from: last), last.since != nil {
            status.since = last.since
        } else {
            status.since = Clock.wall()
        }
        return status
    }

    private var knowsSource: Bool {
        switch loop.observation?.source {
        case nil, .unknown: false
        case .failed, .known: true
        }
    }

    /// How many attempts ended since the start.
    public var attemptsFinished: Int { loop.attemptsFinished }

    /// No further action is begun; the one in hand is finished.
    public func stop() { stopping = .afterThisStep }

    /// Folds in what people asked for, and does nothing about it: for decisions without a daemon.
    public func takeRequests() async {
        stopping = .beforeAnyStep
        _ = await turn(.request)
    }

    /// One turn: look, decide, note, act and note again, until there is nothing to do now.
    public func turn(_ trigger: Trigger) async -> Rest {
        var effect = loop.handle(.woke)
        // Every attempt ends in a bounded number of steps; a turn that does not is broken and must not spin.
        for _ in 0..<10_000 {
            switch effect {
            case .rest(let rest):
                noteStatus()
                return rest
            case .look(let request):
                effect = loop.handle(.looked(await look(request, trigger)))
            case .note(let record, let consumed):
                effect = note(record, consumed)
            case .act(let action):
                if mustStop(before: action) {
                    noteStatus()
                    return Rest(.idle)
                }
                effect = loop.handle(.acted(await perform(action)))
            }
        }
        log.critical("the loop does not come to rest")
        return Rest(.idle)
    }

    /// Between deploy and reload, and inside a restore, a stop waits.
    private func mustStop(before action: Action) -> Bool {
        switch stopping {
        case .no: false
        case .beforeAnyStep: true
        case .afterThisStep:
            switch action {
            case .reload, .restore, .settle: false
            case .survey, .prove, .validate, .stage, .publish, .probe, .recheck: true
            }
        }
    }

    private func note(_ record: EnvironmentRecord, _ consumed: [Int64]) -> Effect {
        // An attempt that has just begun is judged by the next poll, whenever that is.
        feed.take(record, of: configuration.name, attempted: loop.attempted)
        do throws(Journal.Problem) {
            let status = status
            try journal.note(configuration.name, record: record, status: status, consumed: consumed)
            statusIsStale = false
            journalProblem = nil
            announce(status)
            return loop.handle(.noted)
        } catch {
            // Said once for each cause: it is tried every second, perhaps for days.
            if journalProblem != error { log.error("the journal cannot be written", metadata: ["error": "\(error)"]) }
            journalProblem = error
            return loop.handle(.noteFailed(error.message))
        }
    }

    /// At rest the status may have changed without the record having done so: a fetch that fails, a process that is gone.
    private func noteStatus() {
        let status = status
        glass.write(loop.record, to: log)
        guard statusIsStale || (lastStatus.map { Self.tells(status, otherThan: $0) } ?? true) else { return }
        do throws(Journal.Problem) {
            try journal.note(configuration.name, status: status, fresh: EnvironmentRecord(bootID: bootID))
            statusIsStale = false
        } catch {
            if !statusIsStale {
                log.error("the status cannot be written to the journal", metadata: ["error": "\(error)"])
            }
            statusIsStale = true
        }
        announce(status)
    }

    private static func tells(_ status: EnvironmentStatus, otherThan last: EnvironmentStatus) -> Bool {
        var last = last
        last.since = status.since
        return status != last
    }

    /// One line for each change that people would notice.
    private func announce(_ status: EnvironmentStatus) {
        defer { lastStatus = status }
        glass.write(loop.record, to: log)
        guard lastStatus.map(status.differs) ?? true else { return }
        var facts: Logger.Metadata = [
            "phase": "\(status.phase ?? "none")", "sync": "\(status.sync.rawValue)",
            "health": "\(status.health.rawValue)",
        ]
        if let outcome = status.outcome { facts["outcome"] = "\(outcome)" }
        if let attempt = loop.record.attempt, let signer = attempt.signer, attempt.phase == .surveying {
            facts["signer"] = "\(signer)"
        }
        if let reason = status.reason { facts["reason"] = "\(reason.rawValue)" }
        if let revision = status.runningRevision { facts["running"] = "\(revision)" }
        if let revision = status.desiredRevision { facts["desired"] = "\(revision)" }
        if !status.message.isEmpty { facts["message"] = "\(status.message)" }
        log.log(level: status.bad || status.failing ? .warning : .info, "environment changed", metadata: facts)
        onChange?(status)
    }
}
