/// How to speak to an HTTP server, with Prometheus' own spelling: at most one of basic_auth and authorization.
public struct HTTPAccess: Hashable, Sendable {
    /// User name and password, as in RFC 7617.
    public struct BasicAuth: Hashable, Sendable {
        /// Sent as it is written.
        public var username: String
        /// May be rotated where it is a file.
        public var password: SecretSource
        /// Both parts of `basic_auth`.
        public init(username: String, password: SecretSource) {
            self.username = username
            self.password = password
        }
    }

    /// `Authorization: <type> <credentials>`, for any type but Basic.
    public struct Authorization: Hashable, Sendable {
        /// `Bearer` where nothing is written.
        public var type: String
        /// What follows the type in the header.
        public var credentials: SecretSource
        /// Both parts of `authorization`; the caller fills in `Bearer`.
        public init(type: String, credentials: SecretSource) {
            self.type = type
            self.credentials = credentials
        }
    }

    /// How the two ends of an https connection prove themselves; files are PEM.
    public struct TLS: Hashable, Sendable {
        /// The only certificate authorities trusted; nil: the system's.
        public var caFile: String?
        /// Our certificate with its chain; only together with `keyFile`.
        public var certFile: String?
        /// The key of our certificate; only together with `certFile`.
        public var keyFile: String?
        /// The name the certificate must carry, where it is not the URL's host.
        public var serverName: String?
        /// Trust any certificate.
        public var insecureSkipVerify: Bool
        /// The system's authorities and no certificate of our own, unless given.
        public init(
            caFile: String? = nil, certFile: String? = nil, keyFile: String? = nil, serverName: String? = nil,
            insecureSkipVerify: Bool = false
        ) {
            self.caFile = caFile
            self.certFile = certFile
            self.keyFile = keyFile
            self.serverName = serverName
            self.insecureSkipVerify = insecureSkipVerify
        }
    }

    /// Excludes `authorization`.
    public var basicAuth: BasicAuth?
    /// Excludes `basicAuth`.
    public var authorization: Authorization?
    /// Nil: the system's authorities and no certificate of our own.
    public var tls: TLS?
    /// An `http`, `https`, `socks5` or `socks5h` URL; may hold a password, so it is not for messages.
    public var proxyURL: String?

    /// Anonymous and without a proxy of its own, unless given.
    public init(
        basicAuth: BasicAuth? = nil, authorization: Authorization? = nil, tls: TLS? = nil, proxyURL: String? = nil
    ) {
        self.basicAuth = basicAuth
        self.authorization = authorization
        self.tls = tls
        self.proxyURL = proxyURL
    }
}

/// A secret, or where it is from; files are read at each use, so that they may be rotated.
public enum SecretSource: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    case inline(String)
    case file(String)
    /// What the source's `credentials_command` prints.
    case credentialsCommand

    /// The path of a file, `<secret>` for an inline one, or `credentials_command`.
    public var description: String {
        switch self {
        case .inline: "<secret>"
        case .file(let path): path
        case .credentialsCommand: "credentials_command"
        }
    }
    /// As `description`: what printing an enclosing value shows of it.
    public var debugDescription: String { description }
    /// Without children, so that `dump` shows no secret.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
