// Doctor: what stands between this host and a deployment that can be proved, asked before there is one. Each question is one
// that the deploy itself asks, by the same code: the preflight of the layouts, the access of new files, the validator, the
// ways to reload, what is seen through mounts, what the process shows. `TargetDoctor` asks them for one target, a file for
// each part. Only the process's own side is looked at more closely here: who listens (`Listeners`), with which rights
// (`ProcessRights`, `FileRights`). Nothing is changed: no reload, no signal, no write outside a scratch folder.

/// One question of `stoker doctor` and its answer.
public struct DoctorCheck: Hashable, Codable, Sendable {
    /// How it went.
    public enum Verdict: String, Hashable, Codable, Sendable, CaseIterable {
        case pass
        /// It may work, or nobody can tell now, as of a process that is down.
        case warn
        /// A deployment would not work, or could not be proved.
        case fail
    }

    /// What was asked, such as `deploy_to`; a word of the table in README.md.
    public let name: String
    /// How it went.
    public let verdict: Verdict
    /// One sentence: what was found and, where it is not well, what to do.
    public let message: String
}

/// All checks of one target.
public struct DoctorReport: Hashable, Codable, Sendable {
    /// Its environment's name.
    public let environment: String
    /// Its name.
    public let target: String
    /// In the order they were asked.
    public let checks: [DoctorCheck]

    /// Whether a deployment could not work.
    public var hasFailure: Bool { checks.contains { $0.verdict == .fail } }
}
