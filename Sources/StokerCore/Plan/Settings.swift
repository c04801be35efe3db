/// The keys of a mapping whose changes are told one by one: a job's, a group's, an Alertmanager's.
struct Settings: Sendable {
    private var values: [String: Node] = [:]

    /// What Prometheus assumes where a key is missing, for those where writing it out changes nothing.
    private static let defaults = [
        "metrics_path": "/metrics", "scheme": "http", "honor_labels": "false", "honor_timestamps": "true",
        "follow_redirects": "true", "enable_http2": "true", "enable_compression": "true", "sample_limit": "0",
        "target_limit": "0", "label_limit": "0", "limit": "0", "api_version": "v2",
        "track_timestamps_staleness": "false",
    ]

    init(_ mapping: Node, without left: Set<String>) {
        for pair in mapping.pairs ?? [] {
            guard let key = pair.key.text, !left.contains(key), !Settings.isNothing(pair.value) else { continue }
            values[key] = pair.value
        }
    }

    /// Takes a value for a key that is not set.
    mutating func inherit(_ key: String, from node: Node) {
        if values[key] == nil, !Settings.isNothing(node) { values[key] = node }
    }

    /// What changes, in the order of keys: `scrape_interval 1m -> 30s`, or the key alone where a value is long, may be
    /// a secret, or is a structure.
    func changes(to new: Settings) -> [String] {
        Set(values.keys).union(new.values.keys).sorted().compactMap { key in
            let before = values[key]
            let after = new.values[key]
            if Settings.same(before, after, key: key) { return nil }
            if key == "static_configs" { return Settings.targetsNote(before, after) }
            guard let from = Settings.shown(before, key: key), let to = Settings.shown(after, key: key) else {
                return key
            }
            return "\(key) \(from) -> \(to)"
        }
    }

    /// The targets of `static_configs` in order.
    static func staticTargets(_ node: Node?) -> [String] {
        (node?.items ?? []).flatMap { $0["targets"]?.items ?? [] }.compactMap(\.text)
    }

    private static func targetsNote(_ before: Node?, _ after: Node?) -> String {
        let old = Set(staticTargets(before))
        let new = Set(staticTargets(after))
        let added = new.subtracting(old).count
        let removed = old.subtracting(new).count
        if added + removed == 0 { return "static_configs" }
        return "static_configs (+\(added) -\(removed) targets)"
    }

    private static func shown(_ node: Node?, key: String) -> String? {
        guard let node else { return defaults[key] ?? "default" }
        guard let text = node.text, !SecretFields.isSecret(key), text.utf8.count <= 60 else { return nil }
        // A URL may carry a password.
        if key.hasSuffix("url") || text.contains("@") || text.contains("://") { return nil }
        return normalised(text, key: key)
    }

    private static func same(_ a: Node?, _ b: Node?, key: String) -> Bool {
        switch (a, b) {
        case (nil, nil): true
        case (let a?, let b?): same(a, b, key: key)
        case (let one?, nil), (nil, let one?):
            if let text = one.text, let fallback = defaults[key] {
                normalised(text, key: key) == fallback
            } else {
                false
            }
        }
    }

    private static func same(_ a: Node, _ b: Node, key: String) -> Bool {
        switch (a.value, b.value) {
        case (.scalar(let a, _), .scalar(let b, _)):
            return a == b || normalised(a, key: key) == normalised(b, key: key)
        case (.sequence(let a), .sequence(let b)):
            return a.count == b.count && zip(a, b).allSatisfy { same($0, $1, key: key) }
        case (.mapping(let a), .mapping(let b)):
            let left = byKey(a)
            let right = byKey(b)
            return left.count == right.count
                && left.allSatisfy { key, value in right[key].map { same(value, $0, key: key) } ?? false }
        case (.scalar, _), (.sequence, _), (.mapping, _): return false
        }
    }

    private static func byKey(_ pairs: [Node.Pair]) -> [String: Node] {
        var nodes: [String: Node] = [:]
        for pair in pairs { nodes[pair.key.text ?? ""] = pair.value }
        return nodes
    }

    /// Durations in one spelling: `60s` and `1m` are no change.
    private static func normalised(_ text: String, key: String) -> String {
        let isDuration =
            ["interval", "timeout", "offset", "deadline", "backoff", "stale"].contains { key.hasSuffix($0) }
        guard isDuration, let duration = PrometheusDuration.parse(text) else { return text }
        return PrometheusDuration.text(duration)
    }

    private static func isNothing(_ node: Node) -> Bool {
        node.isNull || node.items?.isEmpty == true || node.pairs?.isEmpty == true
    }
}
