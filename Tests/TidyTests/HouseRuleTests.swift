import Foundation
import TestSupport
import Testing

/// What style.md asks of the code, as far as a machine can see it.
@Suite("House rules")
struct HouseRuleTests {
    @Test("tasks are started in the executable alone")
    func tasks() throws {
        for file in try SourceFile.all(below: "Sources") where !file.path.hasPrefix("Sources/stoker/") {
            #expect(file.matches(/\bTask(\s*\{|\s*\(|\.detached|\s*<.*>\s*[\{\(])/) == [])
        }
    }

    @Test("nothing is forced: no try!, no as!, no !")
    func nothingForced() throws {
        for file in try SourceFile.all(below: "Sources") {
            #expect(file.matches(/\b(try|as)!/) == [])
            #expect(file.matches(/[\w\)\]]!([^=]|$)/) == [])
        }
    }

    @Test("an error is never dropped without a word why")
    func silentTry() throws {
        for file in try SourceFile.all(below: "Sources") {
            let silent = file.code.indices.filter { index in
                // A comment on the line or just above says why nothing else can be done.
                file.code[index].contains(/\btry\?/) && !file.lines[index].contains("//")
                    && !(index > 0 && file.lines[index - 1].contains("//"))
            }
            #expect(silent.map { "\(file.path):\($0 + 1): \(file.lines[$0])" } == [])
        }
    }

    @Test("the core has no clock, no randomness, no task and no print")
    func pureCore() throws {
        for file in try SourceFile.all(below: "Sources/StokerCore") {
            #expect(
                file.matches(/\b(ContinuousClock|SuspendingClock|Date|UUID|SystemRandomNumberGenerator)\s*\(/) == [])
            #expect(file.matches(/\.random\(|\bTask\.|\bprint\(|\breadLine\(/) == [])
        }
    }

    @Test("no type is called manager, handler, helper or utils")
    func names() throws {
        for file in try SourceFile.all(below: "Sources") {
            #expect(
                file.matches(
                    /\b(struct|class|enum|actor|protocol|typealias)\s+\w*(Manager|Handler|Helper|Helpers|Utils|Util)\b/)
                    == [])
        }
    }

    @Test("files have at most 400 lines, functions at most 70")
    func lengths() throws {
        for file in try SourceFile.all(below: "Sources") {
            #expect(file.lines.count <= 400, "\(file.path) has \(file.lines.count) lines")
            for function in file.functions() {
                #expect(
                    function.length <= 70,
                    "\(file.path):\(function.line): \(function.name) has \(function.length) lines")
            }
        }
    }

    @Test("every folder opens with a paragraph for a new colleague")
    func paragraphs() throws {
        let files = try SourceFile.all(below: "Sources")
        let folders = Dictionary(grouping: files) { ($0.path as NSString).deletingLastPathComponent }
        for (folder, files) in folders {
            let opens = files.contains { file in
                file.lines.prefix(12).count { $0.hasPrefix("// ") || $0.hasPrefix("/// ") } >= 2
            }
            #expect(opens, "no file of \(folder) begins with a paragraph of comment")
        }
    }

    @Test("nothing that is committed names a path of the machine it was written on")
    func noLocalPaths() throws {
        // Spelled in halves, so that this file does not find itself.
        let places = ["/wo" + "rk/main", "/wo" + "rk/shared", "/tmp/" + "pkg-", "/tmp/" + "brief", "/tmp/" + "prom242"]
        let paths = ["Sources", "Tests", "deploy", "examples", ".ci"].flatMap(SourceFile.paths)
        var found: [String] = []
        for path in paths {
            let text = Files.read("\(Programs.repository)/\(path)") ?? ""
            found += places.filter { text.contains($0) }.map { "\(path) names \($0)" }
        }
        #expect(found == [])
    }
}
