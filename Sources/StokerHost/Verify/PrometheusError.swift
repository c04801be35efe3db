// Verify, the host's side: asks a running Prometheus what it serves. `PrometheusClient` knows the HTTP API and its
// limits, `SignalReload` the other way to ask for a reload, and `Prover` puts the answers together as the values that
// Core judges. No answer is trusted to be short, quick or well-formed.

/// Why a question to a process has no usable answer.
public struct PrometheusError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of no answer.
    public enum Kind: Hashable, Sendable {
        /// Nobody listens, the name does not resolve, TLS fails: no connection.
        case unreachable
        /// No answer in time, or the connection broke: nobody knows what it did.
        case lost
        /// 503: it starts.
        case starting
        /// It answers, but not to us or not here; carries the status.
        case refused(Int)
        /// The question is refused as such, with a text (400, 422): for queries.
        case rejected
        /// The answer is no answer to the question, or too large.
        case malformed
        /// Another program answers.
        case stranger
        /// A secret that we need cannot be read.
        case secret
    }

    /// What went wrong.
    public let kind: Kind
    /// One sentence with the address, redacted, and what to do.
    public let message: String

    /// An error about one question.
    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
