import StokerCore

/// There is no validator to ask: says nothing about the content.
public struct ValidatorUnavailable: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence: what is missing and what to do.
    public let message: String

    init(_ message: String) { self.message = message }

    /// The same for the loop's report: tried again for ever.
    public var failure: Failure { Failure(.validationFailed, .environmental, message) }

    /// The same as `message`.
    public var description: String { message }
}
