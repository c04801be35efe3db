import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

@Suite("validator_match", .serialized)
struct ValidatorMatchTests {
    @Test(
        "a validator of another minor version is used with a warning, or refused", arguments: ["warn", "strict"],
        [Programs.PrometheusVersion.newer, .latest])
    @HostActor
    func otherVersion(_ match: String, _ version: Programs.PrometheusVersion) async throws {
        var setup = FamilyFixture.Setup(
            kind: .agent, files: ["prometheus.yml": FamilySample.jobs()], config: "prometheus.yml")
        setup.version = version
        let old = try Programs.prometheus("promtool", version: .installed)
        setup.target = ["validate: { program: \(old) }", "validator_match: \(match)"]
        try await FamilyFixture.run(setup) { fixture in
            try await fixture.drive()
            try await fixture.push(["prometheus.yml": FamilySample.jobs("other")])
            try await fixture.drive()
            if match == "warn" {
                #expect(fixture.status.outcome == "verified", "\(fixture.status)")
            } else {
                #expect(fixture.status.reason == .validationFailed, "\(fixture.status)")
                #expect(
                    fixture.status.message.contains("promtool 2.42.0+ds judges for \(version)."),
                    "\(fixture.status)")
                #expect(fixture.live("prometheus.yml") == FamilySample.jobs())
            }
        }
    }
}
