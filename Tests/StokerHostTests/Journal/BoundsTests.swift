import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// What is kept after many deployments, and that nothing else is.
@Suite("Bounds")
struct BoundsTests {
    /// Everything below a folder, by its first name.
    private func files(_ folder: String) -> [String: Int] {
        var found: [String: Int] = [:]
        for case let path as String in FileManager.default.enumerator(atPath: folder) ?? .init() {
            found[String(path.split(separator: "/").first ?? ""), default: 0] += 1
        }
        return found
    }

    private func rules(_ number: Int) -> [String: String?] {
        // Each in a file of its own that the next one deletes, and one file that changes each time.
        [
            "rules/base.yml": Sample.alerts("Base\(number)", group: "base"),
            "rules/only-\(number).yml": Sample.alerts("Only\(number)", group: "only"),
            "rules/only-\(number - 1).yml": nil,
        ]
    }

    @Test(
        "thirty deployments: live, verified, candidate and the last five stay, all else goes",
        arguments: ["in_place", "linked"])
    func thirty(_ layout: String) async throws {
        var setup = HostFixture.Setup()
        if layout == "linked" {
            setup.deployTo = "live"
            setup.target = ["layout: linked"]
            setup.runs = false
        }
        try await HostFixture.run(setup) { fixture in
            let host = try fixture.start()
            try await fixture.drive(host)
            if layout == "linked" {
                try await fixture.process.start()
                try await fixture.drive(host, patient: true)
            }
            try #require(host.status.outcome == "verified", "\(host.status)")
            try await fixture.push([
                "rules/only-0.yml": Sample.alerts("Only0", group: "only"),
                "rules/many.yml": Sample.alerts("Many", group: "many"),
            ])
            try await fixture.drive(host)
            var counts: [[String: Int]] = []
            for number in 1...30 {
                // A rejected push between every two good ones.
                try await fixture.push(["rules/base.yml": "no rules"])
                try await fixture.drive(host)
                try #require(host.status.outcome == "rejected", "\(host.status)")
                try await fixture.push(rules(number))
                try await fixture.drive(host)
                try #require(host.status.outcome == "verified", "\(number): \(host.status)")
                counts.append(files(fixture.storage))
            }
            let name = fixture.configuration.environments[0].name
            let record = try #require(try fixture.journal.record(of: name))
            let kept = try fixture.journal.releases(of: name)
            let keep =
                [record.verified?.content, record.live?.content].compactMap { $0 }
                + record.earlier.prefix(EnvironmentRecord.keptReleases).map(\.content)
            #expect(Set(kept.keys) == Set(keep), "the releases of the journal")
            #expect(kept.count == 1 + EnvironmentRecord.keptReleases)
            #expect(try fixture.intents.isEmpty)
            // Every kept content can still be had without git.
            try FileManager.default.removeItem(atPath: fixture.directory("data/git"))
            if layout == "linked" {
                let releases = try FileManager.default.contentsOfDirectory(atPath: fixture.live + ".releases")
                #expect(releases.filter { !$0.hasPrefix(".") }.count == kept.count, "\(releases)")
                for content in keep {
                    #expect(releases.contains { $0.hasPrefix(content.short + "-") }, "\(content.short) in \(releases)")
                }
            } else {
                let area = "\(fixture.storage)/targets/\(name)/prometheus/kept"
                let blobs = Set(
                    try FileManager.default.contentsOfDirectory(atPath: area).map {
                        String($0.split(separator: "-")[0])
                    })
                let live = Set(try fixture.inventory.files.values.map { "\($0.entry.blob)" })
                let wanted = Set(
                    kept.values.flatMap(\.values).flatMap { $0.files.values.map { "\($0.blob)" } }
                ).subtracting(live)
                #expect(blobs == wanted, "one kept file for each blob that only an earlier content has")
                #expect(wanted.count == 2 * EnvironmentRecord.keptReleases)
            }
            for folder in ["targets", "drift", "baseline", "validate"] {
                #expect(
                    counts[29][folder] ?? 0 <= (counts[9][folder] ?? 0), "\(folder): \(counts.map { $0[folder] ?? 0 })")
            }
            #expect(counts[29].values.reduce(0, +) < 500, "\(counts[29])")
        }
    }

    @Test("pushes that are all rejected leave nothing behind but their history")
    func rejected() async throws {
        try await HostFixture.run { fixture in
            let host = try fixture.start()
            try await fixture.drive(host)
            let name = fixture.configuration.environments[0].name
            var counts: [[String: Int]] = []
            for number in 1...20 {
                try await fixture.push(["rules/base.yml": "no rules \(number)"])
                try await fixture.drive(host)
                try #require(host.status.outcome == "rejected", "\(host.status)")
                counts.append(files(fixture.storage))
            }
            #expect(try fixture.journal.releases(of: name).count <= 3)
            for folder in ["targets", "drift", "baseline", "validate"] {
                #expect(
                    counts[19][folder] ?? 0 <= (counts[4][folder] ?? 0), "\(folder): \(counts.map { $0[folder] ?? 0 })")
            }
        }
    }
}
