import Glibc
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// The process that only its port tells, and what it reads.
struct AnsweringProcessTests {
    @Test func theLastOfAFlagCounts() {
        func value(_ words: String...) -> String? { AnsweringProcess.value(of: "config.file", in: ["program"] + words) }
        #expect(value("--config.file=/a") == "/a")
        #expect(value("-config.file", "/b", "--other") == "/b")
        #expect(value("--config.file=/a", "--config.file=c=d") == "c=d")
        #expect(value("--config.files=/a", "config.file=/b", "--other", "config.file") == nil)
        #expect(value("--config.file") == nil)
    }

    @Test func aRealProcessIsFoundByItsPortAndItsStart() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        try Files.write("modules: {}\n", to: directory("blackbox.yml"))
        let process = try FamilyProcess(
            .blackboxExporter, config: directory("blackbox.yml"), directory: directory("run"))
        defer { process.stop() }
        try await process.start()
        let metrics = try process.get("/metrics").split(separator: "\n")
        let line = try #require(metrics.first { $0.hasPrefix("process_start_time_seconds ") })
        let start = try #require(line.split(separator: " ").last.flatMap { Double($0) })
        let found = try #require(await AnsweringProcess.find(at: process.url, since: start))
        #expect(found.pid == process.pid)
        #expect(found.sharesOurFiles)
        #expect(found.path(after: "config.file") == directory("blackbox.yml"))
        #expect(found.path(after: "log.level") == nil)
        #expect(await AnsweringProcess.find(at: process.url, since: start - 60) == nil)
        #expect(await AnsweringProcess.find(at: "http://127.0.0.1:1", since: start) == nil)
    }

    @Test func oneFileOfAnotherNameIsSeen() throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        try Files.write("global: {}\n", to: directory("prom.yml"))
        let place = DeployPlace(layout: .singleFile, root: directory("prom.yml"), configFile: "prometheus.yml")
        let view = ProcessView(deployTo: directory.path, seenAt: directory.path)
        let sight = Sight(pid: getpid(), container: nil)
        #expect(sight.obstacle(view, place, keepInode: [], paths: ["prometheus.yml"]) == nil)
        #expect(sight.blindness(view, place, paths: ["prometheus.yml"]) == nil)
    }
}
