// ConfigFile tests: a full example and the value it must become, every mistake with its exact words, and mutations of
// the example that must never do worse than be refused.

import StokerCore

@testable import StokerHost

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
            after: [staging]
            advance: latest
            bake: 2m
            gates:
              soak: 30m
              approval: manual
              approvers: [ada, grace]
              approvals: 2
              approval_expires: 1d
              windows:
                - weekdays: ["monday:friday"]
                  times: [ { start_time: "10:00", end_time: 16:00 } ]
                  location: Europe/Berlin
              blackouts: [ { days_of_month: [-1, "1:5"], months: [december], years: [2026] } ]
              checks:
                - { expr: up == 1, url: "http://other:9090", interval: 1m }
              unexercised: hold
          - name: far
            path: far
            after: { any: [production, staging] }
            remote:
              url: https://stoker.example.com/
              timeout: 5s
              authorization: { credentials: t0ken }

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
                ],
                after: Upstreams(["staging"]),
                gates: GateConfiguration(
                    soak: .seconds(1800), approval: policy,
                    windows: [
                        CalendarInterval(
                            times: [CalendarInterval.Times(start: 600, end: 960)].compactMap { $0 },
                            weekdays: [.init(1, 5)], location: "Europe/Berlin")
                    ],
                    blackouts: [
                        CalendarInterval(
                            daysOfMonth: [.init(-1, -1), .init(1, 5)], months: [.init(12, 12)],
                            years: [.init(2026, 2026)])
                    ],
                    checks: [
                        CheckConfiguration(
                            .query("up == 1", .nonEmpty, .init(url: "http://other:9090")), interval: .seconds(60))
                    ],
                    unexercised: .hold, unexercisedApproval: policy),
                advance: .latest, bake: .seconds(120)),
            EnvironmentConfiguration(
                name: "far", layers: ["far"], ref: nil, exclude: [], ruleTests: [], drift: .report, verify: nil,
                targets: [], after: Upstreams(["production", "staging"], any: true),
                remote: RemoteEnvironment(
                    url: "https://stoker.example.com",
                    http: HTTPAccess(authorization: .init(type: "Bearer", credentials: .inline("t0ken"))),
                    timeout: .seconds(5))),
        ], zones: zones)

    private static let policy = ApprovalPolicy(approvers: ["ada", "grace"], count: 2, expires: .seconds(86_400))

    /// Of this machine: a file that is not there is a mistake of the test's surroundings.
    private static let zones: [ZoneRules] = {
        switch ZoneFiles.rules("Europe/Berlin") {
        case .success(let rules): [rules, .utc].sorted { $0.name < $1.name }
        case .failure(let problem): fatalError(problem.message)
        }
    }()
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
