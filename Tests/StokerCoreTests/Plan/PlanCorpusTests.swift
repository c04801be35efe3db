import StokerCore
import TestSupport
import Testing
import YAML

@Suite("Plan over the corpora") struct PlanCorpusTests {
    @Test("a configuration means the same as itself, and its secrets are masked line by line") func corpora() throws {
        let folder = Programs.repository + "/../shared/corpora"
        guard Files.exists(folder) else {
            print("skipped: \(folder) is not there")
            return
        }
        var (files, rules, unparsable) = (0, 0, 0)
        for (path, text) in Files.tree(folder) where path.hasSuffix(".yml") || path.hasSuffix(".yaml") {
            let bytes = Array(text.utf8)
            guard let document = parsed(bytes) else {
                unparsable += 1
                let lines = SecretMask.masked(bytes, document: nil).split(
                    separator: 0x0a, omittingEmptySubsequences: false)
                #expect(lines.count == bytes.split(separator: 0x0a, omittingEmptySubsequences: false).count, "\(path)")
                continue
            }
            files += 1
            let meaning = Meaning(of: [path: document], configFile: path.contains("config/testdata") ? path : nil)
            #expect(Meaning.diff(meaning, meaning).isEmpty, "\(path)")
            rules += Meaning.diff(Meaning(), meaning).count { $0.kind == .alert || $0.kind == .recordingRule }
            let lines = SecretMask.masked(bytes, document: document).split(
                separator: 0x0a, omittingEmptySubsequences: false)
            #expect(lines.count == bytes.split(separator: 0x0a, omittingEmptySubsequences: false).count, "\(path)")
        }
        print("corpora: \(files) files read, \(unparsable) that do not parse, \(rules) rules")
        #expect(files > 100 && rules > 500)
    }

    private func parsed(_ bytes: [UInt8]) -> Node? {
        do throws(YAMLError) { return try YAML.parse(bytes) } catch { return nil }
    }
}
