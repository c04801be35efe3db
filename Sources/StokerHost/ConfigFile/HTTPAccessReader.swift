import StokerCore

/// `basic_auth`, `authorization`, `tls_config` and `proxy_url`, as Prometheus has them.
struct HTTPAccessReader {
    private let fields: FieldReader
    /// Whether a program of the source's gives the password or token.
    private let hasCommand: Bool

    init(_ fields: FieldReader, hasCommand: Bool = false) {
        self.fields = fields
        self.hasCommand = hasCommand
    }

    func read() -> HTTPAccess {
        if fields.value("basic_auth") != nil, fields.value("authorization") != nil {
            fields.complain(fields.keyMark("authorization"), "basic_auth and authorization exclude each other")
        }
        return HTTPAccess(
            basicAuth: fields.section("basic_auth").flatMap(basicAuth),
            authorization: fields.section("authorization").flatMap(authorization),
            tls: fields.section("tls_config").map(tls),
            proxyURL: proxy())
    }

    private func basicAuth(_ section: FieldReader) -> HTTPAccess.BasicAuth? {
        defer { section.finish() }
        let username = section.requiredText("username")
        let password = secret("password", in: section)
        guard let username, let password else { return nil }
        return HTTPAccess.BasicAuth(username: username.value, password: password)
    }

    private func authorization(_ section: FieldReader) -> HTTPAccess.Authorization? {
        defer { section.finish() }
        let type = section.text("type")
        if let type, type.value.lowercased() == "basic" {
            section.complain(type.mark, "type must not be Basic: use basic_auth")
        }
        guard let credentials = secret("credentials", in: section) else { return nil }
        return HTTPAccess.Authorization(type: type?.value ?? "Bearer", credentials: credentials)
    }

    /// A secret written in the file, or the file it stands in, or the program that prints it: exactly one.
    private func secret(_ key: String, in section: FieldReader) -> SecretSource? {
        let inline = section.value(key)
        let fromFile = section.value("\(key)_file")
        if hasCommand {
            guard let given = inline.map({ _ in key }) ?? fromFile.map({ _ in "\(key)_file" }) else {
                return .credentialsCommand
            }
            section.complain(section.keyMark(given), "\(given) and credentials_command exclude each other")
            return nil
        }
        switch (inline, fromFile) {
        case (_?, _?):
            section.complain(section.keyMark("\(key)_file"), "\(key) and \(key)_file exclude each other")
            return nil
        case (nil, nil):
            section.complain(section.mark, "\(section.place) needs \(key) or \(key)_file")
            return nil
        case (_?, nil):
            return section.text(key).map { .inline($0.value) }
        case (nil, _?):
            return section.file("\(key)_file").map { .file($0) }
        }
    }

    private func tls(_ section: FieldReader) -> HTTPAccess.TLS {
        defer { section.finish() }
        section.refuseNull("ca_file", "cert_file", "key_file", "server_name")
        let certificate = section.file("cert_file")
        let key = section.file("key_file")
        if (certificate == nil) != (key == nil) {
            section.complain(section.mark, "tls_config needs both cert_file and key_file, or neither")
        }
        return HTTPAccess.TLS(
            caFile: section.file("ca_file"), certFile: certificate, keyFile: key,
            serverName: section.text("server_name")?.value,
            insecureSkipVerify: section.flag("insecure_skip_verify", default: false))
    }

    /// May hold a password, as in Prometheus, so the message does not show it.
    private func proxy() -> String? {
        guard let text = fields.text("proxy_url") else { return nil }
        if URLText(text.value, schemes: ["http", "https", "socks5", "socks5h"]) != nil { return text.value }
        fields.complain(text.mark, "proxy_url must be a URL such as http://proxy.example.com:3128")
        return nil
    }
}

extension FieldReader {
    /// An http or https URL without user and password, and without a slash at the end. Messages do not show it.
    func httpURL(_ text: Located<String>, _ key: String) -> String? {
        guard let url = URLText(text.value) else {
            complain(text.mark, "\(key) must be an http or https URL such as http://host:port/path, without a query")
            return nil
        }
        if url.hasUser {
            complain(text.mark, "\(key) must not hold a user or password: use basic_auth")
            return nil
        }
        var trimmed = url.scheme + text.value.dropFirst(url.scheme.count)
        while trimmed.hasSuffix("/") { trimmed.removeLast() }
        return trimmed
    }
}
