import StokerCore

extension SourceFeed {
    /// Judges what every environment would deploy next, and what it is about to deploy: after each look at the source,
    /// whatever became of it, because the programs that judge take their time and a turn does not wait for them.
    func standings(after outcome: FetchOutcome) async -> [EnvironmentName: [Revision: SignatureJudge.Answer]] {
        guard let judge else { return [:] }
        var questions: [EnvironmentName: Set<SignatureJudge.Question>] = [:]
        for environment in environments {
            var revisions = [records[environment.name]?.attempted].compactMap { $0 }
            revisions += contenders[environment.name]?.contenders.map(\.candidate.revision) ?? []
            if let newest = newest(ref(of: environment), outcome) { revisions.append(newest) }
            questions[environment.name] = Set(revisions.map { question($0, environment) })
        }
        let answers = await judge.judge(questions.values.reduce(into: []) { $0.formUnion($1) })
        var standings = questions.mapValues { questions in
            Dictionary(uniqueKeysWithValues: questions.compactMap { one in answers[one].map { (one.revision, $0) } })
        }
        // Begun while we judged, by what the last poll had said.
        for (name, record) in records {
            guard let revision = record.attempted, standings[name]?[revision] == nil else { continue }
            standings[name, default: [:]][revision] = self.standings[name]?[revision]
        }
        return standings
    }

    /// Judges again what an environment is about to deploy, where the last verdict is too old or the files of the policy are
    /// others by now: polls may be hours apart, and what is tried again between two of them must not live on old trust.
    func judgeAgain(_ environment: EnvironmentConfiguration) async {
        guard let judge, let known = standings[environment.name], !known.values.allSatisfy(judge.isCurrent) else {
            return
        }
        for (one, answer) in await judge.judge(Set(known.keys.map { question($0, environment) })) {
            // A poll may have ended meanwhile: what it does not speak of any more is over.
            guard standings[environment.name]?[one.revision] != nil else { continue }
            standings[environment.name]?[one.revision] = answer
        }
    }

    /// Judges revisions without a poll: for commands that only explain.
    func judge(_ revisions: [Revision], _ environment: EnvironmentConfiguration) async {
        guard let judge else { return }
        for (one, answer) in await judge.judge(Set(revisions.map { question($0, environment) })) {
            standings[environment.name, default: [:]][one.revision] = answer
        }
    }

    /// What the last poll found about a candidate, or about what is being tried.
    func trust(of revision: Revision, _ environment: EnvironmentConfiguration) -> Candidate.Trust {
        guard judge != nil else { return .trusted }
        if let answer = standings[environment.name]?[revision] { return answer.verdict.trust }
        return .unknown(
            "the signature of \(revision.short) has not been checked yet: that is done after the next look at the source"
        )
    }

    /// Whose signature counts.
    func signer(of revision: Revision, _ environment: EnvironmentConfiguration) -> String? {
        guard case .good(let signer)? = standings[environment.name]?[revision]?.verdict else { return nil }
        return signer
    }

    /// Whether any revision may be deployed, judged now; nil where it may.
    public func objection(to revision: Revision, in environment: EnvironmentConfiguration) async -> Failure? {
        guard let judge else { return nil }
        let question = question(revision, environment)
        switch await judge.judge([question])[question]?.verdict {
        case .good: return nil
        case nil:
            return Failure(
                .signatureInvalid, .environmental,
                "the signature of \(revision.short) could not be checked in time: try again")
        case .refused(let message): return Failure(.signatureInvalid, .content, message)
        case .unknown(let message): return Failure(.signatureInvalid, .environmental, message)
        }
    }

    private func question(_ revision: Revision, _ environment: EnvironmentConfiguration) -> SignatureJudge.Question {
        let record = records[environment.name]
        return SignatureJudge.Question(
            ref: ref(of: environment), revision: revision, verified: record?.verified?.commit, seen: record?.seen)
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
