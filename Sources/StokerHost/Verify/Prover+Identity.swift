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

    /// A few questions more find the first process again where several take turns: one that ended never comes back.
    private static let questions = 6

    /// Asks again, after all other questions, who answers.
    func identity(_ facts: RuntimeFacts) async -> Identity {
        guard let second = await startTime(), second != facts.startTime else { return .same }
        for _ in 0..<Self.questions where await startTime() == facts.startTime {
            return .several("one started at \(facts.startTime), another at \(second)")
        }
        return .another
    }

    /// Nil where it does not answer, which the next look will see.
    private func startTime() async -> String? {
        switch await look() {
        case .up(let facts): facts.startTime
        case .unreachable, .starting, .refused: nil
        }
    }
}
