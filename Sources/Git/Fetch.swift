/// A password or token on its way to libgit2. It prints as `<secret>` wherever it is printed or dumped.
public struct GitSecret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The text itself; only the code that hands it to libgit2 or to the fetch child reads it.
    public let revealed: String

    /// Wraps a secret.
    public init(_ text: String) { revealed = text }

    /// Always `<secret>`.
    public var description: String { "<secret>" }
    /// Always `<secret>`.
    public var debugDescription: String { "<secret>" }
    /// Without children, so that `dump` shows nothing.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// How a fetch proves who it is.
public enum FetchAuthentication: Sendable, Hashable {
    /// It does not.
    case none
    /// HTTP basic authentication, offered when the server asks.
    case basic(username: String, password: GitSecret)
    /// One `Authorization` header, sent with every request: `scheme` is `Bearer` or the like.
    case authorization(scheme: String, credentials: GitSecret)
}

/// One fetch: from where, as whom, and within which bounds. What is fetched is decided when the server has shown its references.
public struct FetchSettings {
    /// A path, or a `file`, `http` or `https` URL.
    public var url: String
    /// What reaches the server; nil: libgit2 itself.
    public var connection: (any GitConnection)?
    /// Credentials.
    public var authentication: FetchAuthentication
    /// A PEM file that replaces the certificates of the system, for this process from now on; nil for the system's.
    public var caFile: String?
    /// Bytes received above which the fetch is given up.
    public var receivedBytesLimit: Int
    /// References on the server above which the fetch is given up.
    public var referencesLimit: Int

    /// A fetch; the limits' defaults are 2 GiB and 100,000.
    public init(
        url: String, connection: (any GitConnection)? = nil, authentication: FetchAuthentication = .none,
        caFile: String? = nil,
        receivedBytesLimit: Int = 2 << 30, referencesLimit: Int = 100_000
    ) {
        self.url = url
        self.connection = connection
        self.authentication = authentication
        self.caFile = caFile
        self.receivedBytesLimit = receivedBytesLimit
        self.referencesLimit = referencesLimit
    }
}

/// A reference as the server advertises it.
public struct RemoteReference: Sendable, Hashable {
    /// Its full name, such as `refs/heads/main`; `refs/tags/v1^{}` is the commit behind an annotated tag.
    public let name: String
    /// The object it points to.
    public let id: ObjectID
    /// For `HEAD`: the full name of the default branch, where the server says so.
    public let symbolicTarget: String?

    /// A reference with these facts.
    public init(name: String, id: ObjectID, symbolicTarget: String? = nil) {
        self.name = name
        self.id = id
        self.symbolicTarget = symbolicTarget
    }
}

/// How far a fetch is.
public struct FetchProgress: Sendable, Hashable {
    /// Objects the server announced; 0 until it does.
    public var totalObjects: Int
    /// Objects received.
    public var receivedObjects: Int
    /// Bytes received.
    public var receivedBytes: Int

    /// Progress with these numbers.
    public init(totalObjects: Int = 0, receivedObjects: Int = 0, receivedBytes: Int = 0) {
        self.totalObjects = totalObjects
        self.receivedObjects = receivedObjects
        self.receivedBytes = receivedBytes
    }
}
