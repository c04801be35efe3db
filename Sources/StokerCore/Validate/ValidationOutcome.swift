// Validate: what is known about a configuration before anything live changes.
//
// promtool is the authority on syntax and runs on a staged copy of the target's tree (StokerHost/Validate). What it
// accepts and Prometheus then suffers from is found here, on parsed files: `ConfigPreflight`. Everything in this folder is
// pure. The host looks things up (what a glob matches, which files exist), this folder judges them. The thing to keep
// in mind is that there are three places for one path: the *repository's*, the *staged* one that promtool sees, and the
// one *seen by the process*; a message for people only ever has the first, or the third where the repository has none.

/// What validation says about a target's configuration. Bad news is a value.
public enum ValidationOutcome: Hashable, Sendable {
    /// Nothing to object. `validator` says what was asked, such as `promtool 2.42.0`.
    case accepted(warnings: [Finding], validator: String)
    /// The content is bad; remembered until content or validator change. `reason` is `validationFailed` or
    /// `ruleTestsFailed`; there is at least one finding.
    case rejected(reason: Reason, findings: [Finding], validator: String)
    /// Files that the host should have and lacks, such as certificates: a Hold, looked at again each poll.
    case missingFiles([Finding])
    /// The validator itself could not do its work; says nothing about the content.
    case environmental(Failure)
}

extension ValidationOutcome {
    /// The outcome as a failure for the loop's report; nil where accepted.
    public var failure: Failure? {
        switch self {
        case .accepted: nil
        case .rejected(let reason, let findings, let validator):
            Failure(reason, .content, Self.summary(findings, by: validator), findings: findings)
        case .missingFiles(let findings):
            Failure(.missingFile, .environmental, Self.summary(findings, by: nil), findings: findings)
        case .environmental(let failure): failure
        }
    }

    /// The first finding, how many more there are, and who said so.
    private static func summary(_ findings: [Finding], by validator: String?) -> String {
        var text = findings.first?.description ?? "no details"
        if findings.count > 1 { text += " (and \(findings.count - 1) more)" }
        if let validator { text += " [\(validator)]" }
        return text
    }
}
