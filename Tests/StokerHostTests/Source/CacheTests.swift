import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

@Suite struct CacheTests {
    @Test func oneCacheForEachRepositoryAndUser() throws {
        func cache(_ url: String, _ access: HTTPAccess = HTTPAccess()) -> String {
            let configuration = SourceConfiguration(
                url: url, ref: .branch("main"), timeout: .seconds(1), http: access, onRewrite: .hold)
            return GitSource(configuration, refs: [], storage: "/s").cache
        }
        let basic = HTTPAccess(basicAuth: HTTPAccess.BasicAuth(username: "a", password: .file("/f")))
        #expect(cache("https://h/x").hasPrefix("/s/git/"))
        #expect(cache("https://h/x") == cache("https://h/x"))
        #expect(Set([cache("https://h/x"), cache("https://h/y"), cache("https://h/x", basic)]).count == 3)
    }

    @Test func leftoversOfAKilledFetchAreRemoved() async throws {
        try await SourceFixture.with { test in
            try await test.git.push(["a": "1"])
            let source = try test.source()
            _ = try await test.fetched(source)
            let leftovers = [
                "refs/stoker/heads/main.lock", "HEAD.lock", "packed-refs.lock", "objects/pack/tmp_pack_x",
                "objects/pack/pack_git2_x",
            ]
            for path in leftovers { try Files.write("", to: "\(source.cache)/\(path)") }
            try Files.write("", to: "\(source.cache).new/HEAD")
            let commit = try await test.git.push(["a": "2"])
            let report = try await test.fetched(source)
            #expect(report.refs[0].commit == CommitID(commit))
            #expect(!report.rebuilt)
            for path in leftovers { #expect(!Files.exists("\(source.cache)/\(path)")) }
            #expect(!Files.exists("\(source.cache).new"))
        }
    }

    @Test(arguments: ["refs/stoker/heads/main", "config"])
    func aBrokenCacheIsMadeAnew(_ file: String) async throws {
        try await SourceFixture.with { test in
            let commit = try await test.git.push(["a": "1"])
            let source = try test.source()
            _ = try await test.fetched(source)
            try Files.write(file == "config" ? "[core" : "", to: "\(source.cache)/\(file)")
            let report = try await test.fetched(source)
            #expect(report.rebuilt)
            #expect(report.refs[0].commit == CommitID(commit))
            #expect(try await !test.fetched(source).rebuilt)
        }
    }

    @Test func aCacheWithoutItsPacksIsMadeAnew() async throws {
        try await SourceFixture.with { test in
            try await test.git.push(["a": "1"])
            let source = try test.source()
            _ = try await test.fetched(source)
            try Files.remove("\(source.cache)/objects")
            try Files.makeDirectory("\(source.cache)/objects/pack")
            #expect(try await test.fetched(source).rebuilt)
            #expect(try test.snapshot(SnapshotReader(source)).tree.files.count == 1)
        }
    }

    @Test func aReaderThatMissesAnObjectHasTheCacheMadeAnew() async throws {
        try await SourceFixture.with { test in
            let commit = try await test.git.push(["a": "1", "b/c": "2"])
            let source = try test.source()
            _ = try await test.fetched(source)
            // Take the pack apart and lose one file of it: the commit is still there.
            let packs = try FileManager.default.contentsOfDirectory(atPath: "\(source.cache)/objects/pack").filter {
                $0.hasSuffix(".pack")
            }
            let pack = try #require(packs.first)
            try await Shell.succeed([
                "sh", "-c",
                "cd \"$0\" && mv objects/pack/\(pack) ../p && rm -f objects/pack/* && git unpack-objects -q < ../p",
                source.cache,
            ])
            let blob = try await test.git.git("rev-parse", "\(commit):b/c")
            try Files.remove("\(source.cache)/objects/\(blob.prefix(2))/\(blob.dropFirst(2))")
            let reader = SnapshotReader(source)
            let error = #expect(throws: SourceFailure.self) { try test.snapshot(reader) }
            #expect(error?.failure.reason == .fetchFailed)
            #expect(error?.failure.kind == .environmental)
            #expect(error?.failure.message.contains("is damaged and is made anew by the next fetch") == true)
            #expect(try await test.fetched(source).rebuilt)
            let snapshot = try test.snapshot(reader)
            #expect(try test.text(reader, snapshot, "b/c") == "2")
        }
    }

    @Test func aPackThatWasCutShortIsFetchedAnew() async throws {
        try await SourceFixture.with { test in
            let commit = try await test.git.push(["a": String(repeating: "line\n", count: 1000), "b": "2"])
            let source = try test.source()
            _ = try await test.fetched(source)
            let folder = "\(source.cache)/objects/pack"
            let pack = try #require(
                try FileManager.default.contentsOfDirectory(atPath: folder).first { $0.hasSuffix(".pack") })
            chmod("\(folder)/\(pack)", 0o644)
            truncate("\(folder)/\(pack)", 40)
            // Whoever meets it first: the reader, which leaves a mark, or the next fetch.
            let reader = SnapshotReader(source)
            #expect(throws: SourceFailure.self) { try test.snapshot(reader) }
            #expect(try await test.fetched(source).rebuilt)
            #expect(try test.snapshot(reader).revision.commit == CommitID(commit))
        }
    }

    @Test(
        "of another user, or with files of another user in it: made anew beside it",
        arguments: ["", "/refs", "/objects/pack"])
    func somebodyElses(_ part: String) async throws {
        try #require(geteuid() == 0, "this test changes owners: it must be run as root")
        try await SourceFixture.with { test in
            let commit = try await test.git.push(["a": "1"])
            let daemon: [String] = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
            let source = try test.source()
            _ = try await test.fetched(source)
            try await Shell.succeed(["chown", "-R", "65534:65534", test.directory.path])
            // What a command as root left.
            try await Shell.succeed(["chown", "-R", "root:root", "\(source.cache)\(part)"])
            try await Shell.succeed(["chmod", "-R", "go-rwx", "\(source.cache)\(part)"])
            let wrapper = test.directory("stoker")
            try await Files.writeProgram(
                "#!/bin/sh\nexec \(daemon.joined(separator: " ")) \(source.executable) \"$@\"\n", to: wrapper)
            let ours = GitSource(
                source.configuration, refs: source.refs, storage: test.directory("storage"), executable: wrapper)
            let report = try await test.fetched(ours)
            #expect(report.refs[0].commit == CommitID(commit))
            let again = try await test.fetched(ours)
            #expect(!again.rebuilt || !report.rebuilt)
            var status = stat()
            #expect(lstat(source.cache, &status) == 0 && status.st_uid == 65534)
            #expect(try test.snapshot(SnapshotReader(ours)).tree.files.count == 1)
        }
    }

    @Test func aFailedRebuildLeavesTheOldCache() async throws {
        try await SourceFixture.with { test in
            let commit = try await test.git.push(["a": "1"])
            let source = try test.source()
            _ = try await test.fetched(source)
            try Files.write("", to: "\(source.cache).damaged")
            try Files.remove(test.git.bare)
            _ = try await test.failed(source)
            let reader = SnapshotReader(source)
            #expect(try reader.revision(of: .branch("main")).commit == CommitID(commit))
            #expect(try test.snapshot(reader).tree.files.count == 1)
        }
    }

    @Test func anotherRepositoryAtTheSamePlaceIsFollowed() async throws {
        try await SourceFixture.with { test in
            let old = try await test.git.push(["a": "1"])
            let source = try test.source()
            _ = try await test.fetched(source)
            try Files.remove(test.git.bare)
            try Files.remove(test.git.work)
            let other = try await GitRepository(in: test.directory.path)
            let new = try await other.push(["z": "1"])
            #expect(try await test.fetched(source).refs[0].commit == CommitID(new))
            #expect(try SnapshotReader(source).relation(of: CommitID(new), to: CommitID(old)) == .unrelated)
        }
    }

    @Test func theConfigurationOfTheMachineIsLeftOut() async throws {
        try await SourceFixture.with { test in
            try await test.git.push(["a": "1"])
            // With git's own rules this would send every fetch elsewhere, and stop at the broken section.
            try Files.write(
                "[url \"/nonexistent/\"]\n\tinsteadOf = /\n[core\n",
                to: test.directory("home/.gitconfig"))
            let environment = [
                "HOME": test.directory("home"), "XDG_CONFIG_HOME": test.directory("home"), "PATH": "/usr/bin:/bin",
            ]
            let child = try await ChildUnderTest(try test.source(), environment: environment)
            defer { child.stop() }
            #expect(try child.output(until: "}\n{\"f").contains("{\"fetched\""))
        }
    }

    @Test func bytesAreOnlyHandedOutWithinTheLimit() async throws {
        try await SourceFixture.with { test in
            try await test.git.push(["a": "12345"])
            let source = try test.source()
            _ = try await test.fetched(source)
            let reader = SnapshotReader(source)
            let blob = try #require(try test.snapshot(reader).tree["a"]).blob
            #expect(try reader.bytes(of: blob, limit: 5).count == 5)
            #expect(throws: BlobUnavailable.self) { try reader.bytes(of: blob, limit: 4) }
            #expect(throws: BlobUnavailable.self) { try reader.bytes(of: BlobID("nonsense"), limit: 4) }
            #expect(throws: BlobUnavailable.self) {
                try reader.bytes(of: BlobID(String(repeating: "1", count: 40)), limit: 4)
            }
        }
    }
}
