import StokerCore

/// The `ssh` section of a source.
struct SSHAccessReader {
    private let fields: FieldReader

    init(_ fields: FieldReader) { self.fields = fields }

    func read() -> SSHAccess {
        guard let section = fields.section("ssh") else { return SSHAccess() }
        defer { section.finish() }
        section.refuseNull("key_file", "known_hosts_file")
        return SSHAccess(
            keyFile: section.file("key_file"), knownHostsFile: section.file("known_hosts_file"),
            agent: section.flag("agent", default: false), configFile: section.file("config_file"))
    }

    /// Reports what only the other kind of URL has.
    func checkFits(_ url: String) {
        if SourceURL(url).kind == .ssh {
            for key in ["basic_auth", "authorization", "tls_config", "proxy_url", "credentials_command"]
            where fields.value(key) != nil {
                fields.complain(
                    fields.keyMark(key), "\(key) is for http and https URLs, and url is ssh: use ssh.key_file")
            }
        } else if fields.value("ssh") != nil {
            fields.complain(fields.keyMark("ssh"), "ssh is for ssh URLs such as git@host:path, and url is none")
        }
    }
}
