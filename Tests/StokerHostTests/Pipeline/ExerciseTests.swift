import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// Which files an upstream has exercised that change here, told from a history that git made.
@Suite struct ExerciseTests {
    private static let both = ["staging", "production"]

    /// Both get the same version number, each in its own words.
    private static func versions(_ number: Int) -> [String: String] {
        Dictionary(uniqueKeysWithValues: both.map { ($0, "\(number)") })
    }

    // MARK: One commit after the other

    @Test("what changes here alone is not exercised, whatever came along in the same file before or after it")
    func alone() async throws {
        try await ExerciseFixture.with { ground in
            let base = try await ground.push(Self.versions(1))
            let common = try await ground.push(Self.versions(2))
            let alone = try await ground.push(["production": "3"])
            let after = try await ground.push(Self.versions(4))
            let other = try await ground.push(Self.versions(1), of: "rules/b.yml")
            #expect(try await ground.left(base, common) == [])
            #expect(try await ground.left(base, alone) == ["rules/a.yml"])
            #expect(try await ground.left(common, alone) == ["rules/a.yml"])
            // A change that goes both ways does not wash the one before it.
            #expect(try await ground.left(base, after) == ["rules/a.yml"])
            #expect(try await ground.left(base, other) == ["rules/a.yml"])
            #expect(try await ground.left(alone, other) == [])
            #expect(try await ground.left(base, base) == [])
        }
    }

    @Test("the same bytes as in the upstream are exercised, whenever each of them came")
    func promotionByCopy() async throws {
        try await ExerciseFixture.with { ground in
            let base = try await ground.push(Self.versions(1))
            let staged = try await ground.push(files: ["staging/rules/a.yml": "2\n", "staging/rules/new.yml": "2\n"])
            let copied = try await ground.push(files: [
                "production/rules/a.yml": "2\n", "production/rules/new.yml": "2\n",
            ])
            let further = try await ground.push(files: ["staging/rules/a.yml": "3\n"])
            for old in [base, staged] { #expect(try await ground.left(old, copied) == []) }
            // By then staging runs something else.
            #expect(try await ground.left(base, further) == ["rules/a.yml"])
        }
    }

    @Test("what was taken back upstream is not exercised, and what was taken back here is no change")
    func revert() async throws {
        try await ExerciseFixture.with { ground in
            let base = try await ground.push(Self.versions(1))
            let common = try await ground.push(Self.versions(2))
            let stagingBack = try await ground.push(["staging": "1"])
            let allBack = try await ground.push(["production": "1"])
            #expect(try await ground.left(base, common) == [])
            #expect(try await ground.left(base, stagingBack) == ["rules/a.yml"])
            #expect(try await ground.left(base, allBack) == [])
            #expect(try await ground.left(common, allBack) == ["rules/a.yml"])
        }
    }

    @Test("a file that is deleted here is exercised where the upstream had it once and has it no more")
    func deletion() async throws {
        try await ExerciseFixture.with { ground in
            for name in ["kept", "own", "both", "earlier"] {
                _ = try await ground.push(name == "own" ? ["production": "1"] : Self.versions(1), of: "\(name).yml")
            }
            let base = try await ground.push(files: ["staging/earlier.yml": nil])
            let new = try await ground.push(
                files: Dictionary(
                    uniqueKeysWithValues: ["kept", "own", "both", "earlier"].map { ("production/\($0).yml", nil) }
                        + [("staging/both.yml", nil), ("production/rest.yml", "1"), ("staging/rest.yml", "2")]))
            #expect(try await ground.left(base, new) == ["kept.yml", "own.yml"])
        }
    }

    // MARK: Histories

    @Test("a merge counts as one commit, and what runs may be the branch that was merged")
    func merge() async throws {
        try await ExerciseFixture.with { ground in
            let git = ground.source.git
            let base = try await ground.push(Self.versions(1))
            try await git.git("checkout", "-q", "-b", "topic")
            _ = try await ground.push(Self.versions(2))
            let topic = try await ground.push(["production": "3"])
            try await git.git("checkout", "-q", "main")
            _ = try await ground.push(files: ["production/rules/main.yml": "1\n"])
            let main = try await ground.push(Self.versions(1), of: "rules/both.yml")
            try await git.git("merge", "-q", "--no-ff", "-m", "merge", "topic")
            let merged = try await ground.push()
            #expect(try await ground.left(base, merged) == ["rules/main.yml"])
            #expect(try await ground.left(main, merged) == [])
            #expect(try await ground.left(topic, merged) == ["rules/main.yml"])
            #expect(try await ground.left(base, topic) == ["rules/a.yml"])
        }
    }

    @Test("where what runs is not in the history any more, only what came after the common part is told from it")
    func rewritten() async throws {
        try await ExerciseFixture.with { ground in
            // The first commit brings the file to both: that is no evidence for going back to it.
            let base = try await ground.push(Self.versions(1))
            let lost = try await ground.push(Self.versions(2))
            _ = try await ground.unexercised(base, lost)
            try await ground.source.git.git("reset", "-q", "--hard", base)
            _ = try await ground.push(Self.versions(1), of: "rules/b.yml")
            let new = try await ground.push()
            #expect(try await ground.left(lost, new) == ["rules/a.yml"])
            #expect(try await ground.left(base, new) == [])
            // Nor where nobody knows what runs; and that is no damage of the cache.
            let unknown = String(repeating: "1", count: 40)
            #expect(try await ground.left(unknown, new) == ["rules/a.yml", "rules/b.yml"])
            #expect(!Files.exists("\(try ground.source.source().cache).damaged"))
        }
    }

    @Test("a change that lies too far back is not exercised", arguments: [(499, []), (500, ["rules/a.yml"])])
    func horizon(_ later: Int, _ expected: [String]) async throws {
        try await ExerciseFixture.with { ground in
            let base = try await ground.push(Self.versions(1))
            _ = try await ground.push(Self.versions(2))
            // Without a change, made all at once.
            let commits = (1...later).map { number in
                "commit refs/heads/main\ncommitter T <t@example.com> \(1_800_000_000 + number) +0000\ndata 0\n"
                    + (number == 1 ? "from refs/heads/main^0\n" : "")
            }
            let stream = ground.source.directory("stream")
            try Files.write(commits.joined(), to: stream)
            try await Shell.succeed(
                ["sh", "-c", "git fast-import --quiet < \(stream)"], directory: ground.source.git.work)
            let new = try await ground.push()
            #expect(try await ground.left(base, new) == expected)
        }
    }

    // MARK: Environments

    @Test("each upstream stands for itself")
    func several() async throws {
        try await ExerciseFixture.with(after: "{ any: [staging, canary] }") { ground in
            let base = try await ground.push(["staging": "1", "canary": "1", "production": "1"])
            let canary = try await ground.push(["canary": "2", "production": "2"])
            let alone = try await ground.push(["production": "1"], of: "rules/own.yml")
            #expect(try await ground.unexercised(base, canary) == ["staging": ["rules/a.yml"]])
            #expect(
                try await ground.unexercised(base, alone)
                    == ["staging": ["rules/a.yml", "rules/own.yml"], "canary": ["rules/own.yml"]])
        }
    }

    @Test("an upstream without content has exercised nothing")
    func noContent() async throws {
        try await ExerciseFixture.with(after: "[staging, canary]") { ground in
            let base = try await ground.push(Self.versions(1))
            let new = try await ground.push(Self.versions(2))
            #expect(try await ground.unexercised(base, new) == ["canary": ["rules/a.yml"]])
        }
    }

    @Test("layers, what is left out and what links lead to count as they are deployed")
    func layers() async throws {
        let layers = ["staging": ["base", "staging"], "production": ["base", "production"]]
        try await ExerciseFixture.with(layers: layers, extra: ["exclude: [left-out.yml]"]) { ground in
            for (name, other) in [("staging", "one"), ("production", "two")] {
                try Files.makeDirectory("\(ground.source.git.work)/\(name)")
                for link in ["common", "own"] {
                    try await Shell.succeed(
                        ["ln", "-s", "../\(other)/\(link)", "\(ground.source.git.work)/\(name)/\(link).yml"])
                }
            }
            var files: [String: String?] = ["base/shared.yml": "1", "base/over.yml": "1", "production/over.yml": "p1"]
            for path in ["one/common", "one/own", "two/common", "two/own"] { files[path] = path }
            for name in Self.both { files["\(name)/left-out.yml"] = name }
            let base = try await ground.push(files: files)
            let new = try await ground.push(files: [
                "base/shared.yml": "2", "base/over.yml": "2", "production/over.yml": "p2",
                "staging/left-out.yml": "2", "production/left-out.yml": "p2",
            ])
            #expect(try await ground.left(base, new) == ["left-out.yml"])
            // The folders stay as they are: what changes lies behind the links.
            let behind = try await ground.push(files: ["one/common": "s2", "two/common": "p2", "two/own": "p2"])
            #expect(try await ground.left(new, behind) == ["own.yml"])
            let over = try await ground.push(files: ["production/over.yml": "p3"])
            #expect(try await ground.left(behind, over) == ["over.yml"])
            // Staging never had it, so it goes here alone.
            let gone = try await ground.push(files: ["staging/left-out.yml": nil, "production/left-out.yml": nil])
            #expect(try await ground.left(over, gone) == ["left-out.yml"])
        }
    }

    @Test("a walk through the history makes no snapshots, and where nothing changes there is none")
    func cost() async throws {
        try await ExerciseFixture.with { ground in
            let base = try await ground.push(Self.versions(1))
            var newest = base
            for number in 2...20 { newest = try await ground.push(Self.versions(number)) }
            #expect(try await ground.left(base, newest) == [])
            // Production as it was and as it will be, and staging as it will be.
            #expect(ground.feed.reader.walks == 3)
            let words = try await ground.push(files: ["README.md": "words\n"])
            #expect(try await ground.left(newest, words) == [])
            #expect(ground.feed.reader.walks == 3)
        }
    }
}
