import Foundation

/// Keys of people who sign commits, made by the programs that everybody uses, and the files that say whom to trust.
public struct SigningKeys: Sendable {
    /// The folder of all of it.
    public let directory: String

    /// No keys yet. `stop` ends the agent that gpg starts.
    public init(in directory: String) throws {
        self.directory = directory
        try Files.makeDirectory("\(directory)/gnupg")
        guard chmod("\(directory)/gnupg", 0o700) == 0 else { throw TestFailure("chmod of \(directory)/gnupg failed") }
    }

    // MARK: - ssh

    /// A new key pair; answers with what makes git sign with it.
    public func ssh(_ name: String, type: String = "ed25519") async throws -> [String] {
        try await Shell.succeed([
            "ssh-keygen", "-q", "-t", type, "-N", "", "-C", name, "-f", "\(directory)/\(name)",
        ])
        return ["-c", "gpg.format=ssh", "-c", "user.signingkey=\(directory)/\(name)"]
    }

    /// Type and key of a pair, without its comment.
    public func publicKey(_ name: String) throws -> String {
        guard let text = Files.read("\(directory)/\(name).pub") else { throw TestFailure("there is no key \(name)") }
        return text.split(separator: " ").prefix(2).joined(separator: " ")
    }

    /// `SHA256:…` of a pair.
    public func fingerprint(_ name: String) async throws -> String {
        let text = try await Shell.succeed(["ssh-keygen", "-l", "-f", "\(directory)/\(name).pub"])
        return String(text.split(separator: " ")[1])
    }

    /// Writes `allowed_signers`: for each line the options and the name of the pair; answers with its path.
    @discardableResult
    public func allow(_ lines: [(principal: String, options: String, key: String)]) throws -> String {
        let text = try lines.map { "\($0.principal) \($0.options) \(try publicKey($0.key))\n" }.joined()
        try Files.write(text, to: "\(directory)/allowed_signers")
        return "\(directory)/allowed_signers"
    }

    // MARK: - OpenPGP

    private var environment: [String: String] {
        [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "HOME": directory,
            "GNUPGHOME": "\(directory)/gnupg", "LC_ALL": "C.UTF-8",
        ]
    }

    /// Runs gpg in the home of these keys.
    @discardableResult
    public func gpg(_ arguments: String...) async throws -> String {
        try await Shell.succeed(
            ["gpg", "--batch", "--quiet", "--no-tty", "--passphrase", ""] + arguments, environment: environment)
    }

    /// A new key; answers with what makes git sign with it. `clock` is the midnight gpg believes it is, `20200101T000000`.
    public func openPGP(
        _ email: String, algorithm: String = "ed25519", expires: String = "never", clock: String? = nil
    ) async throws -> [String] {
        let time = clock.map { ["--faked-system-time", $0] } ?? []
        try await Shell.succeed(
            ["gpg", "--batch", "--quiet", "--no-tty", "--passphrase", ""] + time
                + ["--quick-gen-key", "\(email.prefix { $0 != "@" }) <\(email)>", algorithm, "sign", expires],
            environment: environment)
        // A key signs nothing in the second it was made in.
        let later = time.map { $0.replacing("T000000", with: "T120000") }
        let program = "\(directory)/gpg-\(email)"
        let script =
            "#!/bin/sh\nGNUPGHOME='\(directory)/gnupg' exec gpg --batch --no-tty \(later.joined(separator: " ")) \"$@\"\n"
        try await Files.writeProgram(script, to: program)
        return ["-c", "gpg.format=openpgp", "-c", "gpg.program=\(program)", "-c", "user.signingkey=\(email)"]
    }

    /// Revokes a key with the certificate that was made with it.
    public func revoke(_ email: String) async throws {
        let listing = try await gpg("--with-colons", "--list-keys", email)
        guard let line = listing.split(separator: "\n").first(where: { $0.hasPrefix("fpr:") }),
            let fingerprint = line.split(separator: ":").last,
            let text = Files.read("\(directory)/gnupg/openpgp-revocs.d/\(fingerprint).rev")
        else { throw TestFailure("there is no certificate to revoke \(email) with: \(listing)") }
        try Files.write(text.replacing(":-----BEGIN", with: "-----BEGIN"), to: "\(directory)/revocation")
        try await gpg("--import", "\(directory)/revocation")
    }

    /// Writes the public keys of some people as a keyring; answers with its path.
    @discardableResult
    public func keyring(_ emails: String..., armoured: Bool = false) async throws -> String {
        let path = "\(directory)/keyring.gpg"
        if Files.exists(path) { try Files.remove(path) }
        let arguments = ["--output", path] + (armoured ? ["--armor"] : []) + ["--export"] + emails
        try await Shell.succeed(["gpg", "--batch", "--quiet", "--no-tty"] + arguments, environment: environment)
        return path
    }

    /// Ends what gpg started.
    public func stop() async throws {
        try await Shell.succeed(["gpgconf", "--kill", "all"], environment: environment)
    }
}
