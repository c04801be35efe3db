/// How to speak to an HTTP server, with Prometheus' own spelling: at most one of basic_auth and authorization.
public struct HTTPAccess: Hashable, Sendable {
    public struct BasicAuth: Hashable, Sendable {
        public var username: String
        public var password: SecretSource
        public init(username: String, password: SecretSource) {
            self.username = username
            self.password = password
        }
    }

    public struct Authorization: Hashable, Sendable {
        /// `Bearer` where nothing is written.
        public var type: String
        public var credentials: SecretSource
        public init(type: String, credentials: SecretSource) {
            self.type = type
            self.credentials = credentials
        }
    }

    public struct TLS: Hashable, Sendable {
        public var caFile: String?
        public var certFile: String?
        public var keyFile: String?
        public var serverName: String?
        public var insecureSkipVerify: Bool
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

    public var basicAuth: BasicAuth?
    public var authorization: Authorization?
    public var tls: TLS?
    public var proxyURL: String?

    public init(
        basicAuth: BasicAuth? = nil, authorization: Authorization? = nil, tls: TLS? = nil, proxyURL: String? = nil
    ) {
        self.basicAuth = basicAuth
        self.authorization = authorization
        self.tls = tls
        self.proxyURL = proxyURL
    }
}

/// A secret, or the file it stands in; files are read at each use, so that they may be rotated.
public enum SecretSource: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    case inline(String)
    case file(String)

    public var description: String {
        switch self {
        case .inline: "<secret>"
        case .file(let path): path
        }
    }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
