import Glibc
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// Real configuration files: our verdict is promtool's, except where preflight says more.
@Suite struct ValidateCorporaTests {
    private struct Entry {
        let path: String
        let kind: String
    }

    /// `$STOKER_TEST_CORPORA`, else `../shared/corpora` beside the repository.
    private static var folder: String? {
        let folder = getenv("STOKER_TEST_CORPORA").map { String(cString: $0) } ?? "../shared/corpora"
        return access(folder + "/MANIFEST.tsv", R_OK) == 0 ? folder : nil
    }

    private static func entries(_ folder: String) throws -> [Entry] {
        let bytes = try #require(HostFiles.read(folder + "/MANIFEST.tsv", limit: 1 << 20))
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard fields.count >= 2, fields[1] == "prom" || fields[1] == "rules" else { return nil }
            return Entry(path: String(fields[0]), kind: String(fields[1]))
        }
    }

    @Test(arguments: [Programs.PrometheusVersion.installed, .latest])
    func `verdicts agree with promtool's exit code`(_ version: Programs.PrometheusVersion) async throws {
        guard let folder = Self.folder else {
            print("skipped: there is no ../shared/corpora here")
            return
        }
        var counts: [String: Int] = [:]
        let bench = try ValidationBench(version)
        for entry in try Self.entries(folder) {
            let bytes = try #require(HostFiles.read(folder + "/" + entry.path, limit: 64 << 20))
            let isMain = entry.kind == "prom"
            // A folder of one file, so that promtool alone and our staged copy see the same.
            let name = isMain ? "prometheus.yml" : "rules.yml"
            try bench.put("alone/" + name, String(decoding: bytes, as: UTF8.self))
            let alone = await ChildProcess.run(
                try Programs.prometheus("promtool", version: version),
                ["check", isMain ? "config" : "rules", bench.root + "/alone/" + name],
                limit: .seconds(60))
            var request = try bench.request([:], configFile: isMain ? name : nil)
            request.files = FileTree([name: FileEntry(blob: bench.blobs.add(bytes))])
            let verdict = Self.verdict(await bench.outcome(request), accepted: alone.exit.isSuccess, entry.path)
            counts["\(entry.kind): \(verdict)", default: 0] += 1
        }
        for (verdict, count) in counts.sorted(by: { $0.key < $1.key }) {
            print("COUNT \(version), \(verdict): \(count)")
        }
        #expect(counts.values.reduce(0, +) > 300, "the corpora are not all there")
        #expect(counts.keys.allSatisfy { !$0.contains("DISAGREES") })
    }

    private static func verdict(_ outcome: ValidationOutcome, accepted: Bool, _ path: String) -> String {
        switch (outcome, accepted) {
        case (.accepted, true): return "both accept"
        case (.rejected(_, let findings, _), false):
            return findings.contains { $0.line != nil } ? "both refuse, with a line" : "both refuse, without a line"
        case (.rejected(_, let findings, _), true):
            let own = [
                "matches no file", "which does not exist", "has nothing in it", "has no groups", "same entry twice",
                "max_samples_per_send", "min_shards",
            ]
            if findings.allSatisfy({ finding in own.contains { finding.message.contains($0) } }) {
                print("preflight only: \(path): \(findings)")
                return "preflight says more"
            }
            Issue.record("\(path): \(findings)")
            return "DISAGREES"
        case (.missingFiles, _): return "held: files are missing"
        case (.accepted, false), (.environmental, _):
            Issue.record("\(path): \(outcome)")
            return "DISAGREES"
        }
    }
}
