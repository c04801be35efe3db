import StokerCore
import TestSupport
import Testing

@testable import StokerHost

@Suite struct SeveralTests {
    /// The balancer gives each question to the other process.
    @Test func answersOfTwoProcessesAreNoProof() async throws {
        let one = try await ProverFixture.start()
        defer { one.end() }
        let two = try await ProverFixture.start()
        defer { two.end() }
        let balancer = try Balancer(ports: [one.process.port, two.process.port], directory: one.directory.path)
        defer { balancer.stop() }
        try await balancer.waitUntilReady()
        let prover = Prover(client: one.client(url: balancer.url), now: ProverFixture.now)
        let evidence = await prover.evidence(before: nil, after: nil, ruleFiles: false, checks: [])
        #expect(evidence.several != nil)
        let probe = await prover.probe(Expectation(), evidence: nil)
        guard case .several(let message) = probe.readiness else {
            Issue.record("\(probe.readiness)")
            return
        }
        #expect(message.contains("one started at") && message.contains("another at"))
        var window = VerifyWindow.restored(
            readyTimeout: .seconds(5), reloadTimeout: .seconds(5), evidence: nil, reloadedAt: ProverFixture.now())
        guard case .unproven(let failure) = window.take(probe) else {
            Issue.record("not unproven")
            return
        }
        #expect(failure.reason == .notServed)
        #expect(failure.kind == .environmental)
    }

    @Test func oneProcessIsOne() async throws {
        let fixture = try await ProverFixture.start()
        defer { fixture.end() }
        let prover = fixture.prover()
        let evidence = await prover.evidence(before: nil, after: nil, ruleFiles: false, checks: [])
        #expect(evidence.several == nil)
        // Its own metric and /proc agree about its start.
        let pid = try #require(fixture.process.pid)
        let start = try #require(evidence.processStartSeconds)
        #expect(ProcessStart.belongs(start, to: pid) == true)
        #expect(ProcessStart.belongs(start - 10, to: pid) == false)
        guard case .ready = await prover.probe(Expectation(), evidence: evidence).readiness else {
            Issue.record("not ready")
            return
        }
    }
}
