import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// Trees that git itself would not write, or nobody would mean: fetched by the child, refused by the reader.
@Suite struct HostileTreeTests {
    /// Fetches a commit of a tree that `entries` describe and answers with the findings.
    private func findings(_ entries: [(mode: String, name: [UInt8], id: String)], _ test: SourceFixture) async throws
        -> [String]
    {
        try await publish(tree(entries, test), test)
        let source = try test.source()
        _ = try await test.fetched(source)
        return try test.findings(SnapshotReader(source))
    }

    /// Makes the tree what `main` leads to.
    private func publish(_ tree: String, _ test: SourceFixture) async throws {
        let commit = try await bare(test, "commit-tree", tree, "-m", "hostile")
        try await bare(test, "update-ref", "refs/heads/main", commit)
    }

    @discardableResult
    private func bare(_ test: SourceFixture, _ arguments: String...) async throws -> String {
        try await Shell.succeed(
            ["git", "--git-dir=\(test.git.bare)", "-c", "user.name=T", "-c", "user.email=t@example.com"] + arguments,
            limit: .seconds(120)
        ).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func blob(_ text: String, _ test: SourceFixture) async throws -> String {
        try Files.write(text, to: test.directory("blob"))
        return try await bare(test, "hash-object", "-w", test.directory("blob"))
    }

    /// A tree object byte by byte, without git's checks.
    private func tree(_ entries: [(mode: String, name: [UInt8], id: String)], _ test: SourceFixture) async throws
        -> String
    {
        var bytes: [UInt8] = []
        for entry in entries {
            bytes += Array("\(entry.mode) ".utf8) + entry.name + [0]
            let digits = Array(entry.id)
            for index in stride(from: 0, to: 40, by: 2) {
                bytes.append(UInt8(String(digits[index...index + 1]), radix: 16) ?? 0)
            }
        }
        try Data(bytes).write(to: URL(fileURLWithPath: test.directory("tree")))
        return try await bare(test, "hash-object", "-t", "tree", "--literally", "-w", test.directory("tree"))
    }

    private func utf8(_ name: String) -> [UInt8] { Array(name.utf8) }

    @Test(arguments: [
        "..", ".", "a/b", "../x", "a\nb", "a\u{1b}[2J", "a\u{7f}", "a\\b", ".git", ".GIT", ".Git ", ".git.",
        ".git::$INDEX",
        "git~1", "GIT~1", ".g\u{200c}it", "a\u{202e}lmy.b", "a\u{85}b", "a\u{2028}b",
    ])
    func impossibleNames(_ name: String) async throws {
        try await SourceFixture.with { test in
            let file = try await blob("x", test)
            for id in [file, try await tree([("100644", utf8("f"), file)], test)] {
                let found = try await findings([(id == file ? "100644" : "40000", utf8(name), id)], test)
                #expect(found.count == 1)
                #expect(found[0].hasPrefix(".: "), "\(found)")
                #expect(!found[0].unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7f })
            }
        }
    }

    @Test func namesThatAreNotUnicode() async throws {
        try await SourceFixture.with { test in
            let found = try await findings([("100644", [0x61, 0xff, 0xfe], try await blob("x", test))], test)
            #expect(found == [".: the top folder has an entry \"a??\": a name in the path is not UTF-8"])
        }
    }

    @Test func namesThatDifferInCaseAlone() async throws {
        try await SourceFixture.with { test in
            try await test.git.push([
                "env/Rules/a.yml": "1", "env/rules/a.yml": "2", "env/x.yml": "3", "env/X.yml": "4", "other/X": "5",
            ])
            let source = try test.source()
            _ = try await test.fetched(source)
            let reader = SnapshotReader(source)
            let say = "differ in nothing but upper and lower case or Unicode form: rename one"
            #expect(
                Set(try test.findings(reader, ["env"])) == [
                    "env/rules: this and env/Rules \(say)", "env/x.yml: this and env/X.yml \(say)",
                ])
            // Across layers as well.
            try await test.git.push(["base/x": "1"])
            _ = try await test.fetched(source)
            #expect(try test.findings(reader, ["base", "other"]) == ["other/X: this and base/x \(say)"])
            #expect(try test.snapshot(reader, ["base"]).tree.files.count == 1)
        }
    }

    @Test func namesThatDifferInTheirUnicodeFormAlone() async throws {
        try await SourceFixture.with { test in
            let file = try await blob("x", test)
            let entries = [("100644", utf8("e\u{301}"), file), ("100644", utf8("\u{e9}"), file)]
            let found = try await findings(entries, test)
            #expect(found == [".: two entries are called \u{e9}, in different Unicode forms"])
            // One in each of two layers would silently be one file.
            let first = try await tree([entries[0]], test)
            let second = try await tree([entries[1]], test)
            try await publish(tree([("40000", utf8("a"), first), ("40000", utf8("b"), second)], test), test)
            let source = try test.source()
            _ = try await test.fetched(source)
            let layered = try test.findings(SnapshotReader(source), ["a", "b"])
            #expect(layered.count == 1 && layered[0].contains("Unicode form: rename one"), "\(layered)")
        }
    }

    @Test func deepAndManyFolders() async throws {
        try await SourceFixture.with { test in
            let file = try await blob("x", test)
            var deep = try await tree([("100644", utf8("f"), file)], test)
            for _ in 0..<65 { deep = try await tree([("40000", utf8("d"), deep)], test) }
            #expect(try await findings([("40000", utf8("d"), deep)], test)[0].contains("nested deeper than 64"))
            // Eighteen objects that name a quarter of a million files.
            var many = try await tree([("100644", utf8("f"), file)], test)
            for _ in 0..<18 { many = try await tree([("40000", utf8("a"), many), ("40000", utf8("b"), many)], test) }
            let start = ContinuousClock.now
            let found = try await findings([("40000", utf8("d"), many)], test)
            #expect(found == [".: there are more than 100000 files and folders"])
            #expect(ContinuousClock.now - start < .seconds(60))
        }
    }

    @Test func moreFilesThanAreTaken() async throws {
        try await SourceFixture.with { test in
            let file = try await blob("x", test)
            let names = (0...100_000).map { "f\(String(format: "%06d", $0))" }
            let flat = try await tree(names.map { ("100644", utf8($0), file) }, test)
            #expect(
                try await findings([("40000", utf8("d"), flat)], test) == [
                    ".: there are more than 100000 files and folders"
                ])
        }
    }

    @Test func linksThatLeadRoundInCircles() async throws {
        try await SourceFixture.with { test in
            let (a, b, itself) = (
                try await blob("b", test), try await blob("a", test), try await blob("itself", test)
            )
            let found = try await findings(
                [("120000", utf8("a"), a), ("120000", utf8("b"), b), ("120000", utf8("itself"), itself)], test)
            #expect(found.count == 3)
            #expect(found.allSatisfy { $0.hasSuffix("this link leads through more than 16 links") }, "\(found)")
        }
    }

    /// A gigabyte in the repository is little on its way and must be little here: what reads it has half of that.
    @Test func aGigabyteIsNeverHeld() async throws {
        try await SourceFixture.with { test in
            let big = try await Shell.succeed(
                [
                    "bash", "-c",
                    "head -c 1073741824 /dev/zero | git --git-dir=\"$0\" -c core.compression=1 hash-object -w --stdin",
                    test.git.bare,
                ], limit: .seconds(120)
            ).trimmingCharacters(in: .newlines)
            let main = try await blob("global: {}\n", test)
            try await publish(
                tree([("100644", utf8("big.yml"), big), ("100644", utf8("prometheus.yml"), main)], test), test)
            // Served by git itself: libgit2, which serves a folder of this machine, would hold the file.
            let server = try await SSHServer(directory: test.directory("ssh"))
            defer { server.stop() }
            try Files.write(
                """
                source:
                  url: \(server.url(test.git.bare))
                  timeout: 2m
                  ssh: { key_file: \(try await server.key()), known_hosts_file: \(server.knownHosts) }
                environments:
                  - { name: e, path: ., targets: [ { name: t, deploy_to: \(test.directory("live")), url: "http://127.0.0.1:\(try FreePort.next())" } ] }
                """, to: test.directory("stoker.yml"))
            try Files.makeDirectory(test.directory("live"))
            // The limit holds for the daemon's half and for the fetch child alike.
            let result = try await Shell.run(
                [
                    "prlimit", "--as=\(700 << 20)", try Programs.stoker(), "plan", "-c", test.directory("stoker.yml"),
                    "--storage.path", test.directory("storage"),
                ], limit: .seconds(120))
            #expect(result.code == 1 || result.code == 3, "\(result)")
            #expect(
                "\(result)".contains("big.yml: this file has 1073741824 bytes, more than the limit of"), "\(result)")
            let disk = try FileManager.default.subpathsOfDirectory(atPath: test.directory("storage")).reduce(0) {
                let attributes = try FileManager.default.attributesOfItem(atPath: "\(test.directory("storage"))/\($1)")
                return $0 + (attributes[.size] as? Int ?? 0)
            }
            #expect(disk < 32 << 20)
        }
    }

    @Test func listsOfNamesAndCommitsAreBoundedToo() async throws {
        try await SourceFixture.with { test in
            let file = try await blob("x", test)
            let long = String(repeating: "x", count: 240)
            let flat = try await tree(
                (0..<140_000).map { ("100644", utf8("\(long)\(String(format: "%06d", $0))"), file) }, test)
            let found = try await findings([("40000", utf8("d"), flat)], test)
            #expect(found.count == 1 && found[0].contains("bytes, more than the limit of 33554432"), "\(found)")

            let small = try await tree([("100644", utf8("f"), file)], test)
            let message = String(repeating: "m", count: 9 << 20)
            try Files.write(
                "tree \(small)\nauthor A <a@e> 1700000000 +0000\ncommitter A <a@e> 1700000000 +0000\n\n\(message)",
                to: test.directory("commit"))
            let commit = try await bare(test, "hash-object", "-t", "commit", "-w", test.directory("commit"))
            try await bare(test, "update-ref", "refs/heads/main", commit)
            let outcome = await (try test.source()).poll()
            #expect("\(outcome)".contains("more than the limit of 8388608"), "\(outcome)")
        }
    }
}
