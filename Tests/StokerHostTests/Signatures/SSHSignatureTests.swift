import StokerCore
import TestSupport
import Testing

@testable import StokerHost

@Suite struct SSHSignatureTests {
    private let week = "2020-06-07T12:00:00Z"

    @Test("every type of key", arguments: ["ed25519", "ecdsa", "rsa"])
    func types(_ type: String) async throws {
        try await SignatureFixture.with { test in
            let alice = try await test.keys.ssh("alice", type: type)
            try test.keys.allow([("alice@example.com,other@example.com", "namespaces=\"git\"", "alice")])
            try await test.push("1", alice)
            let fingerprint = try await test.keys.fingerprint("alice")
            #expect(
                try await test.verdict(test.policy(ssh: true)) == .good(signer: "alice@example.com (\(fingerprint))"))
        }
    }

    @Test("unsigned, a stranger's, the wrong namespace, and no list of ssh keys at all")
    func refusals() async throws {
        try await SignatureFixture.with { test in
            let alice = try await test.keys.ssh("alice")
            let mallory = try await test.keys.ssh("mallory")
            let list = try test.keys.allow([("alice@example.com", "namespaces=\"file\"", "alice")])
            let policy = test.policy(ssh: true)
            try await test.push("1")
            #expect(
                try await test.verdict(policy).objection
                    == "\(try await test.shown()) is not signed: sign it with `git commit -S`, and push again")
            try await test.push("2", mallory)
            let stranger = try await test.keys.fingerprint("mallory")
            #expect(
                try await test.verdict(policy).objection
                    == "\(try await test.shown()) is signed by \(stranger), which is not in \(list): sign it with a key that "
                    + "is, or add that key")
            try await test.push("3", alice)
            let words = "alice@example.com (\(try await test.keys.fingerprint("alice")))"
            #expect(
                try await test.verdict(policy).objection
                    == "\(try await test.shown()) is signed by \(words), whom \(list) does not allow to sign for git: "
                    + "correct its namespaces")
            _ = try await test.keys.openPGP("bob@example.com")
            try await test.keys.keyring("bob@example.com")
            #expect(
                try await test.verdict(test.policy(openPGP: true)).objection.contains("has no allowed_signers_file"))
        }
    }

    @Test("the key's time is that of the commit: expired, not yet valid, and what was signed while it was valid")
    func validity() async throws {
        try await SignatureFixture.with { test in
            let alice = try await test.keys.ssh("alice")
            let list = try test.keys.allow([
                ("alice@example.com", "valid-after=\"20200101\",valid-before=\"20200701\"", "alice")
            ])
            let policy = test.policy(ssh: true)
            let key = try await test.keys.fingerprint("alice")
            try await test.push("1", alice, at: "2019-12-01T12:00:00Z")
            #expect(
                try await test.verdict(policy).objection.contains(
                    "is signed by \(key), whose key is valid from 2020-01-01T00:00:00 on according to \(list)"))
            try await test.push("2", alice, at: week)
            #expect(try await test.verdict(policy).isGood)
            try await test.push("3", alice, at: "2020-08-01T12:00:00Z")
            #expect(
                try await test.verdict(policy).objection.contains(
                    "is signed by \(key), whose key expired on 2020-07-01T00:00:00 according to \(list)"))
        }
    }

    @Test("who holds an expired key cannot date a commit back before what it builds on")
    func backdated() async throws {
        try await SignatureFixture.with { test in
            let alice = try await test.keys.ssh("alice")
            try test.keys.allow([("alice@example.com", "valid-before=\"20200701\"", "alice")])
            let policy = test.policy(ssh: true)
            try await test.push("1", alice, at: week)
            try await test.push("2", at: "2026-01-01T12:00:00Z")
            try await test.push("3", alice, at: "2020-06-08T12:00:00Z")
            #expect(try await test.verdict(policy).objection.contains("more than a day before what it builds on"))
            // While the key is valid, clocks may differ as they like.
            try test.keys.allow([("alice@example.com", "", "alice")])
            #expect(try await test.verdict(policy).isGood)
        }
    }

    @Test("a revoked key, by a list of keys and by a key revocation list; a list that cannot be read")
    func revoked() async throws {
        try await SignatureFixture.with { test in
            let alice = try await test.keys.ssh("alice")
            _ = try await test.keys.ssh("bob")
            try test.keys.allow([("alice@example.com", "", "alice")])
            try await test.push("1", alice)
            let list = test.source.directory("revoked")
            for (key, isGood) in [("bob", true), ("alice", false)] {
                for isKRL in [false, true] {
                    if isKRL {
                        try await Shell.succeed([
                            "ssh-keygen", "-q", "-k", "-f", list, "\(test.keys.directory)/\(key).pub",
                        ])
                    } else {
                        try Files.write("# gone\n\n\(try test.keys.publicKey(key))\n", to: list)
                    }
                    let verdict = try await test.verdict(test.policy(ssh: true, revoked: list))
                    #expect(verdict.isGood == isGood)
                    #expect(isGood || verdict.objection.contains("whose key is revoked by \(list)"), "\(verdict)")
                    try Files.remove(list)
                }
            }
            try Files.write("# none\n\nsomebody\n", to: list)
            #expect(
                try await test.verdict(test.policy(ssh: true, revoked: list)).objection.contains(
                    "unknown: signatures cannot be checked: line 3 of \(list) (revocation_file) is no public key"))
            try Files.write("SSHKRL\n", to: list)
            #expect(
                try await test.verdict(test.policy(ssh: true, revoked: list)).objection.contains(
                    "unknown: \(list) (revocation_file) is damaged"))
        }
    }

    @Test("a changed commit, another commit's signature, one made for files, two of them, and one that is none")
    func forged() async throws {
        try await SignatureFixture.with { test in
            let alice = try await test.keys.ssh("alice")
            try test.keys.allow([("alice@example.com", "", "alice")])
            let policy = test.policy(ssh: true)
            let commit = try await test.push("1", alice)
            #expect(try await test.verdict(policy).isGood)
            let object = try await test.source.git.git("cat-file", "commit", commit) + "\n"
            try await test.pushCommit(object.replacing("message of 1", with: "message of 2"))
            #expect(try await test.verdict(policy).objection.hasPrefix("the signature does not fit commit"))
            let signature = try Self.header(object)
            try await test.push("2")
            let other = try await test.source.git.git("cat-file", "commit", "HEAD") + "\n"
            try await test.pushCommit(other.replacing("\n\n", with: "\n\(signature)\n\n", maxReplacements: 1))
            #expect(try await test.verdict(policy).objection.hasPrefix("the signature does not fit commit"))
            // In the message it is text.
            try await test.pushCommit(other + signature + "\n")
            #expect(try await test.verdict(policy).objection.contains("is not signed"))
            try await test.pushCommit(object.replacing("\n\n", with: "\n\(signature)\n\n", maxReplacements: 1))
            #expect(try await test.verdict(policy).objection.contains("has a signature of a form"))
            try await test.pushCommit(other.replacing("\n\n", with: "\ngpgsig zebra\n\n", maxReplacements: 1))
            #expect(try await test.verdict(policy).objection.contains("has a signature of a form"))
            try await test.pushCommit(
                other.replacing("\n\n", with: "\ngpgsig -----BEGIN SIGNED MESSAGE-----\n\n", maxReplacements: 1))
            #expect(try await test.verdict(policy).objection.contains("X.509"))
            try await forgedForFiles(test, other)
        }
    }

    /// The header with the signature, all its lines.
    private static func header(_ object: String) throws -> Substring {
        let start = try #require(object.firstRange(of: "gpgsig ")).lowerBound
        let end = try #require(object.firstRange(of: "\n\n")).lowerBound
        return object[start..<end]
    }

    private func forgedForFiles(_ test: SignatureFixture, _ object: String) async throws {
        let file = test.source.directory("payload")
        try Files.write(object, to: file)
        try await Shell.succeed([
            "ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f", "\(test.keys.directory)/alice", file,
        ])
        let lines = (Files.read(file + ".sig") ?? "").split(separator: "\n").joined(separator: "\n ")
        try await test.pushCommit(object.replacing("\n\n", with: "\ngpgsig \(lines)\n\n", maxReplacements: 1))
        #expect(
            try await test.verdict(test.policy(ssh: true)).objection.contains("made for something else than git"))
    }

    @Test("a date that no calendar has, and names that would reach a terminal")
    func oddities() async throws {
        try await SignatureFixture.with { test in
            let alice = try await test.keys.ssh("alice")
            try test.keys.allow([("alice@example.com", "", "alice")])
            let commit = try await test.push("1", alice)
            let object = try await test.source.git.git("cat-file", "commit", commit) + "\n"
            let time = String(object.split(separator: "\n").first { $0.hasPrefix("committer") } ?? "")
            try await test.pushCommit(
                object.replacing(time, with: "committer A <a@b> 999999999999999 +0000")
                    .replacing("author Test", with: "author T\u{1b}[31mest"))
            let objection = try await test.verdict(test.policy(ssh: true)).objection
            #expect(objection.contains("by T [31mest <test@example.com> says it was made at an impossible time"))
        }
    }

    @Test("files and programs that are missing: nobody knows, and it is asked again")
    func missing() async throws {
        try await SignatureFixture.with { test in
            let alice = try await test.keys.ssh("alice")
            try await test.push("1", alice)
            let sitting = try await Sitting(test, test.policy(ssh: true))
            let list = "\(test.keys.directory)/allowed_signers"
            #expect(
                try await sitting.verdict().objection
                    == "unknown: signatures cannot be checked: \(list) (allowed_signers_file of source.verify) cannot be read: "
                    + "No such file or directory; put it there, readable for this user")
            try test.keys.allow([("alice@example.com", "", "alice")])
            #expect(try await sitting.verdict().isGood)
            switch await SignatureProgram.run("no-such-program", package: "some-package", [], []) {
            case .success: Issue.record("it ran")
            case .failure(let why):
                #expect(
                    why.message
                        == "signatures cannot be checked: no-such-program was not found on PATH: install some-package")
            }
        }
    }

    @Test("a trust file that changes is heeded at once, in both directions")
    func changes() async throws {
        try await SignatureFixture.with { test in
            let alice = try await test.keys.ssh("alice")
            _ = try await test.keys.ssh("bob")
            try test.keys.allow([("alice@example.com", "", "alice")])
            try await test.push("1", alice)
            let sitting = try await Sitting(test, test.policy(ssh: true))
            #expect(try await sitting.verdict().isGood)
            try test.keys.allow([("bob@example.com", "", "bob")])
            #expect(try await sitting.verdict().objection.contains("is not in"))
            try test.keys.allow([("bob@example.com", "", "bob"), ("alice@example.com", "", "alice")])
            #expect(try await sitting.verdict().isGood)
        }
    }
}
