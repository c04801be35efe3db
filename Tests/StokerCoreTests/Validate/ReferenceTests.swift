import StokerCore
import Testing
import YAML

/// What a configuration names, where that is, and whether changing it needs a reload.
@Suite struct ReferenceTests {
    private let view = ProcessView(deployTo: "/srv/prom", seenAt: "/etc/prometheus")

    private func references(_ text: String, file: String = "prometheus.yml") throws -> ConfigReferences {
        ConfigReferences(of: try YAML.parse(Array(text.utf8)), file: file, view: view)
    }

    @Test func `every kind of reference is found with its place`() throws {
        let found = try references(
            """
            global: {query_log_file: out.log, external_labels: {x_file: no}}
            rule_files:
            - rules/*.yml
            - /abs/one.yml
            scrape_config_files: [sc/*.yml]
            scrape_configs:
            - job_name: a
              params: {some_file: [x]}
              tls_config: {ca_file: ca.pem, cert_file: ../c.pem}
              http_headers: {X-Token: {files: [token]}}
              file_sd_configs: [{files: [sd/*.json]}]
              static_configs: [{targets: [x], labels: {key_file: no}}]
            remote_write:
            - name: r
              basic_auth: {username: u, password_file: /run/pw}
            """)
        let texts = found.all.map { "\($0.kind) \($0.path) \($0.mark.line) \($0.isPattern)" }
        #expect(
            texts == [
                "rules /etc/prometheus/rules/*.yml 3 true", "rules /abs/one.yml 4 false",
                "scrapeConfigs /etc/prometheus/sc/*.yml 5 true", "secret /etc/prometheus/ca.pem 9 false",
                "secret /etc/c.pem 9 false", "secret /etc/prometheus/token 10 false",
                "discovery /etc/prometheus/sd/*.json 11 true", "secret /run/pw 15 false",
            ])
        #expect(found.all[3].owner == "scrape job \"a\"" && found.all[7].owner == "\"r\"")
    }

    @Test func `relative paths start at the file they stand in`() throws {
        let found = try references("scrape_configs: [{job_name: a, bearer_token_file: t}]\n", file: "sc/a.yml")
        #expect(found.all.map(\.path) == ["/etc/prometheus/sc/t"])
    }

    @Test func `broken shapes have no references`() throws {
        for text in ["", "[]", "x", "rule_files: x", "rule_files: [{a: b}, null]", "scrape_configs: {a: [1]}"] {
            #expect(try references(text).all.isEmpty, "\(text)")
        }
    }

    @Test func `places depend on what the process shares with the host`() {
        #expect(view.place("/etc/prometheus/a/../b.yml") == .ours("b.yml"))
        #expect(view.place("/etc/prometheus-2/b.yml") == .unseen("/etc/prometheus-2/b.yml"))
        #expect(ProcessView(deployTo: "/p", seenAt: "/p/").place("/q/x") == .host("/q/x"))
    }

    @Test func `only live files go without a reload`() throws {
        let found = try references(
            """
            rule_files: [rules/*.yml, both.yml]
            scrape_config_files: [sc.yml]
            scrape_configs:
            - {job_name: a, file_sd_configs: [{files: [sd/*.json, both.yml]}], tls_config: {ca_file: ca.pem}}
            """)
        let roles = FileRoles(
            main: "prometheus.yml", webConfig: "/etc/prometheus/web.yml", references: found, view: view)
        let expected: [(String, FileRole)] = [
            ("prometheus.yml", .main), ("rules/a.yml", .rules), ("both.yml", .rules), ("sc.yml", .scrapeConfigs),
            ("sd/a.json", .live), ("ca.pem", .live), ("web.yml", .live), ("README", .other), ("rules/x/a.yml", .other),
        ]
        for (path, role) in expected { #expect(roles.role(of: path) == role, "\(path)") }
        #expect(!roles.needsReload(changed: ["sd/a.json", "ca.pem", "web.yml"]))
        #expect(!roles.needsReload(changed: [String]()))
        #expect(roles.needsReload(changed: ["sd/a.json", "README"]))
        #expect(
            FileRoles(main: nil, webConfig: nil, references: ConfigReferences(), view: view).role(of: "x.yml") == .rules
        )
    }

    @Test func `rewriting keeps every line where it is`() throws {
        let text = "rule_files:\n- \"/etc/prometheus/a.yml\" # é\n- &x >-\n  /etc/prometheus/b.yml\n- *x\nlast: 1\n"
        var rewrite = PathRewrite()
        for reference in try references(text).all { rewrite.replace(reference.bytes, with: "/s/it's.yml") }
        let result = rewrite.apply(to: Array(text.utf8))
        let node = try YAML.parse(result)
        #expect(node["rule_files"]?.items?.map(\.text) == ["/s/it's.yml", "/s/it's.yml", "/s/it's.yml"])
        #expect(node["last"]?.mark.line == 6)
        #expect(PathRewrite().isEmpty && PathRewrite().apply(to: Array(text.utf8)) == Array(text.utf8))
    }
}
