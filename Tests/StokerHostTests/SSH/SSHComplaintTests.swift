import StokerCore
import Testing

@testable import StokerHost

/// What servers and versions of ssh that are not at hand say.
@Suite struct SSHComplaintTests {
    private static let place = "the git server at git@host:x"

    private func failure(_ said: String, code: Int32? = 255, isGreeted: Bool = false) throws -> FetchFailure {
        let configuration = SourceConfiguration(
            url: "git@host:x", ref: .branch("main"), timeout: .seconds(60), http: HTTPAccess(), onRewrite: .hold)
        return SSHComplaint(access: try SSHSourceAccess(configuration))
            .failure(said: said, code: code, isGreeted: isGreeted)
    }

    @Test(arguments: [
        ("ERROR: Repository not found.\r\nfatal: Could not read from remote repository.", FetchFailure.Kind.notFound),
        (
            "remote: \nremote: ========================================\nremote: \nremote: ERROR: The project you were looking for could not be found or you don't have permission to view it.\nremote: \n",
            .notFound
        ),
        ("Forgejo: Cannot find repository: ops/x\n", .notFound),
        ("repository does not exist.", .notFound),
        ("bash: line 1: git-upload-pack: command not found", .notFound),
        ("fatal: detected dubious ownership in repository at '/srv/x'", .notFound),
        ("git@host: Permission denied (publickey,password).", .authentication),
        ("Received disconnect from 1.2.3.4 port 22:2: Too many authentication failures", .authentication),
        (
            "sign_and_send_pubkey: signing failed for ED25519 \"/k\" from agent: agent refused operation\ngit@host: Permission denied (publickey).",
            .authentication
        ),
        ("Load key \"/k\": Permission denied\ngit@host: Permission denied (publickey).", .authentication),
        (
            "No RSA host key is known for host and you have requested strict checking.\r\nHost key verification failed.",
            .certificate
        ),
        (
            "@@@@\r\n@       WARNING: REVOKED HOST KEY DETECTED!               @\r\n@@@@\r\nHost key verification failed.",
            .certificate
        ),
        ("ssh: connect to host host port 22: No route to host", .unreachable),
        ("ssh: connect to host host port 22: Connection timed out", .timeout),
        ("Connection timed out during banner exchange\r\nConnection to 1.2.3.4 port 22 timed out", .timeout),
        ("Timeout, server host not responding.", .timeout),
        (
            "Unable to negotiate with 1.2.3.4 port 22: no matching host key type found. Their offer: ssh-rsa",
            .unreachable
        ),
        (
            "kex_exchange_identification: Connection closed by remote host\r\nConnection closed by 1.2.3.4 port 22",
            .unreachable
        ),
        ("/c: line 3: Bad configuration option: proxyjmp\r\n/c: terminating, 1 bad configuration options", .local),
        ("something new", .protocolError), ("", .protocolError),
    ])
    func isUnderstood(_ said: String, _ kind: FetchFailure.Kind) throws {
        let failure = try failure(said)
        #expect(failure.kind == kind, "\(failure)")
        #expect(failure.message.contains(Self.place))
        #expect(!failure.message.contains { $0.isNewline })
    }

    @Test func namesTheOptionToSet() throws {
        let unknown = "No ED25519 host key is known for host and you have requested strict checking."
        let unknownFailure = try failure(unknown)
        #expect(unknownFailure.message.hasSuffix("or set source.ssh.known_hosts_file"))
        let refused = try failure("git@host: Permission denied (publickey).")
        #expect(
            refused.message
                == "\(Self.place) refused user git with the keys ssh finds for the user that runs stoker, if any: set source.ssh.key_file"
        )
    }

    @Test func isBoundedAndPrintable() throws {
        let failure = try failure("\u{1b}[2J" + String(repeating: "x", count: 10_000), isGreeted: true)
        #expect(failure.message.count < 300)
        #expect(!failure.message.unicodeScalars.contains { $0.value < 0x20 })
        #expect(failure.message.hasPrefix("\(Self.place) broke off in the middle: ?[2J"))
    }
}
