import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// What the kinds bring with them, and how the relatives that have none are described. The blocks of README.md.
@Suite struct KindConfigTests {
    private func target(_ lines: String) throws -> TargetConfiguration {
        let text = """
            source: {url: /srv/repository}
            environments:
              - name: production
                path: .
                targets:
                  - name: it
                    deploy_to: /etc/it

            """ + lines.split(separator: "\n").map { "    " + $0 }.joined(separator: "\n") + "\n"
        let file = try ConfigFile.read(Array(text.utf8), name: "stoker.yml")
        return try #require(file.configuration.environments.first?.targets.first)
    }

    private func complaint(_ lines: String) -> String {
        do {
            _ = try target(lines)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test(
        arguments: [
            ("prometheus", "prometheus.yml", "http://localhost:9090"),
            ("alertmanager", "alertmanager.yml", "http://localhost:9093"),
            ("blackbox_exporter", "blackbox.yml", "http://localhost:9115"),
            ("snmp_exporter", "snmp.yml", "http://localhost:9116"),
            ("vmagent", "prometheus.yml", "http://localhost:8429"),
            ("vmalert", nil, "http://localhost:8880"),
        ] as [(String, String?, String)])
    func eachKindBringsItsDefaults(_ kind: String, _ config: String?, _ url: String) throws {
        let target = try target("    kind: \(kind)")
        #expect(target.configFile == config)
        #expect(target.url == url)
        #expect(target.mode == (kind == "alertmanager" ? 0o640 : nil))
        #expect(target.validator == .program(nil))
        #expect(target.validatorMatch == .warn)
    }

    @Test func whatMakesNoSenseIsRefused() {
        #expect(complaint("    kind: vmalert\n    config_file: a.yml").contains("vmalert has no main file"))
        #expect(complaint("    kind: alertmanager\n    config_file: none").contains("Alertmanager has a main file"))
        #expect(complaint("    kind: alertmanager\n    generic: {}").contains("generic is for kind: generic"))
        #expect(complaint("    kind: generic\n    url: http://a").contains("config_file is required"))
        #expect(complaint("    kind: generic\n    config_file: a.yml").contains("url is required"))
        #expect(complaint("    kind: thanos").contains("kind must be"))
        #expect(complaint("    validator_match: loose").contains("validator_match must be warn or strict"))
        let generic = "    kind: generic\n    url: http://a\n    config_file: a.yml\n    generic: "
        #expect(complaint(generic + "{reload_path: reload}").contains("reload_path must begin with /"))
        #expect(complaint(generic + "{hash: {label: a}}").contains("metric is required"))
        #expect(complaint(generic + "{hash: {metric: a}}").contains("hash without label"))
        #expect(complaint(generic + "{metrics_path: none, success_metric: a}").contains("need a metrics_path"))
        #expect(complaint(generic + "{live: [\"[\"]}").contains("no pattern"))
        #expect(complaint(generic + "{sucess_metric: a}").contains("did you mean \"success_metric\""))
    }

    @Test func lokiAlloyAndThanosAreGeneric() throws {
        for (name, block) in try Self.readmeBlocks() {
            let target = try target(block)
            #expect(target.kind == .generic, "\(name)")
            let generic = try #require(target.generic)
            switch name {
            case "Loki": #expect(generic.readyPath == "/ready")
            case "Alloy":
                #expect(
                    generic.hash
                        == ServedHash(metric: "alloy_config_hash", label: "sha256", algorithm: .sha256))
            case "Thanos Ruler":
                #expect(generic.timestampMetric == "thanos_rule_config_last_reload_success_timestamp_seconds")
            default: Issue.record("no test for the block of \(name)")
            }
        }
        #expect(try Self.readmeBlocks().map(\.0) == ["Loki", "Alloy", "Thanos Ruler"])
    }

    /// The blocks of the README: a line `# NAME` and what follows it, in the fence that begins with `generic:`.
    static func readmeBlocks() throws -> [(String, String)] {
        let readme = try #require(Files.read(Programs.repository + "/README.md"))
        let fence = try #require(readme.range(of: "```yaml\n# Loki"))
        let end = try #require(readme.range(of: "\n```", range: fence.upperBound..<readme.endIndex))
        let text = "# Loki" + readme[fence.upperBound..<end.lowerBound]
        var blocks: [(String, String)] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# ") {
                let name = line.dropFirst(2).split(separator: ":").first.map(String.init) ?? ""
                blocks.append((name, ""))
            } else {
                blocks[blocks.count - 1].1 += "    \(line)\n"
            }
        }
        return blocks
    }
}
