import TestSupport

/// What is deployed in a layout: three contents, one after the other.
struct Scene: Sendable {
    let layout: Layout
    let port: UInt16

    /// The three layouts.
    enum Layout: String, Sendable, CaseIterable, CustomStringConvertible {
        case inPlace = "in_place"
        case linked
        case singleFile = "single_file"

        var description: String { rawValue }
    }

    /// What is pushed on top of the adopted content.
    enum Push: String, Sendable, CaseIterable, CustomStringConvertible {
        /// It is verified.
        case good
        /// promtool accepts it, the reload answers 500 after half of it was applied, and it is taken back.
        case harmful
        /// It is loaded, a check fails, and it is taken back.
        case stormy

        var description: String { rawValue }
    }

    /// The managed files of the content that is there at first.
    var adopted: [String: String] { files(main: main(), name: "Base") }

    /// The managed files after a push.
    func files(after push: Push) -> [String: String] {
        if push == .stormy {
            let storm = "groups: [ { name: storm, rules: [ { alert: Storm, expr: vector(1) } ] } ]\n"
            return adopted.merging(["rules/storm.yml": storm]) { $1 }
        }
        let extra = push == .good ? "" : "\n  query_log_file: /nonexistent/query.log"
        let labels = "\n  external_labels: { site: two }\(extra)"
        return files(main: main(labels: labels, rules: ["rules/sub/*.yml"]), name: "Other", isChanged: true)
    }

    private func files(main: String, name: String, isChanged: Bool = false) -> [String: String] {
        if layout == .singleFile { return ["prometheus.yml": main] }
        var files = [
            "prometheus.yml": main, "rules/base.yml": Sample.alerts(name, group: "base"),
            "rules/pinned.yml": Sample.alerts("\(name)Pinned", group: "pinned"),
            "rules/same.yml": Sample.alerts("Same", group: "same"),
        ]
        files[isChanged ? "rules/sub/new.yml" : "rules/gone.yml"] = Sample.alerts("\(name)Third", group: "third")
        return files
    }

    private func main(labels: String = "", rules: [String] = []) -> String {
        Sample.main(port: port, rules: ["rules/*.yml"] + (layout == .singleFile ? [] : rules))
            .replacing("  scrape_interval: 1s", with: "  scrape_interval: 1s\(labels)")
    }

    /// Files beside the managed ones, by their path in the folder of the process; nobody may touch them.
    var neighbours: [String: String] {
        switch layout {
        case .inPlace, .singleFile: ["rules/foreign.yml": Sample.alerts("Foreign", group: "foreign")]
        case .linked: [:]
        }
    }

    /// A file beside `deploy_to`.
    var besideText: String { "not Stoker's\n" }

    /// Paths rewritten through their inode.
    var rewritten: Set<String> {
        switch layout {
        case .inPlace: ["rules/pinned.yml"]
        case .linked: []
        case .singleFile: ["prometheus.yml"]
        }
    }

    /// A `verify` block that takes the stormy push back, not before four seconds.
    static let stormCheck = """
        { for: 5s, interval: 2s, checks: [ { expr: 'ALERTS{alertname="Storm"}', pass_when: empty } ] }
        """

    /// Lines of the target in stoker.yml.
    var targetLines: [String] {
        let keep = layout == .inPlace ? ["keep_inode: [rules/pinned.yml]", "max_delete: 50%"] : []
        return ["layout: \(layout.rawValue)", "ready_timeout: 3s"] + keep
    }
}
