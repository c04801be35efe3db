import Git
import TestSupport
import Testing

/// What a signature covers: exactly what git says it does.
@Suite struct SignedObjectTests {
    private static let person = "A <a@b> 1700000000 +0000"

    /// Writes a commit of these header lines, without git's checks.
    private func write(_ lines: [String], _ message: String, _ test: TestRepository) async throws -> ObjectID {
        let tree = try await test.git.git("--git-dir=\(test.git.bare)", "hash-object", "-t", "tree", "-w", "/dev/null")
        let text = (["tree \(tree)", "author \(Self.person)", "committer \(Self.person)"] + lines).joined(
            separator: "\n")
        let file = test.directory("object")
        try Files.write(text + "\n\n" + message, to: file)
        return try test.id(
            await test.git.git("--git-dir=\(test.git.bare)", "hash-object", "-t", "commit", "--literally", "-w", file))
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func takesTheSignatureOutOfTheHeader() async throws {
        try await TestRepository.with { test in
            let id = try await write(
                ["gpgsig BEGIN", " one", " ", " END", "encoding x", "gpgsig-sha256 other", " more", "x y", " z"],
                "message\ngpgsig text\n", test)
            let signed = try test.open().signedCommit(id)
            #expect(text(signed.signature) == "BEGIN\none\n\nEND\n")
            #expect(text(signed.payload).hasSuffix("\nencoding x\nx y\n z\n\nmessage\ngpgsig text\n"))
            #expect(text(signed.payload).hasPrefix("tree "))
        }
    }

    @Test func aMessageHoldsNoSignatureAndTwoHeadersAreJoined() async throws {
        try await TestRepository.with { test in
            let unsigned = try await write([], "gpgsig BEGIN\n END\n\u{0}tail\n", test)
            let object = try test.open().signedCommit(unsigned)
            #expect(object.signature.isEmpty)
            #expect(text(object.payload).hasSuffix("\n\ngpgsig BEGIN\n END\n\u{0}tail\n"))
            let twice = try await write(["gpgsig a", " b", "gpgsig c", " d"], "m\n", test)
            #expect(text(try test.open().signedCommit(twice).signature) == "a\nb\nc\nd\n")
        }
    }

    @Test func readsAnnotatedTagsAndNothingElse() async throws {
        try await TestRepository.with { test in
            let commit = try await test.git.push(["a": "1"])
            let block = "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n"
            let head = "object \(commit)\ntype commit\ntag v1.0.0\ntagger \(Self.person)\n\n\(block)text\n"
            try Files.write(head + block, to: test.directory("tag"))
            let id = try test.id(
                await test.git.git(
                    "--git-dir=\(test.git.bare)", "hash-object", "-t", "tag", "--literally", "-w", test.directory("tag")
                ))
            let tag = try #require(try test.open().annotatedTag(id))
            #expect(tag.name == "v1.0.0")
            #expect(
                tag.tagger?.name == "A" && tag.tagger?.email == "a@b" && tag.tagger?.secondsSince1970 == 1_700_000_000)
            #expect(text(tag.signed.payload) == head)
            #expect(text(tag.signed.signature) == block)
            #expect(try test.open().annotatedTag(try test.id(commit)) == nil)
            #expect(throws: GitError.self) { try test.open().signedCommit(id) }
            #expect(throws: GitError.self) {
                try test.open().annotatedTag(try test.id(String(repeating: "1", count: 40)))
            }
        }
    }

    @Test func refusesWhatIsTooLarge() async throws {
        try await TestRepository.with { test in
            let id = try await write([], String(repeating: "x", count: 1 << 20), test)
            let error = #expect(throws: GitError.self) { try test.open().signedCommit(id) }
            #expect(error?.code == .limit)
        }
    }
}
