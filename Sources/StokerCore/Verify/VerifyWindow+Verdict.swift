// A ready process: what its probe proves, and when that is enough.
extension VerifyWindow {
    mutating func ready(_ probe: Probe, _ seen: String) -> Verdict {
        if let verdict = recognise(seen, at: probe.at) { return verdict }
        var open = OpenQuestions()
        if let failure = judgeParts(probe, &open) { return .failed(failure) }
        if wantsChecks(at: probe.at), let failure = judgeChecks(probe, &open) { return .failed(failure) }

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

    private func grace(_ part: Probe.Part, _ probe: Probe) -> Duration {
        switch part {
        case .reloaded: rules.reloadTimeout
        case .config, .rules, .pools: max(Self.poolGrace, probe.patience ?? .zero)
        }
    }

    private mutating func judgeChecks(_ probe: Probe, _ open: inout OpenQuestions) -> Failure? {
        var verdict: Failure?
        for (index, expression) in rules.checks.enumerated() {
            switch index < probe.checks.count ? probe.checks[index] : .inconclusive {
            case .pass:
                checkFailures[index] = nil
            case .inconclusive:
                open.inconclusive = open.inconclusive ?? "the check \(expression) has no answer"
            case .fail where wasFailingBefore(index):
                open.warnings.append("the check \(expression) fails, as it did before the change")
            case .fail:
                let count = (checkFailures[index] ?? 0) + 1
                checkFailures[index] = count
                open.isFailing = true
                if count >= 2 {
                    verdict =
                        verdict ?? Failure(.checkFailed, .content, "the check \(expression) fails since the change")
                }
            }
        }
        return verdict
    }

    private func wasFailingBefore(_ index: Int) -> Bool {
        index < rules.checksBefore.count && rules.checksBefore[index] == .fail
    }

    /// At each interval, and just at the end of the window.
    private func nextLook(after now: Instant) -> Instant {
        let next = now + max(rules.interval, .milliseconds(50))
        var end = until.map { min($0, next) } ?? next
        if !rules.checks.isEmpty, now < settledAt { end = min(end, settledAt) }
        return end
    }
}
