import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

@Suite("Alertmanager", .serialized)
struct AlertmanagerTests {
    static let releases = Programs.FamilyRelease.allCases

    private func setup(_ release: Programs.FamilyRelease = .installed) -> FamilyFixture.Setup {
        var setup = FamilyFixture.Setup(
            kind: .alertmanager,
            files: [
                "alertmanager.yml": FamilySample.alertmanager(), "templates/ops.tmpl": FamilySample.template,
            ],
            config: "alertmanager.yml")
        setup.release = release
        return setup
    }

    @Test(
        "a good change is verified by its exact bytes, and its templates are said to be unproved",
        arguments: releases)
    @HostActor
    func good(_ release: Programs.FamilyRelease) async throws {
        try await FamilyFixture.run(setup(release)) { fixture in
            try await fixture.drive()
            #expect(fixture.status.outcome == "verified", "\(fixture.status)")
            #expect(fixture.target?.proof == ["reloaded", "config"])
            // A comment is a change of bytes, and nothing else.
            try await fixture.push(["alertmanager.yml": FamilySample.alertmanager() + "# changed\n"])
            try await fixture.drive()
            #expect(fixture.status.outcome == "verified", "\(fixture.status)")
            try await fixture.push(["alertmanager.yml": FamilySample.alertmanager(receiver: "phone", waits: "1m")])
            try await fixture.drive()
            #expect(fixture.status.outcome == "verified", "\(fixture.status)")
            #expect(fixture.target?.proof == ["reloaded", "config"])
            #expect(fixture.target?.notProvable?.contains("templates") == true)
            #expect(fixture.status.message.contains("not provable"))
            #expect(try fixture.process.get("/api/v2/status").contains("phone"))
        }
    }

    @Test("new files of an Alertmanager are for its group alone")
    @HostActor
    func mode() async throws {
        try await FamilyFixture.run(setup()) { fixture in
            try await fixture.push(["templates/new.tmpl": "{{ define \"new\" }}x{{ end }}\n"])
            try await fixture.drive()
            #expect(fixture.status.outcome == "verified", "\(fixture.status)")
            #expect(try Files.identity(fixture.directory("etc/templates/new.tmpl")).mode == 0o640)
        }
    }

    @Test("a bad file and a bad template are refused before anything is written", arguments: [true, false], releases)
    @HostActor
    func bad(_ isTemplate: Bool, _ release: Programs.FamilyRelease) async throws {
        try await FamilyFixture.run(setup(release)) { fixture in
            try await fixture.drive()
            let bad = FamilySample.alertmanager().replacingOccurrences(
                of: "- receiver: default", with: "- receiver: nobody")
            try await fixture.push(
                isTemplate ? ["templates/ops.tmpl": "{{ define \"x\" }}\n{{ if }}\n"] : ["alertmanager.yml": bad])
            try await fixture.drive()
            #expect(fixture.status.reason == .validationFailed, "\(fixture.status)")
            #expect(
                fixture.status.message.contains(
                    isTemplate ? "production/templates/ops.tmpl:2" : "production/alertmanager.yml"), "\(fixture.status)"
            )
            #expect(fixture.live("alertmanager.yml") == FamilySample.alertmanager())
        }
    }

    @Test("a process that reads another file is told by the hash, and the deploy is taken back", arguments: releases)
    @HostActor
    func wrongFile(_ release: Programs.FamilyRelease) async throws {
        var setup = setup(release)
        setup.processReads = "elsewhere"
        try await FamilyFixture.run(setup) { fixture in
            try await fixture.drive()
            #expect(fixture.status.outcome == "verified", "\(fixture.status)")
            try await fixture.push(["alertmanager.yml": FamilySample.alertmanager(receiver: "phone")])
            try await fixture.drive()
            #expect(fixture.status.outcome == "rolled_back", "\(fixture.status)")
            #expect(fixture.status.reason == .notServed)
            #expect(fixture.status.message.contains("alertmanager_config_hash"), "\(fixture.status)")
            #expect(fixture.live("alertmanager.yml") == FamilySample.alertmanager())
        }
    }

    @Test("what the program refuses although its validator does not is rolled back", arguments: releases)
    @HostActor
    func harmful(_ release: Programs.FamilyRelease) async throws {
        var setup = setup(release)
        setup.target = ["validate: { command: [true] }"]
        try await FamilyFixture.run(setup) { fixture in
            try await fixture.drive()
            try await fixture.push(["alertmanager.yml": "route: {receiver: nobody}\n"])
            try await fixture.drive()
            #expect(fixture.status.outcome == "rolled_back", "\(fixture.status)")
            #expect(fixture.status.reason == .reloadFailed)
            #expect(fixture.status.message.contains("undefined receiver"), "\(fixture.status)")
            #expect(fixture.live("alertmanager.yml") == FamilySample.alertmanager())
            #expect(fixture.target?.proof == ["reloaded", "config"])
        }
    }

    @Test("another program behind the url is named, and nothing is written")
    @HostActor
    func stranger() async throws {
        var setup = setup()
        setup.kind = .blackboxExporter
        setup.files = ["blackbox.yml": FamilySample.blackbox()]
        setup.config = "blackbox.yml"
        setup.target = ["config_file: blackbox.yml", "validate: { command: [true] }"]
        try await FamilyFixture.run(setup, as: "alertmanager") { fixture in
            try await fixture.push(["blackbox.yml": FamilySample.blackbox(method: "POST")])
            try await fixture.drive()
            #expect(fixture.status.reason == .targetUnreachable, "\(fixture.status)")
            #expect(fixture.status.message.contains("is not that of Alertmanager"), "\(fixture.status)")
            #expect(fixture.live("blackbox.yml") == FamilySample.blackbox())
        }
    }

    @Test("routing cases are asked of amtool before anything is written", arguments: releases)
    @HostActor
    func routing(_ release: Programs.FamilyRelease) async throws {
        var setup = setup(release)
        setup.environment = ["routing_tests: [\"tests/*.yml\"]"]
        try await FamilyFixture.run(setup) { fixture in
            let cases = """
                - labels: {severity: critical, team: a}
                  receivers: [pager, default]
                - labels: {note: 'a "quoted" word'}
                  receivers: [default]
                - labels: {severity: warning}
                  receivers: [pager]
                  target: another

                """
            try await fixture.push([
                "alertmanager.yml": FamilySample.alertmanager(waits: "45s"), "tests/routes.yml": cases,
            ])
            try await fixture.drive()
            #expect(fixture.status.outcome == "verified", "\(fixture.status)")
            #expect(fixture.live("tests/routes.yml") == nil)
            try await fixture.push([
                "alertmanager.yml": FamilySample.alertmanager(waits: "50s"),
                "tests/routes.yml": cases + "- labels: {severity: warning}\n  receivers: [pager]\n",
            ])
            try await fixture.drive()
            #expect(fixture.status.reason == .ruleTestsFailed, "\(fixture.status)")
            #expect(
                fixture.status.message.contains(
                    "production/tests/routes.yml:8: severity=\"warning\" reaches default and not pager"),
                "\(fixture.status)")
            #expect(fixture.live("alertmanager.yml") == FamilySample.alertmanager(waits: "45s"))
        }
    }
}
