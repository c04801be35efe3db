import Glibc
import Testing

@testable import StokerHost

/// Programs are run with a limit on everything.
@Suite struct ChildProcessTests {
    private func shell(
        _ script: String, input: [UInt8] = [], limit: Duration = .seconds(20), outputLimit: Int = 1000,
        streams: ChildProcess.Streams = .separate
    ) async -> ChildResult {
        await ChildProcess.run(
            "sh", ["-c", script], input: input, limit: limit, outputLimit: outputLimit, streams: streams)
    }

    @Test func `exit code and both streams are values`() async {
        let result = await shell("echo out; echo err >&2; exit 7")
        #expect(result.exit == .exited(7))
        #expect(result.standardOutput.text == "out\n" && result.standardError.text == "err\n")
    }

    @Test func `combined streams keep their order`() async {
        let result = await shell("echo a; echo b >&2; echo c", streams: .combined)
        #expect(result.standardOutput.text == "a\nb\nc\n" && result.standardError.bytes.isEmpty)
    }

    @Test func `a signal is told apart`() async {
        #expect(await shell("kill -9 $$").exit == .signalled(9))
    }

    @Test func `input arrives, and a program that does not read it is no trouble`() async {
        #expect(await shell("cat", input: Array("hello".utf8)).standardOutput.text == "hello")
        #expect(await shell("exit 3", input: [UInt8](repeating: 0x61, count: 5_000_000)).exit == .exited(3))
    }

    @Test func `of huge output the end is kept`() async {
        let result = await shell("head -c 3000000 /dev/zero | tr '\\0' x; echo END")
        #expect(result.standardOutput.bytes.count == 1000 && result.standardOutput.text.hasSuffix("xEND\n"))
        #expect(result.standardOutput.dropped == 3_000_004 - 1000)
    }

    @Test func `a missing program is a value`() async {
        let result = await ChildProcess.run("no-such-program-anywhere", [], limit: .seconds(5))
        #expect(result.exit == .couldNotStart("no-such-program-anywhere was not found on PATH"))
    }

    @Test func `the environment is small and explicit`() async {
        let names = await ChildProcess.run("env", [], environment: ["A": "b"], limit: .seconds(20))
        #expect(names.exit == .couldNotStart("env was not found on PATH"))
        let result = await ChildProcess.run("/usr/bin/env", [], environment: ["A": "b"], limit: .seconds(20))
        #expect(result.standardOutput.text == "A=b\n")
    }

    @Test func `at the limit the whole group dies, even one that ignores SIGTERM`() async throws {
        var template = Array("/tmp/stoker-child-XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer { do { try StagingFiles.removeTree(folder) } catch { Issue.record("\(error)") } }
        #expect(mkfifo(folder + "/never", 0o600) == 0)
        let result = await shell(
            "trap '' TERM; (read x < \(folder)/never) & echo $!; read x < \(folder)/never; read x < \(folder)/never",
            limit: .milliseconds(300))
        #expect(result.exit == .timedOut)
        let child = try #require(pid_t(result.standardOutput.text.split(separator: "\n").first ?? ""))
        try await gone(child)
    }

    @Test func `what a program leaves behind is killed when it ends`() async throws {
        let result = await shell("sleep 1000 & echo $!")
        #expect(result.exit == .exited(0))
        let child = try #require(pid_t(result.standardOutput.text.split(separator: "\n").first ?? ""))
        try await gone(child)
    }

    /// An orphan is reaped by init: a zombie counts as gone.
    private func gone(_ pid: pid_t) async throws {
        for _ in 0..<2000 {
            guard let stat = HostFiles.read("/proc/\(pid)/stat", limit: 1 << 16), !stat.isEmpty else { return }
            if String(decoding: stat, as: UTF8.self).contains(") Z ") { return }
            try await Task.sleep(for: .milliseconds(5))
        }
        Issue.record("process \(pid) still runs")
    }
}
