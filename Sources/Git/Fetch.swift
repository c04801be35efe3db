/// One fetch: from where, and within which bounds. What is fetched is decided when the server has shown its references.
public struct FetchSettings {
    /// A path or a `file` URL; with a connection it is only a name.
    public var url: String
    /// What reaches the server; nil: `url` is a folder of this machine. libgit2 itself never opens a socket.
    public var connection: (any GitConnection)?
    /// Bytes received above which the fetch is given up.
    public var receivedBytesLimit: Int
    /// References on the server above which the fetch is given up.
    public var referencesLimit: Int

    /// A fetch; the limits' defaults are 2 GiB and 100,000.
    public init(
        url: String, connection: (any GitConnection)? = nil, receivedBytesLimit: Int = 2 << 30,
        referencesLimit: Int = 100_000
    ) {
        self.url = url
        self.connection = connection
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
