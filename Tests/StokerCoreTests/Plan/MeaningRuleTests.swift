import StokerCore
import Testing
import YAML

/// `kind change name @file: note` for each change between two sets of files.
func meaningLines(
    _ old: [String: String], _ new: [String: String], configFile: String? = "prometheus.yml"
) throws -> [String] {
    func meaning(_ files: [String: String]) throws -> Meaning {
        Meaning(of: try files.mapValues { try YAML.parse(Array($0.utf8)) }, configFile: configFile)
    }
    return Meaning.diff(try meaning(old), try meaning(new)).map { change in
        let note = change.note.isEmpty ? "" : ": \(change.note)"
        return "\(change.kind.rawValue) \(change.change.rawValue) \(change.name) @\(change.file)\(note)"
    }
}

private let keyed = "(rule state is keyed by file path and group name)"
private let named = "(rule state is keyed by the alert's name and labels)"

@Suite("Meaning of rules") struct MeaningRuleTests {
    private let base = """
        groups:
        - name: node
          interval: 30s
          rules:
          - record: job:up:sum
            expr: sum by (job) (up)
          - alert: Down
            expr: up == 0
            for: 5m
            labels: {severity: page}
            annotations: {summary: it is down}
          - alert: Slow
            expr: latency > 1

        """

    private func changed(_ from: String, _ to: String) throws -> [String] {
        #expect(base.contains(from))
        return try meaningLines(["r.yml": base], ["r.yml": base.replacing(from, with: to)])
    }

    @Test("is nothing for equal files, comments, blanks and other spellings of a duration") func same() throws {
        #expect(try changed("groups:", "# a comment\ngroups:") == [])
        #expect(try changed("sum by (job) (up)", "'sum  by(job)( up )  # why'") == [])
        #expect(try changed("for: 5m", "for: 300s") == [])
        #expect(try changed("interval: 30s", "interval: 30000ms") == [])
        #expect(try changed("{severity: page}", "{severity: 'page'}") == [])
    }

    @Test("sees a blank inside a string and between words") func meaningfulBlanks() throws {
        #expect(try changed("latency > 1", "latency{a='b c'} > 1") == ["alert change Slow @r.yml: expr"])
        #expect(
            try meaningLines(
                ["r.yml": base.replacing("latency > 1", with: "l{a='b c'}")],
                ["r.yml": base.replacing("latency > 1", with: "l{a='bc'}")]) == ["alert change Slow @r.yml: expr"])
    }

    @Test("an expression, for, keep_firing_for and annotations change without losing state") func stateKept() throws {
        #expect(try changed("up == 0", "up < 1") == ["alert change Down @r.yml: expr"])
        #expect(try changed("for: 5m", "for: 10m") == ["alert change Down @r.yml: for 5m -> 10m"])
        #expect(
            try changed("for: 5m", "for: 5m\n    keep_firing_for: 1h")
                == ["alert change Down @r.yml: keep_firing_for 0s -> 1h"])
        #expect(try changed("it is down", "gone") == ["alert change Down @r.yml: annotations (summary)"])
        #expect(try changed("sum by (job) (up)", "sum(up)") == ["recording_rule change job:up:sum @r.yml: expr"])
    }

    @Test("changed labels or names of an alert lose its state") func stateLost() throws {
        #expect(
            try changed("severity: page", "severity: warn")
                == ["alert change Down @r.yml: labels (severity); a firing alert would go back to pending \(named)"])
        #expect(
            try changed("alert: Down", "alert: Gone")
                == ["alert change Gone @r.yml: renamed from Down; a firing alert would go back to pending \(named)"])
        #expect(
            try changed("alert: Slow", "alert: Lazy")
                == ["alert change Lazy @r.yml: renamed from Slow; a firing alert would start anew \(named)"])
        #expect(
            try changed("record: job:up:sum", "record: job:up:total")
                == ["recording_rule change job:up:total @r.yml: renamed from job:up:sum"])
    }

    @Test("labels of the group belong to its alerts") func groupLabels() throws {
        #expect(
            try changed("  interval: 30s", "  interval: 30s\n  labels: {team: a}") == [
                "rule_group change node @r.yml: labels",
                "recording_rule change job:up:sum @r.yml: labels (team)",
                "alert change Down @r.yml: labels (team); a firing alert would go back to pending \(named)",
                "alert change Slow @r.yml: labels (team); a firing alert would start anew \(named)",
            ])
    }

    @Test("rules come and go") func addAndRemove() throws {
        #expect(
            try changed("  - alert: Slow\n    expr: latency > 1\n", "") == ["alert remove Slow @r.yml: in group node"])
        #expect(
            try changed("  - alert: Slow", "  - record: a:b\n    expr: c\n  - alert: Slow")
                == ["recording_rule add a:b @r.yml: in group node"])
        #expect(
            try changed("alert: Slow", "record: Slow") == [
                "recording_rule add Slow @r.yml: in group node", "alert remove Slow @r.yml: in group node",
            ])
    }

    @Test("groups come and go with their rules") func groups() throws {
        #expect(
            try meaningLines([:], ["r.yml": base]) == [
                "rule_group add node @r.yml", "recording_rule add job:up:sum @r.yml: in group node",
                "alert add Down @r.yml: in group node", "alert add Slow @r.yml: in group node",
            ])
        #expect(
            try meaningLines(["r.yml": base], ["r.yml": "groups: []"]) == [
                "rule_group remove node @r.yml", "recording_rule remove job:up:sum @r.yml: in group node",
                "alert remove Down @r.yml: in group node", "alert remove Slow @r.yml: in group node",
            ])
    }

    @Test("a group's settings change") func settings() throws {
        #expect(try changed("interval: 30s", "interval: 1m") == ["rule_group change node @r.yml: interval 30s -> 1m"])
        #expect(try changed("  interval: 30s\n", "") == ["rule_group change node @r.yml: interval 30s -> default"])
        #expect(
            try changed("interval: 30s", "interval: 30s\n  limit: 10\n  query_offset: 60s")
                == ["rule_group change node @r.yml: limit 0 -> 10; query_offset default -> 1m"])
    }

    @Test("the order of rules changes") func order() throws {
        let slow = "  - alert: Slow\n    expr: latency > 1\n"
        let moved = base.replacing(slow, with: "").replacing("  rules:\n", with: "  rules:\n" + slow)
        #expect(
            try meaningLines(["r.yml": base], ["r.yml": moved]) == ["rule_group change node @r.yml: order of rules"])
    }

    @Test("a group moves to another file, and gets another name: every alert's state is at stake") func moves() throws {
        let alerts = "2 alerts: a firing alert would go back to pending \(keyed)"
        func rules(_ from: String, _ file: String) -> [String] {
            [
                "recording_rule move job:up:sum @\(file): \(from)",
                "alert move Down @\(file): \(from); a firing alert would go back to pending \(keyed)",
                "alert move Slow @\(file): \(from); a firing alert would start anew \(keyed)",
            ]
        }
        #expect(
            try meaningLines(["r.yml": base], ["new/r.yml": base]) == [
                "rule_group move node @new/r.yml: from r.yml; \(alerts)"
            ] + rules("from group node in r.yml", "new/r.yml"))
        #expect(
            try changed("name: node", "name: hosts") == [
                "rule_group move hosts @r.yml: renamed from node; \(alerts)"
            ] + rules("from group node in r.yml", "r.yml"))
    }

    @Test("a moved group that was edited too is still a move") func moveAndEdit() throws {
        let lines = try meaningLines(["r.yml": base], ["q.yml": base.replacing("up == 0", with: "up < 1")])
        #expect(lines.first?.hasPrefix("rule_group move node @q.yml: from r.yml") == true)
        #expect(lines.count == 4)
        #expect(lines[2].hasPrefix("alert move Down @q.yml: from group node in r.yml; expr; a firing"))
    }

    @Test("recording rules move without a warning") func recordingMoves() throws {
        let file = "groups: [{name: g, rules: [{record: 'a:b', expr: c}]}]"
        #expect(
            try meaningLines(["a.yml": file], ["b.yml": file]) == [
                "rule_group move g @b.yml: from a.yml", "recording_rule move a:b @b.yml: from group g in a.yml",
            ])
    }

    @Test("an alert moves between groups that stay") func ruleMoves() throws {
        let two = base + "- name: other\n  rules:\n  - alert: Other\n    expr: x\n"
        let slow = "  - alert: Slow\n    expr: latency > 1\n"
        #expect(
            try meaningLines(["r.yml": two], ["r.yml": two.replacing(slow, with: "") + slow])
                == ["alert move Slow @r.yml: from group node in r.yml; a firing alert would start anew \(keyed)"])
    }

    @Test("groups of one name in several files are not taken for a move") func sameNames() throws {
        let other = "groups: [{name: node, rules: [{alert: Else, expr: x}]}]"
        #expect(
            try meaningLines(["r.yml": "groups: [{name: node, rules: [{alert: A, expr: y}]}]"], ["q.yml": other]) == [
                "rule_group add node @q.yml", "alert add Else @q.yml: in group node", "rule_group remove node @r.yml",
                "alert remove A @r.yml: in group node",
            ])
    }

    @Test("rules of one name are matched by labels, then expression, then order") func severalOfOneName() throws {
        func file(_ rules: [(String, String)]) -> String {
            "groups:\n- name: g\n  rules:\n"
                + rules.map { "  - {alert: A, expr: '\($0.1)', for: 1m, labels: {severity: \($0.0)}}\n" }.joined()
        }
        let old = file([("warn", "x > 1"), ("page", "x > 2")])
        #expect(
            try meaningLines(["r.yml": old], ["r.yml": file([("warn", "x > 1"), ("page", "x > 3")])])
                == ["alert change A @r.yml: expr"])
        #expect(
            try meaningLines(["r.yml": old], ["r.yml": file([("page", "x > 2")])])
                == ["alert remove A @r.yml: in group g"])
        #expect(
            try meaningLines(
                ["r.yml": old], ["r.yml": file([("warn", "x > 1"), ("info", "x > 0"), ("page", "x > 2")])])
                == ["alert add A @r.yml: in group g"])
    }

    @Test("files of another shape mean nothing and break nothing") func shapes() throws {
        for text in ["", "a: b", "[1, 2]", "groups: x", "groups: [1, {rules: x}, {name: g, rules: [1, {expr: y}]}]"] {
            let lines = try meaningLines([:], ["r.yml": text, "prometheus.yml": text])
            #expect(lines.isEmpty || lines == ["rule_group add g @r.yml"])
        }
    }

    @Test("10,000 rules on both sides are compared in time that grows with them") func large() throws {
        func files(_ count: Int, suffix: String) -> [String: String] {
            var files: [String: String] = [:]
            for file in 0..<count / 100 {
                var text = "groups:\n"
                for group in 0..<10 {
                    text += "- name: g\(group)\(suffix)\n  rules:\n"
                    for rule in 0..<10 {
                        text += "  - {alert: A\(rule), expr: 'x == \(file * 100 + group)\(suffix)'}\n"
                    }
                }
                files["r\(file).yml"] = text
            }
            return files
        }
        // Every group renamed, every rule edited, every name everywhere: the most work there is.
        let old = try files(10_000, suffix: "").mapValues { try YAML.parse(Array($0.utf8)) }
        let new = try files(10_000, suffix: "1").mapValues { try YAML.parse(Array($0.utf8)) }
        var changes: [MeaningChange] = []
        let time = ContinuousClock().measure {
            changes = Meaning.diff(Meaning(of: old, configFile: nil), Meaning(of: new, configFile: nil))
        }
        print("meaning of 10,000 rules on both sides: \(time)")
        #expect(changes.count >= 10_000)
        // Generous: an unoptimised build on a busy machine. A square would take minutes.
        #expect(time < .seconds(30))
    }
}
