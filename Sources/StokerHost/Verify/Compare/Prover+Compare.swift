// Compare: reads the vital signs of a process, before a deploy and at each look after it. What they mean is decided in
// StokerCore; what a process does not tell is left out and compared with nothing.

import StokerCore

extension Prover {
    /// The vital signs against those before the change; adds a warning where those of before are not known.
    func compare(
        _ evidence: Evidence?, by policy: ComparisonPolicy, sameProcess: Bool, restartExpected: Bool,
        into probe: inout Probe
    ) async {
        guard let before = evidence?.vitals, let scope = evidence?.scope else {
            probe.comparison = .unanswered("what \(client.address) was like before the change is not known")
            return
        }
        do throws(PrometheusError) {
            let now = try await client.vitals()
            // An agent has no queries, before and after.
            if before.firing != nil, now.firing == nil {
                probe.comparison = .unanswered("\(client.address) answers no queries since the change")
                return
            }
            if before.firing == nil, now.firing != nil {
                probe.warnings.append(
                    "\(client.address) answered no queries before the change, so `up`, alerts and the health of rules "
                        + "are compared with nothing")
            }
            probe.comparison = .made(
                Comparison.worsenings(
                    before: before, now: now, policy: policy, scope: scope, sameProcess: sameProcess,
                    restartExpected: restartExpected))
        } catch {
            probe.comparison = .unanswered(error.message)
        }
    }
}
