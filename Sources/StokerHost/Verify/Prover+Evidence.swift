import Digests
import StokerCore
import YAML

extension Prover {
    /// Reads what the process serves before a deploy. Where a part cannot be read it is left out: then it cannot be
    /// compared either, and the proof says so.
    /// - Parameters:
    ///   - comparing: whether the vital signs are remembered.
    ///   - before: the deployed main file; nil where there is none or it is not ours.
    ///   - after: the main file about to be deployed; nil for a folder of rules only.
    ///   - ruleFiles: whether the target has rule files, so that their served state is remembered.
    public func evidence(
        before: Node?, after: Node?, ruleFiles: Bool, checks: [CheckConfiguration], comparing: Bool = false
    ) async -> Evidence {
        let facts: RuntimeFacts
        switch await look() {
        case .unreachable(let message), .starting(let message), .refused(let message):
            return Evidence(wasUp: false, message: message)
        case .up(let seen): facts = seen
        }
        var evidence = Evidence(wasUp: true)
        evidence.runtime = facts
        evidence.process = await answer { () async throws(PrometheusError) in try await client.flags() }
        if profile.readBack != .prometheus {
            await readRelative(before: before, after: after, into: &evidence)
            evidence.checks = await results(of: checks)
            if case .several(let message) = await identity(facts) { evidence.several = message }
            return evidence
        }
        evidence.version = await answer { () async throws(PrometheusError) in try await client.version() }
        if let metrics = await answer({ () async throws(PrometheusError) in try await client.reloadMetrics() }) {
            evidence.successTimestamp = metrics.successTimestamp
            evidence.failures = metrics.counters
            // What the proof itself compares; the rest is read where everything is compared.
            evidence.vitals = Vitals()
            evidence.vitals?.targets = metrics.targets
            evidence.processStartSeconds = metrics.processStart
        }
        if let text = await answer({ () async throws(PrometheusError) in try await client.config() }) {
            evidence.configDigest = Digest.sha256Hex(text)
            await readServed(text, before: before, after: after, into: &evidence)
        }
        if ruleFiles, evidence.process?.isAgent != true,
            let rules = await answer({ () async throws(PrometheusError) in try await client.rules() })
        {
            evidence.ruleFiles = RulesProof.fingerprints(
                rules, workingDirectory: evidence.process?.workingDirectory ?? "")
        }
        evidence.checks = await results(of: checks)
        if comparing {
            evidence.vitals =
                await answer { () async throws(PrometheusError) in try await client.vitals() } ?? evidence.vitals
        }
        if case .several(let message) = await identity(facts) { evidence.several = message }
        return evidence
    }

    private func readServed(_ text: [UInt8], before: Node?, after: Node?, into evidence: inout Evidence) async {
        guard let served = Self.parse(text) else { return }
        if let after {
            evidence.visibleChangeDue = VisibleChange.isDue(
                before: before, after: after, servedBefore: served, context: context(evidence.process))
        }
        if let pools = await answer({ () async throws(PrometheusError) in try await client.scrapePools() }) {
            let jobs = Pools.jobs(in: served).filter(\.appearsByItself).map(\.name)
            evidence.missingPools = Set(jobs).subtracting(pools)
        }
    }

    /// An answer, or nil where the process does not give it: evidence is what could be read.
    func answer<Value: Sendable>(
        _ question: () async throws(PrometheusError) -> Value
    ) async -> Value? {
        do {
            return try await question()
        } catch {
            return nil
        }
    }

    /// Served text as YAML; nil where it is none, which leaves the comparison inconclusive.
    static func parse(_ text: [UInt8]) -> Node? {
        do {
            return try YAML.parse(text)
        } catch {
            return nil
        }
    }
}
