import Glibc
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// No systemd runs where tests run: a stand-in on PATH answers with the words, properties and exit codes of systemd 252. It
/// proves our arguments and our reading of answers, and nothing about systemd itself.
@Suite struct SystemdUnitTests {
    @Test func aReloadAndARestartAreAskedForWithoutAQuestionToAPerson() async throws {
        let stand = try await StandIn(properties: StandIn.running)
        defer { stand.end() }
        #expect(await stand.unit.reload(.reload, mayStart: false) == .accepted(answered: false))
        #expect(await stand.unit.reload(.restart, mayStart: false) == .accepted(answered: true, restarted: true))
        let calls = stand.calls.filter { !$0.contains(" show ") }
        #expect(
            calls == [
                "--no-ask-password --no-pager reload -- prometheus.service",
                "--no-ask-password --no-pager restart -- prometheus.service",
            ])
    }

    @Test func theMainProcessIsAProperty() async throws {
        let stand = try await StandIn(properties: StandIn.running)
        defer { stand.end() }
        guard case .success(let state) = await stand.unit.state() else {
            Issue.record("no state")
            return
        }
        #expect(state.mainPID == 4242)
        #expect(state.active == "active")
        #expect(state.canReload)
    }

    @Test func whatCannotBeAskedIsNotPossible() async throws {
        try await expectNotPossible(
            await StandIn(properties: "LoadState=not-found\nActiveState=inactive\nMainPID=0"),
            "no unit prometheus.service")
        try await expectNotPossible(
            await StandIn(properties: StandIn.running.replacing("CanReload=yes", with: "CanReload=no")), "ExecReload=")
        try await expectNotPossible(
            await StandIn(
                properties: StandIn.running, code: 4, error: "Failed to reload prometheus.service: Access denied"),
            "polkit")
        try await expectNotPossible(
            await StandIn(
                properties: StandIn.running, code: 1,
                error: "Failed to reload prometheus.service: Interactive authentication required."), "polkit")
        try await expectNotPossible(
            await StandIn(
                properties: "", showCode: 1,
                error: "System has not been booted with systemd as init system (PID 1). Can't operate."),
            "not been booted with systemd")
    }

    @Test func aStoppedUnitIsDownAndARestoreStartsIt() async throws {
        let stand = try await StandIn(properties: "LoadState=loaded\nActiveState=failed\nMainPID=0\nCanReload=yes")
        defer { stand.end() }
        guard case .down(let message) = await stand.unit.reload(.reload, mayStart: false) else {
            Issue.record("not down")
            return
        }
        #expect(message.contains("is failed") && message.contains("systemctl start"))
        #expect(await stand.unit.reload(.reload, mayStart: true) == .accepted(answered: true, restarted: true))
        #expect(stand.calls.last?.contains(" start -- prometheus.service") == true)
    }

    @Test func aJobThatFailsKeepsItsWords() async throws {
        let stand = try await StandIn(
            properties: StandIn.running, code: 1,
            error: "Job for prometheus.service failed.\nSee \"systemctl status prometheus.service\" for details.")
        defer { stand.end() }
        guard case .failed(let message) = await stand.unit.reload(.reload, mayStart: false) else {
            Issue.record("not failed")
            return
        }
        #expect(message.contains("code 1") && message.contains("Job for prometheus.service failed."), "\(message)")
    }

    @Test func aRestartThatFailsSaysWithWhat() async throws {
        let stand = try await StandIn(
            properties: StandIn.running, code: 1, error: "Job for prometheus.service failed.",
            after: "LoadState=loaded\nActiveState=failed\nMainPID=0\nResult=exit-code\nExecMainStatus=2")
        defer { stand.end() }
        guard case .died(let message) = await stand.unit.reload(.restart, mayStart: false) else {
            Issue.record("not died")
            return
        }
        #expect(message.contains("exit-code, exit status 2"), "\(message)")
    }

    @Test func whatHangsIsUnknownAndOutputIsBounded() async throws {
        let hanging = try await StandIn(
            properties: StandIn.running, code: 0, deed: "exec sleep 600", timeout: .seconds(3))
        defer { hanging.end() }
        guard case .unknown(let message, restarted: true) = await hanging.unit.reload(.restart, mayStart: false) else {
            Issue.record("not unknown")
            return
        }
        #expect(message.contains("did not end within"))
        let talking = try await StandIn(
            properties: StandIn.running, code: 1, error: "the end",
            deed: "head -c 10000000 /dev/zero | tr '\\0' x >&2; echo >&2")
        defer { talking.end() }
        guard case .failed(let words) = await talking.unit.reload(.reload, mayStart: false) else {
            Issue.record("not failed")
            return
        }
        #expect(words.utf8.count < 1000)
        #expect(words.contains("the end"))
    }

    private func expectNotPossible(_ stand: StandIn, _ words: String) async throws {
        defer { stand.end() }
        let outcome = await stand.unit.reload(.reload, mayStart: false)
        guard case .notPossible(let message) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(message.contains(words), "\(message)")
    }
}

/// A `systemctl` that writes down how it was called.
struct StandIn {
    static let running =
        "LoadState=loaded\nActiveState=active\nMainPID=4242\nCanReload=yes\nResult=success\nExecMainStatus=0"
    let directory: TemporaryDirectory
    let timeout: Duration

    init(
        properties: String, showCode: Int = 0, code: Int = 0, error: String = "", deed: String = ":",
        after: String? = nil, timeout: Duration = .seconds(60)
    ) async throws {
        self.timeout = timeout
        directory = try TemporaryDirectory()
        try Files.write(properties + "\n", to: directory("before"))
        try Files.write((after ?? properties) + "\n", to: directory("after"))
        try Files.write(error.isEmpty ? "" : error + "\n", to: directory("error"))
        let script = """
            #!/bin/sh
            d=\(directory.path)
            echo "$*" >> "$d/calls"
            case " $* " in
            *" show "*)
                if [ \(showCode) != 0 ]; then cat "$d/error" >&2; exit \(showCode); fi
                if [ -e "$d/acted" ]; then cat "$d/after"; else cat "$d/before"; fi ;;
            *) : > "$d/acted"; \(deed); cat "$d/error" >&2; exit \(code) ;;
            esac
            """
        try await Files.writeProgram(script, to: directory("systemctl"))
    }

    var environment: [String: String] { ["PATH": "\(directory.path):/usr/bin:/bin"] }
    var unit: SystemdUnit { SystemdUnit("prometheus.service", timeout: timeout, environment: environment) }
    var calls: [String] { (Files.read(directory("calls")) ?? "").split(separator: "\n").map(String.init) }
    func end() { directory.remove() }
}
