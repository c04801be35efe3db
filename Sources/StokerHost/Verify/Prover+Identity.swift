import StokerCore

/// Whether one process gave all the answers.
extension Prover {
    /// Who answers now.
    enum Identity: Hashable {
        case same
        /// The one of before is gone: a restart.
        case another
        /// Processes that take turns; how they are told apart.
        case several(String)
    }

    /// So many questions, one after the other, meet another process where two or three take turns.
    private static let questions = 3
    /// A few more find the first one again: a process that ended never comes back.
    private static let furtherQuestions = 6

    /// Asks again, after all other questions, who answers.
    func identity(_ facts: RuntimeFacts) async -> Identity {
        for _ in 0..<Self.questions {
            guard let other = await startTime() else { return .same }
            if other == facts.startTime { continue }
            for _ in 0..<Self.furtherQuestions where await startTime() == facts.startTime {
                return .several("one started at \(facts.startTime), another at \(other)")
            }
            return .another
        }
        return .same
    }

    /// One question over a connection of its own; nil where it has no answer, which the next look will see.
    private func startTime() async -> String? {
        do throws(PrometheusError) { return try await client.startTime() } catch { return nil }
    }
}
