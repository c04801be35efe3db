/// Expected bad news as a value: what failed, and what the loop shall make of it.
public struct Failure: Error, Hashable, Codable, Sendable, CustomStringConvertible {
    /// What the failure says about the content.
    public enum Class: String, Hashable, Codable, Sendable {
        /// The content is bad: stop and remember.
        case content
        /// The world is in the way: try again for ever, with backoff.
        case environmental
    }

    /// What went wrong, in the word that logs, metrics, API and command line share.
    public let reason: Reason
    /// Whether trying again can help.
    public let kind: Class
    /// One sentence: what failed, on what, what to do next. Never a secret.
    public let message: String
    /// What was said about single files; empty where no file is to blame.
    public let findings: [Finding]

    /// A failure; `message` must be free of secrets.
    public init(_ reason: Reason, _ kind: Class, _ message: String, findings: [Finding] = []) {
        self.reason = reason
        self.kind = kind
        self.message = message
        self.findings = findings
    }

    /// `Reason: message` in one line, without the findings.
    public var description: String { "\(reason.rawValue): \(message)" }
}
