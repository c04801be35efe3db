import Git
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

@Suite struct SignatureMemoryTests {
    @Test("a good verdict counts for an hour, because a key can end without any file changing")
    func lifetime() async throws {
        try await SignatureFixture.with { test in
            let alice = try await test.keys.ssh("alice")
            try test.keys.allow([("alice@example.com", "", "alice")])
            try await test.push("1", alice)
            try await Self.age(try await Sitting(test, test.policy(ssh: true)))
        }
    }

    @HostActor
    private static func age(_ sitting: Sitting) async throws {
        let start = Clock.instant()
        for (minutes, checks) in [(0, 1), (0, 1), (59, 1), (61, 2), (62, 2), (122, 3)] {
            sitting.judge.clock = { start + .seconds(minutes * 60) }
            #expect(try await sitting.verdict().isGood)
            #expect(sitting.judge.checks == checks, "after \(minutes) minutes")
        }
    }

    @Test("an OpenPGP key that comes to its end is noticed while the program runs")
    func expires() async throws {
        try await SignatureFixture.with { test in
            let alice = try await test.keys.openPGP("alice@example.com", expires: "seconds=15")
            try await test.keys.keyring()
            try await test.push("1", alice)
            let sitting = try await Sitting(test, test.policy(openPGP: true))
            #expect(try await sitting.verdict().isGood)
            try await Self.requireEnd(sitting)
        }
    }

    @HostActor
    private static func requireEnd(_ sitting: Sitting) async throws {
        var hours = 0
        try await eventually("the end of the key", every: .milliseconds(500)) {
            hours += 1
            let now = Clock.instant() + .seconds(hours * 3601)
            sitting.judge.clock = { now }
            return try await sitting.verdict().objection.contains("whose key expired on")
        }
    }

    @Test("the histories of more environments than eight do not drive each other out")
    func many() async throws {
        try await SignatureFixture.with { test in
            let alice = try await test.keys.ssh("alice")
            try test.keys.allow([("alice@example.com", "", "alice")])
            let first = try await test.push("0", alice)
            let branches = (1...12).map { "b\($0)" }
            for branch in branches {
                try await test.source.git.git("checkout", "-q", "-b", branch, first)
                for number in 1...3 {
                    try await test.source.git.git(
                        alice + ["commit", "-q", "--allow-empty", "-S", "-m", "\(branch) \(number)"], adding: [:])
                }
                try await test.source.git.git("push", "-q", "origin", branch)
            }
            let refs = branches.map { GitRef.branch($0) }
            let source = try test.source.source(refs)
            _ = try await test.source.fetched(source)
            try await Self.judgeTwice(test, source, refs, CommitID(first))
        }
    }

    @HostActor
    private static func judgeTwice(
        _ test: SignatureFixture, _ source: GitSource, _ refs: [GitRef], _ first: CommitID
    ) async throws {
        let reader = SnapshotReader(source)
        let judge = SignatureJudge(
            test.policy(.everyCommit, ssh: true), reader, storage: test.source.directory("storage"), mostCommits: 3)
        var questions: Set<SignatureJudge.Question> = []
        for ref in refs {
            questions.insert(
                SignatureJudge.Question(ref: ref, revision: try reader.revision(of: ref), verified: first, seen: nil))
        }
        for _ in 0..<3 {
            let answers = await judge.judge(questions)
            #expect(answers.count == refs.count)
            #expect(answers.values.allSatisfy { $0.verdict.isGood })
            #expect(judge.checks == 36)
        }
    }

    @Test("what nobody has asked about for the longest time goes first")
    func bound() throws {
        var memory = SignatureMemory()
        let dates = SignatureSubject.Dates(1000, after: nil)
        let now = Instant(seconds: 1000)
        let ids = try (0..<10).map { try #require(ObjectID(String(repeating: "\($0)", count: 40))) }
        let first = memory.beginPass()
        for id in ids {
            memory.remember(
                SignatureMemory.Judged(verdict: .good(signer: "a"), at: now), of: id, dates, backdated: false,
                pass: first)
        }
        let second = memory.beginPass()
        for id in ids.prefix(4) {
            #expect(memory.verdict(of: id, backdated: false, pass: second, now: now) != nil)
            #expect(memory.verdict(of: id, backdated: true, pass: second, now: now) == nil)
        }
        memory.trim(to: 4)
        for (index, id) in ids.enumerated() {
            let known = memory.verdict(of: id, backdated: false, pass: second, now: now)
            #expect((known != nil) == (index < 4))
        }
    }
}
