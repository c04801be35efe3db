import StokerCore
import Testing

/// Somebody must stand for the commit of an attempt until something of it is live, whatever the newest commit is.
@Suite struct VouchingTests {
    private let refused = Candidate.Trust.refused(
        "commit c2 by M <m@b> is signed by a key that is not trusted any more")

    /// `good-1` is verified, and `missing-2` waits for a file.
    private func waiting() throws -> ScriptedWorld {
        let world = try PolicyTests.verified()
        world.push("missing-2")
        try #require(world.settle())
        #expect(world.status.reason == .missingFile)
        return world
    }

    /// What else the source may say: nothing, something that cannot be used, something that is held.
    private func elsewhere() -> [SourceLook] {
        let invalid = SourceInvalid([Finding(file: "a", message: "it is a submodule")])
        return [
            .failed(Failure(.fetchFailed, .environmental, "the repository has no branch main"), last: nil),
            .known(
                Candidate(
                    revision: Revision(ref: "main", commit: CommitID("c3")), ref: .branch("main"),
                    content: .failure(invalid), relation: .forward)),
        ]
    }

    private func requireGivenUp(_ world: ScriptedWorld) throws {
        world.missingFileIsThere = true
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "good-1")
        #expect(!world.acts.contains("publish prometheus missing-2"))
        let last = try #require(world.stored.attempt)
        #expect(last.outcome?.word == "superseded")
        #expect(last.message.contains("given up before it was live: commit c2 by M <m@b> is signed by a key"))
    }

    @Test("Identity: trust that is withdrawn counts although the source speaks of something else, or of nothing")
    func withdrawn() throws {
        for source in elsewhere() {
            let world = try waiting()
            world.source = source
            world.trusts[CommitID("c2")] = refused
            try requireGivenUp(world)
        }
    }

    @Test("Identity: what could not be asked is not deployed either")
    func unknown() throws {
        let world = try waiting()
        world.source = elsewhere()[0]
        world.trusts[CommitID("c2")] = .unknown("gpgv was not found on PATH: install gpgv")
        world.missingFileIsThere = true
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "good-1")
    }

    @Test("Identity: after a restart nothing is deployed before the first look at the source has ended")
    func beforeTheFirstLook() throws {
        for trust in [refused, .trusted] {
            let world = try waiting()
            let known = world.source
            world.missingFileIsThere = true
            world.source = .unknown
            world.restart()
            let rest = try #require(world.turn(.request))
            #expect(rest.why == .held)
            #expect(rest.until == nil, "the end of the look wakes it")
            #expect(world.stored.attempt?.outcome == nil)
            #expect(world.disk["prometheus"] == "good-1")
            guard case .known(let candidate) = known else { return }
            // Without the network, too: what is in the cache can be judged.
            let last = Candidate(
                revision: candidate.revision, ref: candidate.ref, content: candidate.content, relation: .forward,
                trust: trust)
            world.source = .failed(Failure(.fetchFailed, .environmental, "nobody answers"), last: last)
            if trust == .trusted {
                try #require(world.settle())
                #expect(world.disk["prometheus"] == "missing-2")
            } else {
                try requireGivenUp(world)
            }
        }
    }

    @Test("First start: what is on disk already is not called verified before the first look has ended either")
    func adopted() throws {
        for trust in [refused, .trusted] {
            let world = ScriptedWorld()
            world.disk["prometheus"] = "good-1"
            world.processes["prometheus"]?.serves = "good-1"
            world.dies = { effect in if case .act(.prove) = effect { true } else { false } }
            world.push("good-1")
            #expect(world.turn() == nil)
            world.dies = { _ in false }
            let known = world.source
            world.source = .unknown
            world.restart()
            let rest = try #require(world.turn(.request))
            #expect(rest.why == .held)
            #expect(rest.until == nil, "the end of the look wakes it")
            #expect(world.stored.verified == nil)
            guard case .known(let candidate) = known else { return }
            world.source = .known(
                Candidate(
                    revision: candidate.revision, ref: candidate.ref, content: candidate.content, relation: .forward,
                    trust: trust))
            try #require(world.settle())
            #expect((world.stored.verified?.content == "good-1") == (trust == .trusted))
            #expect(!world.acts.contains("publish prometheus good-1"))
        }
    }

    @Test("Crash: a deployment that is half done goes on before the first look has ended")
    func halfDone() throws {
        let world = try PolicyTests.verified()
        world.dies = { effect in if case .act(.reload) = effect { true } else { false } }
        world.push("good-2")
        #expect(world.turn() == nil)
        world.dies = { _ in false }
        world.trusts[CommitID("c2")] = refused
        world.source = .unknown
        world.restart()
        world.acts = []
        try #require(world.settle())
        #expect(world.acts.first == "reload prometheus", "\(world.acts)")
        #expect(world.stored.verified?.content == "good-2")
    }

    @Test("Drift: what is verified is restored before the first look has ended")
    func repair() throws {
        let world = ScriptedWorld(drift: .correct)
        world.push("good-1")
        try #require(world.settle())
        world.source = .unknown
        world.restart()
        world.edited["prometheus"] = ["a.yml": "was modified"]
        try #require(world.settle())
        #expect(world.edited["prometheus"] ?? [:] == [:])
        #expect(world.disk["prometheus"] == "good-1")
    }

    @Test("Verdict: what is live is judged to the end, whoever stands for it")
    func live() throws {
        let world = ScriptedWorld(checks: true)
        world.push("good-1")
        try #require(world.settle())
        world.push("good-2")
        try #require(world.turn()?.why == .verifying)
        world.trusts[CommitID("c2")] = refused
        world.source = elsewhere()[0]
        try #require(world.settle())
        #expect(world.stored.verified?.content == "good-2")
    }

    @Test("Pre-emption: between two targets nobody is asked any more: half of it is worse than either")
    func between() throws {
        let world = ScriptedWorld(targets: ["one", "two"])
        world.push("good-1")
        try #require(world.settle())
        world.push("good-2")
        world.dies = { effect in
            if case .act(.reload("one")) = effect {
                world.trusts[CommitID("c2")] = refused
                world.source = elsewhere()[0]
            }
            return false
        }
        try #require(world.settle())
        #expect(world.disk == ["one": "good-2", "two": "good-2"])
        #expect(world.stored.verified?.content == "good-2")
    }

    @Test("Pre-emption: what an earlier attempt left live does not let its successor in")
    func successor() throws {
        let world = ScriptedWorld(checks: true)
        world.push("good-1")
        try #require(world.settle())
        world.push("harmful-2")
        try #require(world.turn()?.why == .verifying)
        world.dies = { effect in
            if case .act(.validate(let goal)) = effect, goal.content == "good-3" {
                #expect(world.stored.live?.content == "harmful-2")
                #expect(world.stored.unsettled == ["prometheus"])
                // Nobody stands for either of them.
                world.trusts[CommitID("c2")] = refused
                world.trusts[CommitID("c3")] = refused
                world.source = elsewhere()[0]
            }
            return false
        }
        world.push("good-3")
        try #require(world.settle())
        #expect(world.acts.contains("validate good-3"))
        #expect(!world.acts.contains("publish prometheus good-3"))
        #expect(world.disk["prometheus"] == "good-1", "what was live is judged all the same")
        #expect(world.intents.isEmpty)
    }

    @Test("Status: what an attempt is held for, and what keeps the newest commit away")
    func both() throws {
        let world = try waiting()
        world.source = elsewhere()[1]
        try #require(world.settle())
        #expect(world.status.reason == .missingFile)
        #expect(world.status.message.hasPrefix("/etc/ca.pem is not there; besides, the newest commit main@sha1:c3"))
        #expect(world.status.message.contains("is held back (SourceInvalid): "))
        #expect(world.status.message.contains("it is a submodule"))
        #expect(world.exitCode == 4)
        world.ask(.suspend(reason: "holiday", until: nil))
        world.push("good-4", trust: refused)
        try #require(world.settle())
        #expect(world.status.reason == .suspended)
        #expect(world.status.message.hasPrefix("suspended by ann: holiday; besides, the newest commit"))
        #expect(world.status.message.contains("is held back (SignatureInvalid): commit c2 by M"))
    }

    @Test("History: who signed the commit of an attempt is part of it")
    func signer() throws {
        let world = ScriptedWorld()
        func push(_ content: String, _ signer: String?) {
            world.push(content)
            guard case .known(let pushed) = world.source else { return }
            world.source = .known(
                Candidate(
                    revision: pushed.revision, ref: pushed.ref, content: pushed.content, relation: .forward,
                    signer: signer))
        }
        push("good-1", "alice@example.com (SHA256:abc)")
        try #require(world.settle())
        #expect(world.stored.attempt?.signer == "alice@example.com (SHA256:abc)")
        #expect(world.stored.attempt?.message == "its commit is signed by alice@example.com (SHA256:abc)")
        #expect(world.status.message.isEmpty)
        push("invalid-2", "bob@example.com (SHA256:def)")
        try #require(world.settle())
        #expect(world.status.message == "a.yml:3: bad; its commit is signed by bob@example.com (SHA256:def)")
        push("good-3", nil)
        try #require(world.settle())
        #expect(world.stored.attempt?.message.isEmpty == true)
    }
}
