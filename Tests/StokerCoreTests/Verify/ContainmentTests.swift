import StokerCore
import Testing
import YAML

@Suite struct ContainmentTests {
    /// What 2.42 serves for `declared` below, word for word.
    private let served = """
        global: {scrape_interval: 1m, scrape_timeout: 10s, evaluation_interval: 1m, external_labels: {a: /root, c: "1.0"}}
        alerting:
          alertmanagers:
          - {follow_redirects: true, scheme: http, path_prefix: /, timeout: 1m, static_configs: [{targets: [localhost:1]}]}
        rule_files: [/etc/prometheus/rules/*.yml, /etc/prometheus/x.yml, /etc/other.yml]
        scrape_configs:
        - {job_name: a, honor_timestamps: true, scrape_interval: 1m, metrics_path: /metrics, basic_auth: {username: u},
           file_sd_configs: [{files: [/etc/prometheus/sd/*.json], refresh_interval: 5m}], static_configs: [{targets: ["localhost:1"]}]}
        - {job_name: b, honor_timestamps: false, sample_limit: 16, body_size_limit: 15MB, tls_config: {ca_file: /etc/prometheus/x/ca.pem, insecure_skip_verify: false},
           relabel_configs: [{source_labels: [a], separator: ;, regex: null, target_label: b, replacement: $1, action: replace}]}
        - {job_name: c, authorization: {type: Bearer, credentials_file: /etc/prometheus/tok}}
        remote_write:
        - {url: "http://u:xxxxx@localhost:1/push", authorization: {type: Bearer, credentials: <secret>}}
        remote_read: [{url: "http://localhost:1/read", read_recent: true, remote_timeout: 1m}]
        """

    private let declared = """
        global: {scrape_interval: 60s, scrape_timeout: 10000ms, external_labels: {a: "${HOME}", c: 1.0}}
        rule_files: ["rules/*.yml", ./x.yml, ../other.yml]
        remote_write: [{url: "http://u:pass@localhost:1/push", bearer_token: abc, headers: {}}]
        remote_read: [{url: "http://localhost:1/read", read_recent: TRUE}]
        scrape_configs:
        - {job_name: "a", basic_auth: {username: u, password: ""}, metrics_path: '', file_sd_configs: [{files: [sd/*.json]}], static_configs: [{targets: ["localhost:1"]}]}
        - {job_name: b, honor_timestamps: no, sample_limit: 0x10, body_size_limit: 15360KB, tls_config: {ca_file: ./x/ca.pem},
           relabel_configs: [{source_labels: [a], regex: , target_label: b, action: REPLACE}]}
        - {job_name: c, bearer_token_file: tok, params: {x: []}, honor_labels: false, label_limit: 0}
        alerting: {alertmanagers: [{timeout: 60000ms, static_configs: [{targets: ["localhost:1"]}]}]}
        """

    @Test func whatPrometheusRewritesIsContained() throws {
        #expect(try compare(declared) == [])
    }

    @Test func anEmptyFileAgainstAnEmptyOneIsContained() throws {
        #expect(try compare("", "global: {scrape_interval: 1m}") == [])
    }

    @Test(arguments: [
        ("scrape_configs: [{job_name: nn}]", Difference.Kind.missing(.job)),
        ("rule_files: [new/*.yml]", .missing(.ruleFile)),
        ("scrape_config_files: [new/*.yml]", .missing(.scrapeConfigFile)),
        ("remote_write: [{url: 'http://other/push'}]", .missing(.remoteWrite)),
        (
            "remote_write: [{url: 'http://u:p@localhost:1/push'}, {url: 'http://u:p@localhost:1/push'}]",
            .missing(.remoteWrite)
        ),
        ("remote_read: [{url: 'http://other/read'}]", .missing(.remoteRead)),
        ("alerting: {alertmanagers: [{static_configs: [{targets: ['other:9093']}]}]}", .missing(.alertmanager)),
        (
            "alerting: {alertmanagers: [{static_configs: [{targets: ['localhost:1']}], dns_sd_configs: [{names: [a]}]}]}",
            .missing(.alertmanager)
        ),
    ])
    func whatIsMissingIsAFailure(_ text: String, _ kind: Difference.Kind) throws {
        let differences = try compare(text)
        #expect(differences.contains { $0.kind == kind })
        #expect(differences.first?.isFailure == true)
    }

    @Test func whatWasRemovedAndIsStillServedIsAFailure() throws {
        let kinds = Set(try compare("global: {scrape_interval: 1m}").map(\.kind))
        #expect(kinds == [.stale(.job), .stale(.ruleFile), .stale(.remoteWrite), .stale(.remoteRead)])
    }

    @Test func jobsOfScrapeConfigFilesAreNotStale() throws {
        let differences = try compare(
            "scrape_config_files: [x/*.yml]",
            "{scrape_config_files: [/etc/prometheus/x/*.yml], scrape_configs: [{job_name: a}]}")
        #expect(differences == [])
    }

    @Test(arguments: [
        ("global: {scrape_interval: 30s}", "global: {scrape_interval: 1m}", "global.scrape_interval"),
        ("tracing: {endpoint: a}", "global: {scrape_interval: 1m}", "tracing"),
        ("storage: {tsdb: {x: [1, 2]}}", "storage: {tsdb: {x: [1, 3]}}", "storage.tsdb.x[1]"),
        ("storage: {tsdb: {x: true}}", "storage: {tsdb: {x: false}}", "storage.tsdb.x"),
        (
            "scrape_configs: [{job_name: a, scheme: https}]", "scrape_configs: [{job_name: a, scheme: http}]",
            "scrape_configs[a].scheme"
        ),
    ])
    func anyOtherLeafIsAWarning(_ ours: String, _ theirs: String, _ path: String) throws {
        let differences = try compare(ours, theirs)
        #expect(differences.map(\.path) == [path])
        #expect(differences.map(\.kind) == [.unmatched])
    }

    @Test func aSecretIsNeverInAMessage() throws {
        let text = try compare(
            "remote_write: [{url: 'http://u:hunter2@other/push', basic_auth: {username: x, password: hunter2}}]",
            "remote_write: [{url: 'http://u:xxxxx@third/push'}]"
        ).map(\.description).joined()
        #expect(!text.isEmpty)
        #expect(!text.contains("hunter2"))
    }

    // MARK: visible changes

    @Test(arguments: [
        ("scrape_configs: [{job_name: a}]", "scrape_configs: [{job_name: a}, {job_name: b}]", true),
        ("scrape_configs: [{job_name: a}, {job_name: b}]", "scrape_configs: [{job_name: a}]", true),
        ("{}", "global: {scrape_interval: 60s}", false),
        ("global: {scrape_interval: 60s}", "# comment\nglobal: {scrape_interval: 1m}", false),
        ("global: {scrape_interval: 60s}", "global: {scrape_interval: 30s}", true),
        ("{}", "global: {external_labels: {x: '1'}}", true),
        ("remote_write: [{url: 'http://u:a@h/'}]", "remote_write: [{url: 'http://u:b@h/'}]", false),
        ("rule_files: [a.yml]", "rule_files: [a.yml, b.yml]", true),
    ])
    func aVisibleChangeIsDue(_ before: String, _ after: String, _ isDue: Bool) throws {
        let servedBefore = try node(
            before.replacing("60s", "1m").replacing("u:a@", "u:xxxxx@").replacing("[a.yml]", "[/etc/prometheus/a.yml]")
                .replacing("{}", "global: {scrape_interval: 1m}"))
        let result = VisibleChange.isDue(
            before: try node(before), after: try node(after), servedBefore: servedBefore, context: context)
        #expect(result == isDue)
    }

    @Test func whatWasUnmatchedBeforeProvesNothing() throws {
        // A leaf that this version never shows must not make a change due.
        let result = VisibleChange.isDue(
            before: try node("tracing: {hidden: a}"), after: try node("tracing: {hidden: b}"),
            servedBefore: try node("tracing: {endpoint: e}"), context: context)
        #expect(!result)
        #expect(
            !VisibleChange.isDue(
                before: nil, after: try node("tracing: {x: a}"), servedBefore: try node("{}"), context: context))
        #expect(!VisibleChange.isDue(before: nil, after: try node("{}"), servedBefore: nil, context: context))
    }

    private let context = Containment.Context(configDirectory: "/etc/prometheus", workingDirectory: "/")
    private func node(_ text: String) throws -> Node { try YAML.parse(Array(text.utf8)) }
    private func compare(_ ours: String, _ theirs: String? = nil) throws -> [Difference] {
        Containment.compare(declared: try node(ours), served: try node(theirs ?? served), context: context)
    }
}

extension String {
    /// All occurrences of a text replaced.
    fileprivate func replacing(_ old: String, _ new: String) -> String {
        var result = ""
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(old) {
                result += new
                rest = rest.dropFirst(old.count)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result
    }
}
