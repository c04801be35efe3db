import Glibc
import HTTP
import StokerCore
import TestSupport
import Testing
import YAML

@testable import StokerHost

@Suite struct ProcessLogTests {
    @Test func onlyTheLastErrorsAreQuotedBoundedAndRedacted() throws {
        let config = try YAML.parse(Array("remote_write: [ { basic_auth: { password: geheim12 } } ]".utf8))
        let secrets = SecretValues(in: [config])
        let text = (1...9).map { "ts=x caller=a level=error msg=\"no \($0)\" url=http://u:pw@h pass=geheim12" }
            .joined(separator: "\nlevel=info msg=ok\n")
        let lines = LogExcerpt.errors(in: text, secrets: secrets)
        #expect(lines.count == 5)
        #expect(lines.first?.contains("no 5") == true)
        #expect(lines.last?.contains("no 9") == true)
        #expect(!lines.joined().contains("geheim12"))
        #expect(!lines.joined().contains("pw@"))
        let long = String(repeating: "level=error " + String(repeating: "x", count: 5000) + "\n", count: 9)
        #expect((LogExcerpt.addition(long, secrets: secrets)?.utf8.count ?? 0) < 2200)
        #expect(LogExcerpt.errors(in: "panic: \u{1b}[31mred", secrets: secrets) == ["panic:  [31mred"])
    }

    @Test func aCompletedLoadIsSaidAndNothingIsNothing() {
        let none = SecretValues()
        #expect(LogExcerpt.addition("level=info msg=\"all is well\"", secrets: none) == nil)
        #expect(
            LogExcerpt.addition("level=info msg=\"Completed loading of configuration file\"", secrets: none)?
                .contains("completed loading") == true)
        #expect(
            LogExcerpt.addition(
                "msg=\"Completed loading of configuration file\"\nlevel=ERROR msg=late", secrets: none)
                == "its log says: level=ERROR msg=late")
    }

    @Test func aFileIsReadFromItsMarkAndANewOneWhole() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let http = HTTPClient(userAgent: "stoker-tests")
        defer { http.close() }
        let log = ProcessLog(.file(directory("p.log")), http: http)
        #expect(await log.text(since: log.mark()) == nil)
        try Files.write("old\n", to: directory("p.log"))
        let mark = log.mark()
        #expect(await log.text(since: mark) == "")
        try Files.write("old\nnew\n", to: directory("p.log"))
        #expect(await log.text(since: mark) == "new\n")
        // Rotated: another file under the name.
        #expect(rename(directory("p.log"), directory("p.log.1")) == 0)
        try Files.write("after\n", to: directory("p.log"))
        #expect(await log.text(since: mark) == "after\n")
        // Emptied, and shorter than it was.
        try Files.write("old\nand more\n", to: directory("p.log"))
        let later = log.mark()
        try Files.write("x\n", to: directory("p.log"))
        #expect(await log.text(since: later) == "x\n")
        try Files.write(String(repeating: "y", count: 1 << 20), to: directory("p.log"))
        #expect(await log.text(since: mark)?.utf8.count == 256 << 10)
    }

    /// No journald runs where tests run: a stand-in shows how it is asked.
    @Test func journaldIsAskedForTheUnitSinceTheReload() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let http = HTTPClient(userAgent: "stoker-tests")
        defer { http.close() }
        try await Files.writeProgram(
            "#!/bin/sh\necho \"$*\" > \(directory("calls"))\necho 'level=error msg=no'\n", to: directory("journalctl"))
        let log = ProcessLog(
            .unit("p.service"), http: http, environment: ["PATH": "\(directory.path):/usr/bin:/bin"],
            limit: .seconds(60))
        #expect(await log.text(since: .init(seconds: 1234, file: nil, size: 0)) == "level=error msg=no\n")
        #expect(
            Files.read(directory("calls"))
                == "--quiet --no-pager --output=cat --unit=p.service --since=@1234 --lines=500\n")
        try await Files.writeProgram("#!/bin/sh\nexit 1\n", to: directory("journalctl"))
        #expect(await log.text(since: log.mark()) == nil)
    }
}
