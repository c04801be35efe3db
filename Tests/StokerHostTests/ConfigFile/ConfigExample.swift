// ConfigFile tests: a full example and the value it must become, every mistake with its exact words, and mutations of
// the example that must never do worse than be refused.

import StokerCore

/// A file that uses every key, and what it means.
enum ConfigExample {
    static let text = """
        global:
          poll_interval: 30s
        source:
          url: https://git.example.com/ops/monitoring.git/
          tag: v1.2
          timeout: 1m30s
          basic_auth: { username: stoker, password_file: git.token }
          tls_config: { ca_file: /etc/ssl/own.pem, cert_file: c.pem, key_file: k.pem, server_name: git, insecure_skip_verify: true }
          proxy_url: http://proxy.example.com:3128
          on_rewrite: follow
          limits: { connect_timeout: 5s, idle_timeout: 20s, max_received: 512MB, max_memory: 2GiB, max_references: 5000 }
        environments:
          - name: staging
            path: staging
            branch: staging
            exclude: ["*.md"]
            rule_tests: ["tests/*.yml"]
            drift: correct
            verify:
              for: 1m
              interval: 10s
              timeout: 2m
              checks:
                - expr: up{job="node"} == 1
                - { expr: 'ALERTS{alertname="Broken"}', pass_when: empty }
            targets:
              - name: prometheus
                kind: prometheus
                path: prom
                config_file: main.yml
                deploy_to: /etc/prometheus/
                seen_at: /prometheus/etc
                layout: in_place
                keep_inode: [main.yml, rules/a.yml]
                mode: "0640"
                url: http://localhost:9090/prom/
                authorization: { credentials: s3cret }
                reload: { method: signal, pid_file: /run/prometheus.pid, timeout: 10m }
                validate: { command: [/usr/bin/check, --strict] }
                max_delete: 12.5%
                when_down: wait
                ready_timeout: 3m
              - name: rules
                config_file: none
                deploy_to: /srv/rules
                layout: linked
                releases_dir: /srv/releases
                url: https://[::1]:9091
                max_delete: 3
                validate: { program: /opt/promtool }
          - name: production
            paths: [base, production]
            verify: {}
            targets:
              - name: prometheus
                deploy_to: /srv/single/prometheus.yml
                layout: single_file

        """

    static let configuration = Configuration(
        pollInterval: .seconds(30),
        source: SourceConfiguration(
            url: "https://git.example.com/ops/monitoring.git", ref: .tag("v1.2"), timeout: .seconds(90),
            http: HTTPAccess(
                basicAuth: HTTPAccess.BasicAuth(username: "stoker", password: .file("conf/git.token")),
                tls: HTTPAccess.TLS(
                    caFile: "/etc/ssl/own.pem", certFile: "conf/c.pem", keyFile: "conf/k.pem", serverName: "git",
                    insecureSkipVerify: true),
                proxyURL: "http://proxy.example.com:3128"),
            onRewrite: .follow,
            limits: SourceLimits(
                connectTimeout: .seconds(5), idleTimeout: .seconds(20), receivedBytes: 512 << 20,
                memoryBytes: 2 << 30, references: 5000)),
        environments: [
            EnvironmentConfiguration(
                name: "staging", layers: ["staging"], ref: .branch("staging"), exclude: ["*.md"],
                ruleTests: ["tests/*.yml"], drift: .correct,
                verify: VerifyConfiguration(
                    forDuration: .seconds(60), interval: .seconds(10), timeout: .seconds(120),
                    checks: [
                        CheckConfiguration(expr: "up{job=\"node\"} == 1", passWhen: .nonEmpty),
                        CheckConfiguration(expr: "ALERTS{alertname=\"Broken\"}", passWhen: .empty),
                    ]),
                targets: [
                    TargetConfiguration(
                        id: "prometheus", kind: .prometheus, path: "prom", configFile: "main.yml",
                        deployTo: "/etc/prometheus", seenAt: "/prometheus/etc", layout: .inPlace,
                        keepInode: ["main.yml", "rules/a.yml"], mode: 0o640, url: "http://localhost:9090/prom",
                        http: HTTPAccess(
                            authorization: HTTPAccess.Authorization(type: "Bearer", credentials: .inline("s3cret"))),
                        reload: [.init(.signal(.pidFile("/run/prometheus.pid")), timeout: .seconds(600))],
                        validator: .command(["/usr/bin/check", "--strict"]), maxDelete: .percent(12.5),
                        whenDown: .wait, readyTimeout: .seconds(180)),
                    TargetConfiguration(
                        id: "rules", kind: .prometheus, path: ".", configFile: nil, deployTo: "/srv/rules",
                        layout: .linked, releasesDirectory: "/srv/releases", url: "https://[::1]:9091",
                        validator: .program("/opt/promtool"), maxDelete: .files(3)),
                ]),
            EnvironmentConfiguration(
                name: "production", layers: ["base", "production"], ref: nil, exclude: [], ruleTests: [],
                drift: .report,
                verify: VerifyConfiguration(
                    forDuration: .zero, interval: .seconds(5), timeout: .seconds(300), checks: []),
                targets: [
                    TargetConfiguration(
                        id: "prometheus", kind: .prometheus, path: ".", configFile: "prometheus.yml",
                        deployTo: "/srv/single/prometheus.yml", layout: .singleFile, url: "http://localhost:9090")
                ]),
        ])
}

/// A file that is right around the one thing a test is about.
enum SmallConfig {
    /// Nine lines; `target` continues the target's mapping from line 10 on, each line indented by eight there.
    static func with(
        root: String = "", source: String = "", environment: String = "", target: String = ""
    ) -> String {
        func block(_ text: String, _ indent: Int) -> String {
            text.split(separator: "\n").map { String(repeating: " ", count: indent) + $0 + "\n" }.joined()
        }
        return "source:\n  url: /srv/repo.git\n" + block(source, 2) + block(root, 0) + "environments:\n"
            + "  - name: e\n    path: .\n" + block(environment, 4) + "    targets:\n      - name: t\n"
            + "        deploy_to: /etc/prometheus\n" + block(target, 8)
    }
}
