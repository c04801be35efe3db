// One question over http or https, and its bounded answer.
//
// `HTTPClient` runs each request on a thread of its own, because libcurl blocks and the cooperative pool must not. The
// threads, their queue, the answer's size and the time are bounded. A status of 400 or 500 is an answer, not an error: only
// the caller knows what it means. What a request says in messages never contains a secret.

/// One request. All that is not given behaves like Prometheus' own client: no proxy, no redirects, the system's CAs.
public struct Request: Sendable {
    /// The method, for example `GET` or `POST`. Anything that is a token of HTTP.
    public var method: String
    /// An absolute http or https URL. A user and password in it are sent as basic authentication.
    public var url: String
    /// Further header fields. `Content-Type` is not set unless given here.
    public var headers: Headers
    /// The body; empty for none.
    public var body: [UInt8]
    /// The limit of everything, from `send` to the last byte of the answer.
    public var timeout: Duration
    /// The limit of name resolution, connection and TLS handshake together.
    public var connectTimeout: Duration
    /// A longer answer is an error (`tooLarge`), in bytes. Header fields have their own limit of 256 KiB.
    public var maxResponseBytes: Int
    /// Who asks.
    public var auth: Authentication?
    /// How an https server is proved, and how we prove ourselves to it.
    public var tls: TLSOptions?
    /// `http://`, `https://` or `socks5://` proxy for this request, which then ignores `no_proxy`.
    public var proxyURL: String?
    /// Whether `http_proxy`, `https_proxy` and `no_proxy` of the environment count where `proxyURL` is nil.
    public var proxyFromEnvironment: Bool
    /// Connect to this Unix socket (at most 107 bytes); the URL still gives the Host field and the path.
    public var unixSocketPath: String?
    /// Whether at most five redirects, to http or https only, are followed; credentials stay with the first host.
    public var followRedirects: Bool
    /// Whether the answer may come compressed with gzip; it is handed out, and its size limited, as it was before that.
    public var acceptsGzip: Bool

    /// A request with the limits given; no redirects and no proxy unless asked for.
    public init(
        method: String = "GET",
        url: String,
        headers: Headers = [:],
        body: [UInt8] = [],
        timeout: Duration = .seconds(30),
        connectTimeout: Duration = .seconds(10),
        maxResponseBytes: Int = 64 << 20,
        auth: Authentication? = nil,
        tls: TLSOptions? = nil,
        proxyURL: String? = nil,
        proxyFromEnvironment: Bool = false,
        unixSocketPath: String? = nil,
        followRedirects: Bool = false,
        acceptsGzip: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.connectTimeout = connectTimeout
        self.maxResponseBytes = maxResponseBytes
        self.auth = auth
        self.tls = tls
        self.proxyURL = proxyURL
        self.proxyFromEnvironment = proxyFromEnvironment
        self.unixSocketPath = unixSocketPath
        self.followRedirects = followRedirects
        self.acceptsGzip = acceptsGzip
    }
}

extension Request: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The method and the redacted URL; header fields and body may hold secrets and are never shown.
    public var description: String {
        let place = unixSocketPath.map { " (\($0))" } ?? ""
        return "\(method) \(redactedURL(url))\(place)"
    }

    /// As ``description``.
    public var debugDescription: String { description }

    /// As ``description``, so that `dump` shows no more.
    public var customMirror: Mirror { Mirror(self, children: ["request": description]) }
}
