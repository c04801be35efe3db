import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// The order of methods against a real Prometheus.
@Suite struct ReloaderTests {
    @Test func theNextMethodHasItsTurnWhereOneIsClosed() async throws {
        let fixture = try await ProverFixture.start(lifecycle: false)
        defer { fixture.end() }
        let before = try fixture.process.lastReload()
        let answer = await reloader(fixture, [.http, .signal(.pidFile(fixture.process.pidFile))]).reload(
            mayStart: false)
        #expect(answer.outcome == .accepted(answered: false))
        #expect(answer.method == "signal")
        #expect(answer.passedOver.count == 1)
        #expect(answer.passedOver.first?.contains("403") == true)
        try await eventually("the reload by signal") { try fixture.process.lastReload() != before }
    }

    @Test func theEndOfAProcessBlamesTheContentOnlyWhereItWasReadyBefore() {
        let died = ReloadOutcome.died(message: "container a is exited with exit code 2 after SIGHUP")
        guard case .refused(let failure) = died.result(of: "a", wasReady: true) else {
            Issue.record("not refused")
            return
        }
        #expect(failure.kind == .content)
        #expect(died.result(of: "a", wasReady: false) == .down)
    }

    @Test func noMethodIsTriedAfterARefusalOrAnUnknownOutcome() async throws {
        let fixture = try await ProverFixture.start()
        defer { fixture.end() }
        let mark = fixture.directory("mark")
        let second = TargetConfiguration.ReloadMethod.command(["touch", mark], restarts: false)
        try Files.write("not: a config\n", to: fixture.main)
        let refused = await reloader(fixture, [.http, second]).reload(mayStart: false)
        guard case .refused = refused.outcome else {
            Issue.record("\(refused.outcome)")
            return
        }
        let hanging = await Reloader(
            steps: [
                .init(.command(["sleep", "600"], restarts: false), timeout: .milliseconds(300)), .init(second),
            ], client: fixture.client(), http: fixture.http, look: { .unreachable(message: "") }
        ).reload(mayStart: false)
        guard case .unknown(let message, restarted: false) = hanging.outcome else {
            Issue.record("\(hanging.outcome)")
            return
        }
        #expect(message.contains("did not end within"))
        // A command that says it failed may have done half of it.
        let failing = await reloader(fixture, [.command(["false"], restarts: false), second]).reload(mayStart: false)
        #expect(failing.outcome.failure?.reason == .reloadFailed)
        #expect(!Files.exists(mark))
    }

    @Test func aCommandReloadsAndItsFailureIsTheProcessesWhereThatSaysSo() async throws {
        let fixture = try await ProverFixture.start()
        defer { fixture.end() }
        let before = try fixture.process.lastReload()
        let post = ["curl", "-sS", "--fail-with-body", "-X", "POST", fixture.process.url + "/-/reload"]
        #expect(
            await reloader(fixture, [.command(post, restarts: false)]).reload(mayStart: false).outcome
                == .accepted(answered: false))
        #expect(try fixture.process.lastReload() != before)
        try Files.write("not: a config\n", to: fixture.main)
        let bad = await reloader(fixture, [.command(post, restarts: false)]).reload(mayStart: false)
        guard case .died(let message) = bad.outcome else {
            Issue.record("\(bad.outcome)")
            return
        }
        #expect(message.contains("ended with code 22"), "\(message)")
        #expect(message.contains("its last reload failed"))
        try Files.write("{}\n", to: fixture.main)
        _ = await fixture.client().reload(timeout: .seconds(10))
        let own = await reloader(
            fixture, [.command(["sh", "-c", "echo http://u:geheim@h >&2; exit 9"], restarts: false)]
        ).reload(mayStart: false)
        #expect(own.outcome.failure?.kind == .environmental)
        #expect(own.outcome.failure?.message.contains("ended with code 9") == true)
        #expect(own.outcome.failure?.message.contains("geheim") == false)
        let missing = await reloader(fixture, [.command(["/no/such/program"], restarts: false)]).reload(mayStart: false)
        guard case .notPossible = missing.outcome else {
            Issue.record("\(missing.outcome)")
            return
        }
    }

    @Test func aStalePidFileBesideAProcessThatAnswersIsNoProcessThatIsDown() async throws {
        let fixture = try await ProverFixture.start()
        defer { fixture.end() }
        try Files.write("4194305\n", to: fixture.directory("pid"))
        let steps = [TargetConfiguration.ReloadMethod.signal(.pidFile(fixture.directory("pid")))]
        guard case .notPossible(let message) = await reloader(fixture, steps).reload(mayStart: false).outcome else {
            Issue.record("down")
            return
        }
        #expect(message.contains("a process answers at"), "\(message)")
        fixture.process.stop()
        guard case .down = await reloader(fixture, steps).reload(mayStart: false).outcome else {
            Issue.record("not down")
            return
        }
    }

    private func reloader(_ fixture: ProverFixture, _ methods: [TargetConfiguration.ReloadMethod]) -> Reloader {
        let prover = fixture.prover()
        return Reloader(
            steps: methods.map { .init($0, timeout: .seconds(20)) }, client: fixture.client(), http: fixture.http,
            look: { await prover.look() })
    }
}
