import StokerCore
import Testing
import YAML

@Suite("Secrets in diffs") struct SecretMaskTests {
    private func masked(_ text: String) throws -> String {
        let bytes = Array(text.utf8)
        return String(decoding: SecretMask.masked(bytes, document: try YAML.parse(bytes)), as: UTF8.self)
    }

    private func scanned(_ text: String) -> String {
        String(decoding: SecretMask.masked(Array(text.utf8), document: nil), as: UTF8.self)
    }

    private func side(_ text: String) throws -> UnifiedDiff.Side {
        let bytes = Array(text.utf8)
        return UnifiedDiff.Side(bytes, shown: SecretMask.masked(bytes, document: try YAML.parse(bytes)))
    }

    private func diff(_ old: String, _ new: String) throws -> [Substring] {
        let text = UnifiedDiff.render(path: "f", old: try side(old), new: try side(new))
        return String(decoding: text, as: UTF8.self).split(separator: "\n").dropFirst(4).map { $0 }
    }

    @Test(
        "are masked where Prometheus and its relatives take secrets",
        arguments: [
            ("password: abc", "password: <secret>"), ("bearer_token: abc # keep", "bearer_token: <secret> # keep"),
            ("password: \"a: b # c\"", "password: <secret>"),
            ("basic_auth: {username: é, password: abc}", "basic_auth: {username: é, password: <secret>}"),
            ("authorization: {type: Bearer, credentials: x}", "authorization: {type: Bearer, credentials: <secret>}"),
            ("headers: {Authorization: Bearer x}", "headers: {Authorization: <secret>}"),
            (
                "http_headers: {X: {secrets: [a, b], values: [c]}}",
                "http_headers: {X: {secrets: [<secret>, <secret>], values: [c]}}"
            ),
            ("password_file: /etc/p", "password_file: /etc/p"), ("bearer_token_file: /t", "bearer_token_file: /t"),
            ("params: {token: [x], module: [y]}", "params: {token: [<secret>], module: [y]}"),
            ("sigv4: {secret_key: x, access_key: y}", "sigv4: {secret_key: <secret>, access_key: y}"),
            ("oauth2: {client_secret: x, client_id: y}", "oauth2: {client_secret: <secret>, client_id: y}"),
            ("tls_config: {key: x, cert: y}", "tls_config: {key: <secret>, cert: y}"),
            ("labels: {key: x}", "labels: {key: x}"),
            ("slack_api_url: https://h/x", "slack_api_url: <secret>"), ("service_key: x", "service_key: <secret>"),
            ("pagerduty_configs: [{routing_key: x}]", "pagerduty_configs: [{routing_key: <secret>}]"),
            ("slack_configs: [{api_url: x}]", "slack_configs: [{api_url: <secret>}]"),
            ("webhook_configs: [{url: x}]", "webhook_configs: [{url: <secret>}]"),
            ("remote_write: [{url: x}]", "remote_write: [{url: x}]"),
            ("basic_auth_users: {ann: $2y$10}", "basic_auth_users: {ann: <secret>}"),
            ("auths: {v2: {community: x}}", "auths: {v2: {community: <secret>}}"),
            ("url: https://u:p@h/x", "url: https://u:<secret>@h/x"),
            ("url: https://tok@h/", "url: https://<secret>@h/"),
            ("url: http://h/?a=1&token=x&b=2", "url: http://h/?a=1&token=<secret>&b=2"),
            ("url: http://h/a@b", "url: http://h/a@b"),
            ("a: 1 # password: x", "a: 1 # password: <secret>"), ("# password: x\na: 1", "# password: <secret>\na: 1"),
            ("a: &p {password: x}\nb: *p", "a: &p {password: <secret>}\nb: *p"),
            ("password: &x abc\nb: *x", "password: &x <secret>\nb: *x"),
            ("password:", "password:"), ("password: ''", "password: ''"), ("hunter2", "<secret>"),
            ("two words", "two words"),
            ("password: abc\r\nb: c\r\n", "password: <secret>\r\nb: c\r\n"),
            ("password: a\n---\npassword: b\nurl: c\n", "password: <secret>\n---\npassword: <secret>\nurl: <secret>\n"),
        ])
    func fields(text: String, expected: String) throws {
        #expect(try masked(text) == expected)
    }

    @Test("of several lines stay as many lines") func blocks() throws {
        #expect(try masked("password: |\n  a\n  b\nc: d\n") == "password: <secret>\n  <secret>\n  <secret>\nc: d\n")
        #expect(try masked("password: \"a\n  b\"\nc: d\n") == "password: <secret>\n  <secret>\nc: d\n")
        let key = "k: |\n  -----BEGIN EC PRIVATE KEY-----\n  abc\n  -----END EC PRIVATE KEY-----\nc: d\n"
        #expect(try masked(key) == key.replacing("abc", with: "<secret>"))
        #expect(SecretMask.concealed(Array("a\nb\n".utf8)) == Array("<secret>\n<secret>\n".utf8))
    }

    @Test("are masked by the look of a file that does not parse") func unparsable() throws {
        #expect(scanned("a: [\npassword: x\n") == "a: [\npassword: <secret>\n")
        #expect(scanned("- {username: u, \"password\": 'x', b: c}\n") == "- {username: u, \"password\": <secret>\n")
        #expect(scanned("password: |\n  x\n\n  y\nb: [\n") == "password: <secret>\n  <secret>\n\n  <secret>\nb: [\n")
        #expect(scanned("secrets:\n- x\n- y\nb: c\n") == "secrets:\n<secret>\n<secret>\nb: c\n")
        #expect(scanned("basic_auth_users:\n  ann: x\nb: {\n") == "basic_auth_users:\n  <secret>\nb: {\n")
        #expect(scanned("password_file: x\nexpr: a{b=\n") == "password_file: x\nexpr: a{b=\n")
    }

    @Test("that change show as a changed line, and only those") func changed() throws {
        #expect(
            try diff("a: 1\npassword: one\nb: 2\n", "a: 1\npassword: two\nb: 2\n")
                == [" a: 1", "-password: <secret>", "+password: <secret> (changed)", " b: 2"])
        #expect(
            try diff("a: 1\npassword: one\n", "a: 2\npassword: one\n") == ["-a: 1", "+a: 2", " password: <secret>"])
        #expect(try diff("x: {password: one}\n", "y: {password: one}\n").last == "+y: {password: <secret>}")
        #expect(
            try diff("p:\n- password: one\n- password: two\n", "p:\n- password: two\n- password: one\n").count == 4)
    }

    @Test("never come through, wherever they stand", arguments: 1...200)
    func never(seed: Int) throws {
        var random = PlanGenerator(seed: UInt64(seed))
        let secret = "s3cr3tv4lue"
        let forms = [
            secret, "'\(secret)'", "\"\(secret)\"", "|\n    \(secret)\n    \(secret)", ">-\n    \(secret)",
            "[\(secret), \(secret)]",
        ]
        let keys = ["password", "bearer_token", "client_secret", "opsgenie_api_key", "bot_token", "smtp_auth_password"]
        var text = ""
        for number in 0..<8 {
            let key = keys.randomElement(using: &random) ?? "password"
            let form = forms.randomElement(using: &random) ?? secret
            text += "k\(number):\n  é: ü\n  \(key): \(form)\n"
        }
        let result = try masked(text)
        #expect(!result.contains(secret), "seed \(seed)")
        #expect(result.count { $0 == "\n" } == text.count { $0 == "\n" })
        let broken = text + "x: [\n"
        #expect(!scanned(broken).contains(secret), "seed \(seed)")
    }
}
