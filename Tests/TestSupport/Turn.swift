/// What one `stoker run --once` did, as seen from outside.
public struct Turn: Sendable, CustomStringConvertible {
    /// Exit code and output.
    public let result: Shell.Result
    /// `status -o json` of the environment afterwards.
    public let status: JSON
    /// The newest attempt in `history -o json`, null where there is none.
    public let attempt: JSON

    /// What was seen after a command.
    public init(result: Shell.Result, status: JSON, attempt: JSON) {
        (self.result, self.status, self.attempt) = (result, status, attempt)
    }

    /// The exit code.
    public var code: Int32 { result.code }
    /// `reason` of the status.
    public var reason: String? { status["reason"].string }
    /// `outcome` of the status.
    public var outcome: String? { status["outcome"].string }

    /// Everything that was said to a person: the status' message, the attempt's, its findings with file and line.
    public var said: String {
        let findings = attempt["findings"].array.map {
            "\($0["file"].string ?? ""):\(Int($0["line"].number ?? 0)): \($0["message"].string ?? "")"
        }
        return ([status["message"].string ?? "", attempt["message"].string ?? ""] + findings).joined(separator: "\n")
    }

    /// All of it, for messages.
    public var description: String { "\(result)\n--- status\n\(status)\n--- newest attempt\n\(attempt)" }
}
