import Testing

@Suite("Meaning of the main file") struct MeaningConfigTests {
    private let base = """
        global:
          scrape_interval: 1m
        alerting:
          alertmanagers:
          - static_configs: [{targets: ['am1:9093', 'am2:9093']}]
            path_prefix: /am
        scrape_configs:
        - job_name: node
          static_configs: [{targets: ['a:9100', 'b:9100']}]
        - job_name: app
          scrape_interval: 15s
          metrics_path: /metrics
          basic_auth: {username: u, password: secret1}

        """

    private func changed(_ from: String, _ to: String) throws -> [String] {
        #expect(base.contains(from))
        return try meaningLines(["prometheus.yml": base], ["prometheus.yml": base.replacing(from, with: to)])
    }

    @Test("jobs come, go and change") func jobs() throws {
        #expect(
            try changed("job_name: app", "job_name: web") == [
                "scrape_job add web @prometheus.yml", "scrape_job remove app @prometheus.yml",
            ])
        #expect(
            try changed("scrape_interval: 15s", "scrape_interval: 30s")
                == ["scrape_job change app @prometheus.yml: scrape_interval 15s -> 30s"])
        #expect(
            try changed("'b:9100']", "'c:9100', 'd:9100']")
                == ["scrape_job change node @prometheus.yml: static_configs (+2 -1 targets)"])
        #expect(
            try changed("  metrics_path: /metrics\n", "  relabel_configs: [{action: drop}]\n")
                == ["scrape_job change app @prometheus.yml: relabel_configs"])
        #expect(try changed("  metrics_path: /metrics\n", "  scheme: http\n") == [])
        #expect(
            try changed("metrics_path: /metrics", "metrics_path: /probe")
                == ["scrape_job change app @prometheus.yml: metrics_path /metrics -> /probe"])
    }

    @Test("a global interval changes the jobs that inherit it") func global() throws {
        #expect(
            try changed("scrape_interval: 1m", "scrape_interval: 30s")
                == ["scrape_job change node @prometheus.yml: scrape_interval 1m -> 30s"])
        #expect(try changed("global:\n  scrape_interval: 1m\n", "global:\n  scrape_interval: 60s\n") == [])
    }

    @Test("secrets change without being shown") func secrets() throws {
        #expect(try changed("secret1", "secret2") == ["scrape_job change app @prometheus.yml: basic_auth"])
        #expect(
            try changed("  metrics_path: /metrics\n", "  bearer_token: abc\n  proxy_url: http://u:p@proxy\n")
                == ["scrape_job change app @prometheus.yml: bearer_token; proxy_url"])
    }

    @Test("Alertmanagers come, go and change, each target by itself") func alertmanagers() throws {
        #expect(
            try changed("'am2:9093'", "'am3:9093'") == [
                "alertmanager add am3:9093 @prometheus.yml", "alertmanager remove am2:9093 @prometheus.yml",
            ])
        #expect(
            try changed("path_prefix: /am", "path_prefix: /x") == [
                "alertmanager change am1:9093 @prometheus.yml: path_prefix /am -> /x",
                "alertmanager change am2:9093 @prometheus.yml: path_prefix /am -> /x",
            ])
        #expect(
            try changed("  alertmanagers:\n", "  alertmanagers:\n  - dns_sd_configs: [{names: [am]}]\n")
                == ["alertmanager add dns_sd_configs @prometheus.yml"])
        #expect(
            try changed("alerting:", "x_alerting:") == [
                "alertmanager remove am1:9093 @prometheus.yml", "alertmanager remove am2:9093 @prometheus.yml",
            ])
    }

    @Test("jobs of scrape_config_files are jobs, and move between files") func scrapeConfigFiles() throws {
        let file = "scrape_configs: [{job_name: extra, static_configs: [{targets: [x]}]}]"
        #expect(try meaningLines([:], ["jobs/x.yml": file]) == ["scrape_job add extra @jobs/x.yml"])
        #expect(
            try meaningLines(["jobs/x.yml": file], ["jobs/y.yml": file])
                == ["scrape_job move extra @jobs/y.yml: from jobs/x.yml"])
    }

    @Test("two sections of one file are listed jobs first, then Alertmanagers") func order() throws {
        #expect(
            try meaningLines([:], ["prometheus.yml": base]).map { $0.split(separator: " ")[2] } == [
                "node", "app", "am1:9093", "am2:9093",
            ])
    }
}
