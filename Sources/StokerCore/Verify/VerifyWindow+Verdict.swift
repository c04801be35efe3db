// A ready process: what its probe proves, and when that is enough.
extension VerifyWindow {
    mutating func ready(_ probe: Probe, _ seen: String) -> Verdict {
        if let verdict = recognise(seen, at: probe.at) { return verdict }
        var open = OpenQuestions()
        if let failure = judgeParts(probe, &open) { return .failed(failure) }
        awaitTargets(probe, &open)
        if probe.at >= settledAt, let failure = judgeChecks(probe, &open) { return .failed(failure) }
        if let failure = judgeComparison(probe, &open) { return .failed(failure) }
        if beganTooEarly(probe) { open.isPending = true }

        if let message = open.inconclusive { return inconclusive(message, at: probe.at) }
        inconclusiveSince = nil
        isShaky = open.isFailing
        guard open.isEmpty else {
            if open.brokeProof { provedSince = nil }
            return .watching(next: soon(probe.at), until: until)
        }
        let proved = provedSince ?? probe.at
        provedSince = proved
        if let until, probe.at >= until { return .passed(warnings: probe.warnings + open.warnings) }
        return .watching(next: nextLook(after: probe.at), until: until)
    }

    /// What keeps a probe from being enough.
    private struct OpenQuestions {
        var isPending = false
        var isFailing = false
        var brokeProof = false
        var inconclusive: String?
        var warnings: [String] = []
        var isEmpty: Bool { !isPending && !isFailing && inconclusive == nil }
    }

    /// A look that began before the process had settled, or before the end of the window, and has its time from after it:
    /// what is due by now was not asked in it, so it cannot be the last one.
    private func beganTooEarly(_ probe: Probe) -> Bool {
        if probe.comparison == .notMade, wantsComparison(at: probe.at) { return true }
        return dueChecks(at: probe.at).contains { $0 < probe.checks.count && probe.checks[$0] == .notAsked }
    }

    /// Two failures in a row of one part condemn; what is pending is waited for within its grace.
    private mutating func judgeParts(_ probe: Probe, _ open: inout OpenQuestions) -> Failure? {
        var verdict: Failure?
        for part in Probe.Part.allCases {
            guard let result = probe.parts[part] else { continue }
            switch result {
            case .proved:
                partFailures[part] = nil
            case .inconclusive(let message):
                open.inconclusive = open.inconclusive ?? message
            case .pending where probe.at - since < grace(part, probe):
                partFailures[part] = nil
                open.isPending = true
            case .pending(let failure), .failed(let failure):
                let count = (partFailures[part] ?? 0) + 1
                partFailures[part] = count
                open.isFailing = true
                open.brokeProof = true
                if count >= 2 { verdict = verdict ?? failure }
            }
        }
        return verdict
    }

    /// Each pool takes in its targets once after a reload, seconds later; until then it shows those of before. Since the
    /// evidence it may have done so under the old configuration, so what counts is a rise since the first look, or that
    /// the time for it is over.
    private mutating func awaitTargets(_ probe: Probe, _ open: inout OpenQuestions) {
        guard !probe.syncs.isEmpty else { return }
        let first = syncsAtFirst ?? probe.syncs
        syncsAtFirst = first
        let late = probe.syncs.filter { job, sync in sync.hasLost || sync.count <= (first[job]?.count ?? 0) }
        if late.isEmpty { return }
        if probe.at - since < Self.poolGrace {
            open.isPending = true
        } else if let job = late.filter({ $0.value.count <= 0 && $0.value.isCertain }).keys.min() {
            open.inconclusive =
                open.inconclusive
                ?? "the scrape pool of job \"\(job)\" has not taken in its targets since the reload: its discovery "
                + "does not answer, or the process is busy"
        }
    }

    private func grace(_ part: Probe.Part, _ probe: Probe) -> Duration {
        switch part {
        case .reloaded: rules.reloadTimeout
        case .config, .rules, .pools: max(Self.poolGrace, probe.patience ?? .zero)
        }
    }

    private mutating func judgeChecks(_ probe: Probe, _ open: inout OpenQuestions) -> Failure? {
        var verdict: Failure?
        for (index, check) in rules.checks.enumerated() {
            let answer: Probe.CheckResult = index < probe.checks.count ? probe.checks[index] : .inconclusive
            if answer != .notAsked { checksAsked[index] = probe.at }
            switch answer {
            case .notAsked: break
            case .pass:
                checkFailures[index] = nil
                silentChecks.remove(index)
            case .inconclusive:
                silentChecks.insert(index)
            case .fail where wasFailingBefore(index):
                silentChecks.remove(index)
                open.warnings.append("the check \(check.name) fails, as it did before the change")
            case .fail:
                silentChecks.remove(index)
                checkFailures[index, default: 0] += 1
            }
            if silentChecks.contains(index) {
                open.inconclusive = open.inconclusive ?? "the check \(check.name) has no answer"
            }
            guard let count = checkFailures[index] else { continue }
            open.isFailing = true
            if count >= check.failures {
                verdict =
                    verdict ?? Failure(.checkFailed, .content, "the check \(check.name) fails since the change")
            }
        }
        return verdict
    }

    /// What is worse must stay worse: a target that flaps, or a rule that catches up, condemns nothing.
    private mutating func judgeComparison(_ probe: Probe, _ open: inout OpenQuestions) -> Failure? {
        let worsenings: [Worsening]
        switch probe.comparison {
        case .notMade:
            return nil
        case .unanswered(let message):
            open.inconclusive = open.inconclusive ?? message
            return nil
        case .made(let found): worsenings = found
        }
        var verdict: Failure?
        var still: [String: Instant] = [:]
        for worsening in worsenings {
            guard worsening.condemns else {
                open.warnings.append(worsening.message)
                continue
            }
            let key = "\(worsening.sign.rawValue) \(worsening.subject)"
            let from = worseSince[key] ?? probe.at
            still[key] = from
            open.isFailing = true
            if probe.at > from, probe.at - from >= patience(worsening.sign) {
                verdict = verdict ?? worsening.failure
            }
        }
        worseSince = still
        return verdict
    }

    /// How long a sign must be worse without a break.
    private func patience(_ sign: ComparisonPolicy.Sign) -> Duration {
        switch sign {
        case .up, .firingAlerts, .ruleHealth, .evaluationFailures, .notificationErrors, .alertmanagers:
            min(max(rules.settle, rules.interval), .seconds(120))
        case .ruleGroups, .scrapePools, .targets, .droppedTargets, .series, .memory, .restarts:
            min(rules.interval, .seconds(10))
        }
    }

    private func wasFailingBefore(_ index: Int) -> Bool {
        index < rules.checksBefore.count && rules.checksBefore[index] == .fail
    }

    /// At each interval, and just at the end of the window.
    private func nextLook(after now: Instant) -> Instant {
        let next = now + max(rules.interval, .milliseconds(50))
        var end = until.map { min($0, next) } ?? next
        if !rules.checks.isEmpty || rules.comparing, now < settledAt { end = min(end, settledAt) }
        return end
    }
}
