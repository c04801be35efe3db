// What the upstreams have tried of a change before it comes here. Only what has verified a revision speaks for it: what another one
// would run some day is no evidence.
extension Gatekeeper {
    /// Files that a revision changes here and that no upstream has exercised which has verified what it looks like there; where
    /// none has, that none would exercise.
    public func unexercised(_ contender: Contender) -> [String] {
        if contender.unexercised.isEmpty { return [] }
        let names = configuration.after.names
        let verified = names.filter { eligibility(of: contender, in: $0).isOpen }
        return Self.unexercised(contender.unexercised, by: verified.isEmpty ? names : verified)
    }

    /// Files that none of some upstreams has exercised, sorted; none where there are no upstreams.
    public static func unexercised(_ files: [EnvironmentName: [String]], by names: [EnvironmentName]) -> [String] {
        guard let first = names.first else { return [] }
        return names.dropFirst().reduce(Set(files[first] ?? [])) { $0.intersection(files[$1] ?? []) }.sorted()
    }

    /// The time that a content has run in an upstream speaks for all that the revision changes here. Where one upstream is enough
    /// each stands for itself; where all are needed each is measured, and one of them has run it.
    func isExercised(_ contender: Contender, in name: EnvironmentName) -> Bool {
        (configuration.after.any ? contender.unexercised[name] ?? [] : unexercised(contender)).isEmpty
    }

    /// What counts in an upstream of what a revision looks like there; nil where it is not verified.
    func verified(_ contender: Contender, in name: EnvironmentName) -> UpstreamStanding.Verified? {
        guard let content = contender.upstream[name] else { return nil }
        return upstreams.first { $0.name == name }?.verified(content)
    }
}
