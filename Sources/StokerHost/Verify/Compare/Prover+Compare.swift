// Compare: reads the vital signs of a process, before a deploy and at each look after it. What they mean is decided in
// StokerCore; what a process does not tell is left out and compared with nothing.

import StokerCore

extension Prover {
    /// The vital signs against those before the change.
    func comparison(
        _ evidence: Evidence?, _ policy: ComparisonPolicy, sameProcess: Bool, restartExpected: Bool
    ) async -> Probe.Comparison {
        guard let before = evidence?.vitals, let scope = evidence?.scope else { return .notMade }
        do throws(PrometheusError) {
            return .made(
                Comparison.worsenings(
                    before: before, now: try await client.vitals(), policy: policy, scope: scope,
                    sameProcess: sameProcess, restartExpected: restartExpected))
        } catch {
            return .unanswered(error.message)
        }
    }
}
