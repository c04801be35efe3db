/// The last word of one target's window, with what the decision needs of it.
struct Verdict: Hashable, Sendable {
    let standing: Situation.Verification
    let failure: Failure?
    let warnings: [String]
    let proof: [String]
    /// As `Probe.notProvable`.
    let notProvable: String?
    let next: Instant?

    init(_ verdict: VerifyWindow.Verdict, shaky: Bool, proof: [String], notProvable: String? = nil) {
        self.proof = proof
        self.notProvable = notProvable
        switch verdict {
        case .watching(let next, _):
            (standing, failure, warnings, self.next) = (shaky ? .shaky : .healthy, nil, [], next)
        case .waitingForTarget(let next, let failure):
            (standing, self.failure, warnings, self.next) = (.waitingForTarget, failure, [], next)
        case .passed(let warnings):
            (standing, failure, self.warnings, next) = (.passed, nil, warnings, nil)
        case .failed(let failure):
            (standing, self.failure, warnings, next) = (.failed, failure, [], nil)
        case .unproven(let failure):
            (standing, self.failure, warnings, next) = (.unproven, failure, [], nil)
        }
    }
}
