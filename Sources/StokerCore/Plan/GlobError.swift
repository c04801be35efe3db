/// A pattern that is none.
public struct GlobError: Error, Hashable, Sendable, CustomStringConvertible {
    /// As written.
    public let pattern: String
    /// What is wrong with it.
    public let problem: String

    init(_ pattern: String, _ problem: String) {
        self.pattern = pattern
        self.problem = problem
    }

    /// One sentence with the pattern, the problem and what to do.
    public var description: String { "the pattern \"\(pattern)\" is not valid: \(problem); correct or escape it" }
}
