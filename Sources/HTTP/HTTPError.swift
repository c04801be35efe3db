/// Why there is no whole answer.
public struct HTTPError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong.
    public enum Kind: Sendable, Equatable {
        /// The URL, the proxy's URL, the method or a field cannot be sent.
        case badRequest
        /// The name has no address, or no name server answers.
        case resolve
        /// Nobody listens there.
        case connectionRefused
        /// No connection for another reason: no route, no such socket, a proxy that refuses.
        case connect
        /// The proxy refused to reach the server, with this status.
        case proxy(status: Int)
        /// No proof of identity, or files for it that cannot be used.
        case tls(detail: String)
        /// The same of a proxy that is reached over https.
        case proxyTLS(detail: String)
        /// No whole answer within the limit.
        case timeout
        /// A streamed answer stood still for longer than its idle limit.
        case idle
        /// More bytes than `maxResponseBytes`.
        case tooLarge(limitBytes: Int)
        /// The connection broke while sending.
        case send
        /// The connection broke, or ended early, or what came is no HTTP.
        case receive
        /// More redirects than allowed, or to something that is not http or https.
        case redirect
        /// The task was cancelled.
        case cancelled
        /// Too many requests are waiting.
        case busy
        /// The client was closed.
        case closed
        /// libcurl failed in a way that has no better name, for instance out of memory.
        case other(code: Int32)
    }

    /// What went wrong.
    public let kind: Kind
    /// Method and redacted URL, what went wrong and what to do, in one sentence.
    public let message: String
    /// libcurl's own words for it, perhaps empty: for those who make a message of their own. Hosts and files are named, credentials never.
    public let detail: String
    /// Whether the server may have got the request and acts on it: then nobody knows what it did.
    public let mayHaveArrived: Bool

    /// An error of this client, or of a test that stands in for it.
    public init(kind: Kind, message: String, detail: String = "", mayHaveArrived: Bool = false) {
        self.kind = kind
        self.message = message
        self.detail = detail
        self.mayHaveArrived = mayHaveArrived
    }

    init(_ kind: Kind, _ request: Request, _ words: String, detail: String = "", mayHaveArrived: Bool = false) {
        self.init(kind: kind, message: "\(request): \(words)", detail: detail, mayHaveArrived: mayHaveArrived)
    }

    /// The message.
    public var description: String { message }
}
