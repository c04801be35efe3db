import StokerCore
import Testing
import YAML

@Suite struct RulesProofTests {
    private let file = """
        groups:
        - name: g
          interval: 60s
          limit: 5
          labels: {team: a}
          rules:
          - {alert: A, expr: "up == (1)", for: 1m, keep_firing_for: 5m, labels: {severity: page, empty: ""}, annotations: {s: "{{ $value }}"}}
          - {record: "a:b", expr: "sum(up) by (job)", labels: {x: 1.0}}
        - {name: empty, rules: []}
        """

    @Test func theExactSetIsProved() throws {
        let result = try compare(served: [group()])
        #expect(result.differences == [])
        #expect(result.foreignFiles == [:])
    }

    @Test func anEmptyGroupMayBeHiddenOrShown() throws {
        let empty = ServedRules.Group(file: "/r/a.yml", name: "empty", intervalSeconds: 30, limit: 0, rules: [])
        #expect(try compare(served: [group(), empty]).differences == [])
    }

    @Test func filesOfOthersAreListedAndNotJudged() throws {
        let foreign = group(file: "/r/foreign.yml", name: "theirs")
        let result = try compare(served: [group(), foreign])
        #expect(result.differences == [])
        #expect(result.foreignFiles == ["/r/foreign.yml": 1])
    }

    @Test func relativePathsAreThoseOfTheProcess() throws {
        let result = RulesProof.compare(
            declared: ["/srv/rules/a.yml": try node(file)], served: ServedRules(groups: [group(file: "rules/a.yml")]),
            evaluationInterval: .seconds(30), workingDirectory: "/srv")
        #expect(result.differences == [])
    }

    @Test func aMissingGroupIsAFailure() throws {
        #expect(try compare(served: []).differences.map(\.kind) == [.missing(.group)])
    }

    @Test func aRuleMissingOrTooManyIsAFailure() throws {
        #expect(try compare(served: [group(rules: [alert()])]).differences.map(\.kind) == [.missing(.rule)])
        let twice = try compare(served: [group(rules: [alert(), record(), record()])])
        #expect(twice.differences.map(\.kind) == [.stale(.rule)])
    }

    @Test func everyVisibleFieldCounts() throws {
        var others: [ServedRules.Rule] = []
        others.append(alert(name: "B"))
        others.append(alert(labels: ["severity": "page"]))
        others.append(alert(annotations: [:]))
        others.append(alert(forSeconds: 30))
        others.append(alert(keep: 0))
        for other in others {
            let kinds = try compare(served: [group(rules: [other, record()])]).differences.map(\.kind)
            #expect(kinds == [.missing(.rule), .stale(.rule)], "\(other)")
        }
        #expect(try compare(served: [group(interval: 30)]).differences.map(\.kind) == [.missing(.group)])
        #expect(try compare(served: [group(limit: 0)]).differences.map(\.kind) == [.missing(.group)])
    }

    @Test func aReformattedExpressionIsNoDifferenceAndAnotherOnlyAWarning() throws {
        let warned = try compare(served: [group(rules: [alert(query: "up == 2"), record()])]).differences
        #expect(warned.map(\.kind) == [.unmatched])
    }

    @Test func groupsWithoutIntervalTakeTheGlobalOne() throws {
        let text = "groups: [{name: g, rules: [{record: a, expr: b}]}]"
        let rule = ServedRules.Rule(
            isAlert: false, name: "a", query: "b", labels: [:], annotations: [:], forSeconds: 0,
            keepFiringForSeconds: nil)
        func kinds(_ interval: Duration?) throws -> [Difference.Kind] {
            RulesProof.compare(
                declared: ["/r/a.yml": try node(text)],
                served: ServedRules(groups: [group(interval: 15, limit: 0, rules: [rule])]),
                evaluationInterval: interval
            ).differences.map(\.kind)
        }
        #expect(try kinds(.seconds(15)) == [])
        #expect(try kinds(nil) == [])
        #expect(try kinds(.seconds(30)) == [.missing(.group)])
    }

    @Test func aDeletedFileMustNotBeServedAnyMore() throws {
        let left = RulesProof.compare(
            declared: [:], removed: ["/r/a.yml"], served: ServedRules(groups: [group()]), evaluationInterval: nil)
        #expect(left.differences.map(\.kind) == [.stale(.ruleFile)])
        #expect(left.foreignFiles == [:])
        let gone = RulesProof.compare(
            declared: [:], removed: ["/r/a.yml"], served: ServedRules(groups: []), evaluationInterval: nil)
        #expect(gone.differences == [])
    }

    @Test func fingerprintsTellAnyVisibleChange() {
        func text(_ rule: ServedRules.Rule) -> String? {
            RulesProof.fingerprints(ServedRules(groups: [group(rules: [rule])]))["/r/a.yml"]
        }
        #expect(text(alert()) == text(alert()))
        #expect(text(alert()) != text(alert(query: "up == 2")))
        #expect(text(alert()) != text(alert(labels: [:])))
    }

    @Test(arguments: [
        ("up == 1", "up==(1) # comment", false),
        ("up == 1", "up == 2", true),
        ("sum(a) by (x)", "sum by (x) (a)", false),
        ("rate(x[60s])", "rate(x[1m])", false),
    ])
    func onlyVisibleChangesOfAFileCount(_ before: String, _ after: String, _ isVisible: Bool) throws {
        func file(_ expression: String) throws -> Node {
            try node("groups:\n- name: g\n  rules:\n  - record: a\n    expr: |\n      \(expression)\n")
        }
        #expect(RulesProof.isChangeVisible(before: try file(before), after: try file(after)) == isVisible)
    }

    private func node(_ text: String) throws -> Node { try YAML.parse(Array(text.utf8)) }

    private func compare(served: [ServedRules.Group]) throws -> RulesProof.Result {
        RulesProof.compare(
            declared: ["/r/a.yml": try node(file)], served: ServedRules(groups: served),
            evaluationInterval: .seconds(30))
    }

    private func group(
        file: String = "/r/a.yml", name: String = "g", interval: Double = 60, limit: Int? = 5,
        rules: [ServedRules.Rule]? = nil
    ) -> ServedRules.Group {
        ServedRules.Group(
            file: file, name: name, intervalSeconds: interval, limit: limit, rules: rules ?? [record(), alert()])
    }

    private func alert(
        name: String = "A", query: String = "up == 1", labels: [String: String] = ["severity": "page", "team": "a"],
        annotations: [String: String] = ["s": "{{ $value }}"], forSeconds: Double = 60, keep: Double? = 300
    ) -> ServedRules.Rule {
        ServedRules.Rule(
            isAlert: true, name: name, query: query, labels: labels, annotations: annotations, forSeconds: forSeconds,
            keepFiringForSeconds: keep)
    }

    private func record() -> ServedRules.Rule {
        ServedRules.Rule(
            isAlert: false, name: "a:b", query: "sum by (job) (up)", labels: ["x": "1.0", "team": "a"],
            annotations: [:],
            forSeconds: 0, keepFiringForSeconds: nil)
    }
}
