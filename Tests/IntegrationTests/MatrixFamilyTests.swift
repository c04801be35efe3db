import TestSupport
import Testing

/// The matrices for the relatives of Prometheus, by the real programs.
@Suite("Matrix of relatives")
struct MatrixFamilyTests {
    static let releases = Programs.FamilyRelease.allCases
    private typealias Case = (environment: String, one: MatrixCase)

    @Test("healthy changes of every relative, and of an Alertmanager pair, are verified", arguments: releases)
    func healthy(_ release: Programs.FamilyRelease) async throws {
        try await MatrixFamily.run(release) { family in
            try await family.run(
                MatrixFamily.members(release).map {
                    ($0.name, .healthy("every relative: comment only", [$0.file: $0.text + "\n# a comment\n"]))
                })
            try await family.run(
                MatrixFamily.members(release).compactMap { member in
                    guard let text = member.otherSecret else { return nil }
                    return (member.name, .healthy("every relative: password only", [member.file: text]))
                })
            try await family.run(Self.additions(release))
            for answer in try family.get("pair", "/api/v2/status") { #expect(answer.contains("phone")) }
            #expect(try family.get("blackbox_exporter", "/config")[0].contains("http_post"))
            #expect(try family.get("snmp_exporter", "/config")[0].contains("if_table"))
            if release == .installed {
                #expect(try family.get("vmagent", "/config")[0].contains("other"))
                #expect(try family.get("vmalert", "/api/v1/rules")[0].contains("Added"))
            }
            let template = "{{ define \"ops.text\" }}operations{{ end }}\n"
            try await family.run([
                ("alertmanager", .healthy("alertmanager: template changed", ["templates/ops.tmpl": template]))
            ])
        }
    }

    private static func additions(_ release: Programs.FamilyRelease) -> [Case] {
        let phone = FamilySample.alertmanager(receiver: "phone")
        let post = "  http_post: {prober: http, http: {method: POST}}\n"
        let table = FamilySample.snmp(module: "if_table").split(separator: "system:")[0]
        let snmp =
            release == .latest
            ? FamilySample.snmp(.latest) + "  if_table: {walk: [1.3.6.1.2.1.4]}\n"
            : FamilySample.snmp() + table.replacing("# what to walk\n", with: "")
        let job = "  - job_name: other\n    static_configs: [{targets: [\"127.0.0.1:2\"]}]\n"
        return [
            ("alertmanager", .healthy("alertmanager: receiver added", ["alertmanager.yml": phone])),
            ("pair", .healthy("Alertmanager pair reloading one by one", ["alertmanager.yml": phone])),
            (
                "blackbox_exporter",
                .healthy("blackbox_exporter: module added", ["blackbox.yml": FamilySample.blackbox() + post])
            ),
            ("snmp_exporter", .healthy("snmp_exporter: module added", ["snmp.yml": snmp])),
            ("vmagent", .healthy("vmagent: job added", ["prometheus.yml": FamilySample.jobs() + job])),
            (
                "vmalert",
                .healthy(
                    "vmalert: group added",
                    ["b.yml": FamilySample.rules("Added").replacing("name: group", with: "name: second")])
            ),
            ("agent", .healthy("agent: job added", ["prometheus.yml": FamilySample.jobs() + job])),
        ]
    }

    @Test("files with nothing in them, or cut short, which the programs take, are refused", arguments: releases)
    func emptied(_ release: Programs.FamilyRelease) async throws {
        try await MatrixFamily.run(release) { family in
            try await family.run([
                (
                    "blackbox_exporter",
                    .fault(
                        "blackbox_exporter truncated", ["blackbox.yml": "# probes\nmodules:\n"], .refused,
                        "ValidationFailed", saying: "blackbox.yml", "modules")
                ),
                (
                    "snmp_exporter",
                    .fault(
                        "snmp_exporter emptied", ["snmp.yml": "# what to walk\n"], .refused, "ValidationFailed",
                        saying: "snmp.yml", "nothing in it")
                ),
                (
                    "vmagent",
                    .fault(
                        "vmagent emptied", ["prometheus.yml": "# what to scrape\nglobal: {scrape_interval: 60s}\n"],
                        .refused, "ValidationFailed", saying: "prometheus.yml", "nothing but global settings is left")
                ),
                (
                    "vmalert",
                    .fault("vmalert emptied", ["a.yml": "groups:\n"], .refused, "ValidationFailed", saying: "a.yml")
                ),
                (
                    "alertmanager",
                    .fault(
                        "alertmanager truncated",
                        [
                            "alertmanager.yml":
                                "# who is woken\nglobal:\n  resolve_timeout: 60s\nroute:\n  receiver: default\n"
                        ],
                        .refused, "ValidationFailed", saying: "alertmanager.yml")
                ),
            ])
        }
    }

    @Test("programs that say 200, or no, to what no validator saw", arguments: releases)
    func lies(_ release: Programs.FamilyRelease) async throws {
        try await MatrixFamily.run(release, validates: false) { family in
            try await family.run([
                (
                    "vmagent",
                    .fault(
                        "vmagent: 200 with the old configuration",
                        ["prometheus.yml": "scrape_configs:\n- job_name: a\n  nosuch: 1\n"], .rolledBack,
                        "NotServed", saying: "\"a\"")
                ),
                (
                    "vmalert",
                    .fault(
                        "vmalert: 200 with bad rules", ["a.yml": FamilySample.rules("Bad", expr: "up ==")],
                        .rolledBack, "ReloadFailed", saying: "says that its last reload failed")
                ),
                (
                    "alertmanager",
                    .fault(
                        "alertmanager whose default receiver is gone",
                        ["alertmanager.yml": "route: {receiver: nobody}\n"], .rolledBack, "ReloadFailed",
                        saying: "undefined receiver")
                ),
            ])
        }
    }

    @Test("programs that read other files than those which are deployed", arguments: releases)
    func elsewhere(_ release: Programs.FamilyRelease) async throws {
        try await MatrixFamily.run(release, reads: "elsewhere") { family in
            func fault(_ name: String, _ file: String, _ text: String, _ words: String) -> MatrixCase {
                .fault(name, [file: text], .rolledBack, "NotServed", saying: words)
            }
            let jobs = FamilySample.jobs("other", interval: "15s")
            try await family.run([
                (
                    "alertmanager",
                    fault(
                        "alertmanager that reads another file", "alertmanager.yml",
                        FamilySample.alertmanager(receiver: "phone"), "alertmanager_config_hash")
                ),
                (
                    "blackbox_exporter",
                    fault(
                        "blackbox_exporter that reads another file", "blackbox.yml",
                        FamilySample.blackbox(module: "http_post", method: "POST"), "http_post")
                ),
                (
                    "snmp_exporter",
                    fault(
                        "snmp_exporter that reads another file", "snmp.yml",
                        FamilySample.snmp(module: "if_table", release),
                        "if_table")
                ),
                ("vmagent", fault("vmagent that reads another file", "prometheus.yml", jobs, "is deployed")),
                ("vmalert", fault("vmalert that reads another folder", "a.yml", FamilySample.rules("Gone"), "a.yml")),
                ("agent", fault("agent that reads another file", "prometheus.yml", jobs, "other")),
            ])
            // Nothing that they show of themselves tells a changed password.
            try await family.run(
                MatrixFamily.members(release).compactMap { member in
                    guard let text = member.otherSecret, member.count == 1 else { return nil }
                    let name = "every relative that reads another file: password only"
                    return (member.name, fault(name, member.file, text, "is deployed: correct deploy_to"))
                })
        }
    }
}
