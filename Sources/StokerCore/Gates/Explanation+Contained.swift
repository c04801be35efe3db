// A revision of the past: whatever its gates say, it does not come in any more.
extension Explanation {
    /// The same of a revision that what runs contains; of what is in, or on its way in or out, it changes nothing.
    public func contained(in live: Revision) -> Explanation {
        let before: String
        switch state {
        case .running, .unproved, .inProgress: return self
        // What became of it is worth to be told all the same.
        case .rejected, .unusable: before = "\(message); "
        case .held, .passed, .ready: before = ""
        }
        return Explanation(
            environment: environment, revision: revision, content: content, state: .passed,
            message: "\(before)\(live.short), which runs here, contains it, so it never comes", gates: [], grounds: [],
            unexercised: [],
            next:
                "nothing: `stoker rollback \(environment) --to` a release of `stoker history \(environment)` goes back")
    }
}
