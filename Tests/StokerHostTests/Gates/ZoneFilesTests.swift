import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// Every zone of the system, against what `date` says of it.
@Suite struct ZoneFilesTests {
    @Test("all zones agree with date from 1906 to 2160, and files that are cut short are refused")
    func allZones() async throws {
        let directory = try TemporaryDirectory()
        defer { directory.remove() }
        let moments = Array(stride(from: Int64(-2_000_000_000), to: 6_000_000_000, by: 7_777_777))
        try Files.write(moments.map { "@\($0)\n" }.joined(), to: directory("moments"))
        var script = ""
        let names = try zones()
        for name in names { script += "TZ=:\(name) date -f '\(directory("moments"))' +%::z\n" }
        try Files.write(script, to: directory("script"))
        let lines = try await Shell.succeed(["sh", directory("script")]).split(separator: "\n")
        try #require(lines.count == moments.count * names.count)
        for (index, name) in names.enumerated() {
            let rules = try ZoneFiles.rules(name).get()
            for (moment, line) in zip(moments, lines[(index * moments.count)...]) {
                let parts = line.dropFirst().split(separator: ":").compactMap { Int64($0) }
                let offset = (line.hasPrefix("-") ? -1 : 1) * (parts[0] * 3600 + parts[1] * 60 + parts[2])
                try #require(rules.offset(at: moment) == offset, "\(name) at \(moment)")
            }
            let bytes = try #require(FileManager.default.contents(atPath: "\(ZoneFiles.folder)/\(name)"))
            for length in stride(from: 0, to: bytes.count, by: 41) {
                #expect(ZoneRules(name: name, file: Array(bytes.prefix(length))) == nil, "\(name), \(length) bytes")
            }
        }
        print("time zones: \(names.count) agree with date at \(moments.count) moments each")
    }

    /// Those of the table that every tzdata has, and no links.
    private func zones() throws -> [String] {
        let table = try #require(Files.read("\(ZoneFiles.folder)/tzdata.zi"), "install tzdata")
        let names = table.split(separator: "\n").filter { $0.hasPrefix("Z ") }.compactMap {
            $0.split(separator: " ").dropFirst().first.map(String.init)
        }
        try #require(names.count > 300)
        return names.filter { $0 != "Factory" }
    }

    @Test(arguments: [
        "", "/etc/passwd", "../../../etc/passwd", "Europe//Berlin", "Europe/", "Europe", "Mars/Olympus", "a b",
    ])
    func noZones(_ name: String) {
        guard case .failure(let problem) = ZoneFiles.rules(name) else {
            Issue.record("a zone")
            return
        }
        #expect(name.isEmpty || problem.message.contains(name))
    }

    @Test func greenwichNeedsNoFiles() throws {
        #expect(try ZoneFiles.rules("UTC", folder: "/nowhere").get() == .utc)
        guard case .failure(let problem) = ZoneFiles.rules("Europe/Berlin", folder: "/nowhere") else {
            Issue.record("a zone")
            return
        }
        #expect(problem.message.contains("install tzdata"))
    }
}
