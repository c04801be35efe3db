import Glibc
import StokerCore

/// All that reaching an ssh source takes. A value without secrets: the key stays in its file, which only ssh opens.
struct SSHSourceAccess: Hashable, Codable, Sendable {
    /// The URL as it is configured: it holds no password.
    let url: String
    /// Where the repository is.
    let address: SSHAddress
    /// The private key; nil: what ssh takes by itself for this user.
    let keyFile: String?
    /// The only host keys that are known; nil: those of this user and of the system.
    let knownHostsFile: String?
    /// The socket of the agent that may be asked; nil: none.
    let agentSocket: String?
    /// A configuration of ssh itself; nil: none, not even this user's. The user's own file, until `prepared`.
    private(set) var configFile: String?
    /// For the connection, the handshake and the proof of who we are.
    let connectTimeout: Duration
    /// The longest silence of a server that has work to do.
    let idleTimeout: Duration
    /// Bytes of the pack and what comes with it.
    let receivedBytes: Int
    /// References of the server.
    let references: Int

    /// The most bytes of an advertisement.
    var advertisementBytes: Int { AdvertisementSize.most(of: references) }

    /// Takes the configuration of an ssh source.
    /// - Throws: for an address that is none, and for files that are not there, cannot be read or need a passphrase: ssh would
    ///   say less about them.
    /// - Parameter agent: where the agent listens, as far as it may be asked.
    init(
        _ configuration: SourceConfiguration, agent: String? = getenv("SSH_AUTH_SOCK").map { String(cString: $0) }
    ) throws(FetchFailure) {
        do throws(SSHAddress.Problem) {
            address = try SSHAddress(configuration.url)
        } catch {
            throw FetchFailure(.unsupported, "source.url \(error.message)")
        }
        url = configuration.url
        let ssh = configuration.ssh
        keyFile = ssh.keyFile.map(Self.plainPath)
        knownHostsFile = ssh.knownHostsFile.map(Self.plainPath)
        configFile = ssh.configFile.map(Self.plainPath)
        connectTimeout = configuration.limits.connectTimeout
        idleTimeout = configuration.limits.idleTimeout
        receivedBytes = configuration.limits.receivedBytes
        references = configuration.limits.references
        agentSocket = ssh.agent ? agent : nil
        if ssh.agent, agentSocket?.isEmpty != false {
            throw FetchFailure(
                .local,
                "source.ssh.agent is true, but SSH_AUTH_SOCK is not set: start the agent for the user that runs stoker, or set source.ssh.key_file"
            )
        }
        try Self.checkReadable(knownHostsFile, "known_hosts_file")
        try Self.checkReadable(configFile, "config_file")
        try checkKey()
    }

    /// With the configuration file that ssh is given: one that begins with our options.
    func prepared(beside cache: String) throws(FetchFailure) -> SSHSourceAccess {
        var prepared = self
        prepared.configFile = try SSHConfigurationFile(self)?.write(beside: cache)
        return prepared
    }

    /// A relative path that no program takes for an option or for ssh's `none`.
    private static func plainPath(_ path: String) -> String { path.hasPrefix("/") ? path : "./\(path)" }

    private static func checkReadable(_ file: String?, _ key: String) throws(FetchFailure) {
        guard let file else { return }
        // ssh would put something else into their place.
        guard !file.contains("${"), !file.contains("\""), !file.contains(where: \.isNewline) else {
            throw FetchFailure(.local, "source.ssh.\(key) must not have ${, a quote or a line end in its name")
        }
        guard access(file, R_OK) == 0 else {
            throw FetchFailure(
                .local, "could not read source.ssh.\(key) \(file): \(String(cString: strerror(errno)))")
        }
    }

    private func checkKey() throws(FetchFailure) {
        try Self.checkReadable(keyFile, "key_file")
        // An agent knows the key by its public half, which such a file shows.
        guard let keyFile, agentSocket == nil else { return }
        switch SSHKeyFile.look(at: keyFile) {
        case .usable: return
        case .protected:
            throw FetchFailure(
                .authentication,
                "the key in source.ssh.key_file \(keyFile) has a passphrase, which nobody is there to type: "
                    + "use a key without one, or an agent that holds it with source.ssh.agent")
        case .publicKey:
            throw FetchFailure(
                .authentication,
                "source.ssh.key_file \(keyFile) holds a public key: name the private key, usually the same name without .pub"
            )
        case .tooOpen(let mode):
            throw FetchFailure(
                .authentication,
                "source.ssh.key_file \(keyFile) may be read by others (\(mode)), and ssh does not use such a key: chmod 600 it"
            )
        }
    }
}
