import StokerCore

extension SourceFeed {
    /// Judges what every environment would deploy next: after each look at the source, whatever became of it, because the
    /// programs that judge take their time and a turn does not wait for them.
    func standings(
        after outcome: FetchOutcome
    ) async -> [EnvironmentName: (revision: Revision, trust: Candidate.Trust)] {
        guard let judge else { return [:] }
        var questions: [EnvironmentName: SignatureJudge.Question] = [:]
        for environment in environments {
            let ref = ref(of: environment)
            guard let revision = newest(ref, outcome) else { continue }
            questions[environment.name] = SignatureJudge.Question(
                ref: ref, revision: revision, verified: verified[environment.name])
        }
        let verdicts = await judge.judge(Set(questions.values))
        return questions.compactMapValues { question in
            verdicts[question].map { (question.revision, $0.trust) }
        }
    }

    /// What the last poll found about a candidate.
    func trust(of revision: Revision, _ environment: EnvironmentConfiguration) -> Candidate.Trust {
        guard judge != nil else { return .trusted }
        if let standing = standings[environment.name], standing.revision == revision { return standing.trust }
        return .unknown(
            "the signature of \(revision.short) has not been checked yet: that is done after the next look at the source"
        )
    }

    /// Whether any revision may be deployed, judged now; nil where it may.
    public func objection(to revision: Revision, in environment: EnvironmentConfiguration) async -> Failure? {
        guard let judge else { return nil }
        let question = SignatureJudge.Question(
            ref: ref(of: environment), revision: revision, verified: verified[environment.name])
        switch await judge.judge([question])[question] {
        case .good, nil: return nil
        case .refused(let message): return Failure(.signatureInvalid, .content, message)
        case .unknown(let message): return Failure(.signatureInvalid, .environmental, message)
        }
    }

    /// The newest revision of a ref, from the server or else from the cache.
    private func newest(_ ref: GitRef, _ outcome: FetchOutcome) -> Revision? {
        switch outcome {
        case .fetched(let report):
            // A ref that leads nowhere has no candidate; why is said by the look.
            if case .success(let revision) = report.revision(of: ref) { return revision }
            return nil
        case .failed:
            do throws(SourceFailure) { return try reader.revision(of: ref) } catch { return nil }
        }
    }
}
