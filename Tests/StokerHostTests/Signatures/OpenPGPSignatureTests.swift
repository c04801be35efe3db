import StokerCore
import TestSupport
import Testing

@testable import StokerHost

@Suite struct OpenPGPSignatureTests {
    @Test(
        "keyrings as gpg writes them, binary and armoured, and kinds of keys", arguments: [false, true],
        ["ed25519", "rsa2048"])
    func good(_ armoured: Bool, _ algorithm: String) async throws {
        try await SignatureFixture.with { test in
            let alice = try await test.keys.openPGP("alice@example.com", algorithm: algorithm)
            _ = try await test.keys.openPGP("bob@example.com")
            try await test.keys.keyring("bob@example.com", "alice@example.com", armoured: armoured)
            try await test.push("1", alice)
            guard case .good(let signer) = try await test.verdict(test.policy(openPGP: true)) else {
                throw TestFailure("\(try await test.verdict(test.policy(openPGP: true)))")
            }
            #expect(signer.hasPrefix("alice <alice@example.com> ("))
        }
    }

    @Test("a stranger's, unsigned, changed, another commit's, and no keyring at all")
    func refusals() async throws {
        try await SignatureFixture.with { test in
            let alice = try await test.keys.openPGP("alice@example.com")
            let mallory = try await test.keys.openPGP("mallory@example.com")
            let ring = try await test.keys.keyring("alice@example.com")
            let policy = test.policy(openPGP: true)
            try await test.push("1", mallory)
            let stranger = try await test.verdict(policy).objection
            #expect(stranger.contains("is signed by the OpenPGP key ") && stranger.contains("which is not in \(ring)"))
            try await test.push("2")
            #expect(try await test.verdict(policy).objection.contains("is not signed"))
            let commit = try await test.push("3", alice)
            let object = try await test.source.git.git("cat-file", "commit", commit) + "\n"
            try await test.pushCommit(object.replacing("message of 3", with: "message of 4"))
            let shown = try await test.shown()
            #expect(
                try await test.verdict(policy).objection.hasPrefix(
                    "the signature by alice <alice@example.com> does not fit \(shown): it was changed"))
            _ = try await test.keys.ssh("bob")
            try test.keys.allow([("bob@example.com", "", "bob")])
            #expect(try await test.verdict(test.policy(ssh: true)).objection.contains("has no keyring_file"))
        }
    }

    @Test("an expired key, and a revoked one")
    func bygone() async throws {
        try await SignatureFixture.with { test in
            let old = try await test.keys.openPGP("old@example.com", expires: "2d", clock: "20200101T000000")
            let gone = try await test.keys.openPGP("gone@example.com")
            try await test.push("1", old, at: "2020-01-01T12:00:00Z")
            let ring = try await test.keys.keyring()
            let expired = try await test.verdict(test.policy(openPGP: true)).objection
            #expect(
                expired.contains("by old <old@example.com> (") && expired.contains("whose key expired on 2020-01-03"))
            try await test.push("2", gone)
            #expect(try await test.verdict(test.policy(openPGP: true)).isGood)
            try await test.keys.revoke("gone@example.com")
            try await test.keys.keyring()
            let revoked = try await test.verdict(test.policy(openPGP: true)).objection
            #expect(
                revoked.contains("by gone <gone@example.com> (") && revoked.contains("whose key is revoked in \(ring)"))
        }
    }

    @Test("a signed message is no signature of the commit it is pasted into")
    func signedMessage() async throws {
        try await SignatureFixture.with { test in
            _ = try await test.keys.openPGP("alice@example.com")
            try await test.keys.keyring("alice@example.com")
            try Files.write("anything\n", to: test.source.directory("text"))
            for kind in ["--sign", "--detach-sign"] {
                try await test.keys.gpg(
                    "--yes", "--armor", "-u", "alice@example.com", "--output", test.source.directory("text.asc"), kind,
                    test.source.directory("text"))
                let armour = (Files.read(test.source.directory("text.asc")) ?? "")
                    .replacing("PGP MESSAGE", with: "PGP SIGNATURE")
                    .split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\n ")
                try await test.push(kind)
                let object = try await test.source.git.git("cat-file", "commit", "HEAD") + "\n"
                try await test.pushCommit(object.replacing("\n\n", with: "\ngpgsig \(armour)\n\n", maxReplacements: 1))
                let objection = try await test.verdict(test.policy(openPGP: true)).objection
                #expect(
                    objection.contains(kind == "--sign" ? "is not one detached signature" : "does not fit"),
                    "\(objection)")
            }
        }
    }

    @Test("a keyring that is none")
    func badRing() async throws {
        try await SignatureFixture.with { test in
            let alice = try await test.keys.openPGP("alice@example.com")
            try await test.push("1", alice)
            let ring = "\(test.keys.directory)/keyring.gpg"
            for text in ["", "hello", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n"] {
                try Files.write(text, to: ring)
                #expect(
                    try await test.verdict(test.policy(openPGP: true)).objection.contains(
                        "unknown: signatures cannot be checked: \(ring) (keyring_file) holds no OpenPGP public keys"))
            }
        }
    }

    @Test("packets: one signature, of either format, and nothing that only looks like it")
    func packets() {
        #expect(OpenPGPPackets.kinds([0x88, 2, 1, 2]) == [2])
        #expect(OpenPGPPackets.kinds([0xc2, 2, 1, 2, 0xcb, 1, 0]) == [2, 11])
        #expect(OpenPGPPackets.kinds([0xc2, 192, 0] + [UInt8](repeating: 0, count: 192)) == [2])
        #expect(OpenPGPPackets.kinds([0xc2, 255, 0, 0, 0, 1, 9]) == [2])
        #expect(OpenPGPPackets.kinds([0x89, 0, 1, 9]) == [2])
        for broken: [UInt8] in [[0x88], [0x88, 3, 1], [0x12], [0x8b, 1], [0xc2, 224, 0], [0xc2, 255, 0, 0]] {
            #expect(OpenPGPPackets.kinds(broken) == nil)
        }
    }
}
