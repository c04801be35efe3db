import Git
import StokerCore

/// Judges the candidates of all environments by one policy, and remembers its verdicts as long as the trust files are as
/// they were.
@HostActor
final class SignatureJudge {
    /// A candidate, and since when its history counts.
    struct Question: Hashable {
        let ref: GitRef
        let revision: Revision
        /// The last verified commit of the environment; nil before the first.
        let verified: CommitID?
    }

    /// Commits judged for one candidate.
    private static let mostCommits = 1000
    /// Verdicts remembered: those of several environments' histories.
    private static let mostVerdicts = 8 * mostCommits
    /// Of one pass: then the rest waits for the next one, which begins where this one ended.
    private static let limit = Duration.seconds(120)

    private let policy: SignaturePolicy
    private let reader: SnapshotReader
    private let place: String
    private var state: TrustState
    private var verdicts: [ObjectID: SignatureVerdict] = [:]
    private var order: [ObjectID] = []

    init(_ policy: SignaturePolicy, _ reader: SnapshotReader, storage: String) {
        self.policy = policy
        self.reader = reader
        place = storage + "/signatures"
        state = TrustState(policy)
    }

    /// The verdicts of several candidates; programs are only run for objects that were not judged yet.
    func judge(_ questions: Set<Question>) async -> [Question: SignatureVerdict] {
        let now = TrustState(policy)
        if now != state {
            state = now
            verdicts = [:]
            order = []
        }
        var pass = Pass(end: Clock.instant() + Self.limit)
        var answers: [Question: SignatureVerdict] = [:]
        for question in questions { answers[question] = await verdict(of: question, &pass) }
        pass.trust?.remove()
        return answers
    }

    /// What one pass shares.
    private struct Pass {
        let end: Instant
        var trust: TrustFolder?
        var count = 0
    }

    private func verdict(of question: Question, _ pass: inout Pass) async -> SignatureVerdict {
        do throws(SourceFailure) {
            switch policy.mode {
            case .tag: return await verdict(of: try reader.tag(question.ref, question.revision), &pass)
            case .head: return try await verdict(ofCommit: question.revision.commit, &pass)
            case .everyCommit: return try await verdict(ofEveryCommit: question, &pass)
            }
        } catch {
            return Self.verdict(error)
        }
    }

    /// The oldest first, so that the commit that began it is named. Before anything was verified here, there is nothing to
    /// count from, and the newest commit stands for all before it.
    private func verdict(
        ofEveryCommit question: Question, _ pass: inout Pass
    ) async throws(SourceFailure) -> SignatureVerdict {
        let head = question.revision.commit
        guard let verified = question.verified, verified != head else {
            return try await verdict(ofCommit: head, &pass)
        }
        // A verified commit that is not here any more excludes nothing: then all of the history is to be signed.
        let known = try reader.relation(of: head, to: verified) != .unknown
        let range = try reader.commits(from: head, without: known ? verified : nil, limit: Self.mostCommits)
        guard range.isComplete else {
            return .refused(
                "there are more than \(Self.mostCommits) commits between the last verified revision "
                    + "\(verified.rawValue.prefix(7)) and \(head.rawValue.prefix(7)), which is too many to check: set "
                    + "source.verify.mode to head until this one is verified")
        }
        for commit in range.commits.reversed() {
            let verdict = try await verdict(ofCommit: CommitID(commit.id.description), &pass)
            guard case .good = verdict else { return verdict }
        }
        // What is no news may have been signed by a key that is not trusted any more.
        return try await verdict(ofCommit: head, &pass)
    }

    private func verdict(ofCommit commit: CommitID, _ pass: inout Pass) async throws(SourceFailure) -> SignatureVerdict
    {
        guard let id = ObjectID(commit.rawValue) else { return .refused("\(commit) is no commit") }
        if let known = verdicts[id] { return known }
        return await check(id, try reader.subject(id), &pass)
    }

    private func verdict(of tag: SnapshotReader.TagLook, _ pass: inout Pass) async -> SignatureVerdict {
        switch tag {
        case .refused(let message): return .refused(message)
        case .elsewhere(let message): return .unknown(message)
        case .annotated(let id, let subject):
            if let known = verdicts[id] { return known }
            return await check(id, subject, &pass)
        }
    }

    private func check(_ id: ObjectID, _ subject: SignatureSubject, _ pass: inout Pass) async -> SignatureVerdict {
        guard Clock.instant() < pass.end else {
            return .unknown("not all signatures could be checked within \(Self.limit.prometheusText): it goes on")
        }
        let trust: TrustFolder
        if let made = pass.trust {
            trust = made
        } else {
            do throws(TrustFolder.Unusable) {
                trust = try TrustFolder(policy, in: place)
            } catch {
                return .unknown("signatures cannot be checked: \(error.message)")
            }
            pass.trust = trust
        }
        pass.count += 1
        let verdict = await SignatureCheck(subject: subject, trust: trust).verdict(pass.count)
        remember(verdict, id)
        return verdict
    }

    private func remember(_ verdict: SignatureVerdict, _ id: ObjectID) {
        if case .unknown = verdict { return }
        if verdicts.updateValue(verdict, forKey: id) == nil { order.append(id) }
        if order.count > Self.mostVerdicts { verdicts[order.removeFirst()] = nil }
    }

    /// What git's objects themselves make impossible is refused; what is not here may be there next time.
    private static func verdict(_ error: SourceFailure) -> SignatureVerdict {
        switch error.failure.kind {
        case .content: .refused("the signature cannot be checked: \(error.failure.message)")
        case .environmental: .unknown("the signature cannot be checked: \(error.failure.message)")
        }
    }
}
