import StokerCore
import Testing

/// What a signature that does not count keeps away, and what it does not.
@Suite struct SignaturePolicyTests {
    private let refused = Candidate.Trust.refused("commit c2 by M <m@b> is not signed")

    private func requireHeld(_ world: ScriptedWorld, code: Int32 = 3) throws {
        try #require(world.settle())
        #expect(world.status.reason == .signatureInvalid)
        #expect(world.exitCode == code)
        #expect(world.disk["prometheus"] == "good-1")
        #expect(world.stored.verified?.revision.commit == CommitID("c1"))
        #expect(world.stored.live?.revision.commit == CommitID("c1"))
    }

    @Test("Identity: nothing of it is deployed, nobody's consent helps, and the next signed commit goes live")
    func held() throws {
        let world = try PolicyTests.verified()
        world.acts = []
        world.push("good-2", trust: refused)
        try requireHeld(world)
        #expect(world.status.message == "commit c2 by M <m@b> is not signed")
        world.ask(.approve(CommitID("c2"), "good-2"))
        world.ask(.reconcile(retry: true))
        try requireHeld(world)
        #expect(!world.acts.contains { $0.contains("good-2") || $0.hasPrefix("validate") }, "\(world.acts)")
        // What was never accepted may be taken away again.
        #expect(world.stored.seen?.commit == CommitID("c1"))
        world.push("good-3")
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "good-3")
        #expect(world.exitCode == 0)
    }

    @Test("Identity: a signature comes before history and content")
    func first() throws {
        let world = try PolicyTests.verified()
        world.push("invalid-2", relation: .rewritten("branch main went back"), trust: refused)
        try requireHeld(world)
        #expect(world.stored.rejections.isEmpty)
        world.push("invalid-2", relation: .rewritten("branch main went back"))
        try #require(world.settle())
        #expect(world.status.reason == .historyRewritten)
    }

    @Test("Identity: signatures are never inherited, not even for content that is live")
    func sameContent() throws {
        let world = try PolicyTests.verified()
        world.push("good-1", trust: refused)
        try requireHeld(world)
        #expect(world.status.sync == .synced)
        world.push("good-1")
        try #require(world.settle())
        #expect(world.stored.verified?.revision.commit == CommitID("c3"))
        #expect(world.exitCode == 0)
    }

    @Test("Failure classes: what could not be checked is held, too, and is nobody's fault")
    func unknown() throws {
        let world = try PolicyTests.verified()
        world.push("good-2", trust: .unknown("gpgv was not found on PATH: install gpgv"))
        try requireHeld(world, code: 1)
    }

    @Test("Pre-emption: trust that is withdrawn before anything is live ends the attempt")
    func withdrawn() throws {
        let world = try PolicyTests.verified()
        world.push("missing-2")
        try #require(world.settle())
        #expect(world.status.reason == .missingFile)
        guard case .known(let candidate) = world.source else { return }
        world.source = .known(
            Candidate(
                revision: candidate.revision, ref: candidate.ref, content: candidate.content,
                relation: candidate.relation, trust: refused))
        world.missingFileIsThere = true
        try requireHeld(world)
        #expect(world.status.outcome == "superseded")
    }

    @Test("Pre-emption: what waits is not deployed when a commit nobody trusts, or a rewrite, comes on top of it")
    func passed() throws {
        for (relation, trust) in [
            (Candidate.Relation.forward, refused), (.rewritten("branch main went back"), .trusted),
        ] {
            let world = try PolicyTests.verified()
            world.push("missing-2")
            try #require(world.settle())
            #expect(world.status.reason == .missingFile)
            world.push("good-3", relation: relation, trust: trust)
            try #require(world.settle())
            world.missingFileIsThere = true
            try #require(world.settle())
            #expect(world.disk["prometheus"] == "good-1")
            #expect(world.status.outcome == "superseded")
            #expect(world.status.reason == (relation == .forward ? .signatureInvalid : .historyRewritten))
            #expect(world.stored.consents.isEmpty)
        }
    }

    @Test("Rollback: what was verified before stays within reach")
    func rollback() throws {
        let world = try PolicyTests.verified()
        world.push("good-2")
        try #require(world.settle())
        world.push("good-3", trust: refused)
        try #require(world.settle())
        world.ask(.rollback(to: nil))
        try #require(world.settle())
        #expect(world.disk["prometheus"] == "good-1")
    }
}
