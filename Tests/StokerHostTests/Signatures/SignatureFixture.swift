// Tests of signatures: commits and tags signed by the real git, with real keys of every kind, judged through a real fetch.

import Foundation
import StokerCore
import TestSupport
import Testing

@testable import StokerHost

/// A repository, keys, and the judge of what is fetched from it.
struct SignatureFixture: Sendable {
    let source: SourceFixture
    let keys: SigningKeys

    static func with(_ body: (SignatureFixture) async throws -> Void) async throws {
        try await SourceFixture.with { source in
            let keys = try SigningKeys(in: source.directory("keys"))
            let result: Result<Void, any Error>
            do {
                try await body(SignatureFixture(source: source, keys: keys))
                result = .success(())
            } catch {
                result = .failure(error)
            }
            try await keys.stop()
            try result.get()
        }
    }

    /// Commits and pushes; `signing` is what makes git sign, nothing for no signature.
    @discardableResult
    func push(_ text: String, _ signing: [String]? = nil, at date: String? = nil) async throws -> String {
        try Files.write(text, to: "\(source.git.work)/a")
        try await source.git.git("add", "--all")
        let dates = date.map { ["GIT_COMMITTER_DATE": $0, "GIT_AUTHOR_DATE": $0] } ?? [:]
        let commit = ["commit", "-q", "--allow-empty", "-m", "message of \(text)"] + (signing == nil ? [] : ["-S"])
        try await source.git.git((signing ?? []) + commit, adding: dates)
        return try await pushHead()
    }

    func pushHead() async throws -> String {
        try await source.git.git("push", "-q", "-f", "origin", "HEAD:main")
        return try await source.git.git("rev-parse", "HEAD")
    }

    /// Makes a tag on the present commit and pushes it; `signing` as for `push`.
    func tag(
        _ name: String, _ signing: [String]? = nil, annotated: Bool = true, at date: String? = nil
    ) async throws {
        let dates = date.map { ["GIT_COMMITTER_DATE": $0] } ?? [:]
        let kind = signing != nil ? ["-s", "-m", name] : annotated ? ["-a", "-m", name] : []
        try await source.git.git((signing ?? []) + ["tag", "-f"] + kind + [name], adding: dates)
        try await source.git.git("push", "-q", "-f", "origin", "refs/tags/\(name)")
    }

    /// Writes an object that git itself would not write, as the newest commit of the branch.
    func pushCommit(_ object: String) async throws {
        try Files.write(object, to: source.directory("object"))
        let id = try await source.git.git("hash-object", "-t", "commit", "-w", source.directory("object"))
        try await source.git.git("update-ref", "HEAD", id)
        _ = try await pushHead()
    }

    /// Puts a commit on top that says it was made then, whether git believes that or not.
    func pushCommit(dated seconds: Int64) async throws {
        let head = try await source.git.git("rev-parse", "HEAD")
        let tree = try await source.git.git("rev-parse", "HEAD^{tree}")
        let person = "Test <test@example.com> \(seconds) +0000"
        try Files.write(
            "tree \(tree)\nparent \(head)\nauthor \(person)\ncommitter \(person)\n\nodd\n",
            to: source.directory("object"))
        let id = try await source.git.git(
            "hash-object", "-t", "commit", "-w", "--literally", source.directory("object"))
        try await source.git.git("update-ref", "HEAD", id)
        _ = try await pushHead()
    }

    func policy(
        _ mode: SignaturePolicy.Mode = .head, ssh: Bool = false, revoked: String? = nil, openPGP: Bool = false
    ) -> SignaturePolicy {
        SignaturePolicy(
            mode: mode, allowedSignersFile: ssh ? "\(keys.directory)/allowed_signers" : nil, revocationFile: revoked,
            keyringFile: openPGP ? "\(keys.directory)/keyring.gpg" : nil)
    }

    /// What a fresh judge says of the newest revision.
    @HostActor
    func verdict(
        _ policy: SignaturePolicy, ref: GitRef = .branch("main"), verified: String? = nil, seen: String? = nil
    ) async throws -> SignatureVerdict {
        try await Sitting(self, policy, ref).verdict(verified: verified, seen: seen)
    }

    /// The newest commit as messages call it.
    func shown() async throws -> String {
        "commit \(try await source.git.git("rev-parse", "HEAD").prefix(7)) by Test <test@example.com>"
    }
}

/// One judge, asked again and again.
@HostActor
final class Sitting {
    private let fixture: SignatureFixture
    private let git: GitSource
    private let reader: SnapshotReader
    let judge: SignatureJudge
    private let ref: GitRef

    init(_ fixture: SignatureFixture, _ policy: SignaturePolicy, _ ref: GitRef = .branch("main")) throws {
        self.fixture = fixture
        self.ref = ref
        git = try fixture.source.source([ref])
        reader = SnapshotReader(git)
        judge = SignatureJudge(policy, reader, storage: fixture.source.directory("storage"))
    }

    func verdict(verified: String? = nil, seen: String? = nil) async throws -> SignatureVerdict {
        _ = try await fixture.source.fetched(git)
        let question = SignatureJudge.Question(
            ref: ref, revision: try reader.revision(of: ref), verified: verified.map { CommitID($0) },
            seen: seen.map { CommitID($0) })
        let answer = await judge.judge([question])[question]?.verdict
        #expect(
            HostFiles.names(in: fixture.source.directory("storage/signatures")) ?? [] == [], "files are left behind")
        guard let answer else { throw TestFailure("the judge did not answer") }
        return answer
    }
}

extension SignatureVerdict {
    var isGood: Bool { if case .good = self { true } else { false } }

    /// Why not; empty where it is good.
    var objection: String {
        switch self {
        case .good: ""
        case .refused(let message): message
        case .unknown(let message): "unknown: " + message
        }
    }
}
