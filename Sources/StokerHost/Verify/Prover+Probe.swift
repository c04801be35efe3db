import Digests
import StokerCore
import YAML

extension Prover {
    /// One look at a process that should serve what is expected.
    /// - Parameters:
    ///   - evidence: of before the deploy; nil where none was read (adoption, proof at rest).
    ///   - checks: all of them; those that are not `due` are not asked.
    ///   - due: their places; empty while settling and after a restore.
    ///   - comparing: by what the vital signs are compared with the evidence; nil: not now.
    public func probe(
        _ expectation: Expectation, evidence: Evidence?, checks: [CheckConfiguration] = [], due: Set<Int>? = nil,
        comparing: ComparisonPolicy? = nil
    ) async -> Probe {
        let facts: RuntimeFacts
        switch await look() {
        case .unreachable(let message): return Probe(at: now(), readiness: .gone(message))
        case .starting(let message): return Probe(at: now(), readiness: .starting(message))
        case .refused(let message): return Probe(at: now(), readiness: .refused(message))
        case .up(let seen): facts = seen
        }
        var probe = Probe(at: now(), readiness: .ready(startTime: facts.startTime), runtime: facts)
        if profile.readBack != .prometheus {
            await proveRelative(expectation, evidence, facts, &probe)
            probe.checks = await results(of: checks, due: due)
            return await ofOneProcess(probe, facts)
        }
        let flags = await currentFlags(evidence, facts)
        let metrics = await part(.reloaded, of: &probe) { () async throws(PrometheusError) in
            try await client.reloadMetrics()
        }
        let question = Question(
            expectation: expectation, evidence: evidence, facts: facts, flags: flags, metrics: metrics)
        if let metrics { probe.parts[.reloaded] = reloaded(question, metrics, &probe) }
        // Before the reload happened everything else is about the old configuration.
        if case .pending = probe.parts[.reloaded] {
            probe.at = now()
            return probe
        }
        await proveConfig(question, &probe)
        await proveRules(question, &probe)
        await provePools(question, &probe)
        probe.checks = await results(of: checks, due: due)
        if let comparing {
            await compare(
                evidence, by: comparing, sameProcess: question.isSameProcess,
                restartExpected: expectation.mustRestart, into: &probe)
        }
        return await ofOneProcess(probe, facts)
    }

    /// All answers must have come from one process.
    private func ofOneProcess(_ answered: Probe, _ facts: RuntimeFacts) async -> Probe {
        var probe = answered
        probe.at = now()
        switch await identity(facts) {
        case .same: return probe
        case .another: return Probe(at: now(), readiness: .refused("another process took over while it was asked"))
        case .several(let message): return Probe(at: now(), readiness: .several(message))
        }
    }

    /// What a probe asks, and what was read once for all its parts.
    struct Question {
        let expectation: Expectation
        let evidence: Evidence?
        let facts: RuntimeFacts
        let flags: ProcessFlags?
        let metrics: ReloadMetrics?

        /// The process the evidence was read from.
        var isSameProcess: Bool { evidence?.runtime?.startTime == facts.startTime }
    }

    /// The flags of a process never change: those of the evidence serve as long as it is the same.
    private func currentFlags(_ evidence: Evidence?, _ facts: RuntimeFacts) async -> ProcessFlags? {
        if let known = evidence?.process, evidence?.runtime?.startTime == facts.startTime { return known }
        do {
            return try await client.flags()
        } catch {
            return evidence?.process
        }
    }

    /// Asks for something; where it has no answer the part is inconclusive.
    func part<Value: Sendable>(
        _ part: Probe.Part, of probe: inout Probe, _ question: () async throws(PrometheusError) -> Value
    ) async -> Value? {
        do throws(PrometheusError) {
            return try await question()
        } catch {
            probe.parts[part] = .inconclusive(error.message)
            return nil
        }
    }

    /// Success is the gauge *and* a time stamp that differs from the one before; a clock is never asked.
    private func reloaded(_ question: Question, _ metrics: ReloadMetrics, _ probe: inout Probe) -> Probe.PartResult {
        let expectation = question.expectation
        let before = question.evidence?.successTimestamp
        let mustMove = expectation.mustMoveTimestamp && question.isSameProcess
        let hasMoved = before != metrics.successTimestamp
        if expectation.mustRestart, question.isSameProcess { return notRestarted(expectation) }
        if mustMove, !hasMoved, before != nil, !expectation.reloadAnswered {
            // It may not have begun; or it failed, as one did before: the two look the same.
            if question.facts.reloadSucceeded || question.evidence?.runtime?.reloadSucceeded == false {
                return .pending(
                    Failure(
                        .reloadUnconfirmed, .content,
                        "\(client.address) was asked to reload and gave no answer, and its time of the last successful "
                            + "reload has not moved; see its log"))
            }
        }
        if !question.facts.reloadSucceeded {
            return .failed(
                Failure(
                    .reloadFailed, .content,
                    "\(client.address) says that its last reload failed, so what it runs is a mixture; see its log"))
        }
        if mustMove, before == nil || metrics.successTimestamp == nil {
            probe.warnings.append("the time of the last reload could not be read from \(client.address)/metrics")
        } else if mustMove, !hasMoved {
            return .failed(
                Failure(
                    .notServed, .content,
                    "\(client.address) accepted the reload but its time of the last successful reload has not moved; "
                        + "check that url and reload mean the same process"))
        }
        return .proved
    }

    /// After a restart another process answers.
    private func notRestarted(_ expectation: Expectation) -> Probe.PartResult {
        guard expectation.reloadAnswered else {
            return .pending(
                Failure(
                    .reloadUnconfirmed, .content,
                    "the process behind \(client.address) was to be restarted and is still the same; see its log, and "
                        + "check that url and reload mean the same process"))
        }
        return .failed(
            Failure(
                .notServed, .content,
                "the restart is done, but the process that answers at \(client.address) is the same as before: url and "
                    + "reload do not mean the same process, correct one of them"))
    }
}
