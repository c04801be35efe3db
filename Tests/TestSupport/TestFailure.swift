// TestSupport: black-box fixtures. A test gets a world (a temporary directory, a git repository, one or more real Prometheus
// processes, the stoker binary) and everything it started is stopped by pid, in reverse order, whatever happens. Nothing
// here waits by sleeping: it polls a condition up to a deadline, and a deadline that passes says what was seen last.

/// What a fixture could not do, in a sentence a person can act on.
public struct TestFailure: Error, CustomStringConvertible, Sendable {
    /// The sentence.
    public let description: String

    /// A failure that says `description`.
    public init(_ description: String) {
        self.description = description
    }
}
