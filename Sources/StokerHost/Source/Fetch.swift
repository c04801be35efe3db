import Git
import Glibc
import StokerCore

/// One fetch into the cache, in the child: lock, mend, ask the server, bring the news, say where the refs are now.
struct Fetch {
    private let request: FetchRequest
    private let url: SourceURL
    /// Whether the server has shown its references.
    private var connected = false
    /// Whether it showed one that is new.
    private var hasNews = false
    /// What reaches the server now; nil: libgit2 itself.
    private var connection: (any SourceConnection)?

    init(_ request: FetchRequest) {
        self.request = request
        self.url = SourceURL(request.url)
    }

    /// - Parameter answer: called once, unless this throws.
    mutating func run(
        stage: @escaping (FetchStage) -> Void, answer: (FetchReport) -> Void
    ) throws(FetchFailure) {
        stage(.locking)
        let cache = CacheDirectory(path: request.cache)
        // Held by the process that writes, and by no other: it is released when this child dies, however it dies.
        let lock = try cache.lock()
        defer { close(lock) }
        try cache.removeLeftovers()
        switch request.purpose {
        case .tidy:
            let report = try known(cache)
            compact(cache, from: .some, stage)
            answer(report.found(untidy: isUntidy(cache)))
        case .fetch(let tidying):
            let report = try fetch(cache, stage)
            // Said before, as what comes then may fail.
            answer(report.found(untidy: isUntidy(cache)))
            if tidying { compact(cache, from: hasNews ? .urgent : .some, stage) }
        }
    }

    private func isUntidy(_ cache: CacheDirectory) -> Bool { Compaction(request, cache).need > .none }

    /// Where the refs are, without a question to the server.
    private func known(_ cache: CacheDirectory) throws(FetchFailure) -> FetchReport {
        do throws(GitError) {
            let selection = RefSelection(request.refs, url: url)
            return FetchReport(
                refs: try selection.found(try Repository.openBare(at: cache.path)), receivedBytes: 0,
                receivedObjects: 0, rebuilt: false, untidy: false)
        } catch {
            throw failure(error)
        }
    }

    private mutating func compact(
        _ cache: CacheDirectory, from least: Compaction.Need, _ stage: @escaping (FetchStage) -> Void
    ) {
        var copy = self
        Compaction(request, cache).run(from: least) { (fresh) throws(GitError) in
            _ = try copy.fetch(into: fresh, rebuilt: false, stage)
        }
    }

    private mutating func fetch(
        _ cache: CacheDirectory, _ stage: @escaping (FetchStage) -> Void
    ) throws(FetchFailure) -> FetchReport {
        if try !cache.isSound() { return try rebuild(cache, stage) }
        do throws(GitError) {
            return try fetch(into: try Repository.openBare(at: cache.path), rebuilt: false, stage)
        } catch {
            // Before the server has answered, an error is about the server (which may be a damaged folder, too).
            guard connected, CacheDirectory.isDamage(error), cache.mayRebuild else {
                throw failure(error)
            }
            return try rebuild(cache, stage)
        }
    }

    /// Fetches into a new cache beside the old one, and swaps them when it is complete: until then the old one is read as far as it goes.
    private mutating func rebuild(_ cache: CacheDirectory, _ stage: @escaping (FetchStage) -> Void) throws(FetchFailure)
        -> FetchReport
    {
        let fresh = try cache.startAnew()
        let report: FetchReport
        do throws(GitError) {
            report = try fetch(into: try Repository.initBare(at: fresh), rebuilt: cache.exists, stage)
        } catch {
            throw failure(error)
        }
        try cache.replace(with: fresh)
        return report
    }

    private mutating func fetch(
        into repository: Repository, rebuilt: Bool, _ stage: @escaping (FetchStage) -> Void
    ) throws(GitError) -> FetchReport {
        connected = false
        var selection = RefSelection(request.refs, url: url)
        var progress = FetchProgress()
        if try selection.needsServer(repository) {
            stage(.connecting)
            var gate = ProgressGate()
            var settings = request.settings
            connection = request.ssh.map { SSHConnection($0) }
            settings.connection = connection
            progress = try repository.fetch(
                settings,
                choose: { (advertised) throws(GitError) in
                    connected = true
                    let refspecs = try selection.refspecs(advertised, repository)
                    hasNews = !refspecs.isEmpty
                    return refspecs
                },
                report: { now in
                    guard gate.opens(now) else { return }
                    stage(
                        .receiving(
                            objects: now.receivedObjects, totalObjects: now.totalObjects, bytes: now.receivedBytes))
                })
        }
        return FetchReport(
            refs: try selection.found(repository), receivedBytes: progress.receivedBytes,
            receivedObjects: progress.receivedObjects,
            rebuilt: rebuilt, untidy: false)
    }

    /// The connection knows better than libgit2 why it failed.
    private func failure(_ error: GitError) -> FetchFailure {
        if error.code == .connection, let failure = connection?.failure { return failure }
        return FetchMessage.failure(error, url, request, connected: connected)
    }

    /// Ten lines a second, and always the last object: libgit2 reports every object and every packet.
    private struct ProgressGate {
        private var last: Int64 = 0

        mutating func opens(_ progress: FetchProgress) -> Bool {
            var time = timespec()
            clock_gettime(CLOCK_MONOTONIC, &time)
            let now = Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
            guard now - last >= 100 || progress.receivedObjects == progress.totalObjects && now > last else {
                return false
            }
            last = now
            return true
        }
    }
}
