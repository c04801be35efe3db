extension Meaning {
    static func readGroups(_ node: Node, file: String) -> [Group] {
        (node["groups"]?.items ?? []).compactMap { group in
            guard let name = group["name"]?.text else { return nil }
            let labels = Labels(group["labels"])
            let rules = (group["rules"]?.items ?? []).compactMap { readRule($0, groupLabels: labels) }
            return Group(file: file, name: name, settings: Settings(group, without: ["name", "rules"]), rules: rules)
        }
    }

    private static func readRule(_ node: Node, groupLabels: Labels) -> Rule? {
        let alert = node["alert"]?.text
        guard let name = alert ?? node["record"]?.text else { return nil }
        return Rule(
            kind: alert == nil ? .recording : .alert,
            name: name,
            expr: ExpressionText.canonical(node["expr"]?.text ?? ""),
            hold: durationText(node["for"]),
            keepFiringFor: durationText(node["keep_firing_for"]),
            labels: Labels(node["labels"], over: groupLabels),
            annotations: Labels(node["annotations"]))
    }

    static func readJobs(_ node: Node, file: String, main: Node?) -> [Item] {
        (node["scrape_configs"]?.items ?? []).compactMap { job in
            guard let name = job["job_name"]?.text else { return nil }
            var settings = Settings(job, without: ["job_name"])
            if let main {
                for (key, fallback) in [("scrape_interval", "1m"), ("scrape_timeout", "10s")] {
                    settings.inherit(key, from: main["global"]?[key] ?? Node(.scalar(fallback, .plain)))
                }
            }
            return Item(file: file, name: name, settings: settings)
        }
    }

    /// One item for each static target and each kind of discovery, so that adding a second Alertmanager beside the
    /// first shows as that.
    static func readAlertmanagers(_ node: Node, file: String) -> [Item] {
        var items: [Item] = []
        for entry in node["alerting"]?["alertmanagers"]?.items ?? [] {
            let discoveries = (entry.pairs ?? []).compactMap(\.key.text).filter { $0.hasSuffix("_sd_configs") }
            let shared = Settings(entry, without: Set(discoveries + ["static_configs"]))
            for target in Settings.staticTargets(entry["static_configs"]) {
                items.append(Item(file: file, name: target, settings: shared))
            }
            for discovery in discoveries {
                var settings = shared
                if let value = entry[discovery] { settings.inherit(discovery, from: value) }
                items.append(Item(file: file, name: discovery, settings: settings))
            }
        }
        return items
    }

    private static func durationText(_ node: Node?) -> String {
        guard let text = node?.text, !text.isEmpty else { return "0s" }
        return PrometheusDuration.parse(text).map(PrometheusDuration.text) ?? text
    }
}
