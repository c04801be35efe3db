import StokerCore
import Testing
import YAML

/// Each check of preflight, for what it catches and for what it must leave alone.
@Suite struct ConfigPreflightTests {
    private let view = ProcessView(deployTo: "/p", seenAt: "/p")

    private func tree(_ files: [String: String]) -> FileTree {
        FileTree(files.mapValues { FileEntry(blob: BlobID($0)) })
    }

    private func verdict(
        _ main: String, _ files: [String: String] = [:], before: (main: String, files: [String: String])? = nil,
        host: HostObservation = HostObservation(), view: ProcessView? = nil
    ) throws -> ConfigPreflight.Verdict {
        let view = view ?? self.view
        let node = try YAML.parse(Array(main.utf8))
        let previous = try before.map { before in
            let node = try YAML.parse(Array(before.main.utf8))
            return ConfigPreflight.Previous(
                main: node, references: ConfigReferences(of: node, file: "m.yml", view: view), files: tree(before.files)
            )
        }
        let rules = try files.filter { previous?.files[$0.key]?.blob != tree(files)[$0.key]?.blob }
            .mapValues { try YAML.parse(Array($0.utf8)) }
        return ConfigPreflight(
            configFile: "m.yml", main: node, references: ConfigReferences(of: node, file: "m.yml", view: view),
            files: tree(files), ruleFiles: rules, previous: previous, view: view, host: host
        ).verdict()
    }

    @Test func `an empty main file is refused unless it was empty before`() throws {
        #expect(try verdict("").findings.count == 1)
        #expect(try verdict("# x\n", before: ("global: {}", [:])).findings.count == 1)
        let same = try verdict("", before: ("# x", [:]))
        #expect(same.findings.isEmpty && same.warnings.count == 1)
        #expect(try verdict("global: {}").findings.isEmpty)
    }

    @Test func `a main file that was cut short is refused unless it is meant`() throws {
        let before = ("global: {a: 1}\nrule_files: [/r]\nscrape_configs: [{job_name: x}]", [String: String]())
        let jobs = try verdict("rule_files: [/r]\nscrape_configs:\n", before: before).findings
        #expect(jobs.map(\.line) == [2])
        #expect(jobs.first?.message.contains("write `scrape_configs: []`") == true)
        #expect(try verdict("rule_files: [/r]\nscrape_configs: []\n", before: before).findings.isEmpty, "meant")
        for text in ["global: {a: 1}", "global: {a: 1}\nrule_files:\n", "global:\n"] {
            let all = try verdict(text, before: before).findings
            #expect(all.first?.message.contains("(rule_files, scrape_configs)") == true, "\(text): \(all)")
            #expect(all.first?.message.contains("write `scrape_configs: []`") == true)
        }
        #expect(try verdict("global: {a: 1}\nscrape_configs: []", before: before).findings.isEmpty, "meant")
        #expect(try verdict("rule_files:\nscrape_configs: [{job_name: x}]", before: before).findings.isEmpty)
        #expect(try verdict("scrape_configs:", before: ("scrape_configs: []", [:])).findings.isEmpty, "as before")
        #expect(try verdict("global: {}", before: ("global: {a: 1}", [:])).findings.isEmpty)
        let modules = try verdict("modules:", before: ("modules: {a: {prober: tcp}}", [:])).findings
        #expect(modules.first?.message.contains("write `modules: {}`") == true)
    }

    @Test func `globs without matches`() throws {
        let glob = "rule_files: ['r/*.yml']"
        let rules = ["r/a.yml": "groups: [{name: x}]"]
        #expect(try verdict(glob).findings.count == 1, "new")
        #expect(try verdict(glob, before: ("rule_files: ['q/*.yml']", [:])).findings.count == 1, "changed")
        #expect(try verdict(glob, before: (glob, rules)).findings.count == 1, "matched before")
        #expect(try verdict(glob, before: (glob, [:])).findings.isEmpty, "old and idle")
        #expect(try verdict(glob, rules).findings.isEmpty, "matches")
        #expect(try verdict(glob, host: HostObservation(matches: ["/p/r/*.yml": ["/p/r/x.yml"]])).findings.isEmpty)
        let container = ProcessView(deployTo: "/srv", seenAt: "/etc/p")
        #expect(try verdict("rule_files: ['/other/*.yml']", view: container).findings.isEmpty, "unseen")
    }

    @Test func `explicit files that are missing`() throws {
        #expect(try verdict("rule_files: [r.yml]").findings.map(\.line) == [1])
        #expect(try verdict("rule_files: [/else/r.yml]").missing.count == 1)
        #expect(
            try verdict("rule_files: [/else/r.yml]", host: HostObservation(present: ["/else/r.yml"]))
                == ConfigPreflight.Verdict())
    }

    @Test func `credentials are waited for, unless this change takes them away`() throws {
        let main = "scrape_configs: [{job_name: a, tls_config: {ca_file: ca.pem}}]"
        let missing = try verdict(main)
        #expect(missing.findings.isEmpty && missing.missing.count == 1)
        #expect(try verdict(main, before: (main, ["ca.pem": "x"])).findings.count == 1)
        #expect(try verdict(main, host: HostObservation(present: ["/p/ca.pem"])) == ConfigPreflight.Verdict())
        let container = ProcessView(deployTo: "/srv", seenAt: "/etc/p")
        let outside = "scrape_configs: [{job_name: a, tls_config: {ca_file: /run/ca.pem}}]"
        #expect(try verdict(outside, view: container) == ConfigPreflight.Verdict())
    }

    @Test func `file_sd that matches nothing is only said`() throws {
        let found = try verdict("scrape_configs: [{job_name: a, file_sd_configs: [{files: [sd/*.yml]}]}]")
        #expect(found.findings.isEmpty && found.missing.isEmpty && found.warnings.count == 1)
    }

    @Test func `file_sd that finds none of our files any more is refused`() throws {
        func main(_ pattern: String) -> String {
            "scrape_configs: [{job_name: a, file_sd_configs: [{files: [\(pattern)]}]}]"
        }
        let before = (main("'sd/*.yml'"), ["sd/a.yml": "[]"])
        let lost = try verdict(main("'sd/*.yaml'"), ["sd/a.yml": "[]"], before: before)
        #expect(lost.findings.count == 1 && lost.warnings.isEmpty)
        #expect(lost.findings[0].message.contains("\"sd/*.yaml\", which no file matches"))
        // Another pattern of the job finds something; the files go and the pattern stays; it is found by another name.
        #expect(try verdict(main("'sd/*.yaml', 'sd/a.*'"), ["sd/a.yml": "[]"], before: before).findings.isEmpty)
        #expect(try verdict(main("'sd/*.yml'"), [:], before: before).findings.isEmpty)
        #expect(try verdict(main("'sd/*.yaml'"), ["sd/a.yaml": "[]"], before: before).findings.isEmpty)
    }

    @Test(arguments: ["", "# x", "groups:", "groups: []", "{}"])
    func `an empty rule file is refused when it is new`(_ text: String) throws {
        let main = "rule_files: [r.yml]"
        #expect(try verdict(main, ["r.yml": text]).findings.map(\.file) == ["r.yml"])
        #expect(try verdict(main, ["r.yml": text], before: (main, ["r.yml": text])).findings.isEmpty)
        #expect(try verdict(main, ["r.yml": "groups: [{name: x}]"]).findings.isEmpty)
    }

    @Test func `remote_write twice, by value and by name`() throws {
        #expect(try verdict("remote_write: [{url: a, x: {b: 1, c: 2}}, {x: {c: 2, b: 1}, url: a}]").findings.count == 1)
        #expect(try verdict("remote_write: [{url: a, name: n}, {url: b, name: n}]").findings.count == 1)
        #expect(try verdict("remote_read: [{url: a}, {url: a}]").findings.count == 1)
        #expect(try verdict("remote_write: [{url: a, name: n}, {url: a, name: m}]").findings.isEmpty)
        #expect(try verdict("remote_write: [{url: a}]\nremote_read: [{url: a}]").findings.isEmpty)
    }

    @Test func `max_samples_per_send of nought`() throws {
        #expect(try verdict("remote_write: [{url: a, queue_config: {max_samples_per_send: 0}}]").findings.count == 1)
        #expect(try verdict("remote_write: [{url: a, queue_config: {max_samples_per_send: 10}}]").findings.isEmpty)
    }
}
