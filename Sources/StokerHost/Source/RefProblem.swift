import StokerCore

/// Why a followed ref leads to no commit.
public struct RefProblem: Hashable, Codable, Sendable, CustomStringConvertible {
    /// What is wrong, in one sentence without what to do about it.
    let sentence: String
    /// The key of the configuration to look at; nil where none is at fault.
    let key: String?
    /// What else may be done.
    let alternative: String?

    init(_ sentence: String, check key: String? = nil, or alternative: String? = nil) {
        self.sentence = sentence
        self.key = key
        self.alternative = alternative
    }

    /// The sentence with what to do.
    /// - Parameter owner: the environment that names the ref; nil: the source does.
    public func message(for owner: EnvironmentName?) -> String {
        guard let key else { return sentence }
        let place = owner.map { "\(key) of environment \($0)" } ?? "source.\(key)"
        return "\(sentence): check \(place)" + (alternative.map { ", or \($0)" } ?? "")
    }

    /// The message where the source names the ref.
    public var description: String { message(for: nil) }
}
