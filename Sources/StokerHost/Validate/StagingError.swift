/// The private copy could not be made: the storage directory is full, read-only or gone, or a file of the source cannot
/// be read any more. Says nothing about the content.
public struct StagingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence: what failed, on what, what to do next.
    public let message: String

    /// `message` names no secret.
    public init(_ message: String) { self.message = message }

    /// The same as `message`.
    public var description: String { message }
}
