import StokerCore

/// The `source` section: repository, ref and credentials.
struct SourceSectionReader {
    private let fields: FieldReader

    init(_ fields: FieldReader) { self.fields = fields }

    /// Nil where `url` is missing or none; then it is reported.
    func read() -> SourceConfiguration? {
        let url = fields.requiredText("url").flatMap(repository)
        let ref = RefReader(fields).read() ?? .branch("main")
        let timeout = fields.duration("timeout", default: .seconds(60))
        let command = credentialsCommand(url)
        let http = HTTPAccessReader(fields, hasCommand: !command.isEmpty).read()
        let limits = fields.section("limits").map(limits) ?? SourceLimits()
        let ssh = SSHAccessReader(fields)
        let sshAccess = ssh.read()
        fields.refuseNull("verify", "ssh", "tls_config", "basic_auth", "authorization", "credentials_command")
        let verify = fields.section("verify").flatMap { SignaturePolicyReader($0).read() }
        let onRewrite = fields.choice("on_rewrite", default: SourceConfiguration.OnRewrite.hold)
        if let url { ssh.checkFits(url) }
        fields.finish()
        guard let url else { return nil }
        return SourceConfiguration(
            url: url, ref: ref, timeout: timeout, http: http, ssh: sshAccess, credentialsCommand: command,
            verify: verify,
            onRewrite: onRewrite, limits: limits)
    }

    /// A program and its arguments.
    private func credentialsCommand(_ url: String?) -> [String] {
        let command = fields.texts("credentials_command").map(\.value)
        if !command.isEmpty, let url, !["http", "https"].contains(scheme(url) ?? "") {
            fields.complain(
                fields.keyMark("credentials_command"), "credentials_command is for an http or https url")
        }
        return command
    }

    private func limits(_ section: FieldReader) -> SourceLimits {
        defer { section.finish() }
        let standard = SourceLimits()
        return SourceLimits(
            connectTimeout: section.duration("connect_timeout", default: standard.connectTimeout),
            idleTimeout: section.duration("idle_timeout", default: standard.idleTimeout),
            receivedBytes: section.size("max_received", default: standard.receivedBytes, least: 1),
            // Below that not even a small repository can be fetched: libraries and thread stacks count.
            memoryBytes: section.size("max_memory", default: standard.memoryBytes, least: 128 << 20),
            references: section.count("max_references", default: standard.references))
    }

    /// The messages do not show the URL: it may hold a password.
    private func repository(_ text: Located<String>) -> String? {
        let url = text.value
        switch scheme(url) {
        case "http", "https":
            return fields.httpURL(text, "url")
        case "file":
            let path = url.dropFirst("file://".count)
            if url.lowercased().hasPrefix("file:///"), path.count > 1 { return url }
            fields.complain(text.mark, "url must have three slashes and a path after file:, as in file:///srv/repo.git")
        case "ssh", "git+ssh", "ssh+git":
            do throws(SSHAddress.Problem) {
                _ = try SSHAddress(url)
                return url
            } catch {
                fields.complain(text.mark, "url \(error.message)")
            }
        case nil:
            return fields.problems.resolve(url)
        case let other?:
            fields.complain(
                text.mark, "url: \(quoted(other)) is not supported; use https, http, ssh, file or a local path")
        }
        return nil
    }

    /// The scheme, `ssh` for git's short form `git@host:path`, nil for a local path.
    private func scheme(_ url: String) -> String? {
        guard let colon = url.firstIndex(of: ":"), !url[..<colon].contains("/") else { return nil }
        let scheme = url[..<colon].lowercased()
        // `http:/x` is a slip, no host called http.
        let isSlip = ["http", "https", "file"].contains(scheme)
        return isSlip || url[colon...].hasPrefix("://") ? scheme : "ssh"
    }
}
