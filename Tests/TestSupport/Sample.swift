/// Small configuration files to push.
public enum Sample {
    /// A prometheus.yml that scrapes the process itself.
    ///
    /// - Parameters:
    ///   - jobs: further `scrape_configs` items, each a flow-style mapping.
    ///   - rules: patterns of `rule_files`.
    ///   - extra: further top-level lines.
    public static func main(
        port: UInt16, jobs: [String] = [], rules: [String] = ["rules/*.yml"], relabel: String? = nil,
        extra: [String] = []
    ) -> String {
        var lines = ["global:", "  scrape_interval: 1s", "  evaluation_interval: 1s"]
        if !rules.isEmpty { lines += ["rule_files:"] + rules.map { "  - \($0)" } }
        lines += [
            "scrape_configs:", "  - job_name: self", "    static_configs:",
            "      - targets: [\"127.0.0.1:\(port)\"]",
        ]
        if let relabel { lines += ["    relabel_configs:", "      - \(relabel)"] }
        lines += jobs.map { "  - \($0)" } + extra
        return lines.joined(separator: "\n") + "\n"
    }

    /// One more job, as a flow-style mapping.
    public static func job(_ name: String, port: UInt16, extra: String = "") -> String {
        "{ job_name: \(name), static_configs: [ { targets: [\"127.0.0.1:\(port)\"] } ]\(extra) }"
    }

    /// A rule file of one group with these alerts.
    public static func alerts(_ names: String..., group: String = "sample", expr: String = "up == 0") -> String {
        var lines = ["groups:", "  - name: \(group)", "    rules:"]
        for name in names { lines += ["      - alert: \(name)", "        expr: \(expr)", "        for: 1m"] }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What most tests begin with: one job, one rule file.
    public static func files(port: UInt16) -> [String: String] {
        ["prometheus.yml": main(port: port), "rules/base.yml": alerts("BaseDown", group: "base")]
    }
}
