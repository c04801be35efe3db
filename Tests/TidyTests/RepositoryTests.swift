import Foundation
import TestSupport
import Testing

/// The repository as a whole.
@Suite("Repository")
struct RepositoryTests {
    @Test("the top level is what it is meant to be")
    func topLevel() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Programs.repository)
            // Package.resolved is git-ignored.
            .filter { !$0.hasPrefix(".") && $0 != "Package.resolved" }
        #expect(names.sorted() == ["Package.swift", "README.md", "Sources", "Tests", "deploy", "examples"])
    }

    @Test("direct dependencies are pinned to one version")
    func pinned() throws {
        let manifest = try #require(Files.read("\(Programs.repository)/Package.swift"))
        let dependencies = manifest.split(separator: "\n").filter { $0.contains(".package(") }
        try #require(!dependencies.isEmpty)
        for line in dependencies { #expect(line.contains("exact: \""), "\(line)") }
    }

    @Test("the README explains every key of stoker.yml")
    func everyKey() throws {
        let readme = try #require(Files.read("\(Programs.repository)/README.md"), "there is no README.md")
        let keys = try Self.keys()
        try #require(
            keys.isSuperset(of: ["poll_interval", "deploy_to", "keep_inode"]), "the readers are not understood")
        for key in keys.sorted() {
            #expect(readme.contains("`\(key)`") || readme.contains("\(key):"), "`\(key)` is not in README.md")
        }
    }

    // What the config file's readers ask for by name: a key that is added there is to be explained in the README.
    private static func keys() throws -> Set<String> {
        let notKeys: Set = ["true", "false", "none", "main"]
        var keys: Set = ["password_file", "credentials_file"]
        for path in SourceFile.paths(below: "Sources/StokerHost/ConfigFile") {
            let text = Files.read("\(Programs.repository)/\(path)") ?? ""
            for match in text.matches(of: /\.[a-zA-Z]+\(\s*"([a-z_]+)"/) where !notKeys.contains(String(match.1)) {
                keys.insert(String(match.1))
            }
        }
        return keys
    }

    @Test("scripts are executable and stop at the first error")
    func scripts() throws {
        let scripts = ["Tests", "examples", "deploy", ".ci"].flatMap(SourceFile.paths)
            .filter { $0.hasSuffix(".sh") || $0 == ".ci/run" }
        try #require(scripts.contains("Tests/run.sh") && scripts.contains("examples/quickstart/run.sh"))
        for path in scripts {
            #expect(access("\(Programs.repository)/\(path)", X_OK) == 0, "\(path) is not executable")
            #expect(Files.read("\(Programs.repository)/\(path)")?.contains("set -euo pipefail") == true, "\(path)")
        }
    }
}
