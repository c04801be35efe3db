/// Which validator judges, and everything else its verdict depends on besides the content.
public struct ValidatorIdentity: Hashable, Sendable {
    /// For people: `promtool 2.42.0+ds`, or the name of the command.
    public let name: String
    /// As `2.42.0+ds`; empty where it tells none, as a command of the user's.
    public let version: String
    /// One line; the memory of a rejection is only good for the same text.
    public let fingerprint: String
}

extension ValidatorIdentity {
    /// What to say where the process is of another minor version: their verdicts differ. Nil where either tells none.
    func mismatch(with request: ValidationRequest) -> String? {
        guard let running = request.runningVersion, let ours = Self.minor(version), let theirs = Self.minor(running),
            ours != theirs
        else { return nil }
        return "\(name) judges for \(request.target.profile.product) \(running), which is another minor version"
    }

    /// `2.42` of `2.42.0+ds` or `v2.42.1`.
    private static func minor(_ version: String) -> [Int]? {
        let numbers = version.drop { $0 == "v" }.split(separator: ".").prefix(2).map { Int($0) }
        guard numbers.count == 2, let major = numbers[0], let minor = numbers[1] else { return nil }
        return [major, minor]
    }
}
