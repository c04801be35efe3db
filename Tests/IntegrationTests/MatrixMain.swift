import TestSupport

/// The prometheus.yml of the matrices, as values.
struct MatrixMain {
    let port: UInt16
    var interval = "1s"
    var label = "one"
    var jobs: [String]
    var rules = ["rules/*.yml"]
    /// A further key of the job `self`.
    var own: String?
    var dropsAlertmanagers = false
    var namesAlertmanagers = true
    var remoteWrite: String?

    init(port: UInt16) {
        self.port = port
        jobs = ["{ job_name: found, file_sd_configs: [ { files: [\"sd/*.json\"], refresh_interval: 1s } ] }"]
    }

    /// The text of this one, changed.
    func with(_ change: (inout MatrixMain) -> Void) -> String {
        var copy = self
        change(&copy)
        return copy.text
    }

    var text: String {
        var alertmanagers = "    - static_configs: [ { targets: [\"127.0.0.1:1\"] } ]"
        if dropsAlertmanagers { alertmanagers += "\n      relabel_configs: [ { action: drop, regex: '.*' } ]" }
        var extra = namesAlertmanagers ? ["alerting:", "  alertmanagers:", alertmanagers] : []
        if let remoteWrite { extra.append("remote_write: [ \(remoteWrite) ]") }
        var text = Sample.main(port: port, jobs: jobs, rules: rules, extra: extra)
        text = text.replacing(
            "  scrape_interval: 1s\n", with: "  scrape_interval: \(interval)\n  external_labels: { site: \(label) }\n")
        if let own { text = text.replacing("job_name: self\n", with: "job_name: self\n    \(own)\n") }
        return text
    }
}

extension World.Setup {
    /// A job, a discovered job, a rule file and an Alertmanager; the vital signs are watched; `hidden` is a folder that the
    /// process does not see as the host does.
    static func matrix(_ verify: String = "{ interval: 500ms, compare: {} }") -> World.Setup {
        .with {
            $0.verify = verify
            $0.files = { port in
                [
                    "prometheus.yml": MatrixMain(port: port).text,
                    "rules/base.yml": Sample.alerts("BaseDown", group: "base"),
                    "sd/nodes.json": "[{\"targets\":[\"127.0.0.1:\(port)\"]}]\n",
                ]
            }
            $0.before = { directory in
                try Files.write("a certificate\n", to: "\(directory)/hidden/ca.pem")
                try Files.write("a password\n", to: "\(directory)/hidden/password")
                try Files.write("no certificate\n", to: "\(directory)/bad.pem")
            }
            $0.prometheus = { options, directory in
                options.mounts = ["mount -t tmpfs -o size=1m tmpfs \(directory)/hidden"]
                options.flags = ["--scrape.discovery-reload-interval=100ms"]
            }
        }
    }
}
