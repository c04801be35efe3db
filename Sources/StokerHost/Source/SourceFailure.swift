import StokerCore

/// Why the read half has no answer: `SourceInvalid` with findings where the repository holds what Stoker refuses (the content's fault, to be
/// remembered), `FetchFailed` where the cache does not have what it should (the next fetch mends it).
public struct SourceFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The failure as the loop reports it.
    public let failure: Failure

    /// Wraps a failure.
    public init(_ failure: Failure) { self.failure = failure }

    init(_ invalid: SourceInvalid) {
        failure = Failure(.sourceInvalid, .content, invalid.message, findings: invalid.findings)
    }

    /// Reason and message.
    public var description: String { "\(failure)" }
}
