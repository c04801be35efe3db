import Foundation

/// A real sshd on a free loopback port that lets in the user who runs the tests, by key.
public final class SSHServer: Sendable {
    /// The port it listens on.
    public let port: UInt16
    /// A known_hosts file with its host keys.
    public let knownHosts: String
    private let directory: String
    private let sshd: Child

    /// - Parameters:
    ///   - directory: a folder of its own.
    ///   - command: what every login runs instead of what it asks for; what it asked for is in SSH_ORIGINAL_COMMAND.
    ///   - hostKeys: the types of its host keys.
    ///   - lines: more lines of its configuration.
    public init(
        directory: String, command: String? = nil, hostKeys: [String] = ["ed25519"], lines more: [String] = []
    ) async throws {
        self.directory = directory
        port = try FreePort.next()
        knownHosts = "\(directory)/known_hosts"
        try Files.makeDirectory(directory)
        // Where sshd, as root, locks away its part that talks to strangers.
        if getuid() == 0 { try Files.makeDirectory("/run/sshd") }
        var lines = ["Port \(port)", "ListenAddress 127.0.0.1", "PidFile none", "StrictModes no", "UsePAM no"]
        var known = ""
        for type in hostKeys {
            let key = "\(directory)/host_\(type)"
            try await Self.makeKey(key, type: type)
            lines.append("HostKey \(key)")
            known += "[127.0.0.1]:\(port) \(Files.read("\(key).pub") ?? "")"
        }
        lines += [
            "AuthorizedKeysFile \(directory)/authorized", "PasswordAuthentication no", "LogLevel VERBOSE",
            "KbdInteractiveAuthentication no", "MaxAuthTries 3", "AcceptEnv GIT_PROTOCOL",
        ]
        lines += more
        if let command { lines.append("ForceCommand \(command)") }
        try Files.write(known, to: knownHosts)
        try Files.write("", to: "\(directory)/authorized")
        try Files.write(lines.joined(separator: "\n") + "\n", to: "\(directory)/sshd_config")
        // It starts itself again for each connection, by its absolute path.
        sshd = try Child(
            [try Programs.find("sshd"), "-D", "-e", "-f", "\(directory)/sshd_config"], output: "\(directory)/sshd.log")
        do {
            try await eventually("sshd listening on port \(port)", within: .seconds(20)) {
                let socket = try LoopbackSocket()
                defer { socket.close() }
                try socket.connect(port: port, limitSeconds: 5)
                return true
            }
        } catch {
            stop()
            throw TestFailure("\(error)\n\(sshd.tail())")
        }
    }

    /// Makes a key pair; the public half gets `.pub`.
    public static func makeKey(_ path: String, type: String, passphrase: String = "", format: String? = nil)
        async throws
    {
        let form = format.map { ["-m", $0] } ?? []
        try await Shell.succeed(
            ["ssh-keygen", "-q", "-t", type, "-N", passphrase, "-C", "test", "-f", path] + form)
    }

    /// Makes a key that is let in, and answers with its path.
    public func key(type: String = "ed25519", passphrase: String = "") async throws -> String {
        let path = "\(directory)/key_\(type)\(passphrase.isEmpty ? "" : "_protected")"
        try await Self.makeKey(path, type: type, passphrase: passphrase)
        let authorized = Files.read("\(directory)/authorized") ?? ""
        try Files.write(authorized + (Files.read("\(path).pub") ?? ""), to: "\(directory)/authorized")
        return path
    }

    /// The URL of an absolute path.
    public func url(_ path: String) -> String { "ssh://\(NSUserName())@127.0.0.1:\(port)\(path)" }

    /// What it has logged.
    public var log: String { Files.read("\(directory)/sshd.log") ?? "" }

    /// Stops it. Sessions end when their client does.
    public func stop() { sshd.stop() }
}
