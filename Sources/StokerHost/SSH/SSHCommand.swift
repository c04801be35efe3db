import StokerCore

/// One run of `ssh` that ends in the remote `git-upload-pack`: arguments and the whole environment.
///
/// Options on the command line come before those of any configuration file, so none can weaken these: nothing is asked, no
/// host key is taken that is not known, nothing is forwarded, no other connection is shared, no local command is run. The
/// ssh of a jump host does not get the command line: see `SSHConfigurationFile`.
struct SSHCommand: Hashable, Sendable {
    /// Looked up on the PATH of the environment.
    static let program = "ssh"
    /// What a machine without it is told to do.
    static let missing = "the program ssh was not found on PATH: install openssh-client, or use an https URL"

    /// All arguments after the program's name.
    let arguments: [String]
    /// The environment, complete.
    var environment: [String: String]

    /// - Parameter protocolVersion: the version of git's protocol to ask for, through a variable that the server may ignore;
    ///   nil: the oldest.
    init(_ access: SSHSourceAccess, protocolVersion: Int? = nil) {
        let address = access.address
        var arguments = ["-T", "-F", access.configFile ?? "none"]
        var options = Self.checks(access)
        if access.keyFile != nil { options.append("IdentitiesOnly=yes") }
        if protocolVersion != nil { options.append("SendEnv=GIT_PROTOCOL") }
        for option in options { arguments += ["-o", option] }
        if let file = access.keyFile { arguments += ["-i", Self.escaped(file)] }
        if let port = address.port { arguments += ["-p", "\(port)"] }
        if let user = address.user { arguments += ["-l", user] }
        arguments += ["--", address.host, "git-upload-pack \(Self.quoted(address.path))"]
        self.arguments = arguments

        var environment = ChildEnvironment.minimal()
        environment["SSH_AUTH_SOCK"] = access.agentSocket
        environment["GIT_PROTOCOL"] = protocolVersion.map { "version=\($0)" }
        self.environment = environment
    }

    /// What holds for every host on the way, as a configuration file spells it.
    static func checks(_ access: SSHSourceAccess) -> [String] {
        let options =
            alwaysSet + waits(access) + ["IdentityAgent=\(access.agentSocket == nil ? "none" : "SSH_AUTH_SOCK")"]
        guard let file = access.knownHostsFile else { return options }
        return options + [
            "UserKnownHostsFile=\"\(escaped(file))\"", "GlobalKnownHostsFile=/dev/null", "KnownHostsCommand=none",
        ]
    }

    private static let alwaysSet = [
        // Nobody is there to answer, and what is not proved is not taken.
        "BatchMode=yes", "StrictHostKeyChecking=yes", "CheckHostIP=no", "VerifyHostKeyDNS=no", "UpdateHostKeys=no",
        "NoHostAuthenticationForLocalhost=no", "PreferredAuthentications=publickey", "PubkeyAuthentication=yes",
        "PasswordAuthentication=no", "KbdInteractiveAuthentication=no", "GSSAPIAuthentication=no",
        "HostbasedAuthentication=no", "AddKeysToAgent=no",
        // One command over one connection, and nothing beside it.
        "ClearAllForwardings=yes", "ForwardAgent=no", "ForwardX11=no", "Tunnel=no", "ControlMaster=no",
        "ControlPath=none", "PermitLocalCommand=no", "RemoteCommand=none", "RequestTTY=no", "EscapeChar=none",
        "ForkAfterAuthentication=no", "StdinNull=no", "SessionType=default",
        // The banner that servers show before the proof is theirs, not about us.
        "LogLevel=ERROR",
    ]

    /// A dead peer is noticed within the idle time-out: three questions without an answer.
    private static func waits(_ access: SSHSourceAccess) -> [String] {
        let idle = max(3, access.idleTimeout.components.seconds)
        let connect = max(1, access.connectTimeout.components.seconds)
        return [
            "ConnectTimeout=\(connect)", "ConnectionAttempts=1", "TCPKeepAlive=yes",
            "ServerAliveInterval=\(idle / 3)", "ServerAliveCountMax=2",
        ]
    }

    /// ssh replaces what follows a percent sign in file names.
    private static func escaped(_ path: String) -> String {
        path.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%")
    }

    /// One word for the remote shell, as git quotes it; an exclamation mark would be history to some.
    static func quoted(_ text: String) -> String {
        var quoted = "'"
        for character in text.unicodeScalars {
            if character == "'" || character == "!" {
                quoted += "'\\\(character)'"
            } else {
                quoted.unicodeScalars.append(character)
            }
        }
        return quoted + "'"
    }
}
