// Source: from a repository somewhere to an immutable snapshot of an environment.
//
// Two halves that never meet in one process at the same moment. The *fetch* half lets libgit2 speak git over a connection of our own (`Access`,
// `SourceConnection`); it has no time-outs and may be fed anything, so it runs in a child of the same binary (`FetchChild`) that holds the lock of the cache, limits its own memory and
// is killed at `source.timeout`. The *read* half (`SnapshotReader`) opens the bare cache the child fills and makes snapshots straight from the
// object database: no checkout, no index, no filters. The cache is disposable: whatever is found broken is fetched again beside it and
// swapped. `GitSource` is the value that ties both to one (url, credentials).

import Digests
import FoundationEssentials
import StokerCore

/// One repository with its credentials and the cache it is fetched into. It holds no descriptor and no thread.
public struct GitSource: Sendable {
    /// What was configured; `ref` is ignored in favour of `refs`.
    public let configuration: SourceConfiguration
    /// Every branch, tag and commit that some environment follows.
    public let refs: [GitRef]
    /// The bare repository on disk. `<cache>.lock` beside it is held by whoever writes it.
    public let cache: String
    /// The program that is started as fetch child; must call `FetchChild.main()` when its first argument is `FetchChild.argument`.
    public let executable: String
    /// Bounds of the fetch child.
    public var limits: SourceLimits { configuration.limits }

    /// What `credentials_command` printed last.
    let tokens = TokenMemory()

    /// A source.
    /// - Parameter storage: the storage directory; the cache is `<storage>/git/<hash of url and credentials' names>`.
    /// - Parameter executable: `/proc/self/exe` is this very binary, even after the file was replaced by an upgrade.
    public init(
        _ configuration: SourceConfiguration, refs: [GitRef], storage: String, executable: String = "/proc/self/exe"
    ) {
        self.configuration = configuration
        var seen: Set<GitRef> = []
        self.refs = refs.filter { seen.insert($0).inserted }
        self.cache = "\(storage)/git/\(Self.cacheName(configuration))"
        self.executable = executable
    }

    /// How the repository is reached now: secret files are read, and `credentials_command` is asked, here.
    func access() async throws(FetchFailure) -> SourceAccess {
        let access = try await SourceAccess.resolve(configuration, tokens: tokens)
        guard case .ssh(let ssh) = access else { return access }
        try makeDirectory()
        return .ssh(try ssh.prepared(beside: cache))
    }

    /// Looks at the repository once: brings news of the followed refs into the cache.
    ///
    /// Never throws and never takes longer than `source.timeout` and a moment: bad news is a value. Several calls, also of other processes,
    /// take turns through the lock of the cache. A poll that is cancelled kills its child.
    /// - Parameters:
    ///   - keep: commits that somebody still needs, besides what the followed refs lead to: they stay in the cache, where they are in it.
    ///   - tidying: whether the cache is made smaller on this occasion, where it is worth it; a caller who says no calls `tidy` when
    ///     there is time.
    ///   - onProgress: called at most ten times a second while data arrives.
    public func poll(
        keep: [CommitID] = [], tidying: Bool = true, onProgress: @escaping @Sendable (FetchStage) -> Void = { _ in }
    ) async -> FetchOutcome {
        await child(.fetch(tidying: tidying), keep, onProgress)
    }

    /// Makes the cache smaller where that is worth it, without asking the server unless it is large. It can be read all the time; a fetch
    /// waits.
    public func tidy(keep: [CommitID] = []) async -> FetchOutcome { await child(.tidy, keep) { _ in } }

    private func child(
        _ purpose: FetchRequest.Purpose, _ keep: [CommitID], _ onProgress: @escaping @Sendable (FetchStage) -> Void
    ) async -> FetchOutcome {
        let end = ContinuousClock.now + configuration.timeout
        let isTokenRemembered = tokens.isFilled
        let outcome = await child(purpose, keep, until: end, onProgress)
        guard case .failed(let failure) = outcome, failure.kind == .authentication else { return outcome }
        // A token may end before its time here: another one is asked for, once.
        tokens.forget()
        return isTokenRemembered ? await child(purpose, keep, until: end, onProgress) : outcome
    }

    private func child(
        _ purpose: FetchRequest.Purpose, _ keep: [CommitID], until end: ContinuousClock.Instant,
        _ onProgress: @escaping @Sendable (FetchStage) -> Void
    ) async -> FetchOutcome {
        do throws(FetchFailure) {
            let start = ContinuousClock.now
            let access = try await access()
            let spent = ContinuousClock.now - start
            guard ContinuousClock.now < end else { throw late(spent) }
            try makeDirectory()
            let outcome = await FetchProcess(source: self, end: end, onProgress: onProgress)
                .run(FetchRequest(self, access: access, purpose: purpose, keep: keep))
            if case .failed(let failure) = outcome, failure.kind == .timeout, spent > configuration.timeout / 2 {
                throw late(spent)
            }
            return outcome
        } catch {
            return .failed(error)
        }
    }

    /// The credentials came too late to do much with them: whatever the server did in the rest of the time, that is why.
    private func late(_ spent: Duration) -> FetchFailure {
        let limit = "\(configuration.timeout.prometheusText) (source.timeout)"
        guard let program = configuration.credentialsCommand.first else {
            return FetchFailure(
                .timeout, "the credentials of \(SourceURL(configuration.url).shown) were not read within \(limit)")
        }
        let seconds = Duration.milliseconds(spent / .milliseconds(1))
        return FetchFailure(
            .timeout,
            "the credentials_command \(program) of the source took \(seconds.prometheusText) of the \(limit) that a fetch may take, which left too little for \(SourceURL(configuration.url).place): make it faster, or raise source.timeout"
        )
    }

    /// The same repository and user share a cache; the text of a secret is no part of the name, as it rotates.
    private static func cacheName(_ configuration: SourceConfiguration) -> String {
        var parts = [configuration.url]
        if let basic = configuration.http.basicAuth { parts += ["basic", basic.username, "\(basic.password)"] }
        if let header = configuration.http.authorization { parts += ["header", header.type, "\(header.credentials)"] }
        if !configuration.credentialsCommand.isEmpty { parts += ["command"] + configuration.credentialsCommand }
        if let key = configuration.ssh.keyFile { parts += ["ssh", key] }
        return String(Digest.sha256Hex(parts.joined(separator: "\0").utf8).prefix(32))
    }

    private func makeDirectory() throws(FetchFailure) {
        let folder = String(cache[..<(cache.lastIndex(of: "/") ?? cache.startIndex)])
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw FetchFailure(.local, "could not prepare the git cache \(cache): \(error)")
        }
    }
}
