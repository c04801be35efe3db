import TestSupport
import Testing

/// Who may have signed what goes live, through the real binary.
@Suite("Signatures")
struct SignatureTests {
    private static let version = Programs.PrometheusVersion.installed

    /// A world whose repository must be signed by `alice`, one of whose commits is live.
    private static func run(
        _ policy: String = "", _ body: (World, SigningKeys, _ signers: String) async throws -> Void
    ) async throws {
        try await World.run(version) { world in
            let keys = try SigningKeys(in: world.directory("keys"))
            _ = try await keys.ssh("alice")
            _ = try await keys.ssh("bob")
            let signers = try keys.allow([("alice@example.com", "namespaces=\"git\"", "alice")])
            try world.reconfigure { $0.source = ["verify: { allowed_signers_file: \(signers)\(policy) }"] }
            try await world.repository.git("config", "gpg.format", "ssh")
            try await sign(world, keys, by: "alice")
            try requireVerified(
                try await world.onceAfterPush(["rules/a.yml": Sample.alerts("ByAlice")]), try await head(world))
            try await body(world, keys, signers)
        }
    }

    /// Makes git sign every commit from now on, or none.
    private static func sign(_ world: World, _ keys: SigningKeys, by name: String?) async throws {
        try await world.repository.git("config", "commit.gpgsign", name == nil ? "false" : "true")
        if let name { try await world.repository.git("config", "user.signingkey", "\(keys.directory)/\(name)") }
    }

    private static func head(_ world: World) async throws -> String {
        try await world.repository.git("rev-parse", "HEAD")
    }

    private static func requireHeld(
        _ world: World, _ turn: Turn, saying words: String, code: Int32 = 3,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try #require(turn.code == code, "\(turn)", sourceLocation: sourceLocation)
        try #require(turn.reason == "SignatureInvalid", "\(turn)", sourceLocation: sourceLocation)
        try #require(turn.status["message"].string?.contains(words) == true, "\(turn)", sourceLocation: sourceLocation)
        try #require(try world.prometheus.ruleNames() == ["BaseDown", "ByAlice"], sourceLocation: sourceLocation)
    }

    @Test("signed goes live; unsigned is held, whoever approves; the next signed one goes live")
    func unsigned() async throws {
        try await Self.run { world, keys, _ in
            let attempts = try await world.stoker.history().count
            let live = try #require(try await world.stoker.status()["running_revision"].string)
            try await Self.sign(world, keys, by: nil)
            let bad = try await world.push(["rules/b.yml": Sample.alerts("Unsigned")])
            let words = "commit \(bad.prefix(7)) by Test <test@example.com> is not signed: sign it with `git commit -S`"
            try Self.requireHeld(world, try await world.once(), saying: words)
            try #require(try await world.stoker.run("approve", "production", bad).code == 0)
            let approved = try await world.once()
            try Self.requireHeld(world, approved, saying: words)
            try #require(approved.status["running_revision"].string == live, "\(approved)")
            try #require(try await world.stoker.history().count == attempts, "nothing of it is an attempt")
            for arguments in [["plan"], ["plan", "--revision", bad]] {
                let plan = try await world.stoker.run(arguments)
                try #require(plan.code == 3 && plan.output.contains("rejected: SignatureInvalid: \(words)"), "\(plan)")
            }
            try #require(try await world.stoker.run("plan", "--revision", String(live.suffix(40))).code == 0)
            try await Self.sign(world, keys, by: "alice")
            let good = try await world.push(["rules/c.yml": Sample.alerts("Signed")])
            try requireVerified(try await world.once(), good)
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "ByAlice", "Signed", "Unsigned"])
        }
    }

    @Test("an unsigned commit of the same content does not move the revisions along, and may be taken away again")
    func sameContent() async throws {
        try await Self.run { world, keys, _ in
            let live = try #require(try await world.stoker.status()["running_revision"].string)
            try await Self.sign(world, keys, by: nil)
            try await world.repository.push(["README.md": "elsewhere\n"])
            let turn = try await world.once()
            try Self.requireHeld(world, turn, saying: "is not signed")
            try #require(turn.status["running_revision"].string == live, "\(turn)")
            try #require(turn.status["verified_revision"].string == live, "\(turn)")
            try await world.repository.git("reset", "-q", "--hard", "HEAD~1")
            try await world.repository.git("push", "-q", "--force", "origin", "HEAD:main")
            try requireVerified(try await world.once(), String(live.suffix(40)))
        }
    }

    @Test("the daemon heeds a trust file that changes, and holds a revoked key's commit")
    func trustChanges() async throws {
        try await Self.run { world, keys, signers in
            try await Self.sign(world, keys, by: "bob")
            try world.stoker.start()
            let commit = try await world.push(["rules/b.yml": Sample.alerts("ByBob")])
            let held = try await world.stoker.wait(for: "the hold") { $0["reason"].string == "SignatureInvalid" }
            let key = try await keys.fingerprint("bob")
            try #require(
                held["message"].string?.contains("is signed by \(key), which is not in \(signers)") == true, "\(held)")
            try keys.allow([("alice@example.com", "", "alice"), ("bob@example.com", "", "bob")])
            try await world.stoker.wait(for: "the deployment") {
                $0["verified_revision"].string?.hasSuffix(commit) == true && $0["reason"].string == nil
            }
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "ByAlice", "ByBob"])
            // What is live stays, but nobody stands for it any more.
            try keys.allow([("alice@example.com", "", "alice")])
            let gone = try await world.stoker.wait(for: "the doubt") { $0["reason"].string == "SignatureInvalid" }
            try #require(gone["running_revision"].string?.hasSuffix(commit) == true, "\(gone)")
            try #require(gone["sync"].string == "synced", "\(gone)")
            try #require(try await world.stoker.terminate() == .code(0))
            // What was verified before is within reach all the same.
            let back = try await world.stoker.run("rollback", "production")
            try #require(back.code == 4, "\(back)")
            try #require(try world.prometheus.ruleNames() == ["BaseDown", "ByAlice"])
        }
    }

    @Test("every_commit counts from the last verified revision; without the network, too")
    func everyCommit() async throws {
        try await Self.run(", mode: every_commit") { world, keys, _ in
            try await Self.sign(world, keys, by: nil)
            let bad = try await world.push(["rules/b.yml": Sample.alerts("Unsigned")])
            try await Self.sign(world, keys, by: "alice")
            try await world.push(["rules/c.yml": Sample.alerts("Signed")])
            try Self.requireHeld(world, try await world.once(), saying: "commit \(bad.prefix(7)) by Test")
            try await Shell.succeed(["mv", world.repository.bare, world.directory("away")])
            try Self.requireHeld(world, try await world.once(), saying: "commit \(bad.prefix(7)) by Test", code: 1)
            try await Shell.succeed(["mv", world.directory("away"), world.repository.bare])
            try await world.repository.git("reset", "-q", "--hard", "HEAD~2")
            let good = try await world.repository.commit(["production/rules/c.yml": Sample.alerts("Signed")])
            try await world.repository.git("push", "-q", "--force", "origin", "HEAD:main")
            try requireVerified(try await world.once(), good)
        }
    }

    @Test("what waits is given up when its key is withdrawn, although the branch is gone, and whoever signed is said")
    func withdrawn() async throws {
        try await Self.run { world, keys, signers in
            let alice = "alice@example.com (\(try await keys.fingerprint("alice")))"
            let message = try await world.stoker.history()[0]["message"].string
            try #require(message == "its commit is signed by \(alice)")
            try await Self.sign(world, keys, by: "bob")
            try keys.allow([("alice@example.com", "", "alice"), ("bob@example.com", "", "bob")])
            let authority = world.directory("tls/ca.pem")
            let port = world.prometheus.port
            let job = Sample.job("secure", port: port, extra: ", scheme: https, tls_config: { ca_file: \(authority) }")
            let commit = try await world.push(["prometheus.yml": Sample.main(port: port, jobs: [job])])
            let held = try await world.once()
            try #require(held.reason == "MissingFile", "\(held)")
            try #require(held.result.error.contains("signer="), "\(held)")
            try keys.allow([("alice@example.com", "", "alice")])
            try Files.write("", to: authority)
            try await Shell.succeed(["git", "--git-dir", world.repository.bare, "branch", "-m", "main", "other"])
            let tree = world.tree
            let gone = try await world.once()
            try #require(gone.code == 1 && gone.reason == "FetchFailed", "\(gone)")
            try #require(world.tree == tree)
            let last = try await world.stoker.history()[0]
            try #require(last["revision"].string?.hasSuffix(commit) == true, "\(last)")
            try #require(last["outcome"].string == "superseded", "\(last)")
            let key = try await keys.fingerprint("bob")
            try #require(
                last["message"].string?.contains("given up before it was live: commit \(commit.prefix(7)) by Test")
                    == true, "\(last)")
            try #require(last["message"].string?.contains("\(key), which is not in \(signers)") == true, "\(last)")
        }
    }

    @Test("a trust file that is missing holds everything new, and says which")
    func missingTrust() async throws {
        try await Self.run { world, _, signers in
            try await world.push(["rules/b.yml": Sample.alerts("ByAliceToo")])
            try Files.remove(signers)
            try Self.requireHeld(
                world, try await world.once(),
                saying: "\(signers) (allowed_signers_file of source.verify) cannot be read",
                code: 1)
        }
    }
}
