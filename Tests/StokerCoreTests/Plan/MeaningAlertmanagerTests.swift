import StokerCore
import Testing
import YAML

@Suite("Meaning of Alertmanager's file") struct MeaningAlertmanagerTests {
    private let base = """
        route:
          receiver: default
          routes:
          - receiver: pager
            matchers: [severity="critical"]
            routes:
            - receiver: chat
              match: {team: a}
        receivers:
        - name: default
        - name: pager
          webhook_configs: [{url: 'http://127.0.0.1/secret'}]
        - name: chat
        inhibit_rules:
        - source_matchers: [severity="critical"]
          target_matchers: [severity="warning"]
          equal: [instance]

        """

    private func changed(_ from: String, _ to: String) throws -> [String] {
        #expect(base.contains(from))
        func meaning(_ text: String) throws -> Meaning {
            Meaning(of: ["a.yml": try YAML.parse(Array(text.utf8))], configFile: "a.yml", kind: .alertmanager)
        }
        return Meaning.diff(try meaning(base), try meaning(base.replacing(from, with: to))).map { change in
            "\(change.kind.rawValue) \(change.change.rawValue) \(change.name)"
                + (change.note.isEmpty ? "" : ": \(change.note)")
        }
    }

    @Test("receivers come, go and change, and their secrets are not told") func receivers() throws {
        #expect(try changed("- name: chat\n", "- name: chat\n- name: mail\n") == ["receiver add mail"])
        #expect(try changed("- name: chat\n", "") == ["receiver remove chat"])
        #expect(try changed("127.0.0.1/secret", "127.0.0.1/other") == ["receiver change pager: webhook_configs"])
    }

    @Test("routes are named by the matchers on the way to them") func routes() throws {
        #expect(
            try changed("receiver: chat\n", "receiver: default\n")
                == ["route change severity=\"critical\" / team=\"a\": receiver chat -> default"])
        #expect(
            try changed("match: {team: a}", "match: {team: b}") == [
                "route add severity=\"critical\" / team=\"b\"", "route remove severity=\"critical\" / team=\"a\"",
            ])
        #expect(
            try changed("route:\n  receiver: default", "route:\n  group_wait: 1m\n  receiver: default")
                == ["route change default route: group_wait default -> 1m"])
    }

    @Test("inhibit rules by what they silence") func inhibition() throws {
        #expect(
            try changed("equal: [instance]", "equal: [job]")
                == ["route change inhibit severity=\"warning\" while severity=\"critical\": equal"])
    }

    @Test("Prometheus' own main file has none of these") func others() throws {
        let node = try YAML.parse(Array(base.utf8))
        #expect(Meaning.diff(Meaning(), Meaning(of: ["a.yml": node], configFile: "a.yml")) == [])
    }
}
