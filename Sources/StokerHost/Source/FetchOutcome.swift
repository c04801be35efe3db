import StokerCore

/// What one look at the repository brought.
public enum FetchOutcome: Hashable, Sendable {
    /// The server was asked (or did not need to be) and the cache is up to date.
    case fetched(FetchReport)
    /// It could not be done; the cache is as it was.
    case failed(FetchFailure)
}

/// The state of the followed refs after a fetch.
public struct FetchReport: Hashable, Codable, Sendable {
    /// One followed ref.
    public struct Ref: Hashable, Codable, Sendable {
        /// The ref as configured.
        public let ref: GitRef
        /// The commit it leads to, or nil.
        public let commit: CommitID?
        /// Why there is no commit.
        public let problem: RefProblem?
        /// The object that the ref points to on the server and in the cache: for an annotated tag the tag, not its commit.
        /// Nil for a commit, and where the server has no such ref.
        public let target: String?

        /// Of a tag pattern: the tag that leads there.
        public var tag: String?

        /// Of a commit that is on none: the fingerprint of the branches and tags among which it was looked for.
        var searched: String?

        init(
            ref: GitRef, commit: CommitID?, problem: RefProblem?, target: String? = nil, tag: String? = nil,
            searched: String? = nil
        ) {
            self.ref = ref
            self.commit = commit
            self.problem = problem
            self.target = target
            self.tag = tag
            self.searched = searched
        }
    }

    /// One entry for each followed ref, in the order of `GitSource.refs`.
    public let refs: [Ref]
    /// Bytes received; 0 when there was no news.
    public let receivedBytes: Int
    /// Objects received.
    public let receivedObjects: Int
    /// Whether the cache was found damaged and made anew.
    public let rebuilt: Bool
    /// Whether the cache is worth being made smaller: `GitSource.tidy`.
    public let untidy: Bool

    func found(untidy: Bool) -> FetchReport {
        FetchReport(
            refs: refs, receivedBytes: receivedBytes, receivedObjects: receivedObjects, rebuilt: rebuilt, untidy: untidy
        )
    }

    /// The revision of a followed ref, or why there is none.
    /// - Parameter owner: the environment that names the ref; nil: the source does.
    public func revision(of ref: GitRef, namedBy owner: EnvironmentName? = nil) -> Result<Revision, SourceFailure> {
        guard let found = refs.first(where: { $0.ref == ref }) else {
            return .failure(
                SourceFailure(Failure(.fetchFailed, .environmental, "\(ref) is not among the refs that were fetched")))
        }
        if let commit = found.commit {
            return .success(Revision(ref: found.tag ?? ref.description, commit: commit))
        }
        return .failure(
            SourceFailure(
                Failure(.fetchFailed, .environmental, found.problem?.message(for: owner) ?? "\(ref) was not found")))
    }
}

/// Why a fetch failed.
public struct FetchFailure: Error, Hashable, Codable, Sendable, CustomStringConvertible {
    /// What stood in the way.
    public enum Kind: String, Hashable, Codable, Sendable {
        /// No answer, or no end, within `source.timeout`.
        case timeout
        /// No connection.
        case unreachable
        /// Credentials are missing or were refused.
        case authentication
        /// The server is there, the repository is not.
        case notFound
        /// The certificate is not trusted.
        case certificate
        /// The server does not speak git, or broke off.
        case protocolError
        /// The server is there and cannot or will not serve now: too many requests, maintenance, an error of its own.
        case unavailable
        /// More data, references or memory than allowed.
        case tooLarge
        /// This machine: disk, permissions, secret files.
        case local
        /// Something Stoker does not support yet.
        case unsupported
        /// The poll was cancelled.
        case cancelled
    }

    /// What stood in the way.
    public let kind: Kind
    /// One sentence: what failed, on what, what to do next. Never a secret; URLs are redacted.
    public let message: String
    /// For how long the server asks not to be asked again.
    public let retryAfterSeconds: Int?

    init(_ kind: Kind, _ message: String, retryAfterSeconds: Int? = nil) {
        self.kind = kind
        self.message = message
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// The message.
    public var description: String { message }

    /// The failure in the words of the loop: nothing about a fetch is the content's fault.
    public var failure: Failure { Failure(.fetchFailed, .environmental, message) }
}
