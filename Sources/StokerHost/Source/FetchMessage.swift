import Git
import StokerCore

/// The words for what went wrong in a fetch: what failed, where, and what to do next.
enum FetchMessage {
    /// No end within the limit: how far it had come decides what to do about it.
    /// - Parameter stage: the last one that the child was in; nil: it has not said anything yet.
    static func timeout(_ url: SourceURL, _ stage: FetchStage?, after timeout: Duration) -> FetchFailure {
        let limit = "\(timeout.prometheusText) (source.timeout)"
        switch stage {
        case nil:
            return FetchFailure(
                .timeout,
                "the fetch child for \(url.shown) did not begin within \(limit): this machine has too much to do")
        case .locking:
            return FetchFailure(
                .timeout, "another stoker uses the git cache of \(url.shown) and did not finish within \(limit)")
        case .connecting:
            return FetchFailure(.timeout, "\(url.place) did not answer within \(limit)")
        case .receiving(let objects, let total, let bytes):
            return FetchFailure(
                .timeout,
                "\(url.place) sent only \(objects) of \(total) objects (\(size(bytes))) within \(limit): raise source.timeout if it is slow but well"
            )
        }
    }

    /// Translates what libgit2 said. It decides by code and class; libgit2's words are only shown.
    static func failure(_ error: GitError, _ url: SourceURL, _ request: FetchRequest, connected: Bool) -> FetchFailure {
        let detail = url.redacted(error.cause)
        switch (error.code, error.area) {
        case (.tooManyBytes, _):
            return FetchFailure(
                .tooLarge,
                "\(url.place) was given up: \(detail): raise source.limits.max_received if the repository is that large"
            )
        case (.tooManyReferences, _):
            return FetchFailure(
                .tooLarge,
                "\(url.place) was given up: \(detail): raise source.limits.max_references if it needs them all")
        case (.limit, _): return FetchFailure(.tooLarge, "\(url.place) was given up: \(detail)")
        case (_, .memory): return memory(url, request)
        case (_, _) where !connected && url.isLocal:
            return FetchFailure(
                .notFound,
                "there is no git repository at \(url.shown), or it cannot be read: check source.url (\(detail))")
        case (_, .indexer), (_, .network), (.endOfFile, _):
            return FetchFailure(
                .protocolError, "\(url.place) did not answer as a git server does, or broke off: \(detail)")
        case (_, .system): return FetchFailure(.local, "could not write the git cache of \(url.shown): \(detail)")
        case (_, _): return FetchFailure(.protocolError, "could not fetch from \(url.shown): \(detail)")
        }
    }

    private static func memory(_ url: SourceURL, _ request: FetchRequest) -> FetchFailure {
        FetchFailure(
            .tooLarge,
            "\(url.place) needs more than the \(SizeText.text(request.memoryBytes)) of memory that a fetch may use: raise source.limits.max_memory"
        )
    }

    /// Bytes for people.
    private static func size(_ bytes: Int) -> String {
        switch bytes {
        case ..<10_240: "\(bytes) bytes"
        case ..<(10 << 20): "\(bytes >> 10) KiB"
        default: "\(bytes >> 20) MiB"
        }
    }
}
