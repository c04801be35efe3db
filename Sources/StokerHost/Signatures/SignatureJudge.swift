import Git
import StokerCore

/// Judges the candidates of all environments by one policy, and remembers its verdicts as long as the trust files are as
/// they were.
@HostActor
final class SignatureJudge {
    /// A revision, and what was accepted before it.
    struct Question: Hashable {
        let ref: GitRef
        let revision: Revision
        /// The last verified commit of the environment, since when its history counts; nil before the first.
        let verified: CommitID?
        /// The newest commit that was accepted, whatever came of it; nil before the first.
        let seen: CommitID?
    }

    /// What there is to say about a revision.
    struct Answer: Hashable {
        let verdict: SignatureVerdict
        /// When the oldest of the verdicts that it rests on was made.
        let at: Instant
        /// Which state of the policy's files it speaks of.
        let edition: Int
    }

    /// Questions whose histories are remembered at least.
    private static let fewestQuestions = 8
    /// Of one pass: then the rest waits for the next one, which begins where this one ended.
    private static let limit = Duration.seconds(120)

    /// The clock by which verdicts grow old.
    var clock: () -> Instant = Clock.instant
    /// How many signatures were given to programs.
    private(set) var checks = 0

    private let policy: SignaturePolicy
    private let reader: SnapshotReader
    private let place: String
    /// Commits judged for one candidate.
    private let mostCommits: Int
    private var state: TrustState
    /// Counts the states of the policy's files.
    private var edition = 0
    private var memory = SignatureMemory()
    private var mostQuestions = fewestQuestions

    init(_ policy: SignaturePolicy, _ reader: SnapshotReader, storage: String, mostCommits: Int = 1000) {
        self.policy = policy
        self.reader = reader
        self.mostCommits = mostCommits
        place = storage + "/signatures"
        state = TrustState(policy)
    }

    /// Whether an answer from then still counts: the files of the policy are as they were, and it is not too old.
    func isCurrent(_ answer: Answer) -> Bool {
        guard answer.edition == edition, TrustState(policy) == state else { return false }
        if case .good = answer.verdict { return clock() - answer.at < SignatureMemory.lifetime }
        return true
    }

    /// The verdicts of several candidates; programs are only run for objects that were not judged yet, or long ago.
    func judge(_ questions: Set<Question>) async -> [Question: Answer] {
        let now = TrustState(policy)
        if now != state {
            state = now
            edition += 1
            memory = SignatureMemory()
        }
        let edition = edition
        mostQuestions = max(mostQuestions, questions.count)
        var pass = Pass(number: memory.beginPass(), end: Clock.instant() + Self.limit, oldest: clock())
        var answers: [Question: Answer] = [:]
        for question in questions {
            pass.oldest = clock()
            let verdict = await verdict(of: question, &pass)
            answers[question] = Answer(verdict: verdict, at: pass.oldest, edition: edition)
        }
        pass.trust?.remove()
        // Twice: what is newest in one pass is verified or gone in the next.
        memory.trim(to: 2 * mostQuestions * mostCommits)
        return answers
    }

    /// What one pass shares.
    private struct Pass {
        let number: Int
        let end: Instant
        var trust: TrustFolder?
        var count = 0
        /// Of the verdicts about the present question.
        var oldest: Instant

        init(number: Int, end: Instant, oldest: Instant) {
            self.number = number
            self.end = end
            self.oldest = oldest
        }
    }

    private func verdict(of question: Question, _ pass: inout Pass) async -> SignatureVerdict {
        do throws(SourceFailure) {
            switch policy.mode {
            case .tag:
                let accepted = try accepted([question.verified, question.seen])
                return await verdict(of: try reader.tag(question.ref, question.revision), accepted, &pass)
            case .head: return try await verdict(ofHead: question, &pass)
            case .everyCommit: return try await verdict(ofEveryCommit: question, &pass)
            }
        } catch {
            return Self.verdict(error)
        }
    }

    private func verdict(ofHead question: Question, _ pass: inout Pass) async throws(SourceFailure) -> SignatureVerdict
    {
        let accepted = try accepted([question.verified, question.seen])
        return try await verdict(ofCommit: question.revision.commit, accepted, &pass)
    }

    /// The oldest first, so that the commit that began it is named. Before anything was verified here, there is nothing to
    /// count from, and the newest commit stands for all before it.
    private func verdict(
        ofEveryCommit question: Question, _ pass: inout Pass
    ) async throws(SourceFailure) -> SignatureVerdict {
        let head = question.revision.commit
        guard let verified = question.verified, verified != head else {
            return try await verdict(ofHead: question, &pass)
        }
        // A verified commit that is not here any more excludes nothing: then all of the history is to be signed.
        let known = try reader.relation(of: head, to: verified) != .unknown
        let range = try reader.commits(from: head, without: known ? verified : nil, limit: mostCommits)
        guard range.isComplete else {
            return .refused(
                "there are more than \(mostCommits) commits between the last verified revision "
                    + "\(verified.rawValue.prefix(7)) and \(head.rawValue.prefix(7)), which is too many to check: set "
                    + "source.verify.mode to head until this one is verified")
        }
        let accepted = try accepted([verified], mayHoldIt: false)
        for commit in range.commits.reversed() where commit.id.description != head.rawValue {
            let verdict = try await verdict(ofCommit: CommitID(commit.id.description), accepted, &pass)
            guard case .good = verdict else { return verdict }
        }
        // What is no news may have been signed by a key that is not trusted any more.
        return try await verdict(ofHead: question, &pass)
    }

    private func verdict(
        ofCommit commit: CommitID, _ accepted: [Accepted], _ pass: inout Pass
    ) async throws(SourceFailure) -> SignatureVerdict {
        guard let id = ObjectID(commit.rawValue) else { return .refused("\(commit) is no commit") }
        if let own = memory.dates(of: id) {
            let dates = own.after(try newest(of: accepted, before: commit, own))
            if let known = known(id, dates, &pass) { return known }
        }
        let subject = try reader.subject(id)
        let dates = subject.dates.after(try newest(of: accepted, before: commit, subject.dates))
        return await check(id, subject, dates, &pass)
    }

    private func verdict(
        of tag: SnapshotReader.TagLook, _ accepted: [Accepted], _ pass: inout Pass
    ) async -> SignatureVerdict {
        switch tag {
        case .refused(let message): return .refused(message)
        case .elsewhere(let message): return .unknown(message)
        case .annotated(let id, let subject):
            // A commit that was accepted stands for its history, and for no tag that is put on it later.
            let dates = subject.dates.after(accepted.map(\.seconds).max())
            if let known = known(id, dates, &pass) { return known }
            return await check(id, subject, dates, &pass)
        }
    }

    // MARK: - Dates

    /// A commit that was accepted before the one in question.
    private struct Accepted {
        let commit: CommitID
        let seconds: Int64
        /// The one in question may be in its history.
        let mayHoldIt: Bool
    }

    private func accepted(_ commits: [CommitID?], mayHoldIt: Bool = true) throws(SourceFailure) -> [Accepted] {
        var accepted: [Accepted] = []
        for commit in commits {
            // What is not here any more measures nothing.
            guard let commit, let seconds = try reader.seconds(of: commit) else { continue }
            accepted.append(Accepted(commit: commit, seconds: seconds, mayHoldIt: mayHoldIt))
        }
        return accepted
    }

    /// The latest date among those that make the commit's own date look false. What is in the history of a commit that was
    /// accepted is older than that one by right.
    private func newest(
        of accepted: [Accepted], before commit: CommitID, _ own: SignatureSubject.Dates
    ) throws(SourceFailure) -> Int64? {
        var newest: Int64?
        for other in accepted where own.after(other.seconds).areBackdated && other.commit != commit {
            if other.mayHoldIt, try reader.relation(of: commit, to: other.commit) == .ancestor { continue }
            newest = max(newest ?? other.seconds, other.seconds)
        }
        return newest
    }

    // MARK: - Verdicts

    private func known(_ id: ObjectID, _ dates: SignatureSubject.Dates, _ pass: inout Pass) -> SignatureVerdict? {
        let backdated = dates.areBackdated
        guard let known = memory.verdict(of: id, backdated: backdated, pass: pass.number, now: clock()) else {
            return nil
        }
        pass.oldest = min(pass.oldest, known.at)
        return known.verdict
    }

    private func check(
        _ id: ObjectID, _ subject: SignatureSubject, _ dates: SignatureSubject.Dates, _ pass: inout Pass
    ) async -> SignatureVerdict {
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
        checks += 1
        let asked = (edition: edition, at: clock())
        let verdict = await SignatureCheck(subject: subject.dated(dates), trust: trust).verdict(pass.count)
        // Another pass may have found other files meanwhile: then this verdict is about those before.
        if asked.edition == edition {
            memory.remember(
                SignatureMemory.Judged(verdict: verdict, at: asked.at), of: id, subject.dates,
                backdated: dates.areBackdated, pass: pass.number)
        }
        return verdict
    }

    /// What git's objects themselves make impossible is refused; what is not here may be there next time.
    private static func verdict(_ error: SourceFailure) -> SignatureVerdict {
        switch error.failure.kind {
        case .content: .refused("the signature cannot be checked: \(error.failure.message)")
        case .environmental: .unknown("the signature cannot be checked: \(error.failure.message)")
        }
    }
}
