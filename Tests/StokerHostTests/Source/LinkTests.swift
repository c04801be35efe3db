import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

@Suite struct LinkTests {
    private func reader(_ test: SourceFixture, _ files: [String: String?], links: [String: String]) async throws
        -> SnapshotReader
    {
        for (path, target) in links {
            let place = "\(test.git.work)/\(path)"
            try Files.makeDirectory((place as NSString).deletingLastPathComponent)
            try await Shell.succeed(["ln", "-s", target, place])
        }
        try await test.git.push(files)
        let source = try test.source()
        _ = try await test.fetched(source)
        return SnapshotReader(source)
    }

    @Test func linksToFilesBecomeTheFiles() async throws {
        try await SourceFixture.with { test in
            let reader = try await reader(
                test, ["shared/deep/rules.yml": "shared", "env/a.yml": "a"],
                links: [
                    "env/same.yml": "a.yml", "env/rules/up.yml": "../../shared/deep/rules.yml",
                    "env/chain.yml": "rules/up.yml",
                    "alias": "shared/deep", "env/through.yml": "./..//alias/rules.yml",
                ])
            let snapshot = try test.snapshot(reader, ["env"])
            #expect(Set(snapshot.tree.files.keys) == ["a.yml", "same.yml", "rules/up.yml", "chain.yml", "through.yml"])
            #expect(try test.text(reader, snapshot, "same.yml") == "a")
            for path in ["rules/up.yml", "chain.yml", "through.yml"] {
                #expect(try test.text(reader, snapshot, path) == "shared")
            }
        }
    }

    @Test(arguments: [
        ("/etc/passwd", "is absolute (/etc/passwd): make it relative"),
        ("absent.yml", "leads to nothing in the repository"),
        ("../../outside", "leads out of the repository"),
        ("../shared", "leads to a folder: only links to files can be deployed"),
        ("..", "leads to a folder: only links to files can be deployed"),
        ("a.yml/b", "leads through something that is no folder"),
        ("link.yml", "leads through more than 16 links"),
        ("../.git/config", "has a target with an impossible name"),
    ])
    func otherLinksAreRefused(_ target: String, _ why: String) async throws {
        try await SourceFixture.with { test in
            let reader = try await reader(test, ["env/a.yml": "a", "shared/x": "x"], links: ["env/link.yml": target])
            #expect(try test.findings(reader, ["env"]) == ["env/link.yml: this link \(why)"])
        }
    }

    @Test func aChangeBehindALinkIsSeen() async throws {
        try await SourceFixture.with { test in
            let reader = try await reader(
                test, ["shared/x": "1", "other": "1", "env/a": "a"], links: ["env/x": "../shared/x"])
            let source = try test.source()
            let first = try test.snapshot(reader, ["env"])
            try await test.git.push(["other": "2"])
            _ = try await test.fetched(source)
            #expect(try test.snapshot(reader, ["env"]).content == first.content)
            #expect(reader.walks == 1)
            try await test.git.push(["shared/x": "2"])
            _ = try await test.fetched(source)
            let second = try test.snapshot(reader, ["env"])
            #expect(second.content != first.content)
            #expect(try test.text(reader, second, "x") == "2")
        }
    }

    @Test func aLinkToAPointerOrASubmoduleIsRefused() async throws {
        try await SourceFixture.with { test in
            let pointer =
                "version https://git-lfs.github.com/spec/v1\noid sha256:\(String(repeating: "a", count: 64))\nsize 1\n"
            let reader = try await reader(
                test, ["shared/big": pointer, "env/a": "a"], links: ["env/big": "../shared/big"])
            #expect(
                try test.findings(reader, ["env"]) == [
                    "env/big: this is a Git LFS pointer, not the file: store configuration without LFS or exclude it"
                ])
        }
    }
}
