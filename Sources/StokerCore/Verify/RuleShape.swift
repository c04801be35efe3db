/// A rule reduced to what a declared and a served one have in common, without its expression.
struct RuleShape: Hashable {
    let isAlert: Bool
    let name: String
    let labels: [String: String]
    let annotations: [String: String]
    let forMilliseconds: Int64
    let keepFiringForMilliseconds: Int64

    /// For messages: `alert "InstanceDown"`.
    var title: String { "\(isAlert ? "alert" : "recording rule") \"\(name)\"" }
}

/// A group of a rule file, declared or served, in one form.
struct GroupShape {
    struct Rule {
        let shape: RuleShape
        let expression: String
    }

    let name: String
    /// Nil: the global evaluation interval, where that is not known.
    let intervalMilliseconds: Int64?
    let limit: Int?
    let rules: [Rule]

    /// The groups of a rule file; nothing where it has none.
    static func declared(_ file: Node, evaluationInterval: Duration?) -> [GroupShape] {
        (file["groups"]?.items ?? []).compactMap { group in
            guard let name = group["name"]?.text else { return nil }
            let interval = milliseconds(group["interval"])
            let common = labels(group["labels"])
            return GroupShape(
                name: name,
                intervalMilliseconds: interval > 0 ? interval : evaluationInterval.map { $0.inNanoseconds / 1_000_000 },
                limit: Int(ScalarText.number(group["limit"]?.text ?? "") ?? 0),
                rules: (group["rules"]?.items ?? []).compactMap { rule(from: $0, common: common) })
        }
    }

    init(name: String, intervalMilliseconds: Int64?, limit: Int?, rules: [Rule]) {
        self.name = name
        self.intervalMilliseconds = intervalMilliseconds
        self.limit = limit
        self.rules = rules
    }

    /// Served values; what this version of the process does not tell is taken as declared nowhere.
    init(_ group: ServedRules.Group) {
        name = group.name
        intervalMilliseconds = Self.milliseconds(group.intervalSeconds)
        limit = group.limit
        rules = group.rules.map { rule in
            Rule(
                shape: RuleShape(
                    isAlert: rule.isAlert, name: rule.name, labels: rule.labels.filter { !$0.value.isEmpty },
                    annotations: rule.annotations.filter { !$0.value.isEmpty },
                    forMilliseconds: Self.milliseconds(rule.forSeconds),
                    keepFiringForMilliseconds: Self.milliseconds(rule.keepFiringForSeconds ?? 0)),
                expression: rule.query)
        }
    }

    private static func rule(from node: Node, common: [String: String]) -> Rule? {
        let alert = node["alert"]?.text ?? ""
        guard let name = alert.isEmpty ? node["record"]?.text : alert else { return nil }
        let isAlert = !alert.isEmpty
        return Rule(
            shape: RuleShape(
                isAlert: isAlert, name: name,
                labels: common.merging(labels(node["labels"])) { _, own in own }.filter { !$0.value.isEmpty },
                annotations: isAlert ? labels(node["annotations"]).filter { !$0.value.isEmpty } : [:],
                forMilliseconds: isAlert ? milliseconds(node["for"]) : 0,
                keepFiringForMilliseconds: isAlert ? milliseconds(node["keep_firing_for"]) : 0),
            expression: node["expr"]?.text ?? "")
    }

    private static func labels(_ node: Node?) -> [String: String] {
        var result: [String: String] = [:]
        for pair in node?.pairs ?? [] {
            if let key = pair.key.text { result[key] = pair.value.isNull ? "" : pair.value.text ?? "" }
        }
        return result
    }

    private static func milliseconds(_ node: Node?) -> Int64 {
        (node?.text.flatMap(PrometheusDuration.parse) ?? .zero).inNanoseconds / 1_000_000
    }

    private static func milliseconds(_ seconds: Double) -> Int64 { Int64(exactly: (seconds * 1000).rounded()) ?? 0 }
}
