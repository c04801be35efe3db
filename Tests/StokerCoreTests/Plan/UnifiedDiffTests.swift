import StokerCore
import TestSupport
import Testing

@Suite("Unified diff") struct UnifiedDiffTests {
    private func diff(_ old: String?, _ new: String?, path: String = "a.yml") -> String {
        let text = UnifiedDiff.render(
            path: path, old: old.map { UnifiedDiff.Side(Array($0.utf8)) },
            new: new.map { UnifiedDiff.Side(Array($0.utf8)) })
        return String(decoding: text, as: UTF8.self)
    }

    @Test("has three lines of context and joins hunks that touch") func context() {
        let old = (1...20).map { "\($0)\n" }.joined()
        #expect(
            diff(old, old.replacing("\n5\n", with: "\nfive\n").replacing("\n11\n", with: "\neleven\n")) == """
                diff --git a/a.yml b/a.yml
                --- a/a.yml
                +++ b/a.yml
                @@ -2,13 +2,13 @@
                 2
                 3
                 4
                -5
                +five
                 6
                 7
                 8
                 9
                 10
                -11
                +eleven
                 12
                 13
                 14

                """)
        let apart = diff(old, old.replacing("\n5\n", with: "\nfive\n").replacing("\n13\n", with: "\n"))
        #expect(apart.contains("@@ -2,7 +2,7 @@\n"))
        #expect(apart.contains("@@ -10,7 +10,6 @@\n"))
    }

    @Test("of a new and of a deleted file") func wholeFiles() {
        #expect(
            diff(nil, "x\n") == """
                diff --git a/a.yml b/a.yml
                new file mode 100644
                --- /dev/null
                +++ b/a.yml
                @@ -0,0 +1 @@
                +x

                """)
        #expect(
            diff("x\ny", nil) == """
                diff --git a/a.yml b/a.yml
                deleted file mode 100644
                --- a/a.yml
                +++ /dev/null
                @@ -1,2 +0,0 @@
                -x
                -y
                \\ No newline at end of file

                """)
        #expect(diff(nil, "") == "diff --git a/a.yml b/a.yml\nnew file mode 100644\n")
    }

    @Test("tells a missing line break at the end") func unfinished() {
        #expect(
            diff("a\nb", "a\nb\n").hasSuffix(
                "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n"))
        #expect(diff("a\nb", "c\nb").hasSuffix("-a\n+c\n b\n\\ No newline at end of file\n"))
    }

    @Test("is empty where nothing changed, and a header alone for the executable bit") func nothing() {
        #expect(diff("a\n", "a\n") == "")
        #expect(diff(nil, nil) == "")
        let mode = UnifiedDiff.render(
            path: "x", old: UnifiedDiff.Side([0x61]), new: UnifiedDiff.Side([0x61], executable: true))
        #expect(String(decoding: mode, as: UTF8.self) == "diff --git a/x b/x\nold mode 100644\nnew mode 100755\n")
    }

    @Test("of binary files shows no bytes") func binary() {
        #expect(diff("a\0b", "a\0c").hasSuffix("Binary files a/a.yml and b/a.yml differ\n"))
        #expect(diff(nil, "a\0c").hasSuffix("Binary files /dev/null and b/a.yml differ\n"))
    }

    @Test("of two large texts with nothing in common ends soon and replaces everything") func bounded() {
        var random = PlanGenerator(seed: 7)
        // Few different lines: no anchors, and the worst case of the search.
        let old = (0..<60_000).map { _ in "\(Int.random(in: 0...40, using: &random))\n" }.joined()
        let new = (0..<60_000).map { _ in "\(Int.random(in: 0...40, using: &random))\n" }.joined()
        let text = diff(old, new)
        #expect(text.split(separator: "\n").count > 60_000)
    }

    @Test("applied by git and by patch gives the new bytes", arguments: 1...8)
    func applied(seed: Int) async throws {
        let folder = try TemporaryDirectory()
        defer { folder.remove() }
        var random = PlanGenerator(seed: UInt64(seed))
        var whole: [UInt8] = []
        var wanted: [String: String] = [:]
        for number in 0..<60 {
            let path = number % 5 == 0 ? "sub dir/f \(number)" : "f\(number)"
            let old = number % 10 == 3 ? nil : randomText(&random)
            let new = number % 10 == 7 ? nil : edited(old ?? "", &random)
            guard old != nil || new != nil else { continue }
            for tool in ["git", "patch"] {
                if let old { try Files.write(old, to: folder("\(tool)/\(path)")) }
            }
            wanted[path] = new
            whole += UnifiedDiff.render(
                path: path, old: old.map { UnifiedDiff.Side(Array($0.utf8)) },
                new: new.map { UnifiedDiff.Side(Array($0.utf8)) })
        }
        for tool in ["git", "patch"] { try Files.makeDirectory(folder(tool)) }
        try Files.write(String(decoding: whole, as: UTF8.self), to: folder("all.diff"))
        try await Shell.succeed(
            ["git", "apply", "--whitespace=nowarn", folder("all.diff")], directory: folder("git"),
            environment: ["PATH": "/usr/bin:/bin", "GIT_CEILING_DIRECTORIES": folder.path, "HOME": folder.path])
        // An empty new file is in git's header only, which patch understands; an empty result it removes when asked.
        try await Shell.succeed(
            ["patch", "-p1", "-s", "-f", "--fuzz=0", "-i", folder("all.diff")], directory: folder("patch"))
        #expect(Files.tree(folder("git")) == wanted, "seed \(seed)")
        let patched = Files.tree(folder("patch"))
        for (path, text) in wanted { #expect(patched[path] == text, "seed \(seed): \(path)") }
    }

    private func randomText(_ random: inout PlanGenerator) -> String {
        let lines = (0..<Int.random(in: 0...60, using: &random)).map { _ in
            ["{", "}", "", "  - a: b", "é"].randomElement(using: &random).map { $0 + "\n" } ?? "\n"
        }
        let unique = lines.enumerated().map { $0.offset % 4 == 0 ? "line \($0.offset)\n" : $0.element }
        return unique.joined() + (Bool.random(using: &random) ? "end" : "")
    }

    private func edited(_ text: String, _ random: inout PlanGenerator) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for _ in 0..<Int.random(in: 0...12, using: &random) {
            let place = Int.random(in: 0...max(0, lines.count - 1), using: &random)
            switch Int.random(in: 0...3, using: &random) {
            case 0: lines.insert("new \(place)", at: min(place, lines.count))
            case 1 where !lines.isEmpty: lines.remove(at: place)
            case 2 where !lines.isEmpty: lines.swapAt(place, lines.count - 1)
            default: lines.append("}")
            }
        }
        return lines.joined(separator: "\n")
    }
}
