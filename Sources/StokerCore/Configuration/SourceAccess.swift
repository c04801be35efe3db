/// How the `ssh` program reaches an `ssh` source. It never asks anybody anything, and never takes an unknown host key.
public struct SSHAccess: Hashable, Sendable {
    /// The private key; nil: what ssh takes by itself for this user.
    public var keyFile: String?
    /// The only host keys that are known; nil: those of this user and of the system.
    public var knownHostsFile: String?
    /// Whether the agent that `SSH_AUTH_SOCK` names may be asked.
    public var agent: Bool
    /// A configuration of ssh itself, for jump hosts and the like; nil: none, not even this user's.
    public var configFile: String?

    /// What ssh does by itself, without agent and configuration, unless given.
    public init(
        keyFile: String? = nil, knownHostsFile: String? = nil, agent: Bool = false, configFile: String? = nil
    ) {
        self.keyFile = keyFile
        self.knownHostsFile = knownHostsFile
        self.agent = agent
        self.configFile = configFile
    }
}

/// Whose signature a revision must carry. At least one of the two kinds of trust is given.
public struct SignaturePolicy: Hashable, Sendable {
    /// What must be signed: the commit that is deployed, the tag that leads to it, or every commit since the last verified one.
    public enum Mode: String, Hashable, Sendable, CaseIterable { case head, tag, everyCommit = "every_commit" }

    /// What must be signed.
    public var mode: Mode
    /// Trusted ssh keys, in the format of ssh-keygen(1), ALLOWED SIGNERS.
    public var allowedSignersFile: String?
    /// Revoked ssh keys: a key revocation list or a list of public keys.
    public var revocationFile: String?
    /// Trusted OpenPGP keys, binary or armoured.
    public var keyringFile: String?

    /// One policy.
    public init(mode: Mode, allowedSignersFile: String?, revocationFile: String?, keyringFile: String?) {
        self.mode = mode
        self.allowedSignersFile = allowedSignersFile
        self.revocationFile = revocationFile
        self.keyringFile = keyringFile
    }
}

/// What a git server may cost, besides the time that `source.timeout` gives it: the `limits` section of `source`.
public struct SourceLimits: Hashable, Sendable {
    /// `connect_timeout`: name resolution, connection and handshake together.
    public var connectTimeout: Duration
    /// `idle_timeout`: the longest silence of a server that has work to do.
    public var idleTimeout: Duration
    /// `max_received`: bytes received in one fetch.
    public var receivedBytes: Int
    /// `max_memory`: address space of the fetch child, in bytes.
    public var memoryBytes: Int
    /// `max_references`: references on the server.
    public var references: Int

    /// Limits; by default 10 s, 30 s, 2 GiB received, 1 GiB of memory and 100,000 references.
    public init(
        connectTimeout: Duration = .seconds(10), idleTimeout: Duration = .seconds(30), receivedBytes: Int = 2 << 30,
        memoryBytes: Int = 1 << 30, references: Int = 100_000
    ) {
        self.connectTimeout = connectTimeout
        self.idleTimeout = idleTimeout
        self.receivedBytes = receivedBytes
        self.memoryBytes = memoryBytes
        self.references = references
    }
}
