extension EnvironmentRecord {
    /// A person chose what is next: with the loop's turn, and where only the question is what would happen then.
    public mutating func promote(_ promotion: Promotion) {
        self.promotion = promotion
        // It is tried again. What a person refused is for another person to let in, with `approve`.
        rejections.removeAll { $0.content == promotion.goal.content && $0.fingerprint != nil }
    }

    /// To a commit or a content, newest first.
    mutating func remember(consent: String) {
        consents.removeAll { $0 == consent }
        consents.insert(consent, at: 0)
        consents = Array(consents.prefix(Self.memory))
    }
}
