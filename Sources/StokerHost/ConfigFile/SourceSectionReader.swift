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
        let http = HTTPAccessReader(fields).read()
        let ssh = SSHAccessReader(fields)
        let sshAccess = ssh.read()
        let verify = fields.section("verify").flatMap { SignaturePolicyReader($0).read() }
        let onRewrite = fields.choice("on_rewrite", default: SourceConfiguration.OnRewrite.hold)
        if let url { ssh.checkFits(url) }
        fields.finish(later: Later.sourceKeys)
        guard let url else { return nil }
        return SourceConfiguration(
            url: url, ref: ref, timeout: timeout, http: http, ssh: sshAccess, verify: verify, onRewrite: onRewrite)
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
