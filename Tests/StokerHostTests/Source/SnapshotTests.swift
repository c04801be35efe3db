import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

@Suite struct SnapshotTests {
    /// Commits what is in the clone, fetches it and hands out a reader.
    private func reader(_ test: SourceFixture, _ files: [String: String?] = [:]) async throws -> SnapshotReader {
        try await test.git.push(files)
        let source = try test.source()
        _ = try await test.fetched(source)
        return SnapshotReader(source)
    }

    @Test func mergesLayersFileByFile() async throws {
        try await SourceFixture.with { test in
            let reader = try await reader(
                test,
                [
                    "base/prometheus.yml": "base", "base/rules/a.yml": "a", "production/prometheus.yml": "production",
                    "production/rules/b.yml": "b", "other/x": "x",
                ])
            let snapshot = try test.snapshot(reader, ["base", "production"])
            #expect(Set(snapshot.tree.files.keys) == ["prometheus.yml", "rules/a.yml", "rules/b.yml"])
            #expect(try test.text(reader, snapshot, "prometheus.yml") == "production")
            #expect(try test.text(reader, snapshot, "rules/a.yml") == "a")
            #expect(Set(try test.snapshot(reader, ["./base/"]).tree.files.keys) == ["prometheus.yml", "rules/a.yml"])
            #expect(try test.snapshot(reader, ["."]).tree.files.count == 5)
            #expect(try test.snapshot(reader, [""]).content == test.snapshot(reader, ["."]).content)
        }
    }

    @Test func leavesOutDotFilesAndWhatIsExcluded() async throws {
        try await SourceFixture.with { test in
            try await Shell.succeed(["ln", "-s", "/etc/passwd", "\(test.git.work)/.evil"])
            let reader = try await reader(
                test,
                [
                    ".hidden": "1", ".github/workflow.yml": "2", "rules/.a.swp": "3", "README.md": "4",
                    "rules/a.yml": "5",
                ])
            #expect(Set(try test.snapshot(reader, exclude: [".md"]).tree.files.keys) == ["rules/a.yml"])
            #expect(Set(try test.snapshot(reader).tree.files.keys) == ["rules/a.yml", "README.md"])
        }
    }

    @Test func keepsTheExecutableBit() async throws {
        try await SourceFixture.with { test in
            try Files.write("#!/bin/sh", to: "\(test.git.work)/run.sh")
            try await Shell.succeed(["chmod", "+x", "\(test.git.work)/run.sh"])
            let reader = try await reader(test, ["a": "1"])
            let tree = try test.snapshot(reader).tree
            #expect(tree["run.sh"]?.executable == true)
            #expect(tree["a"]?.executable == false)
        }
    }

    @Test func contentIsTheSameAfterARevertAndInAnotherFolder() async throws {
        try await SourceFixture.with { test in
            let reader = try await reader(test, ["staging/a": "1", "staging/b/c": "2"])
            let source = try test.source()
            let first = try test.snapshot(reader, ["staging"])
            #expect(first.content.rawValue.count == 64)
            try await test.git.push(["staging/a": "3"])
            _ = try await test.fetched(source)
            let second = try test.snapshot(reader, ["staging"])
            #expect(second.content != first.content)
            try await test.git.revert()
            _ = try await test.fetched(source)
            let third = try test.snapshot(SnapshotReader(source), ["staging"])
            #expect(third.content == first.content)
            #expect(third.revision != first.revision)
            try await test.git.push(["copy/a": "1", "copy/b/c": "2"])
            _ = try await test.fetched(source)
            #expect(try test.snapshot(reader, ["copy"]).content == first.content)
        }
    }

    @Test func contentIsTheHashOfTheListing() async throws {
        try await SourceFixture.with { test in
            let reader = try await reader(test, ["b": "hello\n", "a/c": ""])
            try Data(
                "100644 e69de29bb2d1d6434b8b29ae775ad8c2e48c5391 a/c\0100644 ce013625030ba8dba906f756967f9e9ca394464a b\0"
                    .utf8
            ).write(to: URL(fileURLWithPath: test.directory("listing")))
            let digest = try await Shell.succeed(["sha256sum", test.directory("listing")]).prefix(64)
            #expect(try test.snapshot(reader).content.rawValue == digest)
        }
    }

    @Test func whatDidNotChangeIsNotWalkedAgain() async throws {
        try await SourceFixture.with { test in
            let reader = try await reader(test, ["staging/a": "1", "production/a": "1"])
            let source = try test.source()
            let first = try test.snapshot(reader, ["staging"])
            for _ in 0..<5 { #expect(try test.snapshot(reader, ["staging"]) == first) }
            #expect(reader.walks == 1)
            try await test.git.push(["production/a": "2"])
            _ = try await test.fetched(source)
            let moved = try test.snapshot(reader, ["staging"])
            #expect(moved.content == first.content)
            #expect(moved.revision != first.revision)
            #expect(reader.walks == 1)
            _ = try test.snapshot(reader, ["staging"], exclude: ["x"])
            #expect(reader.walks == 2)
            try await test.git.push(["staging/a": "2"])
            _ = try await test.fetched(source)
            _ = try test.snapshot(reader, ["staging"])
            #expect(reader.walks == 3)
        }
    }

    @Test func aRefusalIsRememberedToo() async throws {
        try await SourceFixture.with { test in
            try await Shell.succeed(["ln", "-s", "/etc/passwd", "\(test.git.work)/link"])
            let reader = try await reader(test, ["a": "1"])
            for _ in 0..<3 {
                #expect(try test.findings(reader) == ["link: this link is absolute (/etc/passwd): make it relative"])
            }
            #expect(reader.walks == 1)
        }
    }

    @Test func aFileAgainstAFolderIsRefused() async throws {
        try await SourceFixture.with { test in
            let reader = try await reader(
                test, ["base/rules": "file", "production/rules/a.yml": "a", "production/rules/b.yml": "b"])
            let expected = ["base/rules: this is a file, but production/rules is a folder: layers cannot be merged"]
            #expect(try test.findings(reader, ["base", "production"]) == expected)
            #expect(try test.findings(reader, ["production", "base"]) == expected)
        }
    }

    @Test func absentAndEmptyFoldersAreRefused() async throws {
        try await SourceFixture.with { test in
            let reader = try await reader(test, ["a": "1", "docs/.keep": ""])
            #expect(
                try test.findings(reader, ["absent"]) == [
                    "absent: this folder does not exist in the repository: check path"
                ])
            #expect(try test.findings(reader, ["a"]) == ["a: this is not a folder: check path"])
            #expect(
                try test.findings(reader, ["docs"]) == [
                    "docs: there are no files to deploy here: check path and exclude"
                ])
            #expect(try test.findings(reader, ["../x"]).count == 1)
        }
    }

    @Test func submodulesAndPointersAreRefused() async throws {
        try await SourceFixture.with { test in
            let commit = try await test.git.push(["a": "1"])
            try await test.git.git("update-index", "--add", "--cacheinfo", "160000,\(commit),env/vendor/sub")
            try await test.git.git("commit", "-q", "-m", "submodule")
            let pointer =
                "version https://git-lfs.github.com/spec/v1\noid sha256:\(String(repeating: "a", count: 64))\nsize 12345\n"
            try Files.write(pointer, to: "\(test.git.work)/env/big.yml")
            try await test.git.git("add", "env/big.yml")
            try await test.git.git("commit", "-q", "-m", "pointer")
            try await test.git.git("push", "-q", "origin", "HEAD:main")
            let source = try test.source()
            _ = try await test.fetched(source)
            let reader = SnapshotReader(source)
            #expect(
                try test.findings(reader, ["env"]) == [
                    "env/big.yml: this is a Git LFS pointer, not the file: store configuration without LFS or exclude it",
                    "env/vendor/sub: submodules cannot be deployed: copy the files or exclude it",
                ])
        }
    }

    @Test func filesAreLookedIntoOnce() async throws {
        try await SourceFixture.with { test in
            let long = String(repeating: "x", count: 500)
            let reader = try await reader(test, ["a": long, "b": long + "b", "c": String(repeating: "y", count: 2000)])
            _ = try test.snapshot(reader)
            #expect(reader.filesRead == 2)
            try await test.git.push(["a": long + "a"])
            _ = try await test.fetched(try test.source())
            _ = try test.snapshot(reader)
            #expect(reader.filesRead == 3)
        }
    }
}
